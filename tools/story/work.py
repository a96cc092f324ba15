"""What agents and salespeople do all day, one function for each thing they do."""

from tools.story.rpc import errors, expect, expect_equal, wait_for

LEAD = "crm.lead"
ENDED = ("won", "lost")


def to_step(company, person, lead, *steps):
    """Move a lead through its stages, one write each, as the status bar does."""
    for step in steps:
        person.write(LEAD, lead, {"stage_id": company.stage(step)})


def claim(person, lead):
    person.call(LEAD, "action_claim", [lead])
    owner = person.read(LEAD, lead, ["user_id"])["user_id"]
    expect_equal(owner, person.uid, f"The owner of lead {lead}")


def log_call(person, lead, summary, result="answered", minutes=4.0):
    """Use the Log Call wizard as the web client does; return the new call log count."""
    action = person.call(LEAD, "action_log_call", [lead])
    context = action.get("context") or {}
    values = {
        "lead_id": lead,
        "result": result,
        "duration": minutes,
        "summary": summary,
    }
    wizard = person.create(action["res_model"], values, context=context)
    person.call(action["res_model"], "action_log", [wizard], context=context)


def mark_lost(person, lead, reason, notes=None):
    person.call(LEAD, "action_mark_lost", [lead], reason_code=reason, notes=notes)


# --- BPO ---


def new_bpo_lead(bpo, agent, name, mobile, **values):
    """A customer calls: the agent notes the lead down and makes it their own."""
    lead = agent.create(
        LEAD,
        {
            "name": name,
            "contact_name": name,
            "mobile": mobile,
            "email_from": f"{name.lower().replace(' ', '.')}@example.com",
            "brand_id": bpo.brand,
            **values,
        },
        context={"default_pipeline": "bpo", "default_type": "opportunity"},
    )
    if not agent.read(LEAD, lead, ["user_id"])["user_id"]:
        claim(agent, lead)
    return lead


def negotiate(bpo, agent, lead, dealership, vehicle):
    """Qualify, pick the vehicle and the dealership, and be in Negotiation."""
    to_step(bpo, agent, lead, "qualified", "negotiation")
    agent.write(LEAD, lead, {"dealership_id": dealership, "vehicle_model_id": vehicle})


def endorse(agent, lead, with_quotation=False):
    agent.call(LEAD, "action_endorse", [lead], with_quotation=with_quotation)
    return agent.read(LEAD, lead, ["endorsement_key"])["endorsement_key"]


def bpo_state(bpo, lead, fields=()):
    """Return a BPO lead as its manager sees it."""
    names = [
        "code", "step", "endorsement_state", "endorsement_key", "dealer_lead_name",
        "dealer_so_name", "date_won", "date_lost", "lost_reason_id",
    ]  # fmt: skip
    return bpo.manager.read(LEAD, lead, [*names, *fields])


def wait_bpo_step(bpo, lead, step, **options):
    return wait_for(
        f"BPO lead {lead} turning {step}",
        lambda: (found := bpo_state(bpo, lead))["step"] == step and found,
        **options,
    )


# --- dealer ---


def pull(dealer):
    """Make the dealer's cron fetch what waits for it, sooner than its minute."""
    dealer.people["admin"].write(
        "bpo.crm.connection", dealer.connection, {"last_import": False}
    )
    dealer.database.run_cron("dealer_crm_bpo_bridge.ir_cron_import_endorsed_leads")


def send(*companies):
    """Make the outbox of these companies send what waits, sooner than its minute."""
    for company in companies:
        company.database.run_cron("remote_odoo.ir_cron_deliver_messages")


def dealer_leads(dealer, key):
    """Return the ids of the leads of an endorsement; there is never more than one."""
    domain = [("bpo_endorsement_key", "=", key)]
    context = {"active_test": False}
    rows = dealer.people["manager"].rows(LEAD, domain, context=context)
    expect(len(rows) < 2, f"{len(rows)} dealer leads of endorsement {key}")
    return [row["id"] for row in rows]


def wait_dealer_lead(dealer, key, **options):
    found = wait_for(
        f"the lead of endorsement {key} arriving at dealer {dealer.name}",
        lambda: dealer_leads(dealer, key),
        **options,
    )
    return found[0]


def sell(dealer, salesperson, lead):
    """Quotation (unless there is one), order, delivery: ready to be marked won."""
    values = salesperson.read(LEAD, lead, ["sale_order_id", "product_id"])
    if not values["product_id"]:
        salesperson.write(LEAD, lead, {"product_id": dealer.product})
    if not values["sale_order_id"]:
        salesperson.call(LEAD, "action_convert_to_quotation", [lead])
    order = salesperson.read(LEAD, lead, ["sale_order_id"])["sale_order_id"]
    salesperson.call("sale.order", "action_confirm", [order])
    deliver(dealer.people["manager"], order)
    return order


def deliver(manager, order):
    """Validate the deliveries of an order, as the warehouse does."""
    pickings = manager.read("sale.order", order, ["picking_ids"])["picking_ids"]
    expect(pickings, f"order {order} has no delivery")
    context = {"skip_backorder": True, "skip_sms": True}
    try:
        manager.call("stock.picking", "button_validate", pickings, context=context)
    except errors.Rejected as error:
        if "already been assigned" not in str(error):
            raise
        # Two orders confirmed in one instant: Odoo reserved one car for both.
        manager.call("stock.picking", "do_unreserve", pickings)
        manager.call("stock.picking", "action_assign", pickings)
        manager.call("stock.picking", "button_validate", pickings, context=context)
    for picking in pickings:
        state = manager.read("stock.picking", picking, ["state"])["state"]
        expect_equal(state, "done", f"The delivery {picking}")


def mark_won(person, lead):
    person.call(LEAD, "action_mark_won", [lead])
