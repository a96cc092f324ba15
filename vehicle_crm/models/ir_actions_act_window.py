from odoo import models

MODELS = ("crm.lead", "crm.activity.report")


class IrActionsActWindow(models.Model):
    _inherit = "ir.actions.act_window"

    def read(self, fields=None, load="_classic_read"):
        """A window on leads that names no pipeline shows the ordinary leads.

        Done while reading, so that it holds for windows of every module and of
        every user, and leaves nothing behind when this addon is uninstalled.
        """
        result = super().read(fields, load=load)
        if fields and "domain" not in fields:
            return result
        ordinary = {
            action.id
            for action in self.sudo()
            if action.res_model in MODELS
            and "pipeline" not in f"{action.domain} {action.context}"
        }
        for values in result:
            if values["id"] in ordinary:
                values["domain"] = self._domain_of_ordinary_leads(values["domain"])
        return result

    def _domain_of_ordinary_leads(self, domain):
        # Text, as the client evaluates it; an expression that is no list is kept.
        domain = (domain or "[]").strip()
        if not domain.startswith("["):
            return domain
        rest = domain[1:].lstrip()
        return "[('pipeline', '=', False)" + (
            rest if rest.startswith("]") else f", {rest}"
        )
