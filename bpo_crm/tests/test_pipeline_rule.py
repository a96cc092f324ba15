from odoo.tests import TransactionCase, tagged

from odoo.addons.vehicle_crm.tests.common import PipelineCase
from odoo.addons.vehicle_crm.tests.pipeline_cases import (
    ClaimCases,
    ClaimRaceCases,
    ClosingCases,
    PipelineRuleCases,
)


@tagged("post_install", "-at_install")
class TestBpoPipeline(PipelineRuleCases, ClaimCases, ClosingCases, PipelineCase):
    pipeline = "bpo"

    def win(self, lead):
        lead._set_step(
            "won"
        )  # Mark Won only asks the dealer; the outbox moves the lead


@tagged("post_install", "-at_install")
class TestBpoClaimRace(ClaimRaceCases, TransactionCase):
    pipeline = "bpo"
