from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import BridgeCase


@tagged("post_install", "-at_install")
class TestConnection(BridgeCase):
    def test_for_dealer_admins_only(self):  # D50
        for user in (self.user, self.manager, self.outsider, self.service):
            connection = self.connection.with_user(user)
            for call in (
                lambda c=connection: c.read(["name"]),
                lambda c=connection: c.write({"name": "x"}),
                lambda c=connection: c.unlink(),
                connection.action_test_connection,
                connection.action_import_now,
                connection.action_reconcile,
                connection.action_view_won_untold,
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    call()
        menu = self.env.ref("dealer_crm_bpo_bridge.menu_bpo_crm_connection")
        self.assertEqual(
            menu.complete_name, "Dealer CRM/Configuration/BPO CRM Connection"
        )
        self.assertIn(menu.id, self._menus(self.admin))
        self.assertNotIn(menu.id, self._menus(self.manager))

    def _menus(self, user):
        return self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()

    def test_password_is_written_never_read(self):
        self.assertFalse(self.connection.password)
        self.assertFalse(self.connection.read(["password"])[0]["password"])
        self.connection.password = False
        self.assertTrue(self.connection.sudo().remote_id.has_password)

    def test_speaks_json_rpc(self):  # D42
        self.assertEqual(self.connection.sudo().remote_id.protocol, "jsonrpc")
        self.connection.action_test_connection()
        self.assertEqual(set(self.bpo.posts), {"/jsonrpc"})

    def test_all_checks_pass(self):  # D50
        action = self.connection.action_test_connection()
        self.assertEqual(action["params"]["type"], "success")
        self.assertTrue(self.connection.connected)
        checks = self.connection.sudo().remote_id.check_ids
        self.assertEqual(set(checks.mapped("state")), {"passed"})
        self.assertEqual(len(checks), 8)
        self.assertIn("Manila", "".join(checks.mapped(lambda c: c.detail or "")))

    def assert_fails(self, sentence):
        action = self.connection.action_test_connection()
        self.assertEqual(action["params"]["type"], "danger")
        self.assertIn(sentence, action["params"]["message"])
        self.assertFalse(self.connection.connected)

    def test_wrong_password(self):
        self.bpo.password = "changed"
        self.assert_fails("Access Denied")

    def test_account_without_the_group(self):
        self.bpo.groups.clear()
        self.assert_fails("no dealer service account")

    def test_account_of_no_dealership(self):
        self.bpo.about = []
        self.assert_fails("speaks for no dealership")

    def test_brands_unknown_here_are_named(self):
        self.bpo.about[0]["brand_codes"] = ["KES", "ZZTOP"]
        self.assert_fails("ZZTOP")

    def test_plain_odoo_at_the_other_end(self):
        self.bpo._handlers.pop(("crm.lead", "endorsed_leads_for_dealer"))
        self.assert_fails("endorsed_leads_for_dealer")

    def test_internal_account_is_warned_about(self):
        self.bpo.groups.add("base.group_user")
        self.connection.action_test_connection()
        details = self.connection.sudo().remote_id.check_ids.mapped("detail")
        self.assertIn("internal user", "".join(filter(None, details)))

    def test_service_user_is_a_portal_user_with_the_group(self):
        with self.assertRaisesRegex(ValidationError, "portal"):
            self.connection.service_user_id = self.user
        plain = new_test_user(self.env, "plain", groups="base.group_portal")
        with self.assertRaisesRegex(ValidationError, "group"):
            self.connection.service_user_id = plain

    def test_did_the_callback_fire_for_every_won_lead(self):  # audit question
        told, untold = (
            self.make_endorsed(
                self.user,
                source_lead_id=number,
                customer={"name": f"C{number}", "mobile": f"0917 555 000{number}"},
            )
            for number in (1, 2)
        )
        for lead in (told, untold):
            self.deliver_order(lead)
        told.action_mark_won()
        self.run_outbox()
        untold.action_mark_won()
        connection = self.connection
        connection.invalidate_recordset()
        self.assertEqual(
            (connection.lead_count, connection.won_count, connection.won_untold_count),
            (2, 2, 1),
        )
        action = connection.action_view_won_untold()
        self.assertEqual(self.env["crm.lead"].search(action["domain"]), untold)
        self.run_outbox()
        connection.invalidate_recordset()
        self.assertEqual(connection.won_untold_count, 0)

    def test_uninstall_leaves_the_leads(self):
        from ..hooks import uninstall_hook

        lead = self.make_endorsed(self.user)
        lead.action_mark_lost("price")
        remote = self.connection.sudo().remote_id
        uninstall_hook(self.env)
        self.assertTrue(lead.exists())
        self.assertFalse(self.connection.exists() or remote.exists())
        self.assertFalse(
            self.env["remote.odoo.message"].search(
                [("action", "=", "bpo_callback"), ("state", "=", "pending")]
            )
        )
