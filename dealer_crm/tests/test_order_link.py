from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import DealerCase


@tagged("post_install", "-at_install")
class TestOrderLink(DealerCase):
    def setUp(self):
        super().setUp()
        self.lead = self.new_lead(self.user)
        self.lead.action_convert_to_quotation()
        self.order = self.lead.sale_order_id.with_user(self.user)

    def test_search_and_group(self):  # D83
        orders = self.env["sale.order"].with_user(self.user)
        found = orders.search([("dealer_crm_lead_id", "=", self.lead.code)])
        self.assertEqual(found, self.order)
        found = orders.search([("origin", "=", self.lead.code)])
        self.assertEqual(found, self.order)
        groups = orders._read_group(
            [("dealer_crm_lead_id", "!=", False)],
            ["brand_id", "dealer_crm_lead_id"],
            ["__count"],
        )
        self.assertIn((self.brand, self.lead, 1), groups)
        arch = orders.get_views([(False, "search")])["views"]["search"]["arch"]
        for name in ("from_dealer_lead", "group_dealer_lead", "group_brand"):
            self.assertIn(f'name="{name}"', arch)

    def test_form(self):
        with Form(self.order) as form:
            self.assertEqual(form.brand_id, self.brand)
            self.assertEqual(form.dealer_crm_lead_id, self.lead)

    def test_link_of_a_confirmed_order_stays(self):
        self.confirm(self.order)
        spare = self.new_lead(self.user)
        for target in (False, spare.id):
            for user in (self.user, self.manager, self.admin):
                with self.assertRaisesRegex(UserError, "no quotation any more"):
                    self.order.with_user(user).dealer_crm_lead_id = target
        self.order.dealer_crm_lead_id = self.lead  # the same: no change

    def test_link_to_the_lead_of_another(self):
        foreign = self.new_lead(self.other)
        with self.assertRaises(AccessError):
            self.order.dealer_crm_lead_id = foreign
        with self.assertRaises(AccessError):
            self.env["sale.order"].with_user(self.user).create(
                {
                    "partner_id": self.order.partner_id.id,
                    "dealer_crm_lead_id": foreign.id,
                }
            )

    def test_link_taken_from_the_lead_of_another(self):
        foreign = self.new_lead(self.other)
        foreign.action_convert_to_quotation()
        order = foreign.sale_order_id
        order.user_id = self.user
        with self.assertRaises(AccessError):
            order.with_user(self.user).dealer_crm_lead_id = self.lead

    def test_link_to_a_closed_or_ordinary_lead(self):
        closed = self.new_lead(self.user)
        closed.action_mark_lost(reason_code="price")
        ordinary = self.env["crm.lead"].create(
            {"name": "Ordinary", "user_id": self.user.id}
        )
        with self.assertRaisesRegex(UserError, "not an open dealer lead"):
            self.order.dealer_crm_lead_id = closed
        with self.assertRaises(AccessError):
            self.order.dealer_crm_lead_id = ordinary

    def test_copy_is_an_order_of_its_own(self):
        copy = self.order.copy()
        self.assertFalse(copy.dealer_crm_lead_id)
        self.assertEqual(copy.brand_id, self.brand)
        self.assertEqual(self.lead.sale_order_id, self.order)

    def test_forward_link_is_not_for_hands(self):
        for field, value in (
            ("sale_order_id", False),
            ("dealer_order_ids", [Command.clear()]),
        ):
            with self.assertRaises(UserError):
                self.lead.write({field: value})
        copy = self.lead.copy()
        self.assertFalse(copy.sale_order_id)
        self.assertFalse(copy.dealer_order_ids)

    def test_opportunity_of_the_core(self):  # D32, D36
        """Odoo's own link takes no pipeline lead, on any way."""
        orders = self.env["sale.order"].with_user(self.user)
        values = {"partner_id": self.other.partner_id.id}
        ordinary = self.env["crm.lead"].create({"name": "Ordinary"})
        order = orders.create({**values, "opportunity_id": ordinary.id})
        for attempt in (
            lambda: orders.create({**values, "opportunity_id": self.lead.id}),
            lambda: orders.with_context(default_opportunity_id=self.lead.id).create(
                values
            ),
            lambda: order.write({"opportunity_id": self.lead.id}),
            lambda: self.lead.write({"order_ids": [Command.link(order.id)]}),
        ):
            with (
                self.assertRaisesRegex(UserError, "is an ordinary lead"),
                self.env.cr.savepoint(),
            ):
                attempt()
        self.assertEqual(order.opportunity_id, ordinary)
        order.opportunity_id = False

    def test_opportunity_of_the_core_is_picked_from_ordinary_leads(self):
        views = self.env["sale.order"].with_user(self.user).get_views([(False, "form")])
        self.assertIn("'vehicle_crm_ordinary': True", views["views"]["form"]["arch"])
        leads = self.env["crm.lead"].with_user(self.user)
        self.assertTrue(leads.name_search(self.lead.code))
        narrowed = leads.with_context(vehicle_crm_ordinary=True)
        self.assertFalse(narrowed.name_search(self.lead.code))

    def test_opportunity_from_before_is_confirmed_by_a_colleague(self):
        """Orders of a database where the link was made before it was refused."""
        order = self.order.sudo().copy({"user_id": self.outsider.id})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_order SET opportunity_id = %s WHERE id = %s",
            [self.lead.id, order.id],
        )
        self.env.invalidate_all()
        order.with_user(self.outsider).action_confirm()
        self.assertEqual(order.state, "sale")

    def test_customer_takes_the_older_quotation(self):
        newer = self.order.copy({"dealer_crm_lead_id": self.lead.id})
        self.assertEqual(self.lead.sale_order_id, newer)
        with self.assertRaisesRegex(
            UserError, f"One of the quotations {self.order.name}, {newer.name} must be"
        ):
            self.lead.action_mark_won()
        pickings = self.confirm(self.order)
        self.assertEqual(self.lead.sale_order_id, self.order)
        self.assertEqual(self.lead.action_open_quotation()["res_id"], self.order.id)
        self.deliver(pickings)
        self.lead.action_mark_won()
        self.assertEqual(self.lead.step, "won")
        self.assertEqual(newer.state, "draft")

    def test_confirmed_order_that_is_cancelled_gives_way(self):
        newer = self.order.copy({"dealer_crm_lead_id": self.lead.id})
        self.confirm(self.order)
        self.order.with_context(disable_cancel_warning=True).action_cancel()
        self.assertEqual(self.lead.sale_order_id, newer)

    def test_sales_and_stock_are_untouched(self):  # D32, D84, D97
        def changed_by(model, method=None):
            return {
                cls.__module__.split(".")[2]
                for cls in type(self.env[model]).__mro__
                if ".addons." in cls.__module__
                and (method is None or method in vars(cls))
            }

        for method in ("action_confirm", "action_cancel", "unlink"):
            self.assertNotIn("dealer_crm", changed_by("sale.order", method))
        self.assertIn("dealer_crm", changed_by("sale.order", "write"))
        for model in ("stock.picking", "stock.move"):
            self.assertNotIn("dealer_crm", changed_by(model))
