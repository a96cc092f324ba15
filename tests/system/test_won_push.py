"""Mark Won for a dealer with plain Odoo Sales: every fault of the wire, every missing
right, and what a year leaves in the dealer's database."""

from functools import partial

import pytest

from tools.story import work
from tools.story.deal import Deal
from tools.story.proxies import fault_proxy
from tools.story.rpc import expect, expect_equal, wait_for

# The call arrives there, its answer does not come back as it was.
DONE_THERE = (
    *("hang", "slow", "cut_after", "cut_reply", "gateway_timeout"),
    *("wrong_length", "short_length"),
)
CREATING = (
    ("ir.filters", "create"),
    ("res.partner", "create"),
    ("sale.order", "web_save"),
)
FAULTS = [mode for mode in fault_proxy.MODES if mode != "ok"]
# In the order of use; whoever reads an order reads its lines.
RIGHTS = (
    ("sale.order", "read"),
    ("res.partner", "read"),
    ("res.partner", "create"),
    ("product.product", "read"),
    ("sale.order", "create"),
    ("sale.order.line", "create"),
)
ODD_NAME = '<b>Ñandú & "車" 🚗</b> ' + "x" * 300


@pytest.fixture(scope="module")
def plain(road, proxies):
    """The plain dealer's administrator, on a wire that soon loses patience."""
    proxy = proxies.by_role["plain"]
    proxy.drip = 0.005
    remote = road.bpo.manager.one("remote.odoo", [("url", "=", proxy.url)])["id"]
    admin = road.bpo.admin
    before = admin.read("remote.odoo", remote, ["timeout"])
    admin.write("remote.odoo", remote, {"timeout": 4})
    yield road.plain.admin
    admin.write("remote.odoo", remote, {"timeout": before["timeout"]})


@pytest.fixture
def deal(road):
    return Deal(road, dealership=road.plain_dealership).qualify()


def won(road, deal, hurry=None):
    """Wait for the lead to be Won; return its only order at the plain dealer."""
    state = work.wait_bpo_step(road.bpo, deal.lead, "won", hurry=hurry)
    order = road.plain.admin.one(
        "sale.order",
        [("client_order_ref", "=like", state["code"] + "%")],
        ["name", "partner_id", "order_line", "currency_id"],
    )
    expect_equal(state["dealer_so_name"], order["name"], "The order at the BPO")
    return order


def failed(road, deal):
    """Wait for the hand-off to be given up; return the reason."""
    state = wait_for(
        "the hand-off failing",
        lambda: (
            (found := deal.at_bpo("handoff_state", "handoff_error"))["handoff_state"]
            == "failed"
            and found
        ),
    )
    expect_equal(state["step"], "negotiation", "The step")
    lines = road.bpo.agent.chatter(work.LEAD, deal.lead)
    expect(
        any("stays in Negotiation" in line for line in lines), f"No reason in {lines}"
    )
    return state["handoff_error"]


def retry(road, deal):
    road.bpo.agent.call(work.LEAD, "action_retry_handoff", [deal.lead])


@pytest.mark.parametrize("mode", FAULTS)
def test_one_order_through(mode, road, plain, deal, proxies, later):
    """# B49, B50, B53, B61: the fault meets the order, and the stamp and the customer
    before it where they can be doubled; in the end there is one of each."""
    methods = CREATING if mode in DONE_THERE else CREATING[-1:]
    for model, method in methods:
        proxies.fault("plain", mode, method, model)
    work.mark_won(road.bpo.agent, deal.lead)
    pass_ten_minutes = partial(later, "bpo", minutes=11)
    for attempt in range(1, len(methods) + 1) if mode != "slow" else ():
        wait_for(
            f"attempt {attempt} being noted as in doubt",
            lambda number=attempt: road.bpo.manager.count(
                "remote.odoo.message",
                [
                    ("res_id", "=", deal.lead),
                    ("state", "=", "pending"),
                    ("attempts", "=", number),
                    ("failure", "in", ("unknown", "bad_reply")),
                ],
            ),
        )
        state = deal.at_bpo("handoff_state")
        expect_equal(state["step"], "negotiation", "The step while nobody knows")
        expect_equal(state["handoff_state"], "pending", "The hand-off")
        if mode == "refuse":  # nobody is let in until somebody mends it
            proxies.calm()
        pass_ten_minutes()
    order = won(road, deal, hurry=pass_ten_minutes)
    partner = plain.one("res.partner", [("name", "=", deal.customer)])
    expect_equal(order["partner_id"], partner["id"], "The customer of the order")
    lines = road.bpo.agent.chatter(work.LEAD, deal.lead)
    told = sum(f"Order {order['name']} " in line for line in lines)
    expect_equal(told, 1, f"Lines about the order in {lines}")


def test_each_missing_right_is_named(road, plain, deal):
    """# B42, B43, B53, B54, B57: one right at a time is taken away."""
    for model, right in RIGHTS:
        column = f"perm_{right}"
        domain = [("model_id.model", "=", model), (column, "=", True)]
        granted = [row["id"] for row in plain.rows("ir.model.access", domain)]
        plain.call("ir.model.access", "write", granted, {column: False})
        try:
            if deal.at_bpo("handoff_state")["handoff_state"] == "none":
                work.mark_won(road.bpo.agent, deal.lead)
            else:
                retry(road, deal)
            error = failed(road, deal)
        finally:
            plain.call("ir.model.access", "write", granted, {column: True})
        expect("AccessError" in error, error)
        expect(f" {model} " in error or f" {model}." in error, f"{model} in: {error}")
        expect(right in error, f"{right} in: {error}")
    retry(road, deal)
    won(road, deal)
    customers = plain.count("res.partner", [("name", "=", deal.customer)])
    expect_equal(customers, 1, "Customers at the dealer")


def test_odd_data_at_the_dealer(road, plain, deal):
    """# B49, R19, C45: customers and products that are there twice, archived or not
    for sale, names that no form would take, and a price list in another currency."""
    bpo, agent = road.bpo, road.bpo.agent
    old, _new = (
        plain.create("res.partner", {"name": name, "phone": phone})
        for name, phone in (
            ("Kept by hand", deal.mobile.replace(" ", "-")),
            ("Typed again", "+63" + deal.mobile.replace(" ", "")[1:]),
        )
    )
    currency = plain.one(
        "res.currency",
        [("name", "=", "PHP"), ("active", "in", (True, False))],
    )["id"]
    plain.write("res.currency", currency, {"active": True})
    pricelist = plain.create(
        "product.pricelist", {"name": "Pesos", "currency_id": currency}
    )
    plain.write("res.partner", old, {"property_product_pricelist": pricelist})
    model = bpo.manager.create(
        "crm.vehicle.model",
        {"name": ODD_NAME, "brand_id": bpo.brand, "default_code": "ODD-1"},
    )
    products = {
        key: plain.create("product.product", {"name": name, **values})
        for key, name, values in (
            ("archived", ODD_NAME, {"default_code": "ODD-1", "active": False}),
            ("parts", ODD_NAME, {"sale_ok": False}),
            ("one", ODD_NAME, {"list_price": 100}),
            ("two", ODD_NAME, {"list_price": 200}),
        )
    }
    agent.write(work.LEAD, deal.lead, {"vehicle_model_id": model})
    work.mark_won(agent, deal.lead)
    order = won(road, deal)
    expect_equal(order["partner_id"], old, "The customer")
    expect_equal(order["currency_id"], currency, "The currency of the order")
    line = plain.read("sale.order.line", order["order_line"][0], ["product_id"])
    expect_equal(line["product_id"], products["one"], "The product")

    # Nothing of that name is for sale: said, then created once for both leads.
    plain.call(
        "product.product",
        "write",
        [products["one"], products["two"]],
        {"active": False},
    )
    plain.write("product.product", products["parts"], {"active": False})
    deals = [Deal(road, dealership=road.plain_dealership) for _number in range(2)]
    for other in deals:
        other.customer = f"{ODD_NAME} {other.mobile}"
        other.qualify()
        agent.write(work.LEAD, other.lead, {"vehicle_model_id": model})
    work.mark_won(agent, deals[0].lead)
    expect("No product" in failed(road, deals[0]), "The missing product is not named")
    switch = {"create_products": True}
    bpo.manager.write("crm.dealership", road.plain_dealership, switch)
    try:
        retry(road, deals[0])
        won(road, deals[0])
        work.mark_won(agent, deals[1].lead)
        order = won(road, deals[1])
    finally:
        switch = {"create_products": False}
        bpo.manager.write("crm.dealership", road.plain_dealership, switch)
    partner = plain.read("res.partner", order["partner_id"], ["name"])
    expect_equal(partner["name"], deals[1].customer, "The customer's odd name")
    made = plain.count("product.product", [("default_code", "=", "ODD-1")])
    expect_equal(made, 1, "Products created for two leads")
