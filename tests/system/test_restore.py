"""A database comes back as it was yesterday: the other side knows more."""

import pytest
from outbox_workers import DELIVER, Worker
from plain_deal import PlainDeal

from tools.story import work
from tools.story.deal import Deal
from tools.story.rpc import expect, expect_equal, wait_for

DIFFERENCE = "bpo.crm.discrepancy"
MARK_WON = """
lead = env["crm.lead"].browse({lead})
lead.with_user(lead.user_id).action_mark_won()
"""


def test_bpo_restored(road, backup):
    """The dealer knows more: it lists what the BPO forgot, and can tell it again."""
    save, restore = backup("bpo")
    kept = _taken(road)
    save()
    kept.sell().win().wait_outcome("won")
    late = _taken(road)
    restore()
    expect_equal(kept.at_bpo()["step"], "negotiation", "The restored lead")

    found = _compare(road.dealer, kept, late)
    expect_equal(found[kept.key]["kind"], "missing_callback", "The sold lead")
    expect_equal(found[late.key]["kind"], "unknown_there", "The forgotten lead")
    road.dealer.manager.call(DIFFERENCE, "action_send", [found[kept.key]["id"]])
    work.wait_bpo_step(road.bpo, kept.lead, "won", hurry=kept.hurry)
    kept.check_once(orders=1)
    road.dealer.manager.call(
        DIFFERENCE, "action_ignore", [found[late.key]["id"]], reason="Called the BPO."
    )

    # The ids of the forgotten leads are given again, to other customers.
    other = Deal(road).endorse()
    expect_equal(other.lead, late.lead, "The id of the next lead")
    work.pull(road.dealer)
    other.arrive()
    expect(other.dealer_lead != late.dealer_lead, "Two customers share a lead")
    customer = road.dealer.manager.read(work.LEAD, late.dealer_lead, ["contact_name"])
    expect_equal(customer["contact_name"], late.customer, "The earlier customer")
    expect_equal(_compare(road.dealer, kept, late, other), {}, "What still differs")


def test_bpo_restored_to_before_an_endorsement(road, backup):
    """The agent, who does not know it, endorses again: the dealer's lead goes on."""
    save, restore = backup("bpo")
    deal = Deal(road).qualify()
    save()
    earlier = deal.endorse().key
    work.pull(road.dealer)
    deal.arrive().take().sell()
    deal.wait_endorsement("accepted")
    restore()
    expect_equal(deal.at_bpo("endorsement_state")["endorsement_state"], "none", "It")
    expect_equal(_compare(road.dealer, deal)[earlier]["kind"], "unknown_there", "It")

    at_dealer = deal.dealer_lead
    deal.endorse()
    expect(deal.key != earlier, "The endorsement has no key of its own")
    work.pull(road.dealer)
    deal.arrive()
    expect_equal(deal.dealer_lead, at_dealer, "The lead at the dealer")
    deal.wait_endorsement("accepted")
    deal.win().wait_outcome("won")
    deal.check_once(orders=1)
    expect_equal(_compare(road.dealer, deal), {}, "What still differs")
    open_rows = [("endorsement_key", "=", earlier), ("state", "=", "open")]
    expect_equal(road.dealer.manager.count(DIFFERENCE, open_rows), 0, "Old differences")


def test_dealer_restored(road, backup):
    """The BPO knows more: the dealer pulls again what it forgot, once."""
    save, restore = backup("dealer")
    kept = _taken(road)
    save()
    kept.sell().win().wait_outcome("won")
    late = Deal(road).endorse()
    work.pull(road.dealer)
    late.arrive()
    restore()
    expect_equal(kept.at_dealer()["step"], "negotiation", "The restored lead")

    found = _compare(road.dealer, kept, late)
    expect_equal(found[kept.key]["kind"], "ended_there", "The sold lead")
    expect_equal(found[late.key]["kind"], "missing_here", "The forgotten lead")
    road.dealer.manager.call(DIFFERENCE, "action_pull", [found[late.key]["id"]])
    late.arrive()
    late.check_once()
    # The sale is entered again; the BPO, which has it, takes the new order's name.
    kept.sell().win().wait_outcome("won")
    kept.check_once(orders=1)
    expect_equal(_compare(road.dealer, kept, late), {}, "What still differs")


def test_bpo_restored_to_before_a_click(road, backup):
    """What was ordered since is found at the plain dealer, and a person says what it
    is: one order. The first new order stops until a person says that this database
    goes on."""
    save, restore = backup("bpo")
    PlainDeal(road).win()
    deal = PlainDeal(road)
    save()
    order = deal.win()
    restore()
    expect_equal(deal.at_bpo()["step"], "negotiation", "The restored lead")

    work.mark_won(road.bpo.agent, deal.lead)
    deal.wait_handoff("failed")
    said = deal.at_bpo("handoff_error")["handoff_error"]
    expect(order in said and deal.customer in said, f"What it says: {said}")
    expect_equal(deal.orders(), [order], "The orders at the dealer")
    road.bpo.agent.call(work.LEAD, "action_use_order", [deal.lead])
    expect_equal(deal.wait_won(), order, "The order of the lead")
    expect_equal(deal.orders(), [order], "The orders at the dealer")

    late = PlainDeal(road)
    work.mark_won(road.bpo.agent, late.lead)
    connection = late.wait_stopped()
    expect_equal(late.orders(), [], "The orders at the dealer")
    road.bpo.manager.call("remote.odoo", "action_take_over", [connection])
    late.wait_won()
    expect_equal(len(late.orders()), 1, "The orders at the dealer")
    PlainDeal(road).win()


def test_bpo_copied_while_a_message_waits(road, servers, runtime):
    """Two databases with the same message deliver it at the same moment: at most one
    order, at least one stops. The one that goes on makes it exactly one."""
    deal, bpo = PlainDeal(road), servers.bpo
    copy = f"{bpo.database}_copy"
    execute = runtime.postgres.execute
    workers = []
    bpo.stop()
    try:
        Worker.run(bpo.databases, bpo.database, MARK_WON.format(lead=deal.lead))
        execute(f'CREATE DATABASE "{copy}" TEMPLATE "{bpo.database}"')
        for database in (bpo.database, copy):
            workers.append(Worker(bpo.databases, database))
        for worker in workers:
            worker.ready()
        for worker in workers:
            worker.start(DELIVER)
        for worker in workers:
            worker.read()
        expect(len(deal.orders()) <= 1, f"Two orders: {deal.orders()}")
        stopped = [
            execute("SELECT id FROM remote_odoo WHERE foreign_stamp != ''", database=db)
            for db in (bpo.database, copy)
        ]
        expect(any(stopped), "Nobody noticed the other database")
    finally:
        for worker in workers:
            worker.kill()
        execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
        bpo.start()
    if stopped[0]:
        connection = stopped[0][0][0]
        road.bpo.manager.call("remote.odoo", "action_take_over", [connection])
    deal.wait_won()
    expect_equal(len(deal.orders()), 1, "The orders at the dealer")


@pytest.fixture
def backup(servers, runtime):
    """Return how to save and to restore the database of a role, as files are."""
    made = []

    def of(role):
        server = getattr(servers, role)
        execute, saved = runtime.postgres.execute, f"{server.database}_saved"

        def copy(source, target):
            server.stop()
            execute(f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)')
            execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')
            server.start()

        made.append((execute, saved))
        return (
            lambda: copy(server.database, saved),
            lambda: copy(saved, server.database),
        )

    yield of
    for execute, saved in made:
        execute(f'DROP DATABASE IF EXISTS "{saved}" WITH (FORCE)')


def _taken(road):
    """Return a lead that the dealer's salesperson claimed, which the BPO knows."""
    deal = Deal(road).endorse()
    work.pull(road.dealer)
    deal.arrive().take()
    deal.wait_endorsement("accepted")
    return deal


def _compare(dealer, *deals):
    """Compare both sides as the admin; return the open differences of these deals."""
    admin = dealer.people["admin"]
    wait_for(
        "the comparison",
        lambda: (
            admin.call("bpo.crm.connection", "action_reconcile", [dealer.connection])[
                "params"
            ]["type"]
            != "danger"
        ),
    )
    keys = [deal.key for deal in deals]
    domain = [("endorsement_key", "in", keys), ("state", "=", "open")]
    rows = dealer.manager.rows(
        DIFFERENCE, domain, ["endorsement_key", "kind", "detail"]
    )
    return {row["endorsement_key"]: row for row in rows}
