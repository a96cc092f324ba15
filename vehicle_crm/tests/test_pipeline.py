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
