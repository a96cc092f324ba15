"""Real Odoo servers, a fault proxy in front of each, and the four companies on them.

One set of servers for each pair (series of the BPO, series of the dealers); it lives
for all tests of the pair. Every wait is for a condition, with a deadline.
"""

import sys
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools import odoo  # noqa: E402  (the path comes first)
from tools.demo import ENVIRONMENT, ROLES  # noqa: E402
from tools.runtime import Runtime  # noqa: E402
from tools.story.companies import Dealer  # noqa: E402
from tools.story.proxies import Proxies  # noqa: E402
from tools.story.road import Road  # noqa: E402

SETTING_UP = 7  # the first steps of the road
STOCK = 60  # units at each dealer
SEED = {"products": 50, "images": 3, "dealers": 12, "leads": 12}
# Shorter than in life, so that a test waits seconds and not minutes.
PATIENCE = {"remote_odoo.backoff_seconds": "1,2,2", "remote_odoo.lease_seconds": "10"}
PAIRS = [(bpo, dealer) for bpo in odoo.SERIES for dealer in odoo.SERIES]


def pytest_addoption(parser):
    parser.addoption(
        "--pair",
        action="append",
        metavar="BPO:DEALER",
        help="series of the BPO and of the dealers, as 18:19; default: all found",
    )


def pytest_configure(config):
    config.addinivalue_line("markers", "soak: a minute of load with faults")
    found = odoo.find()
    wanted = config.getoption("--pair") or []
    config.pairs, config.not_run = [], []
    for pair in PAIRS:
        missing = [series for series in pair if series not in found]
        if missing:
            config.not_run.append((pair, f"no Odoo {missing[0]} here"))
        elif wanted and _name(pair) not in wanted:
            config.not_run.append((pair, "not asked for"))
        else:
            config.pairs.append(pair)


def pytest_generate_tests(metafunc):
    if "pair" in metafunc.fixturenames:
        pairs = metafunc.config.pairs
        metafunc.parametrize("pair", pairs, ids=map(_name, pairs), scope="session")


def pytest_terminal_summary(terminalreporter, config):
    for pair, why in config.not_run:
        terminalreporter.write_line(
            f"BPO on {pair[0]} with dealers on {pair[1]}: not run ({why})"
        )


def _name(pair):
    return ":".join(series.removesuffix(".0") for series in pair)


@pytest.fixture(scope="session")
def runtime(pair):
    with Runtime("system", sorted(set(pair))) as runtime:
        yield runtime


@pytest.fixture(scope="session")
def servers(pair, runtime):
    """Five started servers, as attributes; dealer2 is a second one with Dealer CRM."""
    bpo_series, dealer_series = pair
    roles = {**ROLES, "dealer2": ROLES["dealer"]}
    made = {
        role: runtime.server(
            bpo_series if role == "bpo" else dealer_series,
            role,
            modules,
            start=False,
            crons=2,
            env=ENVIRONMENT,
        )
        for role, (modules, _port) in roles.items()
    }
    runtime.start_together(*made.values())
    return SimpleNamespace(**made)


@pytest.fixture(scope="session")
def proxies(servers):
    with ExitStack() as stack:
        yield stack.enter_context(Proxies(vars(servers)))


@pytest.fixture(scope="session")
def road(servers, proxies):
    """The companies, set up and connected through the proxies."""
    road = Road(servers, route=proxies.route, seed=SEED, stock=STOCK)
    road.walk(print, road.STEPS[:SETTING_UP])
    road.dealer2 = Dealer(servers.dealer2, "cebu")
    road.dealer2.open(road.vehicle, STOCK)
    road.dealership2 = road.another_dealership()
    road.connect(road.dealer2, road.dealership2)
    for company in (road.bpo, road.dealer, road.dealer2):
        for key, value in PATIENCE.items():
            company.database.admin.call("ir.config_parameter", "set_param", key, value)
    return road


@pytest.fixture(scope="session")
def pushing(road, servers, proxies):
    """(dealer, dealership) where the BPO pushes what is endorsed."""
    account = road.dealer2.push_account()
    road.bpo.manager.write(
        "crm.dealership",
        road.dealership2,
        {
            "odoo_url": proxies.route("bpo", servers.dealer2),
            "odoo_db": servers.dealer2.database,
            "odoo_username": account.login,
            "odoo_password": account.password,
        },
    )
    toast = road.bpo.manager.call(
        "crm.dealership", "action_test_connection", [road.dealership2]
    )
    assert toast["params"]["type"] == "success", toast["params"]
    return road.dealer2, road.dealership2


@pytest.fixture
def later(servers, runtime, road):
    """Let minutes pass for a company's outbox: the moments it has noted move back."""

    def pass_minutes(role, minutes):
        for statement in (
            "UPDATE remote_odoo_message SET sent_at = sent_at - %s * interval '1 min',"
            " next_attempt = next_attempt - %s * interval '1 min'"
            " WHERE state = 'pending'",
            "UPDATE remote_odoo"
            " SET last_success = last_success - %s * interval '1 min',"
            " next_probe = next_probe - %s * interval '1 min'"
            " WHERE next_probe IS NOT NULL",
        ):
            runtime.postgres.execute(
                statement,
                minutes,
                minutes,
                database=getattr(servers, role).database,
            )
        company = getattr(road, role)
        company.database.run_cron("remote_odoo.ir_cron_deliver_messages")

    return pass_minutes


@pytest.fixture(autouse=True)
def calm(request):
    """No fault outlives its test."""
    yield
    if "proxies" in request.fixturenames:
        request.getfixturevalue("proxies").calm()
