"""From the BPO to the dealer: once, by whatever way and however often it is tried."""

import threading

from tools.story import work
from tools.story.deal import Deal
from tools.story.rpc import expect_equal, wait_for


def test_endorse_and_pull_twice(road):
    """# D02, D108: a second pull finds nothing new."""
    deal = Deal(road).endorse()
    work.pull(road.dealer)
    deal.arrive()
    expect_equal(deal.at_dealer()["step"], "negotiation", "The step at the dealer")
    imported = _last_import(road.dealer)
    work.pull(road.dealer)
    wait_for("the second pull", lambda: _last_import(road.dealer) != imported)
    deal.check_once()


def test_two_pulls_at_once(road):
    """# D108: Import Now in the admin's browser while the cron runs."""
    deals = [Deal(road).endorse() for _number in range(4)]
    clicks = [
        threading.Thread(target=_import_now, args=(road.dealer,)) for _number in "ab"
    ]
    for click in clicks:
        click.start()
    work.pull(road.dealer)
    for click in clicks:
        click.join()
    for deal in deals:
        deal.arrive().check_once()


def test_push(road, pushing):
    """A dealership with a connection gets the lead at once, without its cron."""
    road.dealer2.set_salesperson(road.dealer2.user)
    deal = Deal(road, *pushing).endorse(with_quotation=True)
    deal.arrive(hurry=None)
    road.dealer2.set_salesperson(None)
    deal.check_once(orders=1)


def test_push_and_pull_together(road, pushing):
    """# D108: both ways at the same moment make one lead."""
    dealer, dealership = pushing
    deals = [Deal(road, dealer, dealership).qualify() for _number in range(4)]
    for deal in deals:
        deal.endorse()
        work.pull(dealer)
    for deal in deals:
        deal.arrive().check_once()


def test_reply_lost_on_push(road, pushing, proxies):
    """The dealer has the lead, the BPO does not hear it, and asks again."""
    proxies.fault("dealer2", "cut_after", "receive_endorsed_lead")
    deal = Deal(road, *pushing).endorse()
    proxies.wait_fault("dealer2", hurry=lambda: work.send(road.bpo))
    deal.arrive().check_once()


def test_reply_lost_on_pull_and_receipt(road, proxies):
    """# D108: the dealer's commit stands although nobody heard of it."""
    deals = [Deal(road).endorse()]
    for method in ("endorsed_leads_for_dealer", "acknowledge_endorsements"):
        proxies.fault("bpo", "cut_after", method)
        work.pull(road.dealer)
        proxies.wait_fault("bpo", hurry=lambda: work.pull(road.dealer))
        deals.append(Deal(road).endorse())
    road.dealer.test_connection()
    work.pull(road.dealer)
    for deal in deals:
        deal.arrive().check_once()


def test_two_dealers_at_once(road):
    """# D110: each dealer gets its own leads and cannot see the other's."""
    own = [Deal(road).endorse() for _number in range(3)]
    other = [
        Deal(road, road.dealer2, road.dealership2).endorse() for _number in range(3)
    ]
    work.pull(road.dealer)
    work.pull(road.dealer2)
    for deal in own + other:
        deal.arrive().check_once()
    for deal in own:
        expect_equal(work.dealer_leads(road.dealer2, deal.key), [], "Foreign leads")
    for deal in other:
        expect_equal(work.dealer_leads(road.dealer, deal.key), [], "Foreign leads")


def test_foreign_lead_answers_like_none(road):
    """# D110: a service account that names another dealer's lead learns nothing."""
    deal = Deal(road).endorse()
    work.pull(road.dealer)
    deal.arrive()
    foreign = road.dealer2.account

    def told(key, lead):
        return foreign.call(
            work.LEAD,
            "update_from_dealer_callback",
            payload={
                "contract": 1,
                "endorsement_key": key,
                "source_lead_id": lead,
                "outcome": "won",
            },
        )

    nobody = told("11111111-2222-4333-8444-555555555555", 999999)
    expect_equal(told(deal.key, deal.lead), nobody, "The answer")
    expect_equal(deal.at_bpo()["step"], "negotiation", "The step at the BPO")


def _import_now(dealer):
    admin = dealer.admin.again()
    admin.call("bpo.crm.connection", "action_import_now", [dealer.connection])


def _last_import(dealer):
    fields = ["last_import"]
    return dealer.people["admin"].read("bpo.crm.connection", dealer.connection, fields)
