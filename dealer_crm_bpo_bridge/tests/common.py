from odoo.tests import new_test_user

from odoo.addons.dealer_crm.tests.common import DealerCase
from odoo.addons.remote_odoo.tests.common import OutboxMixin

from .fake_bpo import FakeBpo, make_endorsement

SERVICE = "dealer_crm_bpo_bridge.dealer_crm_bpo_bridge_group_bpo_service"


class BridgeMixin(OutboxMixin):
    """A dealer with a BPO CRM Connection; `self.bpo` answers at the other end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.country_id = cls.env.ref("base.ph")
        cls.service = new_test_user(
            cls.env, "bpo_account", groups=f"base.group_portal,{SERVICE}"
        )
        cls.vehicle.default_code = "K5"

    def setUp(self):
        super().setUp()
        self.bpo = FakeBpo()
        self.bpo.start()
        self.addCleanup(self.bpo.stop)
        self.connection = (
            self.env["bpo.crm.connection"]
            .with_user(self.admin)
            .create(
                {
                    "name": "BPO",
                    "url": self.bpo.url,
                    "database": self.bpo.db,
                    "username": self.bpo.login,
                    "password": self.bpo.password,
                    "service_user_id": self.service.id,
                }
            )
        )

    def run_import(self):
        self.env.flush_all()
        with self.in_cron():
            cron = self.env.ref("dealer_crm_bpo_bridge.ir_cron_import_endorsed_leads")
            self.connection.sudo().last_import = False
            crons = self.env["bpo.crm.connection"].with_user(cron.user_id)
            crons._cron_import_endorsed_leads()
        self.env.invalidate_all()

    def receive(self, user=None, **values):
        """Push an endorsement as the BPO's account; return `(reply, lead)`."""
        payload = make_endorsement(**values)
        leads = self.env["crm.lead"].with_user(user or self.service)
        reply = leads.receive_endorsed_lead(payload)
        return reply, self.env["crm.lead"].browse(reply["lead_id"])

    def find(self, endorsement):
        return self.env["crm.lead"].search(
            [("bpo_endorsement_key", "=", endorsement["endorsement_key"])]
        )

    def make_endorsed(self, owner=None, **values):
        """An endorsed lead that `owner` has claimed and the BPO knows of."""
        _reply, lead = self.receive(**values)
        if owner:
            lead.with_user(owner).action_claim()
            self.run_outbox()
            self.bpo.callbacks.clear()
        return lead.with_user(owner or self.manager)

    def deliver_order(self, lead):
        lead.action_convert_to_quotation()
        for picking in self.confirm(lead.sale_order_id.with_user(self.manager)):
            self.deliver(picking)


class BridgeCase(BridgeMixin, DealerCase):
    pass
