"""A lead that is ordered at the plain dealer, and what that dealer has of it."""

from tools.story import work
from tools.story.deal import Deal
from tools.story.rpc import wait_for


class PlainDeal(Deal):
    def __init__(self, road):
        super().__init__(road, dealership=road.plain_dealership)
        self.plain = road.plain.admin
        self.manager = road.bpo.manager
        self.qualify()
        self.code = self.at_bpo()["code"]

    def hurry(self):
        self.bpo.database.run_cron("remote_odoo.ir_cron_deliver_messages")

    def win(self):
        """Mark it won; return the name of the order once it is."""
        work.mark_won(self.agent, self.lead)
        return self.wait_won()

    def wait_won(self):
        state = work.wait_bpo_step(self.bpo, self.lead, "won", hurry=self.hurry)
        return state["dealer_so_name"]

    def wait_handoff(self, wanted):
        wait_for(
            f"the hand-off being {wanted}",
            lambda: self.at_bpo("handoff_state")["handoff_state"] == wanted,
            hurry=self.hurry,
        )

    def wait_stopped(self):
        """Wait until the outbox has noticed another database; return the connection."""
        domain = [("res_id", "=", self.lead), ("failure", "=", "displaced")]
        message = wait_for(
            "another database being noticed",
            lambda: (
                (
                    rows := self.manager.rows(
                        "remote.odoo.message", domain, ["remote_id"]
                    )
                )
                and rows[0]
            ),
            hurry=self.hurry,
        )
        return message["remote_id"]

    def orders(self):
        """Return the names of the orders at the dealer that have this lead's code."""
        domain = [("client_order_ref", "=like", f"{self.code} · %")]
        return [row["name"] for row in self.plain.rows("sale.order", domain, ["name"])]
