import pytz

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _zone(self):
        """Return the time zone in which people of this company read a time.

        A text in the chatter is read by many, so it cannot be in the zone of each.
        """
        self.ensure_one()
        company = self.sudo()
        country = company.country_id.code
        zones = pytz.country_timezones.get(country, []) if country else []
        for name in (
            company.partner_id.tz,
            zones[0] if len(zones) == 1 else None,
            company.resource_calendar_id.tz,
        ):
            if name in pytz.all_timezones_set:
                return pytz.timezone(name)
        return pytz.utc

    def _show_moment(self, moment):
        """Return a time as text for a note, in the company's zone, which it names.

        :param moment: a UTC time, as a naive datetime or as the wire writes it
        :return: such as ``2026-02-15 01:30 (Asia/Manila)``; empty for no time
        """
        moment = fields.Datetime.to_datetime(moment)
        if not moment:
            return ""
        zone = self._zone()
        local = pytz.utc.localize(moment).astimezone(zone)
        return f"{local:%Y-%m-%d %H:%M} ({zone.zone})"
