from odoo import api, models

from odoo.addons.remote_odoo.compat import OR


class CrmLead(models.Model):
    """What an import has to know about a row before it looks up names."""

    _inherit = "crm.lead"

    @api.model
    def _import_pipeline(self, row):
        """Return the pipeline of a row of an import, False for an ordinary lead.

        :param dict row: the cells by field name, as ``load`` passes them to a converter
        """
        if row.get("pipeline"):
            cell = str(row["pipeline"]).strip().lower()
            options = self._fields["pipeline"]._description_selection(self.env)
            names = {name.lower(): key for key, name in options}
            return names.get(cell) or next(
                (key for key, _name in options if key == cell), False
            )
        if lead := self._import_lead(row):
            return lead.sudo().pipeline or False
        return self.env.context.get("default_pipeline") or False

    @api.model
    def _search_display_name(self, operator, value):
        """Find "LEAD/00042 Ana Cruz" as it is shown, as an export writes it."""
        domain = super()._search_display_name(operator, value)
        if operator not in ("=", "in"):
            return domain
        shown = [value] if isinstance(value, str) else value or []
        parts = [str(text).partition(" ") for text in shown]
        both = [
            [("code", "=", code), ("name", "=", name)]
            for code, _, name in parts
            if name
        ]
        return OR([domain, *both]) if both else domain

    @api.model
    def _import_lead(self, row):
        """Return the lead that a row changes, an empty recordset for a new one."""
        if cell := row.get(".id"):
            return self.browse(int(cell)).exists() if str(cell).isdecimal() else self
        xmlid = row.get("id") or ""
        if "." not in xmlid:
            xmlid = f"{self.env.context.get('_import_current_module', '')}.{xmlid}"
        model, lead_id = self.env["ir.model.data"]._xmlid_to_res_model_res_id(xmlid)
        return self.browse(lead_id).exists() if model == self._name else self
