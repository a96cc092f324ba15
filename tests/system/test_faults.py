"""What goes wrong between two companies in the course of a year."""

import pytest

from tools.story import work
from tools.story.deal import Deal
from tools.story.rpc import expect, expect_equal, wait_for


def test_reply_lost_on_order(road, proxies, later):
    """# B61: the plain dealer has the order, the BPO does not hear it: still one."""
    agent, manager = road.bpo.agent, road.bpo.manager
    deal = Deal(road, dealership=road.plain_dealership).qualify()
    proxies.fault("plain", "cut_after", "web_save")
    work.mark_won(agent, deal.lead)
    proxies.wait_fault("plain")
    wait_for(
        "the BPO noting that it does not know",
        lambda: manager.count(
            "remote.odoo.message",
            [("res_id", "=", deal.lead), ("failure", "=", "unknown")],
        ),
    )
    state = deal.at_bpo("handoff_state")
    expect_equal(state["step"], "negotiation", "The step while nobody knows")  # B53
    expect_equal(state["handoff_state"], "pending", "The hand-off")
    later("bpo", minutes=11)  # a plain Odoo is not asked again sooner
    state = work.wait_bpo_step(road.bpo, deal.lead, "won")
    sales = road.plain.admin
    order = sales.one(
        "sale.order",
        [("client_order_ref", "=like", state["code"] + "%")],
        ["name"],
    )
    expect_equal(state["dealer_so_name"], order["name"], "The order at the BPO")
    partners = sales.count("res.partner", [("name", "=", deal.customer)])
    expect_equal(partners, 1, "Customers at the dealer")


def test_order_denied_is_told(road):
    """# B53, B54, B57: a missing right at the dealer is named; nothing is half done."""
    sales, agent = road.plain.admin, road.bpo.agent
    domain = [("model_id.model", "=", "sale.order"), ("perm_create", "=", True)]
    granted = [row["id"] for row in sales.rows("ir.model.access", domain)]
    deal = Deal(road, dealership=road.plain_dealership).qualify()
    sales.call("ir.model.access", "write", granted, {"perm_create": False})
    try:
        work.mark_won(agent, deal.lead)
        state = wait_for(
            "the hand-off failing",
            lambda: (
                (found := deal.at_bpo("handoff_state", "handoff_error"))[
                    "handoff_state"
                ]
                == "failed"
                and found
            ),
        )
    finally:
        sales.call("ir.model.access", "write", granted, {"perm_create": True})
    expect_equal(state["step"], "negotiation", "The step")
    expect("sale.order" in state["handoff_error"], state["handoff_error"])
    lines = agent.chatter(work.LEAD, deal.lead)
    expect(any("sale.order" in t for t in lines), f"Nothing of it in {lines}")
    agent.call(work.LEAD, "action_retry_handoff", [deal.lead])
    work.wait_bpo_step(road.bpo, deal.lead, "won")
    domain = [("client_order_ref", "=like", state["code"] + "%")]
    expect_equal(sales.count("sale.order", domain), 1, "Orders at the dealer")


def test_service_password_rotated(road):
    """A wrong password is tried once, not for each message; then all is sent."""
    deals = [Deal(road).endorse() for _number in range(3)]
    work.pull(road.dealer)
    for deal in deals:
        deal.arrive().take()
    admin, connection = road.dealer.people["admin"], road.dealer.connection
    account = road.dealer.account
    road.bpo.database.admin.write(
        "res.users", account.uid, {"password": "rotated-" + account.password}
    )
    for deal in deals:
        deal.lose("no_stock")
        expect_equal(deal.at_dealer()["step"], "lost", "The step at the dealer")

    def failed():
        values = admin.read("bpo.crm.connection", connection, ["connected"])
        return not values["connected"]

    wait_for("the connection being shown as failed", failed)
    waiting = admin.rows(
        "remote.odoo.message",
        [("res_id", "in", [deal.dealer_lead for deal in deals])],
        ["state", "attempts", "action"],
    )
    callbacks = [row for row in waiting if row["state"] != "done"]
    expect_equal(len(callbacks), 3, f"Callbacks waiting in {waiting}")
    tried = sum(row["attempts"] for row in callbacks)
    expect(tried <= 1, f"The wrong password was tried for {callbacks}")
    account.password = "rotated-" + account.password
    admin.write("bpo.crm.connection", connection, {"password": account.password})
    account.forget()
    road.dealer.test_connection()
    for deal in deals:
        deal.wait_outcome("lost")
        deal.check_told_once("lost")


@pytest.mark.parametrize("mode", ["hang_before", "hang"])
def test_killed_while_delivering(road, servers, proxies, mode):
    """The dealer's server dies before or after the BPO flipped the lead: said once."""
    deal = Deal(road).endorse()
    work.pull(road.dealer)
    deal.arrive().take().sell()
    deal.wait_endorsement("accepted")
    proxies.fault("bpo", mode, "update_from_dealer_callback")
    deal.win()
    proxies.wait_fault("bpo")
    if mode == "hang":
        work.wait_bpo_step(road.bpo, deal.lead, "won")
    servers.dealer.kill()
    proxies.calm()
    servers.dealer.start()
    deal.wait_outcome("won")
    deal.check_once(orders=1)
    deal.check_told_once("won")
