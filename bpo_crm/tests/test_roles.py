"""Who may do what, as RPC would: with_user, no sudo."""

from odoo.exceptions import AccessError
from odoo.tests import Form, TransactionCase, new_test_user, tagged

from .common import BpoMixin

CONNECTION = ("odoo_url", "odoo_db", "odoo_username", "odoo_password")
# model -> verbs of (agent, supervisor, manager); r read, w write, c create, d delete
MATRIX = {
    "crm.brand": ("r", "r", "rwcd"),  # A07, A08
    "crm.vehicle.model": ("r", "r", "rwcd"),  # C05
    "crm.dealership": ("r", "rwc", "rwcd"),  # B05-07
    "bpo.crm.call.log": ("r", "r", "r"),
    "bpo.crm.report": ("", "r", "r"),
    "crm.lead": ("rwc", "rwc", "rwcd"),
    "crm.lead.withdrawal": ("", "r", "r"),
    "crm.lead.log.call": ("rwc", "rwc", "rwc"),
    "crm.lead.mark.lost": ("rwc", "rwc", "rwc"),
    "crm.lead.endorse.withdraw": ("rwc", "rwc", "rwc"),
    "crm.lead.override": ("", "", "rwc"),
    "remote.odoo": ("", "", "r"),
    "remote.odoo.check": ("", "", "r"),
    "remote.odoo.message": ("r", "r", "r"),
    "utm.source": ("rwc", "rwc", "rwc"),
    "crm.stage": ("r", "r", "rwcd"),
    "crm.placeholder": ("", "", "rwcd"),
}
# What only managers see of a model that others read.
MANAGER_ONLY = {
    "crm.dealership": {
        *("odoo_url", "odoo_db", "odoo_username", "odoo_password", "odoo_verify_ssl"),
        *("odoo_last_test", "odoo_check_ids", "service_user_id", "remote_id"),
    },
    "crm.vehicle.model": {"distributor_product_id"},
    "remote.odoo.message": {"payload", "payload_text", "reply", "reply_text"},
}
VERBS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}


@tagged("post_install", "-at_install")
class TestRoles(BpoMixin, TransactionCase):
    def test_matrix(self):
        for model, allowed in MATRIX.items():
            roles = ("agent", "supervisor", "manager", "service")
            for role, letters in zip(roles, (*allowed, ""), strict=True):
                user = getattr(self, role)
                for letter, verb in VERBS.items():
                    with self.subTest(model=model, role=role, verb=verb):
                        self.assertEqual(
                            self.env[model].with_user(user).has_access(verb),
                            letter in letters,
                        )

    def test_matrix_has_every_model_of_ours(self):
        ours = {
            name
            for name, model in self.env.items()
            if not model._abstract
            and model._original_module in ("bpo_crm", "vehicle_crm", "remote_odoo")
        }
        self.assertEqual(ours - MATRIX.keys(), set())

    def test_fields_of_managers(self):  # A08, B37, B62, C34
        for model in MATRIX:
            shown = {
                role: set(self.env[model].with_user(getattr(self, role)).fields_get())
                for role in ("agent", "supervisor", "manager")
                if self.env[model].with_user(getattr(self, role)).has_access("read")
            }
            for role in shown.keys() - {"manager"}:
                with self.subTest(model=model, role=role):
                    hidden = {
                        name
                        for name in shown["manager"] - shown[role]
                        if self.env[model]._fields[name]._module
                        in ("bpo_crm", "vehicle_crm", "remote_odoo")
                    }
                    self.assertEqual(hidden, MANAGER_ONLY.get(model, set()))

    def test_service_account_is_a_portal_user_like_any_other(self):
        """Its group gives no access right to any model: what it may beyond the four
        wire methods, Odoo gives to every portal user."""
        portal = new_test_user(self.env, "any_portal", groups="base.group_portal")
        for name in self.env:
            for verb in VERBS.values():
                account, other = (
                    self.env[name].with_user(user).has_access(verb)
                    for user in (self.service, portal)
                )
                with self.subTest(model=name, verb=verb):
                    self.assertEqual(account, other)

    def test_service_account_sees_nothing(self):
        self.start_dealer()
        lead = self.make_lead()
        for record in (lead, self.dealership, self.model, self.brand):
            with self.subTest(record._name), self.assertRaises(AccessError):
                record.with_user(self.service).read(["name"])
        for call in (
            lead.with_user(self.service).action_mark_won,
            lead.with_user(self.service).action_claim,
            lead.with_user(self.service).action_retry_handoff,
            lead.with_user(self.service).action_cancel_handoff,
            lead.with_user(self.service).action_view_same_customer,
            self.dealership.with_user(self.service).action_view_leads,
            self.dealership.with_user(self.service).action_test_connection,
        ):
            with self.subTest(call.__name__), self.assertRaises(AccessError):
                call()

    def test_plain_internal_user_sees_no_lead_of_ours(self):
        lead = self.make_lead()
        user = new_test_user(
            self.env, "bpo_plain", groups="sales_team.group_sale_salesman_all_leads"
        )
        with self.assertRaises(AccessError):
            lead.with_user(user).read(["name"])

    def test_agents_see_own_and_unclaimed(self):
        own, free = (
            self.make_lead(),
            self.make_lead(user=self.supervisor, user_id=False),
        )
        other = self.make_lead(user=self.other_agent)
        seen = self.env["crm.lead"].with_user(self.agent)
        found = seen.search([("id", "in", (own | free | other).ids)])
        self.assertEqual(found, own | free)
        self.assertEqual(
            self.env["crm.lead"]
            .with_user(self.supervisor)
            .search([("id", "in", (own | free | other).ids)]),
            own | free | other,
        )

    def test_only_supervisors_reassign(self):
        lead = self.make_lead()
        with self.assertRaises(AccessError):
            lead.user_id = self.other_agent
        lead.with_user(self.supervisor).user_id = self.other_agent
        self.assertEqual(lead.sudo().user_id, self.other_agent)


@tagged("post_install", "-at_install")
class TestDealershipRoles(BpoMixin, TransactionCase):
    def test_supervisor_edits_basic_data(self):  # B06
        dealership = self.dealership.with_user(self.supervisor)
        dealership.write({"name": "Manila Bay", "city": "Pasay", "phone": "02 1"})
        self.assertEqual(dealership.complete_name, "Manila Bay, Pasay — FOTONX")
        created = dealership.create({"name": "New", "code": "NEW-1"})
        self.assertEqual(created.handoff_mode, "order")

    def test_supervisor_writes_no_connection(self):  # B06
        dealership = self.dealership.with_user(self.supervisor)
        for values in (
            {"odoo_url": "https://evil.example.com"},
            {"odoo_db": "x"},
            {"odoo_username": "x"},
            {"odoo_password": "x"},
            {"odoo_verify_ssl": False},
            {"handoff_mode": "endorse"},
            {"create_products": False},
            {"service_user_id": self.service.id},
            {"remote_id": False},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                dealership.write(values)
            with self.subTest(values), self.assertRaises(AccessError):
                dealership.create({"name": "N", "code": "N-2", **values})
        self.assertFalse(self.dealership.remote_id)

    def test_secrets_are_not_read(self):  # B37, B41, B62
        self.start_dealer(password="Tr0ub4dor-3")
        for user in (self.agent, self.supervisor):
            dealership = self.dealership.with_user(user)
            for name in CONNECTION:
                with self.subTest(user=user.login, name=name):
                    with self.assertRaises(AccessError):
                        dealership.read([name])
                    self.assertNotIn(name, dealership.fields_get())
            arch = dealership.get_view(view_type="form")["arch"]
            self.assertNotIn("odoo_url", arch)
            self.assertNotIn("Odoo Connection", arch)
            with self.assertRaises(AccessError):
                dealership.action_test_connection()
            with self.assertRaises(AccessError):
                self.dealership.remote_id.with_user(user).read(["url"])
        manager = self.dealership.with_user(self.manager)
        self.assertEqual(manager.odoo_url, self.dealer.url)
        self.assertFalse(manager.odoo_password)
        self.assertIn("Odoo Connection", manager.get_view(view_type="form")["arch"])
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT row_to_json(r)::text FROM remote_odoo r WHERE id = %s",
            [self.dealership.remote_id.id],
        )
        self.assertNotIn(self.dealer.password, self.env.cr.fetchone()[0])
        self.assertNotIn(
            self.dealer.password, " ".join(self.dealership.message_ids.mapped("body"))
        )

    def test_certificates_are_verified_unless_told(self):
        created = (
            self.env["crm.dealership"]
            .with_user(self.manager)
            .create({"name": "N", "code": "N-3", "odoo_url": "https://n.example.com"})
        )
        self.assertTrue(created.odoo_verify_ssl)
        self.assertTrue(created.sudo().remote_id.verify_ssl)
        with Form(self.env["crm.dealership"].with_user(self.manager)) as form:
            form.name, form.code = "F", "N-4"
            form.odoo_url = "https://f.example.com"
            self.assertTrue(form.odoo_verify_ssl)
        self.assertTrue(form.record.sudo().remote_id.verify_ssl)

    def test_url_without_trailing_slash(self):  # B38
        dealership = self.dealership.with_user(self.manager)
        dealership.odoo_url = "https://manila.example.com/"
        self.assertEqual(dealership.odoo_url, "https://manila.example.com")

    def test_vehicle_models_are_read_only(self):  # C02, C05, C34
        for user in (self.agent, self.supervisor):
            with self.subTest(user.login):
                model = self.model.with_user(user)
                with self.assertRaises(AccessError):
                    model.name = "Mine"
                with self.assertRaises(AccessError):
                    model.create({"name": "X", "brand_id": self.brand.id})
                with self.assertRaises(AccessError):
                    model.read(["distributor_product_id"])
                arch = model.get_view(view_type="form")["arch"]
                self.assertNotIn("distributor_product_id", arch)


@tagged("post_install", "-at_install")
class TestConnection(BpoMixin, TransactionCase):
    def setUp(self):
        super().setUp()
        self.start_dealer()

    def run_test(self):
        action = self.dealership.with_user(self.manager).action_test_connection()
        checks = self.dealership.remote_id.check_ids
        return action["params"], {check.name: check for check in checks}

    def test_success(self):  # B14, B44, B45
        params, checks = self.run_test()
        self.assertEqual(params["type"], "success")
        self.assertTrue(self.dealership.odoo_connected)
        self.assertIn("Plain Odoo", checks["Dealer CRM"].detail)
        self.assertIn("Plain Odoo", params["message"])
        self.assertEqual(
            self.dealership.remote_id.peer_fields["res.partner"],
            ["phone", "mobile", "email", "street", "city", "zip", "email_normalized"],
        )

    def test_failure(self):  # B14, B46
        self.run_test()
        self.dealer.password = "changed"
        self.dealership.remote_id.uid = 0
        params, _checks = self.run_test()
        self.assertEqual(params["type"], "danger")
        self.assertIn("Access Denied", params["message"])
        self.assertFalse(self.dealership.odoo_connected)
        self.assertTrue(self.dealership.odoo_configured)

    def test_each_right_is_tried(self):  # B42, B43, B57
        for model, verb in (
            ("sale.order", "read"),
            ("sale.order", "create"),
            ("sale.order.line", "create"),
            ("res.partner", "create"),
            ("product.product", "read"),
        ):
            with self.subTest(model=model, verb=verb):
                self.dealer.forbidden = {(model, verb)}
                params, checks = self.run_test()
                self.assertEqual(params["type"], "danger")
                self.assertIn(f"{verb} {model}", params["message"])
                self.assertEqual(checks[f"Right to {verb} {model}"].state, "failed")

    def test_products_need_not_be_created(self):
        self.dealer.forbidden = {("product.template", "create")}
        params, checks = self.run_test()
        self.assertEqual(params["type"], "success")
        self.assertIn(
            "may not create products", checks["Create missing products"].detail
        )
        self.dealership.create_products = False
        self.assertNotIn("Create missing products", self.run_test()[1])

    def test_own_orders_only_is_said(self):
        self.dealer.groups = {"sales_team.group_sale_salesman"}
        _params, checks = self.run_test()
        self.assertIn("All Documents", checks["Own orders"].detail)

    def test_mode_that_does_not_fit(self):  # R1
        self.dealership.handoff_mode = "endorse"
        params, _checks = self.run_test()
        self.assertEqual(params["type"], "danger")
        self.assertIn("Dealer CRM is not installed there", params["message"])
        self.dealer.peer_fields["sale.order"].append("dealer_crm_lead_id")
        self.assertEqual(self.run_test()[0]["type"], "success")
        self.dealership.handoff_mode = "order"
        self.assertIn("choose the hand-off", self.run_test()[1]["Dealer CRM"].detail)

    def test_service_user_of_a_wrong_kind(self):
        self.dealership.service_user_id = self.agent
        self.assertIn("internal user", self.run_test()[1]["Service user"].detail)
        self.dealership.service_user_id = self.service
        self.assertFalse(self.run_test()[1]["Service user"].detail)
