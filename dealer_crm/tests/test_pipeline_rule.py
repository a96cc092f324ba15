from odoo.tests import TransactionCase, tagged

from odoo.addons.vehicle_crm.tests.common import PipelineCase
from odoo.addons.vehicle_crm.tests.pipeline_cases import (
    ClaimCases,
    ClaimRaceCases,
    ClosingCases,
    PipelineRuleCases,
)


@tagged("post_install", "-at_install")
class TestDealerPipeline(PipelineRuleCases, ClaimCases, ClosingCases, PipelineCase):
    pipeline = "dealer"


@tagged("post_install", "-at_install")
class TestDealerClaimRace(ClaimRaceCases, TransactionCase):
    pipeline = "dealer"
