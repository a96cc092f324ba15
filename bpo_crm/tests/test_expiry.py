from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import crm_lead_endorsement_end as ending
from .endorsement_common import EndorsementCase


@tagged("post_install", "-at_install")
class TestExpiry(EndorsementCase):
    """The cron takes back what nobody accepted, lead by lead."""

    def setUp(self):
        super().setUp()
        self.leads = [self.make_endorsed() for _number in range(4)]
        past = fields.Datetime.now() - timedelta(hours=1)
        for lead in self.leads:
            lead._endorsement_write({"endorsement_expires_at": past})

    def run_cron(self):
        self.env.flush_all()
        with self.in_cron():
            self.env["crm.lead"]._cron_expire_endorsements()
        self.env.invalidate_all()
        return [lead.endorsement_state for lead in self.leads]

    def test_one_that_fails_stops_no_other(self):
        bad, original = self.leads[1], type(self.leads[1])._end_endorsement

        def end(lead, state, reason):
            if lead == bad:
                raise ValueError("an automation of somebody")
            return original(lead, state, reason)

        with patch.object(type(bad), "_end_endorsement", end):
            with mute_logger(ending.__name__):
                states = self.run_cron()
        self.assertEqual(states, ["expired", "waiting", "expired", "expired"])
        self.assertEqual(self.run_cron(), ["expired"] * 4)

    def test_bounded_and_goes_on(self):
        cron = self.env.ref("bpo_crm.ir_cron_expire_endorsements")
        triggers = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        with patch.object(ending, "EXPIRE_RUN", 0):
            states = self.run_cron()
        self.assertEqual(states.count("expired"), 1)
        self.assertGreater(
            self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]),
            triggers,
        )
        self.assertEqual(self.run_cron(), ["expired"] * 4)

    def test_accepted_meanwhile_stays(self):
        ids = [lead.id for lead in self.leads]
        self.callback(self.leads[0], "accepted")
        self.leads[0].sudo()._expire_endorsement()
        self.assertEqual(self.leads[0].endorsement_state, "accepted")
        self.assertEqual(len(ids), 4)

    def test_an_upgrade_leaves_the_interval_alone(self):
        data = self.env["ir.model.data"].search(
            [("module", "=", "bpo_crm"), ("name", "=", "ir_cron_expire_endorsements")]
        )
        self.assertTrue(data.noupdate)
