from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

from odoo.addons.vehicle_crm.tests.race_cases import ClaimRaceCases, RaceCases


@tagged("post_install", "-at_install")
class TestDealerClaimRace(ClaimRaceCases, TransactionCase):
    pipeline = "dealer"


@tagged("post_install", "-at_install")
class TestConvertRace(RaceCases, TransactionCase):
    """Two clicks on Convert to Quotation at the same moment make one order."""

    pipeline = "dealer"

    def setUp(self):
        super().setUp()
        self.made = self.outside(self._make_lead)
        self.addCleanup(self.outside, self._forget_lead)

    def _make_lead(self, env):
        racers = self.new_racers(env, role="manager")
        brand = env["crm.brand"].create({"name": "Race", "code": "RACE"})
        vehicle = env["product.product"].create(
            {"name": "Racer R1", "type": "consu", "brand_id": brand.id}
        )
        lead = env["crm.lead"].create(
            {
                "name": "Race",
                "pipeline": "dealer",
                "contact_name": "Ana Race",
                "mobile": "0917 555 0177",
                "user_id": racers[0],
                "brand_id": brand.id,
                "product_id": vehicle.id,
            }
        )
        return {"racers": racers, "lead": lead.id, "vehicle": vehicle.id}

    def _forget_lead(self, env):
        lead = env["crm.lead"].browse(self.made["lead"])
        brand, customer = lead.brand_id, lead.partner_id
        lead.dealer_order_ids.unlink()
        lead.unlink()
        env["product.product"].browse(self.made["vehicle"]).product_tmpl_id.unlink()
        brand.unlink()
        customer.unlink()
        self.forget_racers(env, self.made["racers"])

    def _found(self, env):
        lead = env["crm.lead"].browse(self.made["lead"])
        return {
            "orders": lead.dealer_order_ids.mapped("name"),
            "linked": lead.sale_order_id.name,
            "customers": env["res.partner"].search_count(
                [("name", "=", "Ana Race")], limit=9
            ),
        }

    def test_convert_at_once(self):  # D11, D23, D30
        owner, manager = self.made["racers"]
        for clickers in ((owner, owner), (owner, manager)):
            with self.subTest(clickers=clickers):
                outcomes = self.at_once(
                    lambda env: (
                        env["crm.lead"]
                        .browse(self.made["lead"])
                        .action_convert_to_quotation()
                    ),
                    clickers,
                )
                refused = [o for o in outcomes if isinstance(o, UserError)]
                self.assertEqual(len(refused), 1, outcomes)
                found = self.outside(self._found)
                self.assertEqual(found["orders"], [found["linked"]])
                self.assertEqual(found["customers"], 1)
                self.assertIn(f"already has {found['linked']}", str(refused[0]))
            self.outside(
                lambda env: (
                    env["crm.lead"].browse(self.made["lead"]).dealer_order_ids.unlink()
                )
            )
