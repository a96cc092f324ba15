from odoo import Command
from odoo.tests import tagged

from odoo.addons.dealer_crm.tests.common import DealerCase


@tagged("post_install", "-at_install")
class TestTemplate(DealerCase):
    """The quotation of a lead has the lines of the company's quotation template."""

    def use_template(self, *products):
        lines = [
            {"display_type": "line_section", "name": "With every vehicle"},
            *({"product_id": product.id, "product_uom_qty": 3} for product in products),
        ]
        self.env.company.sale_order_template_id = self.env[
            "sale.order.template"
        ].create(
            {
                "name": "Vehicle",
                "number_of_days": 15,
                "note": "Subject to bank approval",
                "sale_order_template_line_ids": [
                    Command.create({"sequence": number, **line})
                    for number, line in enumerate(lines)
                ],
            }
        )

    def convert(self, **values):
        lead = self.new_lead(self.user, quantity=2, **values)
        lead.action_convert_to_quotation()
        return lead.sale_order_id

    def test_no_template(self):
        order = self.convert()
        self.assertEqual(order.order_line.product_id, self.vehicle)

    def test_lines(self):
        self.use_template(self.service)
        order = self.convert(expected_price=850000)
        self.assertRecordValues(
            order.order_line.sorted("sequence"),
            [
                {
                    "product_id": self.vehicle.id,
                    "product_uom_qty": 2,
                    "price_unit": 850000,
                },
                {"product_id": False, "product_uom_qty": 0, "price_unit": 0},
                {
                    "product_id": self.service.id,
                    "product_uom_qty": 3,
                    "price_unit": 5000,
                },
            ],
        )
        self.assertIn("bank approval", order.note)

    def test_vehicle_of_the_template(self):
        """One line of the vehicle, not two."""
        self.use_template(self.vehicle, self.service)
        order = self.convert()
        cars = order._vehicle_lines(self.vehicle)
        self.assertEqual(cars.mapped("product_uom_qty"), [2])
        self.assertEqual(cars.price_unit, 900000)
        self.assertEqual(len(order.order_line), 3)

    def test_template_without_lines(self):
        self.use_template()
        order = self.convert()
        self.assertEqual(order.order_line.product_id, self.vehicle)
