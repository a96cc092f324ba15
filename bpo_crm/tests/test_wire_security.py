import json
import uuid

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.remote_odoo.tests.common import RpcMixin

from .common import SERVICE
from .endorsement_common import EndorsementCase, EndorsementMixin

WIRE = {
    "endorsed_leads_for_dealer",
    "acknowledge_endorsements",
    "update_from_dealer_callback",
    "endorsement_states",
}


class WireCalls:
    """Each wire method, called about one lead."""

    def calls(self, key, lead_id):
        callback = {"contract": 1, "endorsement_key": key, "source_lead_id": lead_id}
        receipt = {"endorsement_key": key, "source_lead_id": lead_id}
        outcomes = ("accepted", "declined", "won", "lost")
        return [
            ("endorsed_leads_for_dealer", {"keys": [key]}),
            ("acknowledge_endorsements", {"receipts": [{**receipt, "kept": True}]}),
            (
                "acknowledge_endorsements",
                {"receipts": [{**receipt, "dealer_lead_id": 1}]},
            ),
            ("acknowledge_endorsements", {"receipts": [{**receipt, "error": "x"}]}),
            *(
                ("update_from_dealer_callback", {"payload": {**callback, "outcome": o}})
                for o in outcomes
            ),
        ]


@tagged("post_install", "-at_install")
class TestWireSecurity(WireCalls, EndorsementCase):
    def setUp(self):
        super().setUp()
        self.lead = self.make_received()
        self.withdrawn = self.make_received()
        self.withdrawn_key = self.withdrawn.endorsement_key
        self.withdrawn.action_withdraw_endorsement("mistake")
        self.nobody = (str(uuid.uuid4()), 2**31 - 1)

    def ask(self, user, method, values):
        """(reply without what was asked, statements)."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        reply = getattr(self.wire(user), method)(**values)
        count = self.env.cr.sql_log_count - before
        asked = json.dumps(values)
        key = next(k for k in self.keys if k in asked)
        return json.dumps(reply).replace(key, "KEY"), count

    def test_foreign_lead_is_as_one_that_does_not_exist(self):  # D110, R13
        self.keys = [
            self.lead.endorsement_key,
            self.withdrawn_key,
            self.nobody[0],
        ]
        agent_like = new_test_user(self.env, "plain_portal", groups="base.group_portal")
        for user in (self.stranger, self.agent, self.manager, agent_like):
            for known in (
                (self.lead.endorsement_key, self.lead.id),
                (self.withdrawn_key, self.withdrawn.id),
            ):
                pairs = zip(self.calls(*known), self.calls(*self.nobody), strict=True)
                for (method, real), (_same, absent) in pairs:
                    self.ask(user, method, absent)  # warm the caches of the account
                    with self.subTest(user=user.login, method=method, values=real):
                        self.assertEqual(
                            self.ask(user, method, real),
                            self.ask(user, method, absent),
                        )
        self.assertEqual(self.lead.endorsement_state, "received")
        self.assertEqual(self.lead.step, "negotiation")
        self.assertFalse(self.withdrawn.sudo().withdrawal_ids.acknowledged_at)

    def test_own_key_with_a_foreign_id_moves_neither(self):  # D110
        other = self.to_negotiation(self.make_lead(dealership_id=False))
        other.dealership_id = self.other_dealership
        other.action_endorse()
        reply = self.callback(self.lead, "won", source_lead_id=other.id)
        self.assertEqual(reply, {"status": "conflict", "lead": False, "step": False})
        self.assertEqual((self.lead | other).mapped("step"), ["negotiation"] * 2)

    def test_lists_hold_own_leads_only(self):
        waiting = self.make_endorsed()
        for user in (self.stranger, self.agent, self.manager):
            page = self.pull(user=user)
            self.assertEqual(page, {"leads": [], "withdrawn": [], "next": False})
            states = self.wire(user).endorsement_states(since="2000-01-01 00:00:00")
            self.assertEqual(states, {"leads": [], "next": False})
        self.assertEqual(
            [row["source_lead_id"] for row in self.pull()["leads"]], [waiting.id]
        )

    def test_account_without_the_group_speaks_for_nobody(self):
        groups = "group_ids" if "group_ids" in self.service._fields else "groups_id"
        self.service.write({groups: [(3, self.env.ref(SERVICE).id)]})
        self.assertEqual(self.pull()["withdrawn"], [])
        self.assertEqual(self.callback(self.lead, "won")["status"], "conflict")
        self.assertEqual(self.lead.step, "negotiation")

    def test_one_account_may_speak_for_several_dealerships(self):
        self.other_dealership.service_user_id = self.service
        lead = self.to_negotiation(self.make_lead())
        lead.dealership_id = self.other_dealership
        lead.action_endorse()
        self.assertEqual(
            [row["dealership_code"] for row in self.pull()["leads"]], ["TEST-CEB"]
        )

    @mute_logger("odoo.models.unlink", "odoo.addons.base.models.ir_rule")
    def test_no_record_of_ours_is_reachable(self):
        """The account has no access right to any model of ours, nor to a lead."""
        service = self.env["res.users"].with_user(self.service).env
        ours = [
            name
            for name in self.env
            if name.startswith(("bpo.", "remote.odoo", "crm.dealership", "crm.vehicle"))
            or name in ("crm.brand", "crm.lead.withdrawal", "crm.lead.override")
        ]
        self.assertGreater(len(ours), 6)
        for name in ours:
            if self.env[name]._abstract:
                continue
            for operation in ("read", "write", "create", "unlink"):
                with self.subTest(name, operation=operation):
                    self.assertFalse(service[name].has_access(operation))
        leads = service["crm.lead"]
        with self.assertRaises(AccessError):
            leads.browse(self.lead.id).read(["name"])
        with self.assertRaises(AccessError):
            leads.browse(self.lead.id).write({"name": "x"})
        with self.assertRaises(AccessError):
            leads.create({"name": "x"})


@tagged("post_install", "-at_install")
class TestWireHttp(WireCalls, RpcMixin, EndorsementMixin, HttpCase):
    """The same over real JSON-RPC and XML-RPC, as the least privileged account."""

    def setUp(self):
        super().setUp()
        self.lead = self.make_received()
        self.env.flush_all()

    def rpc(self, user, method, values, positional=()):
        return self.json_rpc(user, "crm.lead", method, positional, values)

    def test_round(self):  # D42, D108
        fresh = self.make_endorsed()
        self.env.flush_all()
        page = self.rpc(self.service, "endorsed_leads_for_dealer", {}).json()["result"]
        self.assertEqual(page["leads"][0]["source_lead_id"], fresh.id)
        payload = {
            "contract": 1,
            "endorsement_key": self.lead.endorsement_key,
            "source_lead_id": self.lead.id,
            "outcome": "won",
        }
        reply = self.rpc(
            self.service, "update_from_dealer_callback", {}, [payload]
        ).json()["result"]
        self.assertEqual(reply["status"], "ok")
        self.lead.invalidate_recordset()
        self.assertEqual(self.lead.step, "won")

    def test_xmlrpc_gets_no_none(self):
        url = f"{self.base_url()}/xmlrpc/2/object"
        self.assertTrue(url)
        password = self.service.login.ljust(8, "x")
        for method, values in (
            ("endorsed_leads_for_dealer", {"about": True}),
            ("acknowledge_endorsements", {"receipts": []}),
            ("endorsement_states", {"since": "2000-01-01 00:00:00"}),
            *self.calls(self.lead.endorsement_key, self.lead.id),
        ):
            reply = self.xmlrpc_object.execute_kw(
                self.env.cr.dbname,
                self.service.id,
                password,
                "crm.lead",
                method,
                [],
                values,
            )
            self.assertIsInstance(reply, dict)

    def test_same_bytes_for_foreign_and_absent(self):  # D110
        absent = (str(uuid.uuid4()), 2**31 - 1)
        known = (self.lead.endorsement_key, self.lead.id)
        pairs = zip(self.calls(*known), self.calls(*absent), strict=True)
        for (method, real), (_same, unreal) in pairs:
            first = self.rpc(self.stranger, method, real).content
            second = self.rpc(self.stranger, method, unreal).content
            self.assertNotIn(b"error", first)
            self.assertEqual(
                first.replace(known[0].encode(), b"KEY"),
                second.replace(absent[0].encode(), b"KEY"),
            )

    @mute_logger("odoo.http")
    def test_malformed_is_a_validation_error(self):
        nested = deep = []
        for _level in range(200):
            deep.append([])
            deep = deep[0]
        for values, field in (
            ({"payload": "x"}, "payload"),
            ({"payload": [1, 2]}, "payload"),
            (
                {"payload": {"contract": 1, "endorsement_key": nested}},
                "endorsement_key",
            ),
            ({"payload": {"contract": 9**30}}, "contract"),
        ):
            error = self.rpc(self.service, "update_from_dealer_callback", values)
            data = error.json()["error"]["data"]
            self.assertEqual(data["name"], "odoo.exceptions.ValidationError")
            self.assertTrue(data["message"].startswith(f"{field}: "), data["message"])

    @mute_logger("odoo.http")
    def test_nothing_else_answers(self):
        for model, method, args in (
            ("crm.lead", "read", [[self.lead.id], ["name"]]),
            ("crm.lead", "write", [[self.lead.id], {"name": "x"}]),
            ("crm.lead", "unlink", [[self.lead.id]]),
            ("crm.lead", "action_mark_won", [[self.lead.id]]),
            ("crm.lead", "message_post", [[self.lead.id]]),
            ("crm.dealership", "search_read", [[], ["code"]]),
            ("remote.odoo", "search_read", [[], ["url"]]),
            ("remote.odoo.message", "search_read", [[], ["key"]]),
            ("crm.lead.withdrawal", "search_read", [[], ["reason"]]),
            ("mail.message", "search_read", [[["model", "=", "crm.lead"]], ["body"]]),
        ):
            reply = self.json_rpc(self.service, model, method, args).json()
            with self.subTest(model, method=method):
                if model == "mail.message":
                    self.assertEqual(reply.get("result", []), [])
                else:
                    self.assertIn("error", reply)
