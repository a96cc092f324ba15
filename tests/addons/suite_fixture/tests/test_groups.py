"""No group of ours lets anybody run code on the server."""

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged

from odoo.addons.remote_odoo.compat import call_kw

from .common import make_user

OURS = (
    "remote_odoo",
    "vehicle_crm",
    "bpo_crm",
    "bpo_crm_distributor_sync",
    "dealer_crm",
    "dealer_crm_bpo_bridge",
)
# Whoever writes one of these, runs code with all rights or gives himself any right.
CODE = (
    "base.automation",
    "ir.actions.act_window",
    "ir.actions.client",
    "ir.actions.report",
    "ir.actions.server",
    "ir.config_parameter",
    "ir.cron",
    "ir.model",
    "ir.model.access",
    "ir.model.data",
    "ir.model.fields",
    "ir.rule",
    "ir.ui.view",
    "mail.template.reset",
    "res.company",
    "res.groups",
    "res.users",
    "sms.template.reset",
)
DANGEROUS = (
    "base.group_erp_manager",
    "base.group_system",
    "mail.group_mail_template_editor",
)
PAYLOADS = (
    {"body_html": "<t t-out=\"object.env.user.sudo().write({'name': 'x'})\"/>"},
    {"body_html": '<t t-out="object.sudo().create_uid"/>'},
    {"body_html": "<t t-out=\"'{0.env}'.format(object)\"/>"},
    {"body_html": '<t t-foreach="[1]" t-as="x"><t t-out="x"/></t>'},
    {"subject": "{{ object.env.user.sudo().write({'name': 'x'}) }}"},
    {"email_to": "{{ '{0.env}'.format(object) }}"},
)


@tagged("post_install", "-at_install")
class TestGroups(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        data = cls.env["ir.model.data"].search(
            [("model", "=", "res.groups"), ("module", "in", OURS)]
        )
        cls.groups = {row.complete_name: row.res_id for row in data}
        cls.users = {
            name: make_user(cls.env, name, cls.base_of(name), name)
            for name in cls.groups
        }
        cls.plain = {
            base: make_user(cls.env, base, base)
            for base in ("base.group_user", "base.group_portal")
        }

    @staticmethod
    def base_of(name):
        return "base.group_portal" if "service" in name else "base.group_user"

    def test_all_are_looked_at(self):
        self.assertGreaterEqual(len(self.groups), 9)

    def test_they_imply_no_right_to_code(self):
        implied = (
            "all_implied_ids"
            if "all_implied_ids" in self.env["res.groups"]._fields
            else "trans_implied_ids"
        )
        for name, group_id in self.groups.items():
            group = self.env["res.groups"].browse(group_id)
            reached = (group | group[implied]).get_external_id().values()
            with self.subTest(name):
                self.assertFalse(set(reached) & set(DANGEROUS))

    def test_they_write_no_code(self):
        """Not more than any employee, or any portal user, may write."""
        for name, user in self.users.items():
            plain = self.plain[self.base_of(name)]
            for model in CODE:
                if model not in self.env:
                    continue
                for operation in ("create", "write", "unlink"):
                    with self.subTest(group=name, model=model, operation=operation):
                        records = self.env[model]
                        self.assertLessEqual(
                            records.with_user(user).has_access(operation),
                            records.with_user(plain).has_access(operation),
                        )

    def test_templates_with_code(self):
        """As RPC would try it: in a template of one's own."""
        editor = make_user(
            self.env,
            "editor",
            "mail.group_mail_template_editor",
            "sales_team.group_sale_salesman_all_leads",
        )
        for values in PAYLOADS:
            self.write_template(editor, values)  # so it is code
            for name, user in self.users.items():
                with self.subTest(group=name, values=values):
                    with self.assertRaises(AccessError):
                        self.write_template(user, values)

    def write_template(self, user, values):
        templates = self.env["mail.template"].with_user(user)
        model = self.env["ir.model"]._get("crm.lead")
        values = {"name": "Mine", "model_id": model.id, **values}
        with self.env.cr.savepoint():
            call_kw(templates, "create", [values], {})
