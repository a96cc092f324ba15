from odoo import api, models

# What can give a lead its name, the best first.
NAMING = (
    *("contact_name", "partner_name", "partner_id", "mobile", "phone", "email_from"),
    "vehicle_model_text",
)


class CrmLead(models.Model):
    """A pipeline lead without a name is called like its customer, on every way."""

    _inherit = "crm.lead"

    @api.depends("contact_name", "partner_name")
    def _compute_name(self):
        super()._compute_name()
        for lead in self.filtered("pipeline"):
            if not lead.name:
                lead.name = lead.contact_name or lead.partner_name

    @api.model_create_multi
    def create(self, vals_list):
        defaults = self.default_get(["pipeline", "name", *NAMING])
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            given = {**defaults, **vals}
            if given.get("pipeline") and not _text(given.get("name")):
                vals["name"] = self._default_name(given)
        return super().create(vals_list)

    def write(self, vals):
        piped = self.filtered("pipeline")
        if "name" not in vals or _text(vals["name"]) or not piped:
            return super().write(vals)
        ordinary = self - piped
        result = super(CrmLead, ordinary).write(vals) if ordinary else True
        for lead in piped:
            held = {name: lead[name] for name in NAMING}
            held["partner_id"] = lead.partner_id.id
            name = self._default_name({**held, **vals})
            super(CrmLead, lead).write({**vals, "name": name})
        return result

    @api.model
    def _default_name(self, values):
        for name in NAMING:
            value = values.get(name)
            if name == "partner_id":
                partner = self.env[self._fields[name].comodel_name].browse(
                    value if isinstance(value, int) and value else []
                )
                readable = partner.exists() and partner.has_access("read")
                value = readable and partner.name
            if text := _text(value):
                return text
        return self.env._("New lead")


def _text(value):
    """The text in a value that may be anything; numbers are for the field to refuse."""
    return value.strip() if isinstance(value, str) else value and str(value)
