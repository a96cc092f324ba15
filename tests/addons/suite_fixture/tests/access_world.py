"""People of every role, and records that they may or may not know of."""

from odoo.addons.vehicle_crm.models.gate import GATE

from .common import make_user

PORTAL, EMPLOYEE = "base.group_portal", "base.group_user"
ROLES = {
    "portal": (PORTAL,),
    "dealer_service": (PORTAL, "bpo_crm.bpo_crm_group_dealer_service"),
    "bpo_service": (
        PORTAL,
        "dealer_crm_bpo_bridge.dealer_crm_bpo_bridge_group_bpo_service",
    ),
    "employee": (EMPLOYEE,),
    "salesman": (EMPLOYEE, "sales_team.group_sale_salesman"),
    "sales_all": (EMPLOYEE, "sales_team.group_sale_salesman_all_leads"),
    "sales_manager": (EMPLOYEE, "sales_team.group_sale_manager"),
    "agent": (EMPLOYEE, "bpo_crm.bpo_crm_group_agent"),
    "supervisor": (EMPLOYEE, "bpo_crm.bpo_crm_group_supervisor"),
    "bpo_manager": (EMPLOYEE, "bpo_crm.bpo_crm_group_manager"),
    "dealer_user": (EMPLOYEE, "dealer_crm.dealer_crm_group_user"),
    "dealer_manager": (EMPLOYEE, "dealer_crm.dealer_crm_group_manager"),
    "dealer_admin": (EMPLOYEE, "dealer_crm.dealer_crm_group_admin"),
    "settings": (EMPLOYEE, "base.group_system"),
}
OWNERS = {
    "bpo": "bpo_crm.bpo_crm_group_agent",
    "dealer": "dealer_crm.dealer_crm_group_user",
}
# What a lead is to the one who calls. Each but the last two in both pipelines.
LEADS = tuple(
    f"{pipeline}_{kind}"
    for pipeline in OWNERS
    for kind in ("own", "unclaimed", "others", "company")
) + ("ordinary", "missing")
OTHERS = ("known", "others", "company", "missing")
# Words of records that no answer may hold for somebody who may not read them.
SECRETS = ("Title of", "Customer of", "Owner of", "owner.of")


class AccessWorld:
    """For a TransactionCase: ``users`` by role, ``lead(user, kind)``, ``others``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.home = cls.env.company
        cls.abroad = cls.env["res.company"].create({"name": "Abroad"})
        cls.users = {
            role: make_user(cls.env, f"role_{role}", *groups)
            for role, groups in ROLES.items()
        }
        cls.brand = cls.env["crm.brand"].create({"name": "Foton", "code": "FOTONX"})
        cls.model = cls.env["crm.vehicle.model"].create(
            {"name": "TunLand", "brand_id": cls.brand.id}
        )
        cls.dealership = cls.env["crm.dealership"].create(
            {
                "name": "Manila",
                "code": "TEST-MNL",
                "brand_ids": [cls.brand.id],
                "service_user_id": cls.users["dealer_service"].id,
            }
        )
        cls.owners = {}
        for pipeline, group in OWNERS.items():
            for company in (cls.home, cls.abroad):
                name = f"Owner of {pipeline} {company.name}"
                cls.owners[pipeline, company] = make_user(
                    cls.env,
                    name.lower().replace(" ", "."),
                    EMPLOYEE,
                    group,
                    name=name,
                    company_id=company.id,
                    company_ids=company.ids,
                )
        cls.shared = {}
        for pipeline in OWNERS:
            for kind, company, owner in (
                ("unclaimed", cls.home, False),
                ("others", cls.home, cls.owners[pipeline, cls.home]),
                ("company", cls.abroad, cls.owners[pipeline, cls.abroad]),
            ):
                key = f"{pipeline}_{kind}"
                cls.shared[key] = cls.new_lead(key, pipeline, company, owner)
        cls.shared["ordinary"] = cls.new_lead(
            "ordinary", False, cls.home, cls.owners["bpo", cls.home]
        )
        gone = cls.new_lead("missing", False, cls.home, False)
        cls.shared["missing"] = gone
        gone.unlink()
        cls.own = {
            (role, pipeline): cls.new_lead(f"own {role}", pipeline, cls.home, user)
            for role, user in cls.users.items()
            for pipeline in OWNERS
        }
        cls.others = cls.make_others()
        cls.env.flush_all()

    @classmethod
    def new_lead(cls, key, pipeline, company, owner):
        values = {
            "name": f"Title of {key}",
            "contact_name": f"Customer of {key}",
            "mobile": "0917 555 0101",
            "user_id": owner and owner.id,
            "company_id": company.id,
            "team_id": False,
            "type": "opportunity",
        }
        if pipeline:
            stage = cls.env["crm.lead"]._pipeline_stage(pipeline, "negotiation")
            values |= {
                "pipeline": pipeline,
                "stage_id": stage.id,
                "brand_id": cls.brand.id,
            }
        if pipeline == "bpo":
            values |= {
                "vehicle_model_id": cls.model.id,
                "dealership_id": cls.dealership.id,
            }
        leads = cls.env["crm.lead"].with_context(vehicle_crm_gate=GATE)
        return leads.create(values).with_env(cls.env)

    def lead(self, role, kind):
        """The lead that is ``kind`` to the user of ``role``."""
        pipeline, _sep, what = kind.partition("_")
        lead = self.own[role, pipeline] if what == "own" else self.shared[kind]
        return lead.with_user(self.users[role])

    @classmethod
    def make_others(cls):
        """``{model: {kind: record}}`` of the models besides leads and wizards."""
        remote = cls.env["remote.odoo"].create(
            {"name": "Title of a connection", "owner_model": "crm.brand"}
        )
        connection = cls.env["bpo.crm.connection"].create({"name": "BPO"})
        run = cls.env["distributor.sync.run"].create(
            {"brand_id": cls.brand.id, "kind": "product"}
        )
        issue = cls.env["distributor.sync.issue"].create(
            {
                "brand_id": cls.brand.id,
                "kind": "product",
                "remote_id": 1,
                "run_id": run.id,
                "message": "Refused",
            }
        )
        others = {
            record._name: {"known": record}
            for record in (
                cls.brand,
                cls.model,
                cls.dealership,
                remote,
                connection,
                run,
                issue,
                cls.users["employee"].partner_id,
            )
        }
        for number, kind in enumerate(("unclaimed", "others", "company"), 1):
            column = "known" if kind == "unclaimed" else kind
            bpo, dealer = (cls.shared[f"{name}_{kind}"] for name in OWNERS)
            for record in (
                bpo.sudo()._remote_send("dealer_order", remote, {}, f"test-{number}"),
                cls.env["distributor.web.lead"].create(
                    {
                        "brand_id": cls.brand.id,
                        "remote_model": "cheryweb.quotation",
                        "remote_id": number,
                        "lead_id": bpo.id,
                    }
                ),
                cls.env["bpo.crm.discrepancy"].create(
                    {
                        "connection_id": connection.id,
                        "lead_id": dealer.id,
                        "endorsement_key": str(number),
                        "source_lead_name": f"Title of {dealer.name}",
                        "kind": "outcome",
                    }
                ),
            ):
                others.setdefault(record._name, {})[column] = record
        for model, records in others.items():
            last = cls.env[model].sudo().search([], order="id desc", limit=1)
            records["missing"] = cls.env[model].browse(last.id + 1000)
        return others
