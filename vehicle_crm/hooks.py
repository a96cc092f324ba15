# Leads and orders that people worked with need these records.
BUSINESS_MODELS = ("crm.brand", "crm.lead", "crm.lost.reason")


def uninstall_hook(env):
    """Lost leads keep their reasons."""
    keep_business_records(env, "vehicle_crm")


def keep_business_records(env, module, *models):
    """Keep Odoo from deleting, with ``module``, the records that its data made.

    Those of ``models`` and of BUSINESS_MODELS become the company's own: their external
    ids are forgotten. What is in a table of the addon goes with that table all the
    same, without an error for each record that something still refers to.
    """
    env["ir.model.data"].sudo().search(
        [("module", "=", module), ("model", "in", (*BUSINESS_MODELS, *models))]
    ).unlink()
