"""What `make demo` tells: the road of a lead, then where to look at it."""

from tools.story.companies import PASSWORD
from tools.story.road import Road
from tools.story.rpc import StepFailed


def run(servers, say):
    """Walk the road on the running `servers`, saying each step and what was seen.

    `servers` has `distributor`, `bpo`, `dealer` and `plain`. Returns the step that is
    not true on the servers, and why; None when all are.
    """
    road = Road(servers)
    try:
        road.walk(say)
    except StepFailed as failure:
        return str(failure)
    say("")
    say("Every step was seen to be true. Look around:")
    for company, what in (
        (road.distributor, "distributor"),
        (road.bpo, "BPO"),
        (road.dealer, "dealer with Dealer CRM"),
        (road.plain, "dealer with plain Odoo"),
    ):
        say(
            f"  {what}: {company.database.url}  (Odoo {company.database.server.series})"
        )
        logins = [*(p.login for p in company.people.values())]
        if logins:
            say(f"      {', '.join(logins)}; password: {PASSWORD}")
        say("      admin; password: admin")
    for company, action, lead in (
        (road.bpo, "bpo_crm.crm_lead_action_all", road.lead),
        (road.dealer, "dealer_crm.crm_lead_action_all", road.dealer_lead),
    ):
        say(f"  the lead: {company.database.url}/odoo/action-{action}/{lead}")
    return None
