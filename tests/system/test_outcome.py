"""From the dealer back to the BPO: Won and Lost, in every order, heard or not."""

import pytest

from tools.story import work
from tools.story.deal import Deal
from tools.story.rpc import expect, expect_equal, wait_for


@pytest.fixture
def deal(road):
    """A lead that the dealer's salesperson has claimed, and the BPO knows it."""
    deal = Deal(road).endorse()
    work.pull(road.dealer)
    deal.arrive().take()
    deal.wait_endorsement("accepted")
    return deal


def test_won(deal):
    """# D46, D79: the BPO lead is Won, with the dealer's order."""
    deal.sell().win().wait_outcome("won")
    order = deal.dealer.manager.read("sale.order", deal.order, ["name"])["name"]
    state = deal.at_bpo()
    expect_equal(state["dealer_so_name"], order, "The order at the BPO")
    expect(state["date_won"] and not state["date_lost"], f"Dates: {state}")
    deal.check_once(orders=1)
    deal.check_told_once("won")


def test_lost(deal, road):
    """# D58, D59: the BPO lead is Lost with the same reason."""
    deal.lose("financing", "The bank said no.").wait_outcome("lost")
    reason = deal.at_bpo()["lost_reason_id"]
    expect_equal(reason, road.bpo.lost_reason("financing"), "The reason at the BPO")
    deal.check_once(orders=0)
    deal.check_told_once("lost")


def test_won_after_lost(deal, road):
    """# R25: the BPO gave the lead up meanwhile; the delivery is the fact."""
    deal.sell()
    deal.bpo.supervisor.call(
        work.LEAD, "action_withdraw_endorsement", [deal.lead], reason="No answer."
    )
    work.mark_lost(deal.bpo.agent, deal.lead, "other", "Gave it up.")
    expect_equal(deal.at_bpo()["step"], "lost", "The step at the BPO")
    deal.win().wait_outcome("won")
    state = deal.at_bpo("endorsement_conflict")
    expect_equal(state["lost_reason_id"], False, "The reason at the BPO")
    expect(state["endorsement_conflict"], "No manager is told of the difference")
    deal.check_once(orders=1)


def test_lost_after_won(deal, road):
    """# R25: a manager has marked it Won; the dealer's Lost changes nothing."""
    manager = deal.bpo.manager
    values = {"lead_id": deal.lead, "decision": "won", "reason": "Seen delivered."}
    override = manager.create("crm.lead.override", values)
    manager.call("crm.lead.override", "action_apply", [override])
    expect_equal(deal.at_bpo()["step"], "won", "The step at the BPO")
    deal.lose("price")
    wait_for(
        "the dealer hearing of the conflict",
        lambda: deal.at_dealer()["bpo_callback_state"] == "conflict",
        hurry=deal.hurry,
    )
    expect_equal(deal.at_bpo()["step"], "won", "The step at the BPO")
    deal.check_once(orders=0)


def test_reply_lost_on_callback(deal, proxies):
    """# R24: the BPO has flipped it, the dealer asks again; said once on each side."""
    deal.sell()
    proxies.fault("bpo", "cut_after", "update_from_dealer_callback")
    deal.win()
    proxies.wait_fault("bpo")
    deal.wait_outcome("won")
    deal.check_once(orders=1)
    deal.check_told_once("won")
    won = [t for t in deal.bpo.manager.chatter(work.LEAD, deal.lead) if "Won by" in t]
    expect_equal(len(won), 1, f"Lines about the sale in the BPO's chatter: {won}")


def test_resend_posts_nothing_twice(deal):
    """# D92, D109: Resend to BPO of a lead that the BPO knows about."""
    deal.lose("price").wait_outcome("lost")
    user = deal.dealer.user
    user.call(work.LEAD, "action_resend_to_bpo", [deal.dealer_lead])
    wait_for(
        "the second callback",
        lambda: (
            not user.count(
                "remote.odoo.message",
                [("res_id", "=", deal.dealer_lead), ("state", "!=", "done")],
            )
        ),
    )
    deal.check_told_once("lost")


def test_decline(deal, road):
    """# D46: a declined lead is back in the agent's queue, with what was said."""
    deal.dealer.user.call(
        work.LEAD, "action_decline", [deal.dealer_lead], reason="Too far away."
    )
    state = deal.wait_endorsement("declined")
    expect_equal(state["step"], "negotiation", "The step at the BPO")
    lines = deal.bpo.agent.chatter(work.LEAD, deal.lead)
    expect(any("Too far away." in t for t in lines), f"The reason is not in {lines}")


def test_bpo_down_for_a_day(deal, servers, runtime, later):
    """# D50, D102: the dealer's step does not wait; the BPO hears when it is back."""

    def asked_again():
        query = (
            "SELECT next_probe > now() AT TIME ZONE 'UTC' - interval '1 hour'"
            " FROM remote_odoo WHERE next_probe IS NOT NULL"
        )
        rows = runtime.postgres.execute(query, database=servers.dealer.database)
        return rows and all(recent for (recent,) in rows)

    deal.sell()
    servers.bpo.stop()
    try:
        deal.win()
        expect_equal(deal.at_dealer()["step"], "won", "The step at the dealer")
        wait_for(
            "the first attempt",
            lambda: deal.dealer.manager.count(
                "remote.odoo.message",
                [("res_id", "=", deal.dealer_lead), ("last_error", "!=", False)],
            ),
        )
        for _third in "abc":
            later("dealer", minutes=8 * 60)
            wait_for("the dealer asking whether the BPO is back", asked_again)
        expect_equal(deal.at_dealer()["bpo_callback_state"], "pending", "The callback")
    finally:
        servers.bpo.start()
    deal.wait_outcome("won")
    deal.check_once(orders=1)
    deal.check_told_once("won")
