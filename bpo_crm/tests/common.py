from odoo.tests import TransactionCase, new_test_user

from odoo.addons.remote_odoo.tests.common import OutboxMixin

from .plain_dealer import PlainDealer

AGENT = "bpo_crm.bpo_crm_group_agent"
SUPERVISOR = "bpo_crm.bpo_crm_group_supervisor"
MANAGER = "bpo_crm.bpo_crm_group_manager"
SERVICE = "bpo_crm.bpo_crm_group_dealer_service"


class BpoMixin(OutboxMixin):
    """A brand with a model, a dealership and people; `start_dealer` gives the
    dealership a plain Odoo of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.country_id = cls.env.ref("base.ph")
        cls.agent = new_test_user(cls.env, "bpo_agent", groups=AGENT)
        cls.other_agent = new_test_user(cls.env, "bpo_agent_2", groups=AGENT)
        cls.supervisor = new_test_user(cls.env, "bpo_supervisor", groups=SUPERVISOR)
        cls.manager = new_test_user(cls.env, "bpo_manager", groups=MANAGER)
        cls.service = new_test_user(
            cls.env, "bpo_service", groups=f"base.group_portal,{SERVICE}"
        )
        cls.brand = cls.env["crm.brand"].create({"name": "Foton", "code": "FOTONX"})
        cls.other_brand = cls.env["crm.brand"].create({"name": "Chery", "code": "CHRX"})
        cls.model = cls.env["crm.vehicle.model"].create(
            {
                "name": "TunLand G7",
                "brand_id": cls.brand.id,
                "default_code": "TL-G7",
                "external_ref": "4711",
                "list_price": 1_500_000,
            }
        )
        cls.other_model = cls.env["crm.vehicle.model"].create(
            {"name": "Tiggo 8", "brand_id": cls.other_brand.id, "external_ref": "4711"}
        )
        cls.dealership = cls.env["crm.dealership"].create(
            {
                "name": "Manila",
                "code": "TEST-MNL",
                "city": "Manila",
                "brand_ids": [cls.brand.id],
                "manager_name": "Maria",
                "manager_email": "maria@dealer.example.com",
            }
        )

    @classmethod
    def make_lead(cls, user=None, **values):
        return (
            cls.env["crm.lead"]
            .with_user(user or cls.agent)
            .with_context(default_pipeline="bpo")
            .create(
                {
                    "name": "Ana wants a TunLand",
                    "pipeline": "bpo",
                    "type": "opportunity",
                    "user_id": (user or cls.agent).id,
                    "contact_name": "Ana Cruz",
                    "mobile": "0917 555 0101",
                    "email_from": "ana@example.com",
                    "brand_id": cls.brand.id,
                    "vehicle_model_id": cls.model.id,
                    "dealership_id": cls.dealership.id,
                    "quantity": 2,
                    **values,
                }
            )
        )

    def start_dealer(self, **kwargs):
        self.dealer = PlainDealer(**kwargs)
        self.dealer.start()
        self.addCleanup(self.dealer.stop)
        self.connect(self.dealership, self.dealer)
        return self.dealer

    def connect(self, dealership, fake):
        dealership.with_user(self.manager).write(
            {
                "odoo_url": fake.url,
                "odoo_db": fake.db,
                "odoo_username": fake.login,
                "odoo_password": fake.password,
            }
        )

    def to_negotiation(self, lead):
        for step in ("qualified", "negotiation"):
            lead.stage_id = self.env.ref(f"bpo_crm.stage_{step}")
        return lead


class HandoffCase(BpoMixin, TransactionCase):
    """A lead in Negotiation whose dealership runs plain Odoo."""

    def setUp(self):
        super().setUp()
        self.start_dealer()
        self.lead = self.to_negotiation(self.make_lead())

    def orders(self):
        return list(self.dealer.rows["sale.order"].values())

    def chatter(self, lead=None):
        return " ".join((lead or self.lead).message_ids.mapped("body"))

    def message(self):
        return self.lead.sudo().remote_message_ids
