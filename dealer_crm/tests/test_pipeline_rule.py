from odoo.tests import tagged

from odoo.addons.vehicle_crm.tests.common import PipelineCase
from odoo.addons.vehicle_crm.tests.pipeline_cases import (
    ClaimCases,
    ClosingCases,
    PipelineRuleCases,
)


@tagged("post_install", "-at_install")
class TestDealerPipeline(PipelineRuleCases, ClaimCases, ClosingCases, PipelineCase):
    pipeline = "dealer"
