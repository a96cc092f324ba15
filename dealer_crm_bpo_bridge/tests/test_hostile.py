from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.remote_odoo.tests.hostile import HTML, HostilePayloadMixin

from .common import SERVICE, BridgeCase
from .fake_bpo import make_endorsement

CALLBACK = "odoo.addons.dealer_crm_bpo_bridge.models.crm_lead_callback"


@tagged("post_install", "-at_install")
class TestHostile(HostilePayloadMixin, BridgeCase):
    """A BPO's account that hands over what no BPO would."""

    def test_endorsement(self):
        leads = self.env["crm.lead"].with_user(self.service)
        valid = make_endorsement()
        self.probe_payload(leads.receive_endorsed_lead, valid)
        for name in ("customer", "vehicle"):
            self.probe_payload(
                lambda part, name=name: leads.receive_endorsed_lead(
                    {**valid, name: part}
                ),
                valid[name],
                inside=rf"{name}\.",
            )

    def test_html_is_text_everywhere(self):
        texts = ("source_lead_name", "endorsed_by", "trade_in_details", "source")
        texts += ("vehicle_model_text", "preferred_color", "customer_notes")
        customer = dict.fromkeys(("name", "street", "city"), HTML)
        _reply, lead = self.receive(
            **dict.fromkeys(texts, HTML), customer=customer, with_quotation=True
        )
        self.bpo.answer = {"status": "conflict", "lead": HTML, "step": HTML}
        lead.with_user(self.user).action_claim()
        with mute_logger(CALLBACK):
            self.run_outbox()
        self.assertEqual(lead.bpo_callback_state, "conflict")
        lead.sudo()._bpo_withdraw(HTML)
        bodies = "".join(self.bodies(lead))
        notes = "".join(map(str, lead.sudo().activity_ids.mapped("note")))
        self.assertIn("&lt;img", bodies)
        self.assertNotIn("<img", bodies + notes)

    def test_the_group_gives_no_right(self):
        self.assert_gives_no_right(SERVICE)
