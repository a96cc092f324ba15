from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import BridgeCase
from .fake_bpo import make_endorsement

RECONCILE = "odoo.addons.dealer_crm_bpo_bridge.models.bpo_crm_connection_reconcile"


@tagged("post_install", "-at_install")
class TestReconcile(BridgeCase):
    def setUp(self):
        super().setUp()
        self.connection.reconcile_days = 3650
        self.number = 0

    def endorsed(self, owner=None, **values):
        self.number += 1
        return self.make_endorsed(
            owner,
            source_lead_id=self.number,
            source_lead_name=f"LEAD/{self.number:05d}",
            customer={"name": "C", "mobile": f"0917 555 {self.number:04d}"},
            **values,
        )

    def state(self, lead, state="received", step="negotiation", **values):
        """What the BPO knows of a lead of ours."""
        row = {
            "endorsement_key": lead.bpo_endorsement_key,
            "source_lead_id": lead.bpo_source_lead_id,
            "source_lead_name": lead.bpo_source_lead_name,
            "state": state,
            "step": step,
            "date": False,
            "dealer_date": False,
            "reason": False,
            "error": False,
            "dealer_lead_id": lead.id,
            "dealer_lead_name": lead.code,
            "dealer_so_id": lead.sale_order_id.id,
            "dealer_so_name": lead.sale_order_id.name,
            **values,
        }
        self.bpo.states.append(row)
        return row

    def compare(self):
        action = self.connection.action_reconcile()
        self.env.invalidate_all()
        return {
            row.source_lead_name: row.kind
            for row in self.connection.sudo().discrepancy_ids
            if row.state == "open"
        }, action["params"]["message"]

    def test_both_sides_equal(self):
        self.state(self.endorsed())
        self.state(self.endorsed(self.user), "accepted")
        lost = self.endorsed(self.user)
        lost.action_mark_lost("price")
        self.run_outbox()
        self.state(lost, "closed", "lost", reason="price")
        declined = self.endorsed()
        declined.with_user(self.user).action_decline("no")
        self.run_outbox()
        self.state(declined, "declined")
        found, message = self.compare()
        self.assertEqual(found, {})
        self.assertIn("4 endorsements compared, 0 differ", message)

    def test_a_bad_row_does_not_fail_the_comparison(self):
        bad, good = self.endorsed(), self.endorsed()
        self.state(bad, error="x" * 20_000)
        self.bpo.states += [5, {"endorsement_key": "x" * 5_000_000}]
        self.state(good, "expired")
        with mute_logger(RECONCILE):
            found, message = self.compare()
        self.assertEqual(found, {good.bpo_source_lead_name: "ended_there"})
        self.assertIn("2 endorsements compared, 1 differ", message)

    def test_every_kind_is_found(self):
        missing_callback = self.endorsed(self.user)
        missing_callback.action_mark_lost("price")
        outcome, reason = self.endorsed(self.user), self.endorsed(self.user)
        outcome.action_mark_lost("price")
        reason.action_mark_lost("price")
        order = self.endorsed(self.user)
        self.deliver_order(order)
        order.action_mark_won()
        self.run_outbox(times=4)
        ended, unknown = self.endorsed(self.user), self.endorsed()
        self.run_outbox()
        self.state(missing_callback, "received")
        self.state(outcome, "closed", "won")
        self.state(reason, "closed", "lost", reason="no_stock")
        self.state(order, "closed", "won", dealer_so_id=999, dealer_so_name="S9")
        self.state(ended, "expired")
        self.bpo.states += [
            {
                **self.bpo.states[0],
                "endorsement_key": make_endorsement()["endorsement_key"],
                "source_lead_name": name,
                "state": state,
                "error": "Unknown brand",
            }
            for name, state in (
                ("LEAD/90001", "accepted"),
                ("LEAD/90002", "refused"),
                ("LEAD/90003", "waiting"),
                ("LEAD/90004", "expired"),
            )
        ]
        found, message = self.compare()
        self.assertEqual(
            found,
            {
                missing_callback.bpo_source_lead_name: "missing_callback",
                outcome.bpo_source_lead_name: "outcome",
                reason.bpo_source_lead_name: "outcome",
                order.bpo_source_lead_name: "order",
                ended.bpo_source_lead_name: "ended_there",
                unknown.bpo_source_lead_name: "unknown_there",
                "LEAD/90001": "missing_here",
                "LEAD/90002": "refused",
            },
        )
        self.assertIn("8 differ", message)
        out_of_sync = self.env["crm.lead"].search(
            [("bpo_discrepancy_ids.state", "=", "open")]
        )
        self.assertEqual(
            out_of_sync, missing_callback | outcome | reason | order | ended | unknown
        )

    def test_what_is_on_its_way_is_no_difference(self):
        lead = self.endorsed(self.user)
        lead.action_mark_lost("price")
        self.state(lead, "accepted")
        self.assertEqual(self.compare()[0], {})

    def test_cancelled_callback_is_found(self):
        """Cancelled in the outbox by hand, or by an earlier version without a word."""
        for cancel in (
            lambda message: message.with_user(self.admin).action_cancel(),
            lambda message: message._cancel("As before."),
        ):
            lead = self.endorsed(self.user)
            lead.action_mark_lost("price")
            row = self.state(lead, "accepted")
            (message,) = lead.sudo()._remote_messages("bpo_callback", "pending")
            cancel(message)
            self.assertFalse(message.payload)
            found, _text = self.compare()
            self.assertEqual(found, {lead.bpo_source_lead_name: "missing_callback"})
            lead.bpo_discrepancy_ids.with_user(self.manager).action_send()
            self.run_outbox()
            self.assertEqual(self.bpo.callbacks[-1]["outcome"], "lost")
            self.assertEqual(lead.bpo_callback_state, "sent")
            row.update(state="closed", step="lost", reason="price")
            self.assertEqual(self.compare()[0], {})

    def test_send(self):
        lead = self.endorsed(self.user)
        lead.action_mark_lost("price")
        self.run_outbox()
        self.bpo.callbacks.clear()
        row = self.state(lead, "accepted")  # the BPO was restored from a backup
        self.compare()
        difference = lead.bpo_discrepancy_ids
        difference.with_user(self.manager).action_send()
        self.run_outbox()
        self.assertEqual(self.bpo.callbacks[0]["outcome"], "lost")
        row.update(state="closed", step="lost", reason="price")
        self.assertEqual(self.compare()[0], {})
        self.assertEqual(difference.state, "solved")

    def test_send_that_we_have_it(self):
        lead = self.endorsed()
        self.state(lead, "refused", error="Unknown brand")
        self.assertEqual(
            self.compare()[0], {lead.bpo_source_lead_name: "missing_callback"}
        )
        lead.bpo_discrepancy_ids.with_user(self.manager).action_send()
        self.run_outbox()
        self.assertFalse(self.bpo.callbacks)  # nobody has accepted it
        self.assertEqual(self.bpo.receipts[0]["dealer_lead_id"], lead.id)

    def test_pull_what_is_missing_here(self):
        """This database was restored from a backup: the BPO knows more."""
        endorsement = self.bpo.endorse(source_lead_name="LEAD/90001")
        key = endorsement["endorsement_key"]
        self.state(self.endorsed())
        self.bpo.states.append(
            {
                **self.bpo.states[0],
                "endorsement_key": key,
                "source_lead_name": "LEAD/90001",
                "state": "accepted",
            }
        )
        self.assertEqual(self.compare()[0], {"LEAD/90001": "missing_here"})
        row = self.connection.sudo().discrepancy_ids
        row.with_user(self.manager).action_pull()
        self.assertEqual(self.find(endorsement).step, "negotiation")
        self.assertEqual(row.state, "solved")
        self.run_outbox()
        self.assertEqual(self.bpo.receipts[0]["endorsement_key"], key)

    def test_pull_what_ended_there(self):
        lead = self.endorsed(self.user)
        self.state(lead, "expired")
        self.compare()
        lead.bpo_discrepancy_ids.with_user(self.manager).action_pull()
        self.assertEqual((lead.step, lead.bpo_state), ("lost", "withdrawn"))
        self.assertEqual(self.compare()[0], {})

    def test_pull_keeps_a_lead_with_an_order(self):
        lead = self.endorsed(self.user)
        lead.action_convert_to_quotation()
        self.state(lead, "expired", dealer_so_id=False)
        self.compare()
        with self.assertRaisesRegex(UserError, "has an order"):
            lead.bpo_discrepancy_ids.with_user(self.manager).action_pull()

    def test_pull_what_the_bpo_no_longer_offers(self):
        self.state(self.endorsed())
        key = make_endorsement()["endorsement_key"]
        self.bpo.states.append({**self.bpo.states[0], "endorsement_key": key})
        self.compare()
        row = self.connection.sudo().discrepancy_ids
        self.bpo.on(
            "crm.lead",
            "endorsed_leads_for_dealer",
            lambda **kw: {"leads": [], "withdrawn": [], "next": False},
        )
        with self.assertRaisesRegex(UserError, "no longer offers"):
            row.with_user(self.manager).action_pull()

    def test_ignore_with_a_reason_until_it_changes(self):
        lead = self.endorsed(self.user)
        row = self.state(lead, "expired")
        self.compare()
        difference = lead.bpo_discrepancy_ids.with_user(self.manager)
        action = difference.action_ignore()
        self.assertEqual(action["res_model"], "bpo.crm.discrepancy.ignore")
        self.env["bpo.crm.discrepancy.ignore"].with_user(self.manager).create(
            {"discrepancy_ids": difference.ids, "reason": "agreed by phone"}
        ).action_ignore()
        self.assertEqual(
            (difference.state, difference.reason, difference.settled_by),
            ("ignored", "agreed by phone", self.manager),
        )
        self.assertEqual(self.compare()[0], {})
        row.update(state="closed", step="lost")
        self.assertEqual(self.compare()[0], {lead.bpo_source_lead_name: "ended_there"})

    def test_who_settles(self):
        lead = self.endorsed(self.user)
        self.state(lead, "expired")
        self.compare()
        rows = lead.bpo_discrepancy_ids
        for user in (self.user, self.outsider, self.service):
            for method in ("action_send", "action_pull", "action_ignore"):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    getattr(rows.with_user(user), method)()
        for user in (self.manager, self.admin):
            with self.assertRaises(AccessError):
                rows.with_user(user).write({"state": "solved"})

    def test_window_and_pages(self):
        old = self.endorsed(endorsed_at="2020-01-01 00:00:00")
        leads = [
            self.endorsed(
                endorsed_at=fields.Datetime.to_string(
                    fields.Datetime.now() - timedelta(days=1)
                )
            )
            for _number in range(3)
        ]
        self.connection.reconcile_days = 30
        for lead in leads:
            self.state(lead)
        asked = []

        def states(since, after=False, limit=500):
            asked.append((since, after))
            start = int(after or 0)
            following = str(start + 2) if start + 2 < len(self.bpo.states) else False
            return {"leads": self.bpo.states[start : start + 2], "next": following}

        self.bpo.on("crm.lead", "endorsement_states", states)
        found, message = self.compare()
        self.assertEqual(found, {})
        self.assertIn("3 endorsements", message)
        self.assertEqual([after for _since, after in asked], [False, "2"])
        self.assertNotIn(old.bpo_source_lead_name, found)

    def test_nightly(self):
        lead = self.endorsed(self.user)
        self.state(lead, "expired")
        self.env.flush_all()
        with self.in_cron():
            self.env["bpo.crm.connection"]._cron_reconcile()
        self.assertEqual(lead.bpo_discrepancy_ids.kind, "ended_there")
        self.bpo.stop()
        logger = "odoo.addons.dealer_crm_bpo_bridge.models.bpo_crm_connection_reconcile"
        with self.in_cron(), mute_logger(logger):
            self.env["bpo.crm.connection"]._cron_reconcile()
        self.assertEqual(self.connection.action_reconcile()["params"]["type"], "danger")
