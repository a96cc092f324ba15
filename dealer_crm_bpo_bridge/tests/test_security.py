from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_crm.tests.common import DealerCase
from odoo.addons.remote_odoo.tests.common import RpcMixin

from .common import BridgeCase, BridgeMixin
from .fake_bpo import make_endorsement


@tagged("post_install", "-at_install")
class TestServiceAccount(BridgeCase):
    """The BPO's account here can hand over a lead and nothing else."""

    @mute_logger("odoo.models.unlink", "odoo.addons.base.models.ir_rule")
    def test_no_record_of_ours_is_reachable(self):
        self.receive()
        service = self.env["res.users"].with_user(self.service).env
        for name in (
            "bpo.crm.connection",
            "bpo.crm.discrepancy",
            "crm.brand",
            "dealer.crm.call.log",
            "remote.odoo",
            "remote.odoo.message",
            "crm.lead.decline",
        ):
            for operation in ("read", "write", "create", "unlink"):
                with self.subTest(name, operation=operation):
                    self.assertFalse(service[name].has_access(operation))
        lead = service["crm.lead"].browse(self.receive()[1].id)
        for call in (
            lambda: lead.read(["name"]),
            lambda: lead.write({"name": "x"}),
            lead.unlink,
        ):
            with self.assertRaises(AccessError):
                call()


@tagged("post_install", "-at_install")
class TestIntakeHttp(RpcMixin, BridgeMixin, DealerCase, HttpCase):
    """The intake over real JSON-RPC and XML-RPC, as the least privileged account."""

    def rpc(self, *args):
        return self.json_rpc(*args).json()

    def test_receive_by_json_rpc(self):  # D108
        self.env.flush_all()
        endorsement = make_endorsement()
        reply = self.rpc(
            self.service, "crm.lead", "receive_endorsed_lead", [endorsement]
        )["result"]
        self.assertEqual(reply["status"], "ok")
        reply = self.rpc(
            self.service,
            "crm.lead",
            "receive_endorsed_lead",
            [],
            {"payload": endorsement},
        )["result"]
        self.assertEqual(reply["status"], "already")

    def test_receive_by_xml_rpc_without_none(self):
        self.env.flush_all()
        reply = self.xmlrpc_object.execute_kw(
            self.env.cr.dbname,
            self.service.id,
            self.service.login.ljust(8, "x"),
            "crm.lead",
            "receive_endorsed_lead",
            [make_endorsement()],
        )
        self.assertEqual(reply["status"], "ok")
        self.assertIs(reply["sale_order_id"], False)

    @mute_logger("odoo.http")
    def test_refusals_over_the_wire(self):
        self.env.flush_all()
        for user, payload, name in (
            (self.service, {"contract": 1}, "odoo.exceptions.ValidationError"),
            (self.service, "x" * 10, "odoo.exceptions.ValidationError"),
            (
                self.service,
                make_endorsement(customer_notes="x" * 1_000_000),
                "odoo.exceptions.ValidationError",
            ),
            (self.user, make_endorsement(), "odoo.exceptions.AccessError"),
        ):
            error = self.rpc(user, "crm.lead", "receive_endorsed_lead", [payload])
            self.assertEqual(error["error"]["data"]["name"], name)

    @mute_logger("odoo.http")
    def test_nothing_else_answers(self):
        _reply, lead = self.receive()
        self.env.flush_all()
        for model, method, args in (
            ("crm.lead", "read", [[lead.id], ["name"]]),
            ("crm.lead", "write", [[lead.id], {"name": "x"}]),
            ("crm.lead", "action_mark_won", [[lead.id]]),
            ("crm.lead", "action_resend_to_bpo", [[lead.id]]),
            ("crm.lead", "action_decline", [[lead.id], "x"]),
            ("crm.lead", "_bpo_receive", [1, make_endorsement()]),
            ("bpo.crm.connection", "action_import_now", [[self.connection.id]]),
            ("bpo.crm.connection", "search_read", [[], ["url"]]),
            ("bpo.crm.discrepancy", "search_read", [[], ["detail"]]),
            ("remote.odoo.message", "search_read", [[], ["key"]]),
        ):
            with self.subTest(model, method=method):
                self.assertIn("error", self.rpc(self.service, model, method, args))
