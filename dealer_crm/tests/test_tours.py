from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestTours(HttpCase):
    """The screens as a dealer's people use them, in a browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        group = "dealer_crm.dealer_crm_group_"
        # one person of a small dealer sells and delivers
        cls.user = new_test_user(
            cls.env, "tour_dora", groups=f"{group}user,stock.group_stock_user"
        )
        cls.other = new_test_user(cls.env, "tour_otto", groups=f"{group}user")
        cls.brand = cls.env["crm.brand"].create({"name": "Kestrel", "code": "KESTOUR"})
        cls.vehicle = cls.env["product.product"].create(
            {
                "name": "Kestrel K5",
                "type": "consu",
                "is_storable": True,
                "list_price": 900000,
                "brand_id": cls.brand.id,
            }
        )
        warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.env.company.id)], limit=1
        )
        cls.env["stock.quant"]._update_available_quantity(
            cls.vehicle, warehouse.lot_stock_id, 5
        )

    def lead(self, **values):
        return self.env["crm.lead"].create(
            {
                "name": "Tour lead",
                "pipeline": "dealer",
                "contact_name": "Ana Tour",
                "mobile": "0917 555 0199",
                "brand_id": self.brand.id,
                "user_id": False,
                **values,
            }
        )

    @mute_logger("odoo.http")  # what a user is refused
    def test_walk_in(self):  # D08, D10-D14, D61, D87
        self.start_tour(
            "/odoo/dealer-pipeline", "dealer_crm_walk_in", login="tour_dora"
        )
        lead = self.env["crm.lead"].search([("name", "=", "Ben Tour")])
        self.assertEqual(lead.step, "won")
        self.assertEqual(lead.user_id, self.user)
        self.assertEqual(lead.sale_order_id.state, "sale")
        self.assertEqual(lead.sale_order_id.picking_ids.state, "done")
        self.assertEqual(len(lead.call_log_ids), 1)

    def test_lost_without_a_reason(self):  # D52, D104
        lead = self.lead(user_id=self.user.id)
        self.start_tour(
            f"/odoo/dealer-pipeline/{lead.id}",
            "dealer_crm_lost_needs_reason",
            login="tour_dora",
        )
        self.assertEqual(lead.step, "lost")
        self.assertEqual(lead.lost_reason_id.code, "price")

    @mute_logger("odoo.http")  # what a user is refused
    def test_drag_is_refused(self):  # D06, D105
        lead = self.lead(user_id=self.user.id)
        self.start_tour(
            "/odoo/dealer-pipeline", "dealer_crm_drag_refused", login="tour_dora"
        )
        self.assertEqual(lead.step, "new")

    def test_claim(self):  # D15, D66
        lead = self.lead()
        self.start_tour(
            f"/odoo/dealer-leads/{lead.id}", "dealer_crm_claim", login="tour_dora"
        )
        self.assertEqual(lead.user_id, self.user)

    @mute_logger("odoo.http")  # what a user is refused
    def test_second_user_claims(self):  # D66: the colleague was faster
        lead = self.lead()
        leads = self.env.registry["crm.lead"]
        lock, other_id = leads._lock_for_claim, self.other.id

        def colleague_first(records):
            leads = records.with_user(other_id)._open_gate()
            leads.write({"user_id": other_id})
            return lock(records)

        self.patch(leads, "_lock_for_claim", colleague_first)
        self.start_tour(
            f"/odoo/dealer-leads/{lead.id}",
            "dealer_crm_claim_too_late",
            login="tour_dora",
        )
        self.assertNotEqual(lead.user_id, self.user)
