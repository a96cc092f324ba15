import uuid

from odoo.tests import tagged

from odoo.addons.remote_odoo.tests.hostile import HTML, HostilePayloadMixin

from .common import SERVICE
from .endorsement_common import EndorsementCase


@tagged("post_install", "-at_install")
class TestWireHostile(HostilePayloadMixin, EndorsementCase):
    """A service account that sends what no dealer's Odoo would send."""

    def setUp(self):
        super().setUp()
        self.lead = self.make_received()

    def test_callback(self):
        valid = {
            "contract": 1,
            "endorsement_key": self.lead.endorsement_key,
            "source_lead_id": self.lead.id,
            "outcome": "accepted",
            "dealer_lead_id": 1,
            "dealer_lead_name": "DLEAD/00001",
            "dealer_so_id": 1,
            "dealer_so_name": "S00001",
            "date": "2026-11-20 08:30:00",
            "reason": "price",
            "notes": "x",
        }
        self.probe_payload(self.wire().update_from_dealer_callback, valid)

    def test_receipts(self):
        wire, valid = self.wire(), {**self.receipt(self.lead), "error": "x"}
        valid |= {"dealer_so_id": 1, "dealer_so_name": "S00001"}
        self.probe_payload(
            lambda receipt: wire.acknowledge_endorsements(receipts=[receipt]),
            valid,
            inside=r"receipts\[0\]\.",
        )
        self.probe_payload(wire.acknowledge_endorsements, {"receipts": []})

    def test_questions(self):
        wire = self.wire()
        self.probe_payload(
            wire.endorsed_leads_for_dealer,
            {"after": False, "limit": 1, "keys": [str(uuid.uuid4())], "about": True},
        )
        self.probe_payload(
            wire.endorsement_states,
            {"since": "2026-11-20 08:30:00", "after": False, "limit": 1},
        )

    def test_html_is_text_everywhere(self):
        other = self.make_endorsed()
        self.acknowledge(self.receipt(other, dealer_lead_id=0, error=HTML))
        self.acknowledge(
            self.receipt(self.lead, dealer_lead_name=HTML, dealer_so_name=HTML)
        )
        self.callback(self.lead, "accepted", dealer_lead_name=HTML)
        self.callback(self.lead, "lost", reason=HTML, notes=HTML)
        declined = self.make_received()
        self.callback(declined, "declined", reason=HTML, notes=HTML)
        leads = (self.lead | other | declined).sudo()
        for lead in leads:
            bodies = "".join(self.bodies(lead))
            self.assertNotIn("<img", bodies)
            self.assertIn("&lt;img", bodies)
        notes = leads.activity_ids.mapped("note")
        self.assertTrue(notes)
        self.assertNotIn("<img", "".join(map(str, notes)))

    def test_the_group_gives_no_right(self):
        self.assert_gives_no_right(SERVICE)
