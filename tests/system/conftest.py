"""Real Odoo servers, a fault proxy in front of each, and the four companies on them.

One set of servers for each pair (series of the BPO, series of the dealers); it lives
for all tests of the pair. Every wait is for a condition, with a deadline.
"""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools import odoo  # noqa: E402  (the path comes first)
from tools.runtime import Runtime  # noqa: E402
from tools.story import network  # noqa: E402
from tools.story.proxies import Proxies  # noqa: E402

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
    return network.serve(runtime, *pair)


@pytest.fixture(scope="session")
def proxies(servers):
    with Proxies(vars(servers)) as proxies:
        yield proxies


@pytest.fixture(scope="session")
def road(servers, proxies):
    """The companies, set up and connected through the proxies."""
    road = network.open_road(servers, proxies)
    _first, (road.dealer2, road.dealership2) = road.dealers
    return road


@pytest.fixture(scope="session")
def pushing(road, proxies):
    """(dealer, dealership) where the BPO pushes what is endorsed."""
    network.push(road, proxies, road.dealer2, road.dealership2)
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
