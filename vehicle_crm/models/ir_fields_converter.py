from odoo import api, models


class IrFieldsConverter(models.AbstractModel):
    _inherit = "ir.fields.converter"

    @api.model
    def for_model(self, model, *args, **kwargs):
        """Convert each row of leads among the stages of the row's own pipeline.

        Every pipeline has stages called New and Won, and so have ordinary leads.
        """
        if model._name != "crm.lead":
            return super().for_model(model, *args, **kwargs)
        converters = {}

        def convert(row, log):
            pipeline = self.env["crm.lead"]._import_pipeline(row)
            if pipeline not in converters:
                converter = self.with_context(vehicle_crm_import_pipeline=pipeline)
                converters[pipeline] = super(IrFieldsConverter, converter).for_model(
                    model, *args, **kwargs
                )
            return converters[pipeline](row, log)

        return convert
