from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.remote_odoo.tests.common import Fault

from ..models import bpo_crm_connection_import as importing
from .common import BridgeCase

KEY = "0b8f3f0e-3c53-4b0c-8a5e-0f6f2a1d9c11"
IMPORT = "odoo.addons.dealer_crm_bpo_bridge.models.bpo_crm_connection_import"


@tagged("post_install", "-at_install")
class TestImport(BridgeCase):
    def test_pulled_and_acknowledged(self):
        endorsement = self.bpo.endorse()
        self.run_import()
        lead = self.find(endorsement)
        self.assertEqual(lead.step, "negotiation")
        receipt = self.bpo.receipts[0]
        self.assertEqual(receipt["endorsement_key"], endorsement["endorsement_key"])
        self.assertEqual(receipt["dealer_lead_id"], lead.id)
        self.assertEqual(receipt["dealer_lead_name"], lead.code)
        self.assertIn(str(lead.id), receipt["url"])
        self.assertFalse(receipt["error"])
        self.assertFalse(self.connection.import_error)
        self.assertTrue(self.connection.last_import)

    def test_acknowledgement_lost_is_sent_again(self):
        endorsement = self.bpo.endorse()
        self.bpo.drop_next_reply(2)
        with mute_logger(IMPORT):
            self.run_import()  # the page is lost
            self.assertFalse(self.find(endorsement))
            self.skip_waits()
            self.bpo._drop = 0
            self.bpo.on("crm.lead", "acknowledge_endorsements", self._die)
            self.run_import()
        self.assertTrue(self.find(endorsement))
        self.assertFalse(self.bpo.receipts)
        self.assertTrue(self.connection.import_error)
        self.bpo.on("crm.lead", "acknowledge_endorsements", self.bpo._acknowledge)
        self.skip_waits()
        self.run_import()
        self.assertEqual(len(self.find(endorsement)), 1)
        self.assertEqual(len(self.bpo.receipts), 1)
        self.assertFalse(self.connection.import_error)

    def _die(self, receipts):
        self.bpo.drop_next_reply()
        return {}

    def test_page_by_page_with_one_call_each(self):  # DESIGN 9
        for number in range(205):
            self.bpo.endorse(
                source_lead_id=number + 1,
                customer={"name": f"C {number}", "mobile": f"0917 555 {number:04d}"},
            )
        # However slow this machine is, one run reads them all.
        with patch.multiple(importing, TURN=3600, LATEST=3600):
            self.run_import()
        leads = self.env["crm.lead"].search_count([("bpo_state", "=", "received")])
        self.assertEqual(leads, 205)
        self.assertEqual(self.bpo.count("crm.lead", "endorsed_leads_for_dealer"), 3)
        self.assertEqual(self.bpo.count("crm.lead", "acknowledge_endorsements"), 3)

    def test_one_bad_lead_stops_no_other(self):
        good = self.bpo.endorse()
        bad = self.bpo.endorse(brand_code="NOPE", source_lead_name="LEAD/00009")
        worse = self.bpo.endorse(quantity="two")
        other = self.bpo.endorse(source_lead_id=77, customer={"name": "Maria"})
        self.run_import()
        self.assertTrue(self.find(good) and self.find(other))
        errors = {r["endorsement_key"]: r["error"] for r in self.bpo.receipts}
        self.assertFalse(errors[good["endorsement_key"]])
        self.assertIn("Unknown brand NOPE", errors[bad["endorsement_key"]])
        self.assertIn("quantity: ", errors[worse["endorsement_key"]])
        # shown on this side too, with a retry
        rows = self.connection.sudo().discrepancy_ids
        self.assertEqual(rows.mapped("kind"), ["refused"] * 2)
        row = rows.filtered(lambda row: row.source_lead_name == "LEAD/00009")
        self.assertIn("Unknown brand NOPE", row.detail)
        self.env["crm.brand"].create({"name": "Nope", "code": "NOPE"})
        row.with_user(self.manager).action_pull()
        self.assertEqual(self.find(bad).brand_id.code, "NOPE")
        self.assertEqual(row.state, "solved")
        self.bpo.receipts.clear()
        self.run_outbox()
        self.assertEqual(self.bpo.receipts[0]["dealer_lead_id"], self.find(bad).id)

    def test_an_unexpected_error_stops_no_other(self):
        first, second = self.bpo.endorse(), self.bpo.endorse(source_db="b")
        leads = self.env["crm.lead"]
        original = type(leads)._bpo_create

        def create(self, connection, endorsement, brand):
            if endorsement["endorsement_key"] == first["endorsement_key"]:
                raise ZeroDivisionError("secret detail")
            return original(self, connection, endorsement, brand)

        self.patch(type(leads), "_bpo_create", create)
        with mute_logger(IMPORT):
            self.run_import()
        self.assertFalse(self.find(first))
        self.assertTrue(self.find(second))
        error = self.bpo.receipts[0]["error"]
        self.assertIn("ZeroDivisionError", error)
        self.assertNotIn("secret", error)

    def test_a_withdrawal_with_a_long_reason_fails_nothing(self):
        """A BPO of before cuts nothing; one reason failed the page of every run."""
        withdrawn, good = self.bpo.endorse(), self.bpo.endorse(source_lead_id=88)
        self.run_import()
        key = withdrawn["endorsement_key"]
        other = self.bpo.endorse(source_lead_id=89, customer={"name": "Maria"})
        self.bpo.withdrawn = {key: "x" * 20_000, "no key": "y", KEY: {"not": "a text"}}
        with mute_logger(IMPORT):
            self.run_import()
        self.assertFalse(self.connection.import_error)
        self.assertTrue(self.find(good) and self.find(other))
        self.assertEqual(self.find(withdrawn).bpo_state, "withdrawn")
        told = {row["endorsement_key"] for row in self.bpo.receipts if "kept" in row}
        self.assertEqual(told, {key, KEY})

    def test_what_a_refusal_keeps_is_checked(self):
        """A key of 5 MB would break the index of the list of differences."""
        good = self.bpo.endorse()
        for key in ("k" * 5_000_000, "\x00", {"a": 1}, KEY):
            self.bpo.waiting[str(key)[:20]] = {
                "endorsement_key": key,
                "source_lead_name": "n" * 100_000 if key == KEY else {"x": 1},
            }
        with mute_logger(IMPORT):
            self.run_import()
        self.assertTrue(self.find(good))
        self.assertFalse(self.connection.import_error)
        row = self.connection.sudo().discrepancy_ids
        self.assertEqual(row.endorsement_key, KEY)
        self.assertEqual(len(row.source_lead_name), 64)

    def test_a_long_quotation_error_is_cut(self):
        endorsement = self.bpo.endorse()
        self.run_import()
        self.find(endorsement)._bpo_write({"bpo_quotation_error": "x" * 20_000})
        self.bpo.receipts.clear()
        self.run_import()
        error = self.bpo.receipts[0]["error"]
        self.assertEqual(len(error), 2000)
        self.assertTrue(error.endswith("[…cut, 20,000 characters in all]"))

    def test_push_and_pull_make_one(self):
        endorsement = self.bpo.endorse()
        _reply, lead = self.receive(**endorsement)
        self.run_import()
        self.assertEqual(self.find(endorsement), lead)
        self.assertEqual(self.bpo.receipts[0]["dealer_lead_id"], lead.id)

    def test_withdrawn_closes_the_lead(self):
        endorsement = self.bpo.endorse()
        self.run_import()
        key = endorsement["endorsement_key"]
        self.bpo.waiting.clear()
        self.bpo.withdrawn[key] = "changed <b>mind</b>"
        self.run_import()
        lead = self.find(endorsement)
        self.assertEqual((lead.step, lead.bpo_state), ("lost", "withdrawn"))
        self.assertTrue(lead.active)
        self.assertIn("changed &lt;b&gt;mind", "".join(self.bodies(lead)))
        self.assertEqual(self.bpo.receipts[-1]["kept"], False)
        self.run_outbox()
        self.assertFalse(self.bpo.callbacks)  # nobody lost a sale
        self.assertFalse(self.bpo.withdrawn)

    def test_withdrawn_with_an_order_is_kept(self):
        endorsement = self.bpo.endorse()
        self.run_import()
        lead = self.find(endorsement).with_user(self.user)
        lead.action_claim()
        lead.action_convert_to_quotation()
        self.bpo.waiting.clear()
        self.bpo.withdrawn[endorsement["endorsement_key"]] = "late"
        self.run_import()
        self.assertEqual((lead.step, lead.bpo_state), ("negotiation", "kept"))
        self.assertEqual(self.bpo.receipts[-1]["kept"], True)
        self.assertEqual(self.bpo.receipts[-1]["dealer_lead_name"], lead.code)
        self.bpo.withdrawn[endorsement["endorsement_key"]] = "late"
        self.run_import()  # asked again, the same answer
        self.assertEqual(self.bpo.receipts[-1]["kept"], True)
        self.run_outbox()
        self.bpo.callbacks.clear()
        lead.action_mark_lost("price")  # then both sides agree: nothing to tell
        self.run_outbox()
        self.assertEqual((lead.step, lead.bpo_state), ("lost", "withdrawn"))
        self.assertFalse(self.bpo.callbacks)

    def test_withdrawn_that_never_came_is_acknowledged(self):
        key = self.bpo.endorse()["endorsement_key"]
        self.bpo.waiting.clear()
        self.bpo.withdrawn[key] = "quick"
        self.run_import()
        self.assertEqual(self.bpo.receipts, [{"endorsement_key": key, "kept": False}])

    def test_switch_and_interval(self):
        endorsement = self.bpo.endorse()
        self.connection.import_enabled = False
        self.run_import()
        self.assertFalse(self.find(endorsement))
        self.connection.write({"import_enabled": True, "import_interval": 30})
        self.run_import()
        self.assertTrue(self.find(endorsement))
        self.assertFalse(self.connection.sudo()._is_import_due())

    def test_bpo_down_is_kept_on_the_connection(self):
        self.bpo.stop()
        with mute_logger(IMPORT):
            self.run_import()
        self.assertTrue(self.connection.import_error)
        self.assertTrue(self.connection.sudo().remote_id.next_probe)

    def test_a_refusal_parks_nothing(self):
        """The BPO answers, so that callbacks go out although the import is refused."""

        def refuse(**kwargs):
            raise Fault("odoo.exceptions.AccessError", "Not (crm.lead) you")

        lead = self.make_endorsed()
        self.bpo.on("crm.lead", "endorsed_leads_for_dealer", refuse)
        with mute_logger(IMPORT):
            self.run_import()
        self.assertTrue(self.connection.import_error)
        self.assertFalse(self.connection.sudo().remote_id.next_probe)
        lead.with_user(self.user).action_claim()
        self.run_outbox(now=False)
        self.assertEqual(self.bpo.callbacks[-1]["outcome"], "accepted")

    def test_import_now(self):
        endorsement = self.bpo.endorse()
        self.bpo.endorse(brand_code="NOPE")
        action = self.connection.action_import_now()
        self.assertTrue(self.find(endorsement))
        self.assertIn("1 endorsed leads are here, 1", action["params"]["message"])
        self.assertFalse(self.bpo.receipts)  # only after the commit
        # a push that failed meanwhile: the BPO no longer lists it as waiting
        self.bpo.waiting.pop(endorsement["endorsement_key"])
        self.run_outbox()
        self.run_import()
        told = {row["endorsement_key"]: row["error"] for row in self.bpo.receipts}
        self.assertEqual(len(told), 2)
        self.assertFalse(told[endorsement["endorsement_key"]])

    def test_garbage_is_an_error_of_the_connection(self):
        for garbage in ([], "x", {"leads": "x"}, {"leads": [], "next": 5}):
            self.bpo.on(
                "crm.lead", "endorsed_leads_for_dealer", lambda g=garbage, **kw: g
            )
            self.skip_waits()
            with mute_logger(IMPORT):
                self.run_import()
            self.assertIn("unexpected", self.connection.import_error)
        self.bpo.on("crm.lead", "endorsed_leads_for_dealer", self.bpo._pull)
        self.bpo.on(
            "crm.lead",
            "endorsed_leads_for_dealer",
            lambda **kw: {"leads": [5, None, {}], "withdrawn": [], "next": False},
        )
        self.skip_waits()
        with mute_logger(IMPORT):
            self.run_import()
        self.assertFalse(self.connection.import_error)
