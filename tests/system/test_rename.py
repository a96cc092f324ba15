"""A company gives its database another name; the other side has to be told."""

import pytest

from tools.story import work
from tools.story.deal import Deal
from tools.story.rpc import expect, expect_equal, wait_for


def test_bpo_database_renamed(road, rename):
    """What happened meanwhile waits; with the new name in the connection it is sent."""
    admin, connection = road.dealer.people["admin"], road.dealer.connection
    sold = Deal(road).endorse()
    work.pull(road.dealer)
    sold.arrive().take().sell()
    sold.wait_endorsement("accepted")
    late = Deal(road).endorse()
    rename(f"{road.bpo.database.name}_new")
    sold.win()
    expect_equal(sold.at_dealer()["step"], "won", "The step at the dealer")
    error = wait_for(
        "the connection naming what is wrong",
        lambda: admin.read("bpo.crm.connection", connection, ["import_error"])[
            "import_error"
        ],
        hurry=sold.hurry,
    )
    expect("database" in error.lower(), f"The database is not named: {error}")
    waiting = [("res_id", "=", sold.dealer_lead), ("state", "!=", "done")]
    rows = admin.rows("remote.odoo.message", waiting, ["state", "attempts"])
    expect_equal(len(rows), 1, f"Callbacks that wait: {rows}")
    expect(
        rows[0]["attempts"] <= 1, f"The wrong name was tried again and again: {rows}"
    )

    _point(road.dealer, road.bpo.database.name)
    sold.wait_outcome("won")
    sold.check_once(orders=1)
    sold.check_told_once("won")
    late.arrive().check_once()


@pytest.fixture
def rename(servers, runtime, road):
    """Return how to rename the BPO's database; in the end it has its own name again."""
    server, bpo = servers.bpo, road.bpo
    own = server.database

    def to(name):
        server.stop()
        runtime.postgres.execute(
            f'ALTER DATABASE "{server.database}" RENAME TO "{name}"'
        )
        files = server.databases.data_dir / "filestore"
        (files / server.database).rename(files / name)
        server.database = bpo.database.name = name
        for person in (bpo.admin, *bpo.people.values()):
            person.forget()
        server.start()

    yield to
    to(own)
    for dealer, _dealership in road.dealers:
        _point(dealer, own)


def _point(dealer, database):
    """Enter the database's name; a changed address takes no stored password along."""
    values = {"database": database, "password": dealer.account.password}
    dealer.people["admin"].write("bpo.crm.connection", dealer.connection, values)
    dealer.test_connection()
