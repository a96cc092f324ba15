from datetime import datetime

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestMoment(TransactionCase):
    """A time in a note is in the company's zone, and says which."""

    def setUp(self):
        super().setUp()
        self.company = self.env["res.company"].create({"name": "Zone"})
        self.company.resource_calendar_id.tz = "UTC"

    def show(self, moment="2026-02-14 17:30:00"):
        return self.company._show_moment(moment)

    def test_zone_of_the_company(self):
        self.company.partner_id.tz = "Asia/Manila"
        for moment in ("2026-02-14 17:30:00", datetime(2026, 2, 14, 17, 30)):
            self.assertEqual(self.show(moment), "2026-02-15 01:30 (Asia/Manila)")
        self.assertEqual(self.show(False), "")

    def test_zone_of_its_country_when_it_has_one(self):
        self.company.partner_id.tz = False
        self.company.country_id = self.env.ref("base.ph")
        self.assertEqual(self.show(), "2026-02-15 01:30 (Asia/Manila)")

    def test_otherwise_that_of_its_working_hours(self):
        self.company.partner_id.tz = False
        self.company.country_id = self.env.ref("base.us")
        self.company.resource_calendar_id.tz = "America/Chicago"
        self.assertEqual(self.show(), "2026-02-14 11:30 (America/Chicago)")
        self.company.resource_calendar_id = False
        self.assertEqual(self.show(), "2026-02-14 17:30 (UTC)")
