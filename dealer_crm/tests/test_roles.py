from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DealerCase


@tagged("post_install", "-at_install")
class TestRoles(DealerCase):
    """The access matrix of the page, as calls of each role."""

    def test_groups(self):  # D65, R12
        def has(user, *groups):
            return [user.has_group(group) for group in groups]

        own = "sales_team.group_sale_salesman"
        every = "sales_team.group_sale_salesman_all_leads"
        boss = "sales_team.group_sale_manager"
        stock = "stock.group_stock_user"
        self.assertEqual(has(self.user, own, every, stock), [True, False, False])
        self.assertEqual(
            has(self.manager, own, every, stock, boss), [True, True, True, False]
        )
        self.assertEqual(has(self.admin, every, stock, boss), [True, True, True])
        group = "dealer_crm.dealer_crm_group_"
        self.assertTrue(self.manager.has_group(f"{group}user"))
        self.assertTrue(self.admin.has_group(f"{group}manager"))
        self.assertTrue(self.env.ref("base.user_admin").has_group(f"{group}admin"))

    def may(self, user, lead, method, *args, **kwargs):
        """Whether `user` may do this, as the web client or a script would call it."""
        lead = self.env["crm.lead"].with_user(user).browse(lead.id)
        try:
            with self.env.cr.savepoint():
                getattr(lead, method)(*args, **kwargs)
        except AccessError:
            return False
        finally:
            self.env.invalidate_all()
        return True

    def test_claim(self):  # D66: own and unassigned; any
        for user in (self.user, self.manager, self.admin):
            lead = self.new_lead()
            self.assertTrue(self.may(user, lead, "action_claim"))
            self.assertEqual(lead.user_id, user)
        foreign = self.new_lead(self.other)
        with self.assertRaisesRegex(UserError, "is claimed by otto"):
            foreign.with_user(self.user).action_claim()
        self.assertEqual(foreign.user_id, self.other)
        self.assertFalse(self.may(self.outsider, self.new_lead(), "action_claim"))

    def check_matrix(self, method, happened, prepare=lambda lead: None, **kwargs):
        """Owners and managers may, colleagues and people without the app may not."""
        for user, owner, allowed in (
            (self.user, self.user, True),
            (self.user, self.other, False),
            (self.manager, self.other, True),
            (self.admin, self.other, True),
            (self.outsider, self.other, False),
        ):
            lead = self.new_lead(owner)
            prepare(lead)
            done = self.may(user, lead, method, **kwargs)
            self.assertEqual(done, allowed, (user.login, owner.login))
            self.assertEqual(bool(happened(lead)), allowed)

    def test_convert(self):  # D67
        self.check_matrix(
            "action_convert_to_quotation", lambda lead: lead.sale_order_id
        )

    def test_mark_won(self):  # D70
        def sell(lead):
            lead.action_convert_to_quotation()
            self.deliver(self.confirm(lead.sale_order_id))

        self.check_matrix("action_mark_won", lambda lead: lead.step == "won", sell)

    def test_mark_lost(self):  # D70
        self.check_matrix(
            "action_mark_lost", lambda lead: lead.step == "lost", reason_code="price"
        )

    def test_order_of_a_manager_belongs_to_the_owner(self):
        lead = self.new_lead(self.user)
        lead.with_user(self.manager).action_convert_to_quotation()
        order = lead.sale_order_id.with_user(self.user)
        self.assertEqual(order.user_id, self.user)
        self.assertEqual(order.create_uid, self.manager)
        order.action_confirm()  # D68: standard Sales rules

    def test_confirm_and_deliver(self):  # D68, D69
        lead = self.new_lead(self.other)
        lead.action_convert_to_quotation()
        order = lead.sale_order_id
        with self.assertRaises(AccessError):
            order.with_user(self.user).action_confirm()
        order.with_user(self.manager).action_confirm()
        self.assertEqual(order.state, "sale")
        self.deliver(order.picking_ids, user=self.manager)
        self.assertEqual(order.picking_ids.state, "done")

    def test_reassign(self):  # D71, R11
        lead = self.new_lead(self.user)
        to_other = {"user_id": self.other.id}
        self.assertFalse(self.may(self.user, lead, "write", to_other))
        self.assertFalse(self.may(self.user, lead, "write", {"user_id": False}))
        self.assertTrue(self.may(self.manager, lead, "write", to_other))
        self.assertEqual(lead.sudo().user_id, self.other)
        self.assertTrue(self.may(self.admin, lead, "write", {"user_id": self.user.id}))
        self.assertFalse(self.may(self.other, lead, "write", to_other))

    def test_the_new_owner_can_work_on_the_order(self):
        lead = self.new_lead(self.user)
        lead.action_convert_to_quotation()
        order = lead.sale_order_id.sudo()
        lead.with_user(self.manager).user_id = self.other
        self.assertEqual(order.user_id, self.other)
        order.with_user(self.other).action_confirm()
        self.assertEqual(order.state, "sale")
        self.deliver(order.picking_ids)
        lead.with_user(self.other).action_mark_won()
        lead.with_user(self.manager).user_id = self.user
        self.assertEqual(order.user_id, self.other, "who sold it stays")

    def test_who_sees_what(self):  # D72, D73
        own, free, foreign = leads = (
            self.new_lead(self.user) | self.new_lead() | self.new_lead(self.other)
        ).with_user(self.env.user)

        def seen(user):
            return (
                self.env["crm.lead"]
                .with_user(user)
                .search([("id", "in", leads.ids)])
                .sudo()
            )

        self.assertEqual(seen(self.user), own | free)
        self.assertEqual(seen(self.manager), leads)
        self.assertEqual(seen(self.admin), leads)
        self.assertFalse(seen(self.outsider))
        for method, args in (
            ("read", [["name"]]),
            ("export_data", [["name"]]),
            ("write", [{"priority": "1"}]),
            ("action_archive", []),
            ("action_log_call", []),
            ("action_open_quotation", []),
            ("action_view_dealer_deliveries", []),
        ):
            self.assertFalse(self.may(self.user, foreign, method, *args), method)
            self.assertFalse(self.may(self.outsider, own, method, *args), method)
        self.assertTrue(self.may(self.user, own, "read", ["name"]))
        self.assertTrue(self.may(self.user, free, "read", ["name"]))
        self.assertTrue(self.may(self.user, own, "write", {"priority": "1"}))

    def test_more_sales_rights_do_not_open_the_leads_of_colleagues(self):  # D72
        foreign = self.new_lead(self.other)
        sales = self.env.ref("sales_team.group_sale_manager")
        field = "user_ids" if "user_ids" in sales._fields else "users"
        sales.write({field: [Command.link(self.user.id)]})
        for method, args in (("read", [["name"]]), ("write", [{"priority": "1"}])):
            self.assertFalse(self.may(self.user, foreign, method, *args), method)
        self.assertFalse(self.may(self.user, foreign, "action_convert_to_quotation"))

    def test_mass_edit_with_one_foreign_lead(self):
        leads = (self.new_lead(self.user) | self.new_lead(self.other)).with_user(
            self.user
        )
        with self.assertRaises(AccessError):
            leads.write({"priority": "2"})
        self.assertEqual(leads.sudo().mapped("priority"), ["0", "0"])

    def test_configuration(self):  # D71: + config
        values = {"name": "Falcon", "code": "FAL"}
        brands = self.env["crm.brand"]
        for user in (self.user, self.manager, self.outsider):
            with self.assertRaises(AccessError):
                brands.with_user(user).create(values)
            with self.assertRaises(AccessError):
                self.stage("new").with_user(user).name = "Fresh"
            with self.assertRaises(AccessError):
                self.env.ref("vehicle_crm.lost_reason_price").with_user(
                    user
                ).name = "Price"
        brands.with_user(self.admin).create(values).active = False
        self.stage("new").with_user(self.admin).name = "Fresh"
        self.env.ref("vehicle_crm.lost_reason_price").with_user(self.admin).name = "P"

    def test_menus(self):
        def visible(user, name):
            menus = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            return self.env.ref(f"dealer_crm.{name}").id in menus

        for user in (self.user, self.manager):
            self.assertTrue(visible(user, "menu_my_pipeline"))
            self.assertTrue(visible(user, "menu_call_logs"))
            self.assertFalse(visible(user, "menu_configuration"))
        self.assertTrue(visible(self.admin, "menu_brands"))
        self.assertFalse(visible(self.outsider, "menu_root"))

    def test_unclaimed_lead_offers_claim_only(self):  # D15
        lead = self.new_lead().with_user(self.user)
        for method in (
            "action_convert_to_quotation",
            "action_mark_won",
            "action_log_call",
        ):
            with self.assertRaisesRegex(UserError, "Claim"):
                getattr(lead, method)()
        with self.assertRaisesRegex(UserError, "Claim"):
            lead.action_mark_lost(reason_code="price")
