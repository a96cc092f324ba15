from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .endorsement_common import EndorsementCase


@tagged("post_install", "-at_install")
class TestWirePull(EndorsementCase):
    def keys(self, page):
        return [row["endorsement_key"] for row in page["leads"]]

    def test_oldest_first_in_pages(self):
        leads = [self.make_endorsed() for _number in range(5)]
        leads[3]._endorsement_write({"endorsed_at": "2026-01-01 00:00:00"})
        expected = [leads[i].endorsement_key for i in (3, 0, 1, 2, 4)]
        seen, after = [], False
        while True:
            page = self.pull(after=after, limit=2)
            seen += self.keys(page)
            self.assertLessEqual(len(page["leads"]), 2)
            after = page["next"]
            if not after:
                break
        self.assertEqual(seen, expected)
        self.assertFalse(self.pull(limit=5)["next"])  # no call for an empty page

    def test_a_lead_that_cannot_be_sent_does_not_fail_its_page(self):
        """It was edited after it was endorsed, and no dealer would take it now."""
        good, bad, other = (self.make_endorsed() for _number in range(3))
        bad.sudo().contact_name = "x" * 201
        self.assertEqual(
            self.keys(self.pull()), [good.endorsement_key, other.endorsement_key]
        )
        self.assertEqual(bad.endorsement_state, "refused")
        self.assertIn("customer.name: longer than 200", bad.endorsement_error)
        bad.contact_name = "Ana Cruz"
        bad.action_retry_endorsement()
        self.assertIn(bad.endorsement_key, self.keys(self.pull()))

    def test_a_long_reason_of_a_withdrawal_is_cut(self):
        lead = self.make_received()
        lead.action_withdraw_endorsement("x" * 20_000)
        (row,) = self.pull()["withdrawn"]
        self.assertEqual(row["endorsement_key"], lead.endorsement_key)
        self.assertEqual(len(row["reason"]), 10_000)
        self.assertTrue(row["reason"].endswith("[…cut, 20,000 characters in all]"))

    def test_payload_first_positional_and_keywords_are_the_same(self):
        self.make_endorsed()
        wire = self.wire()
        self.assertEqual(
            wire.endorsed_leads_for_dealer({"limit": 1}),
            wire.endorsed_leads_for_dealer(limit=1),
        )
        self.assertEqual(
            wire.endorsed_leads_for_dealer(payload={"limit": 1, "unknown": 1}),
            wire.endorsed_leads_for_dealer(),
        )

    def test_cursor_is_ours_or_refused(self):
        for _number in range(2):
            self.make_endorsed()
        cursor = self.pull(limit=1)["next"]
        for forged in ("x", "AAAA", cursor[:-2] + "AA", "é" * 5, "=" * 9):
            with (
                self.subTest(forged),
                self.assertRaisesRegex(ValidationError, "after:"),
            ):
                self.pull(after=forged)
        with self.assertRaisesRegex(ValidationError, "after:"):
            self.pull(user=self.stranger, after=cursor)
        with self.assertRaisesRegex(ValidationError, "after:"):
            self.wire().endorsement_states(since="2026-01-01 00:00:00", after=cursor)

    def test_keys_ask_again_whatever_the_state(self):
        lead = self.make_received()
        self.callback(lead, "won")
        self.assertFalse(self.pull()["leads"])
        page = self.pull(keys=[lead.endorsement_key])
        self.assertEqual(self.keys(page), [lead.endorsement_key])

    def test_about_names_dealerships_and_brands(self):
        self.assertEqual(
            self.pull(about=True)["about"],
            [
                {
                    "code": "TEST-MNL",
                    "name": self.dealership.complete_name,
                    "brand_codes": ["FOTONX"],
                }
            ],
        )
        self.assertNotIn("about", self.pull())
        self.assertEqual(self.pull(user=self.agent, about=True)["about"], [])

    def test_wrong_arguments_name_the_field(self):
        for values, field in (
            ({"limit": 0}, "limit"),
            ({"limit": "10"}, "limit"),
            ({"limit": 501}, "limit"),
            ({"after": 5}, "after"),
            ({"keys": "x"}, "keys"),
            ({"keys": ["x"]}, r"keys\[0\]"),
        ):
            with self.assertRaisesRegex(ValidationError, f"^{field}: "):
                self.pull(**values)
        with self.assertRaisesRegex(ValidationError, "^payload: "):
            self.wire().endorsed_leads_for_dealer([1])


@tagged("post_install", "-at_install")
class TestWireAcknowledge(EndorsementCase):
    def test_received(self):
        lead = self.make_endorsed(with_quotation=True)
        receipt = self.receipt(lead, dealer_so_id=7, dealer_so_name="S00007")
        reply = self.acknowledge(receipt)
        self.assertEqual(
            reply,
            {"status": "ok", "acknowledged": [lead.endorsement_key], "conflicts": []},
        )
        self.assertEqual(lead.endorsement_state, "received")
        self.assertEqual(lead.dealer_lead_name, "DLEAD/00042")
        self.assertEqual(lead.dealer_so_name, "S00007")
        self.assertEqual(lead.dealer_lead_url, "https://dealer.example.com/odoo/1")
        count = len(self.bodies(lead))
        self.acknowledge(receipt)  # twice equals once
        self.assertEqual(len(self.bodies(lead)), count)

    def test_manager_mail_whichever_answer_brings_the_quotation(self):  # R1, B52
        lead = self.make_endorsed(with_quotation=True)
        self.callback(lead, "accepted", dealer_so_id=7, dealer_so_name="S00007")
        self.acknowledge(self.receipt(lead, dealer_so_id=7, dealer_so_name="S00007"))
        told = [b for b in self.bodies(lead) if "Mail queued for" in b]
        self.assertEqual(len(told), 1)
        mails = self.env["mail.mail"].search([("res_id", "=", lead.id)], limit=1)
        self.assertIn(f"{lead.code} is endorsed to you", mails.subject)

    def test_refused_with_reason(self):
        lead = self.make_endorsed()
        self.acknowledge(
            self.receipt(lead, dealer_lead_id=False, error="Unknown brand X")
        )
        self.assertEqual(lead.endorsement_state, "refused")
        self.assertEqual(lead.endorsement_error, "Unknown brand X")
        self.assertEqual(lead.dealership_id, self.dealership)
        self.assertEqual(lead.activity_ids.user_id, self.agent)
        self.assertFalse(self.pull()["leads"])  # only Retry offers it again

    def test_one_activity_and_one_line_however_often_it_is_refused(self):
        lead = self.make_endorsed()
        before = len(self.bodies(lead))
        for number in range(5):
            self.acknowledge(
                self.receipt(lead, dealer_lead_id=0, error=f"problem {number}")
            )
        self.assertEqual(lead.endorsement_error, "problem 4")
        self.assertEqual(len(lead.activity_ids), 1)
        self.assertIn("problem 4", str(lead.activity_ids.note))
        said = [body for body in self.bodies(lead) if "could not take" in body]
        self.assertEqual(len(said), 1)
        self.assertLessEqual(len(self.bodies(lead)) - before, 3)

    def test_received_although_the_quotation_failed(self):
        lead = self.make_endorsed(with_quotation=True)
        self.acknowledge(self.receipt(lead, error="No price list"))
        self.assertEqual(lead.endorsement_state, "received")
        self.assertEqual(lead.endorsement_error, "No price list")

    def test_withdrawn_ones_come_until_acknowledged(self):
        lead = self.make_received()
        key = lead.endorsement_key
        lead.action_withdraw_endorsement("mistake")
        expected = [{"endorsement_key": key, "reason": "mistake"}]
        self.assertEqual(self.pull()["withdrawn"], expected)
        # the receipt of an intake is no answer to the withdrawal
        reply = self.acknowledge(
            {"endorsement_key": key, "dealer_lead_id": 42, "dealer_lead_name": "D"}
        )
        self.assertEqual(reply["conflicts"], [key])
        self.assertEqual(self.pull()["withdrawn"], expected)
        reply = self.acknowledge({"endorsement_key": key, "kept": False})
        self.assertEqual(reply["acknowledged"], [key])
        self.assertEqual(self.pull()["withdrawn"], [])

    def test_kept_is_a_conflict_for_a_manager(self):
        lead = self.make_received()
        key = lead.endorsement_key
        lead.action_withdraw_endorsement("mistake")
        self.acknowledge(
            {"endorsement_key": key, "kept": True, "dealer_lead_name": "D<b>1</b>"}
        )
        self.assertIn("keeps its lead D<b>1</b>", lead.endorsement_conflict)
        self.assertIn("D&lt;b&gt;1", self.bodies(lead)[0])
        self.assertNotIn("<b>", str(lead.activity_ids[-1:].note))
        lead.with_user(self.manager).action_settle_endorsement_conflict()
        self.assertFalse(lead.endorsement_conflict)

    def test_endorsed_anew_to_another_while_the_first_does_not_know(self):
        lead = self.make_received()
        first = lead.endorsement_key
        lead.action_withdraw_endorsement("other branch")
        lead.dealership_id = self.other_dealership
        lead.action_endorse()
        self.assertEqual(
            [row["endorsement_key"] for row in self.pull()["withdrawn"]], [first]
        )
        self.assertEqual(self.pull(user=self.stranger)["withdrawn"], [])
        self.acknowledge({"endorsement_key": first, "kept": False})
        self.assertEqual(lead.endorsement_state, "waiting")
        self.assertEqual(len(self.pull(user=self.stranger)["leads"]), 1)

    def test_a_bad_receipt_does_not_fail_its_call(self):
        good, bad = self.make_endorsed(), self.make_endorsed()
        reply = self.acknowledge(
            self.receipt(bad, error="x" * 2001), 5, self.receipt(good)
        )
        self.assertEqual(reply["acknowledged"], [good.endorsement_key])
        self.assertEqual(good.endorsement_state, "received")
        self.assertEqual(bad.endorsement_state, "waiting")
        first, second = reply["refused"]
        self.assertEqual(first["endorsement_key"], bad.endorsement_key)
        self.assertIn("receipts[0].error: longer than 2000", first["error"])
        self.assertFalse(second["endorsement_key"])

    def test_one_receipt_a_key_and_call(self):
        lead = self.make_endorsed()
        before = len(self.bodies(lead))
        reply = self.acknowledge(
            *(
                self.receipt(lead, dealer_lead_id=0, error=f"problem {number}")
                for number in range(500)
            )
        )
        self.assertEqual(reply["acknowledged"], [lead.endorsement_key])
        self.assertEqual(lead.endorsement_error, "problem 499")
        self.assertLessEqual(len(self.bodies(lead)) - before, 2)
        self.assertEqual(len(lead.activity_ids), 1)

    def test_wrong_receipts_name_the_field(self):
        for receipts, field in (
            ("x", "receipts"),
            ([5], r"receipts\[0\]"),
            ([{}], r"receipts\[0\].endorsement_key"),
            ([{"endorsement_key": "1"}], r"receipts\[0\].endorsement_key"),
        ):
            with self.assertRaisesRegex(ValidationError, f"^{field}: "):
                self.wire().acknowledge_endorsements(receipts=receipts)


@tagged("post_install", "-at_install")
class TestWireCallback(EndorsementCase):
    def setUp(self):
        super().setUp()
        self.lead = self.make_received()

    def test_won(self):  # D43, D44, D45, D46, D85
        reply = self.callback(self.lead, "won")
        self.assertEqual(reply, {"status": "ok", "lead": self.lead.code, "step": "won"})
        self.assertTrue(self.lead.stage_id.is_won)
        self.assertTrue(self.lead.date_won)  # its own, not the dealer's
        self.assertNotEqual(str(self.lead.date_won), "2026-11-20 08:30:00")
        self.assertEqual(str(self.lead.dealer_date_closed), "2026-11-20 08:30:00")
        self.assertEqual(self.lead.dealer_so_name, "S00003")
        self.assertEqual(self.lead.endorsement_state, "closed")
        body = self.bodies(self.lead)[0]
        for part in ("S00003", "DLEAD/00042", "delivered"):
            self.assertIn(part, body)
        self.assertEqual(self.lead.message_ids[0].author_id, self.service.partner_id)

    def test_the_note_of_a_sale_is_in_the_zone_of_its_readers(self):
        self.env.company.partner_id.tz = "Asia/Manila"
        self.callback(self.lead, "won", date="2026-11-20 17:30:00")
        body = self.bodies(self.lead)[0]
        self.assertIn("2026-11-21 01:30 (Asia/Manila)", body)
        self.assertNotIn("17:30", body)

    def test_twice_is_once(self):  # D109, R24
        self.callback(self.lead, "won")
        date, count = self.lead.date_won, len(self.bodies(self.lead))
        self.assertEqual(self.callback(self.lead, "won")["status"], "already")
        self.assertEqual(self.lead.date_won, date)
        self.assertEqual(len(self.bodies(self.lead)), count)

    def test_lost_with_the_same_reason(self):  # D58, D59
        reply = self.callback(
            self.lead, "lost", reason="financing", notes="no <b>loan</b>"
        )
        self.assertEqual((reply["status"], reply["step"]), ("ok", "lost"))
        self.assertEqual(self.lead.lost_reason_id.code, "financing")
        self.assertEqual(self.lead.lost_notes, "no <b>loan</b>")
        self.assertTrue(self.lead.active)
        self.assertTrue(self.lead.date_lost)
        self.assertIn("&lt;b&gt;loan", "".join(self.bodies(self.lead)))
        self.assertEqual(self.callback(self.lead, "lost")["status"], "already")

    def test_unknown_reason_becomes_other_and_is_kept(self):  # D59, R23
        self.callback(self.lead, "lost", reason="alien_abduction")
        self.assertEqual(self.lead.lost_reason_id.code, "other")
        self.assertIn("alien_abduction", "".join(self.bodies(self.lead)))

    def test_won_beats_lost(self):  # R25
        self.callback(self.lead, "lost", reason="price")
        self.assertEqual(self.callback(self.lead, "won")["status"], "ok")
        self.assertEqual(self.lead.step, "won")
        self.assertFalse(self.lead.lost_reason_id)
        self.assertIn("sold and delivered", self.lead.endorsement_conflict)

    def test_lost_never_overrides_won(self):  # R25
        self.callback(self.lead, "won")
        reply = self.callback(self.lead, "lost", reason="price")
        self.assertEqual((reply["status"], reply["step"]), ("conflict", "won"))
        self.assertEqual(self.lead.step, "won")
        self.assertFalse(self.lead.lost_reason_id)

    def test_won_beats_a_manager_who_lost_it(self):  # R25
        self.lead.with_user(self.supervisor).action_withdraw_endorsement("gone")
        self.lead.action_mark_lost("other")
        self.assertEqual(self.callback(self.lead, "won")["status"], "ok")
        self.assertEqual(self.lead.step, "won")
        self.assertEqual(self.lead.dealership_id, self.dealership)

    def ordered_elsewhere(self):
        """The lead came back and is on its way to a dealer with a plain Odoo."""
        self.lead.action_withdraw_endorsement("gone")
        self.other_dealership.with_user(self.manager).write(
            {
                "handoff_mode": "order",
                "odoo_url": "http://127.0.0.1:9",
                "odoo_db": "plain",
                "odoo_username": "service",
                "odoo_password": "secret",
            }
        )
        self.lead.dealership_id = self.other_dealership
        self.lead.action_mark_won()
        self.assertEqual(self.lead.handoff_state, "pending")
        return self.lead.sudo()._get_handoff_message()

    def test_won_stops_an_order_elsewhere(self):  # B60, R25
        message = self.ordered_elsewhere()
        self.assertEqual(self.callback(self.lead, "won")["status"], "ok")
        self.assertEqual((self.lead.step, message.state), ("won", "cancelled"))
        self.assertEqual(self.lead.handoff_state, "none")
        self.assertEqual(self.lead.dealership_id, self.dealership)
        self.assertFalse(self.lead.endorsement_conflict)

    def test_won_while_an_order_elsewhere_may_exist(self):  # B60, R25
        message = self.ordered_elsewhere()
        message.state = "sending"
        self.assertEqual(self.callback(self.lead, "won")["status"], "busy")
        self.assertEqual(self.lead.step, "negotiation")
        message.write({"state": "pending", "attempts": 1})
        self.assertEqual(self.callback(self.lead, "won")["status"], "ok")
        self.assertEqual((self.lead.step, message.state), ("won", "cancelled"))
        self.assertIn("Cebu", self.lead.endorsement_conflict)
        self.assertIn(self.lead.code, self.lead.endorsement_conflict)

    def test_accepted_then_declined(self):
        self.assertEqual(self.callback(self.lead, "accepted")["status"], "ok")
        self.assertEqual(self.lead.endorsement_state, "accepted")
        self.assertEqual(self.callback(self.lead, "accepted")["status"], "already")
        reply = self.callback(self.lead, "declined", notes="no <i>stock</i>")
        self.assertEqual((reply["status"], reply["step"]), ("ok", "negotiation"))
        self.assertEqual(self.lead.endorsement_state, "declined")
        self.assertEqual(self.lead.user_id, self.agent)
        self.assertFalse(self.lead.dealership_id)
        self.assertIn("no &lt;i&gt;stock", "".join(self.bodies(self.lead)))
        self.assertEqual(self.lead.activity_ids.user_id, self.agent)
        self.assertEqual(self.callback(self.lead, "declined")["status"], "already")
        self.assertFalse(self.pull()["withdrawn"])  # who declined needs no notice

    def test_callback_before_the_receipt(self):
        lead = self.make_endorsed()
        self.assertEqual(self.callback(lead, "accepted")["status"], "ok")
        self.acknowledge(self.receipt(lead))
        self.assertEqual(lead.endorsement_state, "accepted")
        self.assertEqual(lead.dealer_lead_url, "https://dealer.example.com/odoo/1")

    def test_old_key_is_a_conflict_and_changes_nothing(self):
        old = self.lead.endorsement_key
        self.lead.action_withdraw_endorsement("again")
        self.lead.dealership_id = self.dealership
        self.lead.action_endorse()
        for outcome in ("accepted", "declined", "won", "lost"):
            reply = self.callback(self.lead, outcome, endorsement_key=old)
            self.assertEqual(reply["status"], "conflict")
        self.assertEqual(self.lead.endorsement_state, "waiting")
        self.assertEqual(self.lead.step, "negotiation")

    def test_what_ended_is_not_accepted_any_more(self):
        self.lead.action_withdraw_endorsement("gone")
        for outcome in ("accepted", "declined", "lost"):
            self.assertEqual(self.callback(self.lead, outcome)["status"], "conflict")
        self.assertEqual(self.lead.endorsement_state, "withdrawn")

    def state_of(self, lead):
        """Every stored value of a lead, and what was posted on it."""
        names = [
            name
            for name, field in lead._fields.items()
            if field.store and field.type not in ("one2many", "many2many")
        ]
        values = lead.sudo().read([n for n in names if not n.startswith("write_")])
        return values, self.bodies(lead), lead.sudo().activity_ids.ids

    def test_already_changes_nothing_and_posts_nothing(self):  # D109
        other = {
            "dealer_lead_id": 99,
            "dealer_lead_name": "DLEAD/00099",
            "dealer_so_id": 4,
            "dealer_so_name": "S00004",
            "date": "2026-11-25 10:00:00",
            "reason": "price",
            "notes": "something else",
        }
        for outcomes in (("accepted",), ("won",), ("lost",), ("accepted", "won")):
            lead = self.make_received()
            for outcome in outcomes:
                self.assertEqual(
                    self.callback(lead, outcome, reason="financing")["status"], "ok"
                )
            before = self.state_of(lead)
            for outcome in outcomes:
                with self.subTest(outcomes=outcomes, again=outcome):
                    reply = self.callback(lead, outcome, **other)
                    self.assertEqual(reply["status"], "already")
                    self.assertEqual(self.state_of(lead), before)

    def test_a_late_receipt_changes_nothing_of_a_closed_lead(self):  # D109
        self.callback(self.lead, "won")
        before = self.state_of(self.lead)
        self.acknowledge(
            self.receipt(
                self.lead,
                dealer_lead_id=99,
                dealer_so_id=4,
                dealer_so_name="S00004",
                url="https://dealer.example.com/odoo/99",
                error="late",
            )
        )
        self.assertEqual(self.state_of(self.lead), before)

    def test_a_correction_is_taken_over(self):
        """A person at the dealer sends it: later values win, and one line says so."""
        self.callback(self.lead, "won")
        won = self.lead.date_won
        values = {"dealer_so_id": 4, "dealer_so_name": "S00004", "correction": True}
        reply = self.callback(self.lead, "won", **values)
        self.assertEqual((reply["status"], reply["step"]), ("ok", "won"))
        self.assertEqual((self.lead.dealer_so_id, self.lead.date_won), (4, won))
        self.assertIn("corrected its report", self.bodies(self.lead)[0])
        count = len(self.bodies(self.lead))
        self.assertEqual(self.callback(self.lead, "won", **values)["status"], "already")
        self.assertEqual(len(self.bodies(self.lead)), count)

    def test_a_corrected_reason_is_taken_over(self):
        self.callback(self.lead, "lost", reason="price")
        reply = self.callback(self.lead, "lost", reason="financing", correction=True)
        self.assertEqual(reply["status"], "ok")
        self.assertEqual(self.lead.lost_reason_id.code, "financing")

    def test_the_first_report_counts_although_a_manager_was_first(self):
        """Won here by an override; what the dealer then reports is no repetition."""
        self.lead.with_user(self.manager)._override_won("They said so.")
        self.assertEqual(self.callback(self.lead, "won")["status"], "ok")
        self.assertEqual(self.lead.dealer_so_name, "S00003")
        before = self.state_of(self.lead)
        self.assertEqual(self.callback(self.lead, "won")["status"], "already")
        self.assertEqual(self.state_of(self.lead), before)

    def test_two_dealers_that_have_sold(self):
        """Won elsewhere after it came back: the sale stays, people are told once."""
        self.lead.with_user(self.supervisor).action_withdraw_endorsement("gone")
        self.lead.dealership_id = self.other_dealership
        self.lead.sudo()._confirmed_won()
        self.lead._endorsement_write({"dealer_so_name": "S00077"})
        self.assertEqual(self.callback(self.lead, "won")["status"], "conflict")
        self.assertEqual(self.lead.dealer_so_name, "S00077")
        self.assertIn("sold too", self.lead.endorsement_conflict)
        before = self.state_of(self.lead)
        self.assertEqual(self.callback(self.lead, "won")["status"], "conflict")
        self.assertEqual(self.state_of(self.lead), before)

    def test_account_without_email(self):
        """Odoo 18 posts nothing in the name of somebody without an e-mail."""
        self.service.email = False
        self.assertEqual(self.callback(self.lead, "won")["status"], "ok")
        self.assertIn("S00003", self.bodies(self.lead)[0])

    def test_wrong_payloads_name_the_field(self):
        good = {
            "contract": 1,
            "endorsement_key": self.lead.endorsement_key,
            "source_lead_id": self.lead.id,
            "outcome": "won",
        }
        for values, field in (
            ({"contract": 2}, "contract"),
            ({"contract": "1"}, "contract"),
            ({"contract": None}, "contract"),
            ({"endorsement_key": "x"}, "endorsement_key"),
            ({"endorsement_key": {"a": 1}}, "endorsement_key"),
            ({"source_lead_id": "1"}, "source_lead_id"),
            ({"source_lead_id": True}, "source_lead_id"),
            ({"source_lead_id": -1}, "source_lead_id"),
            ({"source_lead_id": 2**40}, "source_lead_id"),
            ({"outcome": "reopened"}, "outcome"),
            ({"outcome": ["won"]}, "outcome"),
            ({"dealer_so_name": "x" * 65}, "dealer_so_name"),
            ({"dealer_so_name": {"x": [1]}}, "dealer_so_name"),
            ({"date": "yesterday"}, "date"),
            ({"notes": "x" * 10_001}, "notes"),
            ({"notes": "a\x00b"}, "notes"),
            ({"reason": "\ud800"}, "reason"),
        ):
            with (
                self.subTest(values=repr(values)[:60]),
                self.assertRaisesRegex(ValidationError, f"^{field}: "),
            ):
                self.wire().update_from_dealer_callback({**good, **values})
        self.assertEqual(self.lead.step, "negotiation")
