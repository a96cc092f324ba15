from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import DealerCase


@tagged("post_install", "-at_install")
class TestConvert(DealerCase):
    def convert(self, lead):
        lead.action_convert_to_quotation()
        return lead.sale_order_id

    def refused(self, lead, text="Select a vehicle first"):
        """Converting raises exactly `text` and leaves nothing behind."""
        counts = [
            self.env[model].search_count([]) for model in ("sale.order", "res.partner")
        ]
        with self.assertRaises(UserError) as error:
            lead.action_convert_to_quotation()
        self.assertEqual(str(error.exception), text)
        self.assertFalse(lead.sale_order_id)
        self.assertEqual(
            counts,
            [
                self.env[model].search_count([])
                for model in ("sale.order", "res.partner")
            ],
        )

    # the gate

    def test_without_brand(self):  # D16, D19
        self.refused(self.new_lead(self.user, brand_id=False, product_id=False))

    def test_without_vehicle(self):  # D17, D103
        self.refused(self.new_lead(self.user, product_id=False))

    def test_free_text_is_not_a_vehicle(self):  # D18
        self.refused(
            self.new_lead(self.user, product_id=False, vehicle_model_text="K5 white")
        )

    def test_vehicle_that_changed_brand(self):  # D16
        lead = self.new_lead(self.user)
        self.vehicle.brand_id = self.other_brand
        self.refused(lead)

    def test_failure_midway_leaves_nothing(self):  # D30, R26
        lead = self.new_lead(self.user)
        order_class = self.env.registry["sale.order.line"]

        def refuse(records, values):
            raise UserError("Discounts above 5% need an approval.")

        lead.expected_price = 1
        with patch.object(order_class, "write", refuse):
            self.refused(lead, "Discounts above 5% need an approval.")
        self.assertFalse(lead.partner_id)

    def test_sales_rights_decide(self):  # D35: as the triggering user, no sudo
        lead = self.new_lead(self.user)
        access = self.env.ref("sale.access_sale_order")
        access.perm_create = False
        with self.assertRaises(AccessError):
            lead.action_convert_to_quotation()
        self.assertFalse(lead.sale_order_id)

    # what is created

    def test_order(self):  # D23, D24, D25, D26, D27, D28, D29
        lead = self.new_lead(self.user, step="negotiation", quantity=2)
        action = lead.action_convert_to_quotation()
        order = lead.sale_order_id
        self.assertRecordValues(
            order,
            [
                {
                    "state": "draft",
                    "partner_id": lead.partner_id.id,
                    "brand_id": self.brand.id,
                    "origin": lead.code,
                    "dealer_crm_lead_id": lead.id,
                    "user_id": self.user.id,
                    "create_uid": self.user.id,
                }
            ],
        )
        self.assertRegex(order.origin, r"^DLEAD/\d{5}$")  # D25, D106
        self.assertRecordValues(
            order.order_line,
            [
                {
                    "product_id": self.vehicle.id,
                    "product_uom_qty": 2,
                    "price_unit": 900000,
                }
            ],
        )
        self.assertEqual(
            (action["res_model"], action["res_id"], action["views"]),
            ("sale.order", order.id, [(False, "form")]),
        )
        self.assertEqual(lead.step, "negotiation")

    def test_sales_people_without_the_app(self):  # D32: nothing changes for them
        lead = self.new_lead(self.user)
        first = self.convert(lead)
        extra = first.copy({"dealer_crm_lead_id": lead.id}).with_user(self.outsider)
        self.assertEqual(lead.sale_order_id, extra)
        extra.action_confirm()
        extra.with_context(disable_cancel_warning=True).action_cancel()
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assertEqual(lead.sale_order_id, first)
        order = self.convert(self.new_lead(self.user)).with_user(self.outsider)
        order.action_confirm()
        with Form(order) as form:
            form.client_order_ref = "PO 7"
        self.assertEqual(order.state, "sale")

    def test_expected_price(self):  # D27, R20
        lead = self.new_lead(self.user, expected_price=850000)
        line = self.convert(lead).order_line
        self.assertEqual(line.price_unit, 850000)
        line.product_uom_qty = 3
        self.assertEqual(line.price_unit, 850000, "an agreed price survives a quantity")

    def test_no_expected_price_is_what_sales_computes(self):  # D27, D31
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Fleet",
                "item_ids": [
                    Command.create(
                        {
                            "compute_price": "fixed",
                            "fixed_price": 700000,
                            "applied_on": "3_global",
                        }
                    )
                ],
            }
        )
        customer = self.env["res.partner"].create({"name": "Fleet customer"})
        customer.property_product_pricelist = pricelist
        lead = self.new_lead(self.user, partner_id=customer.id)
        order = self.convert(lead)
        self.assertEqual(order.pricelist_id, pricelist)
        self.assertEqual(order.order_line.price_unit, 700000)

    def test_expected_price_in_the_currency_of_the_pricelist(self):
        currency = self.env["res.currency"].create(
            {
                "name": "DLR",
                "symbol": "D",
                "rate_ids": [Command.create({"name": "2020-01-01", "rate": 0.02})],
            }
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Abroad", "currency_id": currency.id}
        )
        customer = self.env["res.partner"].create({"name": "Abroad"})
        customer.property_product_pricelist = pricelist
        lead = self.new_lead(self.user, partner_id=customer.id, expected_price=850000)
        order = self.convert(lead)
        self.assertEqual(order.currency_id, currency)
        self.assertAlmostEqual(order.order_line.price_unit, 17000)

    def test_taxes_and_fiscal_position_of_sales(self):
        taxes = self.env["account.tax"].create(
            [
                {"name": "VAT 12", "amount": 12, "type_tax_use": "sale"},
                {"name": "VAT 0", "amount": 0, "type_tax_use": "sale"},
            ]
        )
        self.vehicle.taxes_id = taxes[0]
        customers = self.env["res.partner"].create([{"name": "A"}, {"name": "B"}])
        order = self.convert(self.new_lead(self.user, partner_id=customers[0].id))
        self.assertEqual(order.amount_tax, 108000)
        if "account.fiscal.position.tax" in self.env:  # 18
            position = {
                "tax_ids": [
                    Command.create(
                        {"tax_src_id": taxes[0].id, "tax_dest_id": taxes[1].id}
                    )
                ]
            }
            position = self.env["account.fiscal.position"].create(
                {"name": "Zone", **position}
            )
        else:
            position = self.env["account.fiscal.position"].create({"name": "Zone"})
            taxes[1].write(
                {
                    "fiscal_position_ids": [Command.link(position.id)],
                    "original_tax_ids": [Command.link(taxes[0].id)],
                }
            )
        customers[1].property_account_position_id = position
        order = self.convert(self.new_lead(self.user, partner_id=customers[1].id))
        self.assertEqual(order.fiscal_position_id, position)
        self.assertEqual(order.amount_tax, 0)

    def test_company_of_the_lead(self):
        company = self.env["res.company"].create({"name": "Second branch"})
        self.user.write({"company_ids": [Command.link(company.id)]})
        lead = self.new_lead(self.user)
        lead.sudo().company_id = company
        lead = lead.with_context(allowed_company_ids=[self.env.company.id, company.id])
        self.assertEqual(self.convert(lead).company_id, company)

    def test_context_of_the_board_does_not_leak(self):
        lead = self.new_lead(self.user).with_context(
            default_type="opportunity",
            default_pipeline="dealer",
            default_user_id=self.other.id,
            default_state="sent",
        )
        order = self.convert(lead)
        self.assertEqual(order.state, "draft")
        self.assertEqual(order.user_id, self.user)
        self.assertEqual(order.partner_id.type, "contact")
        self.assertEqual(order.partner_id.user_id, self.user)

    def test_standard_sales_goes_on(self):  # D31, D33, D34
        lead = self.new_lead(self.user)
        order = self.convert(lead).with_user(self.user)
        self.add_line(order, self.service)
        order.action_confirm()  # D68: the user's own order
        self.assertEqual(order.state, "sale")
        picking = order.picking_ids
        self.assertEqual(picking.picking_type_code, "outgoing")
        picking.with_user(self.manager).action_assign()
        self.deliver(picking)  # D69
        self.assertEqual(picking.state, "done")
        self.assertTrue(picking.date_done)  # D89

    # the customer

    def test_customer_by_mobile(self):  # D21, D22
        partner = self.env["res.partner"].create(
            {"name": "Ana R.", "mobile": "+63 917 555 0101"}
        )
        lead = self.new_lead(self.user, email_from="someone.else@example.com")
        self.assertEqual(self.convert(lead).partner_id, partner)
        self.assertEqual(lead.partner_id, partner)

    def test_customer_by_email(self):  # D21
        partner = self.env["res.partner"].create(
            {"name": "Ana R.", "email": "Ana@Example.com"}
        )
        lead = self.new_lead(self.user, email_from="ana@example.com")
        self.assertEqual(self.convert(lead).partner_id, partner)

    def test_customer_is_new(self):  # D21
        self.env["res.partner"].create({"name": "Ana Reyes"})  # never by name
        before = self.env["res.partner"].search_count([])
        lead = self.new_lead(self.user, email_from="ana@example.com")
        partner = self.convert(lead).partner_id
        self.assertEqual(self.env["res.partner"].search_count([]), before + 1)
        self.assertRecordValues(
            partner,
            [
                {
                    "name": "Ana Reyes",
                    "mobile": "0917 555 0101",
                    "email": "ana@example.com",
                }
            ],
        )

    def test_archived_customer(self):
        partner = self.env["res.partner"].create({"name": "Ana Old"})
        lead = self.new_lead(self.user, partner_id=partner.id)
        partner.active = False
        self.refused(
            lead,
            "The customer Ana Old of this lead is archived. Unarchive the customer, or "
            "choose another one on the lead. No quotation was made.",
        )
        partner.active = True
        self.assertEqual(self.convert(lead).partner_id, partner)

    # again

    def test_second_click(self):  # D11
        lead = self.new_lead(self.user)
        order = self.convert(lead)
        with self.assertRaisesRegex(UserError, f"already has {order.name}"):
            lead.action_convert_to_quotation()
        self.assertEqual(lead.dealer_order_ids, order)

    def test_closed_lead(self):
        lead = self.new_lead(self.user)
        lead.action_mark_lost(reason_code="price")
        self.refused(
            lead, f"These leads are closed, so nothing was done: {lead.code} (Lost)."
        )

    def test_after_a_cancelled_order(self):
        lead = self.new_lead(self.user)
        first = self.convert(lead)
        first.with_context(disable_cancel_warning=True).action_cancel()
        self.assertEqual(lead.sale_order_id, first, "the trace stays")
        lead.action_convert_to_quotation()
        second = lead.sale_order_id
        self.assertNotEqual(second, first)
        self.assertEqual(lead.dealer_order_ids, first | second)
        second.with_context(disable_cancel_warning=True).action_cancel()
        first.action_draft()
        self.assertEqual(lead.sale_order_id, first)

    def test_open_quotation(self):  # D12
        lead = self.new_lead(self.user)
        with self.assertRaisesRegex(UserError, "Create a quotation first"):
            lead.action_open_quotation()
        order = self.convert(lead)
        self.assertEqual(lead.action_open_quotation()["res_id"], order.id)
        extra = self.env["sale.order"].create(
            {"partner_id": lead.partner_id.id, "dealer_crm_lead_id": lead.id}
        )
        self.assertEqual(lead.action_open_quotation()["res_id"], extra.id)
        action = lead.action_view_dealer_orders()
        self.assertEqual(self.env["sale.order"].search(action["domain"]), order | extra)
