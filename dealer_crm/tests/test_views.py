from lxml import etree

from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .common import DealerCase

OPEN = {"action_log_call", "action_mark_lost"}


@tagged("post_install", "-at_install")
class TestViews(DealerCase):
    def header(self, lead):
        """{button: whether it is primary} of what the header shows for this lead."""
        view = self.env.ref("dealer_crm.crm_lead_view_form")
        arch = etree.fromstring(
            lead.get_views([(view.id, "form")])["views"]["form"]["arch"]
        )
        lead.invalidate_recordset()
        values = {
            name: lead[name].id if field.type == "many2one" else lead[name]
            for name, field in lead._fields.items()
            if arch.xpath(f"//field[@name='{name}']")
            and field.type not in ("one2many", "many2many")
        }
        values["id"] = lead.id
        shown = [
            (button.get("name"), "btn-primary" in (button.get("class") or ""))
            for button in arch.xpath("/form/header/button")
            if not safe_eval(button.get("invisible") or "False", dict(values))
        ]
        self.assertEqual(len(shown), len(dict(shown)), "a button is shown once")
        return dict(shown)

    def test_header_of_an_unclaimed_lead(self):  # D15
        lead = self.new_lead().with_user(self.user)
        self.assertEqual(self.header(lead), {"action_claim": True})

    def test_header_on_the_way_to_won(self):  # D10-D14, D99, R8
        lead = self.new_lead(self.user)
        for step in ("new", "qualified", "negotiation"):
            lead._set_step(step)
            header = self.header(lead)
            self.assertEqual(set(header), OPEN | {"action_convert_to_quotation"}, step)

        lead.action_convert_to_quotation()
        ordered = OPEN | {"action_open_quotation", "action_mark_won"}
        header = self.header(lead)
        self.assertEqual(set(header), ordered)
        self.assertFalse(header["action_mark_won"], "a draft would not pass")

        picking = self.confirm(lead.sale_order_id)
        self.assertFalse(self.header(lead)["action_mark_won"])
        self.deliver(picking)
        header = self.header(lead)
        self.assertEqual(set(header), ordered)
        self.assertTrue(header["action_mark_won"])

        lead.action_mark_won()
        self.assertEqual(set(self.header(lead)), {"action_open_quotation"})

    def test_header_of_a_lost_lead(self):
        lead = self.new_lead(self.user)
        lead.action_mark_lost(reason_code="price")
        self.assertEqual(self.header(lead), {})

    def test_header_after_a_cancelled_order(self):
        lead = self.new_lead(self.user)
        lead.action_convert_to_quotation()
        lead.sale_order_id.with_context(disable_cancel_warning=True).action_cancel()
        self.assertIn("action_convert_to_quotation", self.header(lead))
        self.assertIn("action_open_quotation", self.header(lead))

    def test_what_nobody_edits_is_not_offered(self):  # D41
        view = self.env.ref("dealer_crm.crm_lead_view_form")
        lead = self.new_lead(self.user)
        arch = etree.fromstring(
            lead.get_views([(view.id, "form")])["views"]["form"]["arch"]
        )
        for name in ("code", "date_won", "date_lost", "sale_order_id"):
            for node in arch.xpath(f"//field[@name='{name}']"):
                self.assertIn(node.get("readonly"), (None, "1", "True"), name)
            self.assertTrue(lead._fields[name].readonly)

    def test_windows(self):  # D08, D09, D63, D90
        for name, path, domain in (
            ("crm_lead_action_my_pipeline", "dealer-pipeline", "('user_id', '=', uid)"),
            ("crm_lead_action_all", "dealer-leads", "('pipeline', '=', 'dealer')"),
            ("crm_lead_action_unclaimed", "dealer-unclaimed", "'=', False"),
        ):
            action = self.env["ir.actions.actions"]._for_xml_id(f"dealer_crm.{name}")
            self.assertEqual(action["path"], path)
            self.assertIn(domain, action["domain"])
            self.assertIn("'default_pipeline': 'dealer'", action["context"])
        my = self.env.ref("dealer_crm.crm_lead_action_my_pipeline")
        self.assertEqual(my.view_mode.split(",")[0], "kanban")
        arch = self.env.ref("dealer_crm.crm_lead_view_search").get_combined_arch()
        for name in ("won", "lost", "date_lost", "group_lost_reason", "my", "open"):
            self.assertIn(f'name="{name}"', arch)

    def test_walk_in_needs_name_and_mobile_only(self):
        leads = (
            self.env["crm.lead"]
            .with_user(self.user)
            .with_context(default_pipeline="dealer", default_type="opportunity")
        )
        view = "dealer_crm.crm_lead_view_form_quick_create"
        with Form(leads, view=view) as form:
            form.contact_name = "Ben Cruz"
            form.mobile = "0917 555 0177"
        lead = form.record
        self.assertEqual(lead.name, "Ben Cruz")
        self.assertEqual(lead.step, "new")
        self.assertEqual(lead.user_id, self.user)

    def test_screens_of_every_role_load(self):
        menus = self.env["ir.ui.menu"]
        root = self.env.ref("dealer_crm.menu_root")
        for user in (self.user, self.manager, self.admin):
            visible = menus.with_user(user)._visible_menu_ids()
            found = menus.search([("id", "child_of", root.id)])
            for menu in found.filtered(lambda menu: menu.action):
                if menu.id not in visible or menu.parent_id.id not in visible:
                    continue
                action = (
                    self.env["ir.actions.actions"]
                    .with_user(user)
                    ._for_xml_id(menu.action.get_external_id()[menu.action.id])
                )
                views = self.env[action["res_model"]].with_user(user)
                loaded = views.get_views(
                    [(view_id, kind) for view_id, kind in action["views"]]
                    + [
                        (
                            action["search_view_id"] and action["search_view_id"][0],
                            "search",
                        )
                    ]
                )
                self.assertTrue(loaded["views"], menu.complete_name)
