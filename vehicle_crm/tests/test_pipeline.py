from psycopg2.errors import LockNotAvailable

from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tests import tagged

from .common import PipelineCase
from .pipeline_cases import ClaimCases, ClosingCases, PipelineRuleCases


@tagged("post_install", "-at_install")
class TestPipeline(PipelineRuleCases, ClaimCases, ClosingCases, PipelineCase):
    """The rule itself, on a pipeline made for the test."""

    def test_codes_in_one_statement(self):
        """D106 A hundred references cost one statement and stay unique."""
        with self.assertQueryCount(3):
            codes = self.Lead._next_codes(self.pipeline, 100)
        self.assertEqual(len(set(codes)), 100)
        sequence = self.env["ir.sequence"].search([("code", "=", "crm.lead.test")])
        sequence.implementation = "no_gap"
        self.assertEqual(len(set(self.Lead._next_codes(self.pipeline, 3))), 3)

    def test_claim_meets_a_lock(self):
        """D15 Of two who claim at once the second fails at once and is run again."""
        with self.registry.cursor() as other:
            other.execute("SELECT id FROM crm_lead LIMIT 1")
            found = other.fetchone()
        if not found:
            self.skipTest("There is no committed lead in this database")
        lead = self.Lead.browse(found[0])
        with self.registry.cursor() as other:
            other.execute("SELECT id FROM crm_lead WHERE id = %s FOR UPDATE", found)
            with self.assertRaises(LockNotAvailable), self.cr.savepoint():
                lead._lock_for_claim()
        self.assertIn(LockNotAvailable, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY)
