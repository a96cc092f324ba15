from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import DealerCase


@tagged("post_install", "-at_install")
class TestCalls(DealerCase):
    def log(self, lead, **values):
        action = lead.action_log_call()
        wizard = (
            self.env[action["res_model"]]
            .with_user(lead.env.user)
            .with_context(**action["context"])
            .create({"result": "answered", "duration": 4, **values})
        )
        wizard.action_log()
        return lead.call_log_ids

    def test_log_call(self):  # D61, D62, D64
        lead = self.new_lead(self.user)
        call = self.log(lead, summary="Wants white.")
        self.assertEqual(call._name, "dealer.crm.call.log")
        self.assertRecordValues(
            call,
            [
                {
                    "lead_id": lead.id,
                    "user_id": self.user.id,
                    "result": "answered",
                    "duration": 4,
                    "summary": "Wants white.",
                }
            ],
        )
        self.assertEqual(lead.call_count, 1)
        action = lead.action_view_calls()
        self.assertEqual(self.env[call._name].search(action["domain"]), call)

    def test_closed_lead(self):  # D10
        lead = self.new_lead(self.user)
        lead.action_mark_lost(reason_code="other", notes="Moved abroad")
        with self.assertRaisesRegex(UserError, "closed"):
            lead.action_log_call()

    def test_odd_durations(self):  # D61
        lead = self.new_lead(self.user)
        for minutes in (-1, 24 * 60 + 1, 1e300, float("nan"), float("inf")):
            with (
                self.subTest(minutes=minutes),
                self.assertRaisesRegex(ValidationError, "A call lasts from"),
                self.env.cr.savepoint(),
            ):
                self.log(lead, duration=minutes)
        self.assertEqual(len(self.log(lead, duration=24 * 60)), 1)

    def test_who_reads_calls(self):
        lead = self.new_lead(self.user)
        call = self.log(lead)
        calls = self.env["dealer.crm.call.log"]
        self.assertEqual(calls.with_user(self.user).search([]), call)
        self.assertFalse(calls.with_user(self.other).search([]))
        self.assertIn(call, calls.with_user(self.manager).search([]))
        with self.assertRaises(AccessError):
            calls.with_user(self.outsider).search([])
        with self.assertRaises(AccessError):
            call.with_user(self.other).read(["summary"])

    def test_calls_are_records_of_what_happened(self):
        call = self.log(self.new_lead(self.user))
        for user in (self.user, self.manager, self.admin):
            with self.assertRaises(AccessError):
                call.with_user(user).write({"result": "busy"})
            with self.assertRaises(AccessError):
                call.with_user(user).unlink()
            with self.assertRaises(AccessError):
                self.env["dealer.crm.call.log"].with_user(user).create(
                    {"lead_id": call.lead_id.id, "result": "answered"}
                )
