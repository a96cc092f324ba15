import uuid

from odoo.tests import tagged
from odoo.tests.common import BaseCase

from odoo.addons.remote_odoo.payload import PayloadError, check_payload

from ..exchange import callback, endorsement, receipt, states

KEY = str(uuid.uuid4())
LONG = "x" * 20_000
MARK = "[…cut, 20,000 characters in all]"


@tagged("post_install", "-at_install")
class TestExchange(BaseCase):
    """What one end builds, the other end takes, however long its texts are."""

    def test_withdrawal(self):
        row = endorsement.build_withdrawal(KEY, LONG)
        self.assertEqual(len(row["reason"]), endorsement.MAX_TEXT)
        self.assertTrue(row["reason"].endswith(MARK))
        self.assertEqual(check_payload(row, endorsement.WITHDRAWAL), row)

    def test_withdrawal_of_a_peer_that_cuts_nothing(self):
        for reason in (LONG, "a\x00b", 5, None, ["x"]):
            row = {"endorsement_key": KEY, "reason": reason}
            self.assertEqual(
                check_payload(row, endorsement.WITHDRAWAL)["endorsement_key"], KEY
            )

    def test_callback(self):
        payload = callback.build_callback(
            {
                "endorsement_key": KEY,
                "source_lead_id": 1,
                "outcome": "lost",
                "dealer_lead_name": LONG,
                "dealer_so_name": LONG,
                "reason": LONG,
                "notes": LONG,
            }
        )
        self.assertTrue(payload["notes"].endswith(MARK))
        self.assertTrue(payload["dealer_so_name"].endswith("…"))
        self.assertEqual(payload["contract"], 1)
        check_payload(payload, callback.CALLBACK)

    def test_receipt(self):
        row = receipt.build_receipt(
            {
                "endorsement_key": KEY,
                "dealer_lead_id": 1,
                "dealer_so_name": LONG,
                "url": f"https://dealer.example.com/{LONG}",
                "error": LONG,
            }
        )
        self.assertTrue(row["error"].endswith(MARK))
        self.assertFalse(row["url"])  # half an address leads nowhere
        check_payload(row, receipt.RECEIPT)
        with self.assertRaises(PayloadError):
            receipt.build_receipt({"endorsement_key": "x"})

    def test_receipt_and_intake_reply_have_one_vocabulary(self):
        row = receipt.build_receipt(
            {
                "endorsement_key": KEY,
                "dealer_lead_id": 4,
                "dealer_lead_name": "DLEAD/00004",
                "dealer_so_id": 5,
                "dealer_so_name": "S00005",
                "url": "https://dealer.example.com",
                "error": LONG,
            }
        )
        reply = receipt.build_intake_reply("ok", row)
        for name in (*receipt.DEALER_NAMES, "url", "error"):
            self.assertEqual(reply[name], row[name], name)
        # under the names of before, for a BPO of before
        self.assertEqual((reply["lead_id"], reply["reference"]), (4, "DLEAD/00004"))
        self.assertEqual(reply["sale_order_name"], "S00005")
        read = receipt.read_intake_reply(reply)
        self.assertEqual(read["dealer_lead_id"], 4)
        self.assertNotIn("lead_id", read)
        busy = receipt.read_intake_reply(receipt.build_intake_reply("busy", {}))
        self.assertEqual((busy["status"], busy["dealer_lead_id"]), ("busy", 0))

    def test_reply_of_a_dealer_of_before(self):
        read = receipt.read_intake_reply(
            {
                "status": "ok",
                "lead_id": 4,
                "reference": "DLEAD/00004",
                "sale_order_id": 5,
                "sale_order_name": "S00005",
                "url": False,
                "error": False,
            }
        )
        self.assertEqual(
            (read["dealer_lead_id"], read["dealer_lead_name"], read["dealer_so_id"]),
            (4, "DLEAD/00004", 5),
        )

    def test_state(self):
        row = states.build_state(
            {
                "endorsement_key": KEY,
                "source_lead_id": 1,
                "state": "refused",
                "step": "negotiation",
                "error": LONG,
                "dealer_so_name": LONG,
            }
        )
        self.assertTrue(row["error"].endswith(MARK))
        check_payload(row, states.STATE)

    def test_key_of_a_row_that_may_be_anything(self):
        for row in (None, 5, "x", [], {}, {"endorsement_key": "x" * 5_000_000}):
            self.assertFalse(endorsement.row_key(row))
        self.assertEqual(endorsement.row_key({"endorsement_key": KEY}), KEY)
