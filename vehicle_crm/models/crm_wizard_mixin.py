from odoo import api, models

from odoo.addons.remote_odoo.public import check_known


class CrmWizardMixin(models.AbstractModel):
    """A wizard about records that its user may read.

    Odoo shows the name of whatever a many2one points to, so a wizard that took any id
    would tell the title of any lead.
    """

    _name = "crm.wizard.mixin"
    _description = "Wizard about known records"

    _wizard_records = "lead_id"  # the field with what the wizard is about

    @api.model_create_multi
    def create(self, vals_list):
        self.check_access("create")
        defaults = self.default_get([self._wizard_records])
        for vals in vals_list:
            self._check_wizard_values({**defaults, **vals})
        return super().create(vals_list)

    def write(self, vals):
        self._check_wizard_values(vals)
        return super().write(vals)

    def onchange(self, values, field_names, fields_spec):
        self.check_access("create")
        self._check_wizard_values(values or {})
        return super().onchange(values, field_names, fields_spec)

    def web_read(self, specification):
        """Of a form that is not saved yet, too: what its context fills in."""
        for wizard in self:
            wizard._known_records()
        return super().web_read(specification)

    def _known_records(self):
        """What the wizard is about, as the user: AccessError unless he may read it."""
        # Read with sudo: the refusal is ours, not one that differs from case to case.
        records = self.sudo()[self._wizard_records].with_env(self.env)
        check_known(records)
        return records

    def _check_wizard_values(self, vals):
        # Not read from the wizard, where what is missing is left out.
        field = self._fields[self._wizard_records]
        if field.name in vals:
            ids = field.convert_to_cache(vals[field.name], self.new(), validate=False)
            check_known(self.env[field.comodel_name].browse(ids))
