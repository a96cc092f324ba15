"""The companies of the road on servers of their own, a fault proxy before each."""

from types import SimpleNamespace

from tools.demo import ENVIRONMENT, ROLES
from tools.story.companies import Dealer
from tools.story.road import Road
from tools.story.rpc import expect_equal

SETTING_UP = 7  # the first steps of the road
SEED = {"products": 50, "images": 3, "dealers": 12, "leads": 12}
# Shorter than in life, so that a story waits seconds and not minutes.
PATIENCE = {"remote_odoo.backoff_seconds": "1,2,2", "remote_odoo.lease_seconds": "10"}
FURTHER = {"dealer2": "cebu", "dealer3": "davao"}  # dealers that the demo has not


def serve(runtime, bpo_series, dealer_series, dealers=2):
    """Start the servers of the demo and of further dealers; each an attribute."""
    further = list(FURTHER)[: dealers - 1]
    roles = {**ROLES, **dict.fromkeys(further, ROLES["dealer"])}
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


def open_road(servers, proxies, stock=60, say=print):
    """Return the companies, set up and connected through the proxies."""
    road = Road(servers, route=proxies.route, seed=SEED, stock=stock)
    road.walk(say, road.STEPS[:SETTING_UP])
    for role, name in FURTHER.items():
        if server := getattr(servers, role, None):
            dealer = Dealer(server, name)
            dealer.open(road.vehicle, stock)
            road.connect(dealer, road.another_dealership())
    for company in (road.bpo, *(dealer for dealer, _dealership in road.dealers)):
        for key, value in PATIENCE.items():
            company.database.admin.call("ir.config_parameter", "set_param", key, value)
    return road


def push(road, proxies, dealer, dealership):
    """Give the dealership a connection: what is endorsed is pushed at once."""
    account = dealer.push_account()
    road.bpo.manager.write(
        "crm.dealership",
        dealership,
        {
            "odoo_url": proxies.route("bpo", dealer.database.server),
            "odoo_db": dealer.database.name,
            "odoo_username": account.login,
            "odoo_password": account.password,
        },
    )
    toast = road.bpo.manager.call(
        "crm.dealership", "action_test_connection", [dealership]
    )
    expect_equal(toast["params"]["type"], "success", f"The toast {toast['params']}")
