from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged

from .common import BpoMixin


@tagged("post_install", "-at_install")
class TestReporting(BpoMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.free = cls.make_lead(user=cls.supervisor, user_id=False)
        cls.called = cls.make_lead()
        cls.lost = cls.make_lead()
        cls.lost.action_mark_lost(reason_code="price")
        cls.won = cls.make_lead(user=cls.other_agent)
        cls.won.sudo()._confirmed_won()
        cls.env.flush_all()
        cls.env.cr.execute(
            """UPDATE crm_lead SET create_date = create_date - interval '3 hours',
                      date_open = create_date WHERE id = %s""",
            [cls.called.id],
        )
        cls.env.invalidate_all()
        for result, hours in (("no_answer", 1), ("answered", 0)):
            cls.called._log_call(
                {
                    "result": result,
                    "date": cls.called.create_date + timedelta(hours=3 - hours),
                }
            )

    def figures(self, *names):
        self.env.flush_all()
        (row,) = (
            self.env["bpo.crm.report"]
            .with_user(self.supervisor)
            ._read_group([("brand_id", "=", self.brand.id)], [], names)
        )
        return row

    def test_figures(self):
        self.assertEqual(
            self.figures(
                "lead_count:sum",
                "claimed:sum",
                "contacted:sum",
                "endorsed:sum",
                "won:sum",
                "lost:sum",
                "won_rate:avg",
            ),
            (4, 3, 1, 0, 1, 1, 50.0),
        )
        (hours,) = self.figures("hours_to_call:avg")
        self.assertAlmostEqual(hours, 2, places=2)

    def test_archived_leads_do_not_count(self):
        self.free.with_user(self.supervisor).sudo().action_archive()
        self.assertEqual(self.figures("lead_count:sum"), (3,))

    def test_for_supervisors(self):
        for user in (self.agent, self.service):
            with self.assertRaises(AccessError):
                self.env["bpo.crm.report"].with_user(user).search([])

    def test_dashboard(self):
        brand = self.brand.with_user(self.supervisor)
        self.assertRecordValues(
            brand,
            [
                {
                    "bpo_unclaimed_count": 1,
                    "bpo_open_count": 2,
                    "bpo_in_count": 4,
                    "bpo_won_count": 1,
                    "bpo_lost_count": 1,
                    "bpo_handoff_failed_count": 0,
                }
            ],
        )
        action = brand.with_context(search_default_unclaimed=1).action_open_bpo_leads()
        self.assertEqual(action["context"]["search_default_unclaimed"], 1)
        # An agent's card shows what the agent may open.
        self.assertEqual(self.brand.with_user(self.agent).bpo_in_count, 3)
        self.assertEqual(self.brand.with_user(self.agent).bpo_hours_to_call, 0)

    def test_digest(self):
        digest = self.env["digest.digest"].create(
            {"name": "BPO", "kpi_bpo_lead_in": True, "kpi_bpo_lead_won": True}
        )
        now = fields.Datetime.now()
        window = {
            "start_datetime": now - timedelta(days=1),
            "end_datetime": now + timedelta(days=1),
        }
        seen = digest.with_user(self.supervisor).with_context(**window)
        before = seen.kpi_bpo_lead_in_value, seen.kpi_bpo_lead_won_value
        self.make_lead()
        web_lead = self.make_lead(user=self.supervisor, user_id=False, team_id=False)
        self.assertFalse(web_lead.company_id)
        self.env.flush_all()
        seen.invalidate_recordset()
        self.assertEqual(seen.kpi_bpo_lead_in_value, before[0] + 2)
        self.assertEqual(seen.kpi_bpo_lead_won_value, before[1])
        self.assertGreaterEqual(before[1], 1)
        with self.assertRaises(AccessError):
            seen.with_user(self.agent)._compute_kpi_bpo_lead_in_value()
        actions = digest._compute_kpis_actions(self.env.company, self.supervisor)
        self.assertIn("bpo_crm_report_action", actions["kpi_bpo_lead_in"])
