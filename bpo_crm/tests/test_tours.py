from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import BpoMixin


@tagged("post_install", "-at_install")
class TestTours(BpoMixin, HttpCase):
    """The screens as a call floor uses them, in a browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tour_brand = cls.env["crm.brand"].create(
            {"name": "Kestrel", "code": "KESTOURB"}
        )
        cls.env["crm.vehicle.model"].create(
            [
                {
                    "name": "Kestrel K5",
                    "brand_id": cls.tour_brand.id,
                    "external_ref": "98765",
                },
                {
                    "name": "Rival R5",
                    "brand_id": cls.other_brand.id,
                    "external_ref": "98765",
                },
            ]
        )
        cls.tour_dealership = cls.env["crm.dealership"].create(
            {
                "name": "Tour Manila",
                "code": "TOUR-MNL",
                "brand_ids": [cls.tour_brand.id],
                "odoo_url": "https://tour.example.com",
            }
        )

    def test_agent(self):  # A18, C35, C38, B48
        values = {
            "name": "Tour lead",
            "brand_id": False,
            "vehicle_model_id": False,
            "dealership_id": False,
            "mobile": "0917 555 8801",
        }
        self.make_lead(user=self.other_agent, **{**values, "name": "Asked before"})
        lead = self.make_lead(user=self.supervisor, **{**values, "user_id": False})
        self.start_tour("/odoo/bpo-unclaimed", "bpo_crm_agent", login="bpo_agent")
        self.assertEqual(lead.user_id, self.agent)
        self.assertEqual(lead.vehicle_model_id.name, "Kestrel K5")
        self.assertEqual(lead.handoff_state, "pending")
        self.assertEqual(len(lead.bpo_call_log_ids), 1)

    @mute_logger("urllib3.connectionpool")
    def test_manager(self):  # B31, B44, B46
        self.start_tour("/odoo/bpo-dealerships", "bpo_crm_manager", login="bpo_manager")
        dealership = self.env["crm.dealership"].search([("code", "=", "TOUR-CEB")])
        self.assertEqual(dealership.remote_id.url, "http://127.0.0.1:9")
        self.assertFalse(dealership.odoo_connected)
