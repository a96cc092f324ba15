from markupsafe import Markup

from odoo import api, fields, models

from ..folding import fold_values
from ..mail_address import addresses

ADDRESS = ("street", "street2", "city", "zip", "state_id", "country_id")


class CrmLead(models.Model):
    """Who the customer of a pipeline lead is, and what the lead says of him."""

    _inherit = "crm.lead"

    # Of the form alone: whose data its fields hold until it is saved.
    contact_of_id = fields.Many2one("res.partner", store=False)

    def _customers(self):
        """Return ``res.partner`` in the company of this lead: it decides which country
        a number is of and whose contacts are looked at, not who is logged in."""
        return self.env["res.partner"].with_company(self.company_id or self.env.company)

    # ------------------------------------------------------------------
    # Lines of text, folded on every way
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        pipeline = self.env.context.get("default_pipeline")
        vals_list, typed = list(vals_list), []
        for index, vals in enumerate(vals_list):
            email = vals.get("email_from")
            if vals.get("pipeline", pipeline):
                vals = self._fold_contact(vals)
                if not vals.get("name"):
                    vals.pop("name", None)  # made of what else is known
                vals_list[index] = vals
            typed.append(self._typed_email(email, vals.get("email_from")))
        leads = super().create(vals_list)
        leads._log_typed_emails(typed)
        return leads

    def write(self, vals):
        piped = self.filtered("pipeline")
        if not piped:
            return super().write(vals)
        if ordinary := self - piped:
            super(CrmLead, ordinary).write(vals)
        folded = self._fold_contact(vals)
        moved, contact = piped._other_customer(folded)
        gone = moved._lose_contact(contact)
        if piped - moved:
            super(CrmLead, piped - moved).write(folded)
        if moved:
            super(CrmLead, moved).write({**contact, **folded})
            moved._message_log_batch(bodies=gone)
        typed = self._typed_email(vals.get("email_from"), folded.get("email_from"))
        piped._log_typed_emails([typed] * len(piped))
        return True

    @api.model
    def _fold_contact(self, vals):
        """Fold the lines of text in ``vals`` and keep the first usable address."""
        vals = fold_values(self._fields, vals)
        if email := vals.get("email_from"):
            vals["email_from"] = self.env["res.partner"]._first_email(email) or email
        return vals

    @api.model
    def _typed_email(self, typed, kept):
        """Return what was typed in a field that keeps one address, else False."""
        if not isinstance(typed, str) or typed.strip().lower() == (kept or "").lower():
            return False
        return typed if addresses(typed) else False

    def _log_typed_emails(self, typed):
        bodies = {
            lead.id: self.env._("E-mail as typed: %s", text)
            for lead, text in zip(self, typed, strict=True)
            if text
        }
        if bodies:
            self.browse(bodies)._message_log_batch(bodies=bodies)

    def _get_partner_email_update(self, force_void=True):
        """The customer's field may hold more than the address that the lead keeps."""
        update = super()._get_partner_email_update(force_void=force_void)
        if update and self.pipeline and self.email_from:
            first = self.env["res.partner"]._first_email
            return first(self.email_from) != first(self.partner_id.email)
        return update

    # ------------------------------------------------------------------
    # Another customer
    # ------------------------------------------------------------------

    @api.model
    def _contact_of(self, partner):
        """Return what a lead says of its customer: ``{field: value of the record}``."""
        values = {
            "contact_name": False if partner.is_company else partner.name,
            "partner_name": partner.parent_id.name
            or (partner.is_company and partner.name)
            or partner.company_name,
            "mobile": partner.mobile,
            "phone": partner.phone,
            "email_from": partner.email,
            "function": partner.function,
            "website": partner.website,
            **{name: partner[name] for name in ADDRESS},
        }
        if "title" in self._fields:  # of 18.0
            values["title"] = partner.title
        return values

    def _other_customer(self, vals):
        """Return the leads whose customer ``vals`` replaces by another one, and the
        contact data of that one.

        What the former one is reached by goes, unless ``vals`` say otherwise: the lead
        must not be endorsed with two people's data.
        """
        customer = vals.get("partner_id")
        if not isinstance(customer, int) or not customer:
            return self.browse(), {}
        leads = self.filtered(
            lambda lead: lead.partner_id and lead.partner_id.id != customer
        )
        partner = self.env["res.partner"].browse(customer).exists()
        if not leads or not partner:
            return self.browse(), {}
        contact = {
            name: value
            for name, value in self._contact_of(partner).items()
            if name not in vals
        }
        return leads, self._convert_to_write(contact)

    def _lose_contact(self, contact):
        """Return notes about what ``contact`` writes over: ``{lead id: body}``."""
        notes = {}
        for lead in self:
            lines = [
                self.env._("Another customer than %s.", lead.sudo().partner_id.name)
            ]
            for name, value in contact.items():
                field = self._fields[name]
                old = lead[name]
                new = field.convert_to_cache(value, lead, validate=False)
                if old and field.convert_to_cache(old, lead, validate=False) != new:
                    text = old.display_name if field.relational else old
                    label = field._description_string(self.env)
                    lines.append(
                        self.env._(
                            "Taken off: %(field)s %(value)s", field=label, value=text
                        )
                    )
            notes[lead.id] = Markup("<br/>").join(lines)
        return notes

    @api.onchange("partner_id")
    def _onchange_partner_contact(self):
        """What the form shows of the former customer goes, as it does at a write."""
        partner, former = self.partner_id, self.contact_of_id or self._origin.partner_id
        if not self.pipeline or not partner:
            return
        if former and former._origin != partner._origin:
            old = self._contact_of(former)
            for name, value in self._contact_of(partner).items():
                shown = self[name]
                typed = shown not in (old[name], self._origin[name])
                if value or not typed:
                    self[name] = value
        self.contact_of_id = partner
