from odoo.exceptions import AccessError, ValidationError

from .common import QUOTATION, SyncCase

CONNECTION = (
    "distributor_url",
    "distributor_db",
    "distributor_username",
    "distributor_password",
    "distributor_verify_ssl",
    "distributor_mapping_ids",
    "distributor_marks",
)


class TestConnection(SyncCase):
    def test_button(self):  # A37 A38 A59
        self.assertFalse(self.brand.distributor_connected)
        kind, message = self.sync("action_test_connection")
        self.assertEqual((kind, message), ("success", "Connected to Odoo 12.0."))
        self.assertTrue(self.brand.distributor_connected)
        self.assertFalse(self.fake.writes())

    def test_values(self):  # A27 A30 A31 A32
        self.brand.distributor_url = self.fake.url + "/"
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.brand.distributor_url, self.fake.url)
        self.assertFalse(self.brand.distributor_password)
        self.assertTrue(self.brand.distributor_verify_ssl)
        admin = self.brand.with_user(self.env.ref("base.user_admin"))
        exported = admin.export_data(["distributor_password"])["datas"]
        self.assertFalse(any(exported[0]))
        self.env.cr.execute(
            "SELECT r::text FROM remote_odoo r WHERE id = %s",
            [self.brand.remote_id.id],
        )
        self.assertNotIn(self.fake.password, self.env.cr.fetchone()[0])

    def test_wrong_password(self):  # A39 A40 A52
        self.fake.password = "changed there"
        kind, message = self.sync("action_test_connection")
        self.assertEqual(kind, "danger")
        self.assertIn("Access Denied", message)
        self.assertIn("password", message)
        self.assertFalse(self.brand.distributor_connected)

    def test_wrong_database(self):  # A40 A53
        self.fake.db = "renamed"
        kind, message = self.sync("action_test_connection")
        self.assertEqual(kind, "danger")
        self.assertIn("Database not found: fake", message)

    def test_missing_right(self):  # A52
        def refuse(*_args, **_kwargs):
            raise AccessError("no read on (cheryweb.quotation)")

        self.fake.on(QUOTATION, "search_read", refuse)
        kind, message = self.sync("action_test_connection")
        self.assertEqual(kind, "danger")
        self.assertIn("Access Denied", message)
        self.assertIn(QUOTATION, message)

    def test_missing_write_on_the_status(self):  # A35
        self.fake.writable.discard(QUOTATION)
        kind, message = self.sync("action_test_connection")
        self.assertEqual(kind, "danger")
        self.assertIn("may not write the status of cheryweb.quotation", message)

    def test_account_without_an_e_mail_address(self):
        """Said where the status is tracked in the chatter, as Odoo 12 refuses it."""
        email, tracked = "", "onchange"
        self.fake.on("res.users", "read", lambda ids, names: [{"email": email}])
        self.fake.on(
            "ir.model.fields",
            "search_read",
            lambda domain, fields, limit: [{"id": 1, "track_visibility": tracked}],
        )
        kind, message = self.sync("action_test_connection")
        self.assertEqual(kind, "warning")
        self.assertIn("has no e-mail address", message)
        self.assertIn(f"{QUOTATION}.status", message)
        self.assertTrue(self.brand.distributor_connected)
        tracked = False
        self.assertEqual(self.sync("action_test_connection")[0], "success")
        email, tracked = "role@example.com", "always"
        self.assertEqual(self.sync("action_test_connection")[0], "success")

    def test_wrong_branch(self):  # A54
        self.fake.fields[QUOTATION]["status"] = {
            "type": "selection",
            "selection": [["new", "New"], ["sent", "Sent"]],
        }
        kind, message = self.sync("action_test_connection")
        self.assertEqual(kind, "danger")
        self.assertIn("the distributor's branch lacks the 'synced' value", message)

    def test_what_is_left_out_is_told(self):  # R27
        del self.fake.fields["product.template"]["is_unit"]
        kind, message = self.sync("action_test_connection")
        self.assertEqual(kind, "warning")
        self.assertIn("product.template", message)
        self.assertIn("left out: is_unit", message)
        self.assertTrue(self.brand.distributor_connected)

    def test_json_is_used_where_it_works(self):
        self.fake.unit()
        self.sync("action_test_connection")
        self.fake.posts.clear()
        self.sync()
        self.assertEqual(set(self.fake.posts), {"/jsonrpc"})

    def test_json_that_goes_away(self):
        self.sync("action_test_connection")
        self.fake.unit()
        self.fake._answer_json = lambda _body: (b"<html>blocked</html>", "text/html")
        self.fake.posts.clear()
        kind, message = self.sync()
        self.assertIn("1 created", message)
        self.assertEqual(self.fake.posts[0], "/jsonrpc")
        self.assertIn("/xmlrpc/2/object", self.fake.posts)
        self.fake.posts.clear()
        self.sync()
        self.assertNotIn("/jsonrpc", self.fake.posts)

    def test_nothing_logs_in_twice(self):
        self.fake.unit()
        self.sync("action_test_connection")
        tries = len(self.fake.logins)
        self.sync()
        self.import_leads()
        self.assertEqual(len(self.fake.logins), tries)

    def test_another_database_is_asked_anew(self):
        self.sync("action_test_connection")
        self.fake.unit(name="Of the first")
        self.sync()
        other = self.start(type(self.fake)(db="second"))
        row_id = other.unit(name="Of the second", write_date="2019-01-01 00:00:00")
        self.brand.write(
            {
                "distributor_url": other.url,
                "distributor_db": other.db,
                "distributor_password": other.password,
            }
        )
        self.env.invalidate_all()
        self.sync()
        domain, _fields = other.searches("product.template")[0]
        self.assertFalse([leaf for leaf in domain if leaf[0] == "write_date"])
        self.assertIn(str(row_id), self.models().mapped("external_ref"))

    def test_who_reads_and_writes_what(self):  # A07 A08 A30
        for user in (self.supervisor, self.agent):
            brand = self.brand.with_user(user)
            self.assertEqual(brand.name, self.brand.name)
            brand.read(["distributor_connected", "distributor_last_sync"])
            for name in CONNECTION:
                with self.subTest(user=user.login, name=name):
                    with self.assertRaises(AccessError):
                        brand.read([name])
            with self.assertRaises(AccessError):
                brand.write({"distributor_url": "https://elsewhere.example.com"})
            with self.assertRaises(AccessError):
                brand.write({"filter_is_unit": False})
            with self.assertRaises(AccessError):
                brand.create({"name": "Mine", "code": "MINE"})
        with self.assertRaises(AccessError):
            self.env["distributor.mapping"].with_user(self.supervisor).create(
                {"brand_id": self.brand.id, "kind": "product", "key": "name"}
            )

    def test_buttons_are_for_managers(self):  # A08 A26 A37 A41 A46 A47
        def arch(user):
            view = self.env.ref("vehicle_crm.crm_brand_view_form")
            return self.env["crm.brand"].with_user(user).get_view(view.id)["arch"]

        parts = (
            'string="Test Connection"',
            'string="Sync Vehicle Models"',
            'string="Sync Dealers"',
            'string="Distributor Connection"',
            'string="Sync Filters"',
        )
        for part in parts:
            self.assertIn(part, arch(self.manager))
            self.assertNotIn(part, arch(self.agent))
        self.assertIn('name="distributor_connected"', arch(self.agent))

    def test_without_a_connection(self):  # A25
        brand = self.env["crm.brand"].with_user(self.manager)
        brand = brand.create({"name": "New", "code": "SYNCN"})
        with self.assertRaisesRegex(Exception, "has no distributor yet"):
            brand.action_sync_vehicle_models()
        answer = brand.action_test_connection()
        self.assertEqual(answer["params"]["type"], "danger")

    def test_copy_has_no_connection(self):
        self.fake.unit()
        self.sync()
        copy = self.brand.copy()
        self.assertFalse(copy.remote_id)
        self.assertFalse(copy.distributor_last_sync)
        self.assertFalse(copy.distributor_marks)


class TestMapping(SyncCase):
    def line(self, kind, key, remote):
        values = {"kind": kind, "key": key, "remote": remote}
        lines = self.env["distributor.mapping"].with_user(self.manager)
        return lines.create({"brand_id": self.brand.id, **values})

    def test_other_names(self):  # R5
        fields = self.fake.fields["product.template"]
        fields["x_ref"] = fields.pop("default_code")
        fields["x_is_vehicle"] = fields.pop("is_unit")
        self.fake.add(
            "product.template",
            name="TunLand",
            x_ref="TL",
            x_is_vehicle=True,
            tracking="serial",
        )
        self.line("product", "default_code", "x_code, x_ref")
        self.line("product", "is_unit", "x_is_vehicle")
        self.sync()
        self.assertEqual(self.models().default_code, "TL")
        domain, _fields = self.fake.searches("product.template")[0]
        self.assertIn(["x_is_vehicle", "=", True], domain)

    def test_other_model_and_values(self):  # R5
        model = "foton.quotation"
        self.fake.fields[model] = {
            **self.fake.fields[QUOTATION],
            "status": {"type": "selection", "selection": [["open", "O"], ["bpo", "B"]]},
        }
        self.fake.tables[model] = {}
        self.fake.writable.add(model)
        for method in ("search_read", "fields_get", "write"):
            self.fake.on(model, method, self.fake._bind(model, method))
        self.line("quotation", "model", model)
        self.line("quotation", "waiting", "open")
        self.line("quotation", "synced", "bpo")
        row_id = self.fake.add(model, name="A", status="open")
        self.import_leads()
        self.assertEqual(self.leads().contact_name, "A")
        self.assertEqual(self.fake.status(model, row_id), "bpo")

    def test_brands_share_a_distributor(self):
        self.fake.fields["product.template"]["brand_code"] = {"type": "char"}
        self.fake.unit(name="Mine", brand_code="SYNCT")
        self.fake.unit(name="Theirs", brand_code="ELSE")
        self.line("product", "domain", "[('brand_code', '=', 'SYNCT')]")
        self.sync()
        self.assertEqual(self.models().mapped("name"), ["Mine"])

    def test_a_changed_mapping_reads_everything(self):
        self.fake.unit(description_sale="Sale", description="Notes")
        self.fake.unit(write_date="2026-01-06 00:00:00")
        self.sync()
        self.line("product", "description", "description")
        self.sync()
        self.assertEqual(self.models()[0].description, "Notes")

    def test_a_field_that_is_not_read(self):
        self.fake.unit(description_sale="Not wanted")
        self.line("product", "description", "")
        self.sync()
        self.assertFalse(self.models().description)

    def test_bad_lines_are_refused(self):
        with self.assertRaises(ValidationError):
            self.line("product", "domain", "brand = x")
        with self.assertRaises(ValidationError):
            self.line("product", "domain", "__import__('os').system('true')")
        with self.assertRaises(ValidationError):
            self.line("product", "status", "state")

    def test_usual_names_are_shown_and_problems_named(self):
        self.brand.action_load_mapping()
        lines = self.brand.distributor_mapping_ids
        count = len(lines)
        self.assertGreater(count, 40)
        self.brand.action_load_mapping()
        self.assertEqual(len(self.brand.distributor_mapping_ids), count)
        del self.fake.fields["res.partner"]["dealer_gm"]
        self.sync("action_test_connection")
        line = lines.filtered(lambda line: line.key == "manager_name")
        self.assertEqual(line.problem, "Not on the distributor: dealer_gm")
        # Also not those of which the distributor has another: image_1920, image.
        self.assertFalse((lines - line).filtered("problem"))
