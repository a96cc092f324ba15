from odoo import models

MODELS = ("crm.lead", "crm.activity.report")


class IrActionsActWindow(models.Model):
    _inherit = "ir.actions.act_window"

    def _get_action_dict(self):
        """A module's window on leads that names no pipeline shows the ordinary leads.

        Done when the window is opened, so that it holds for every module and leaves
        nothing behind when this addon is uninstalled. What somebody reads or edits is
        the domain that is stored, and a window that an administrator made for himself
        opens with his own.
        """
        result = super()._get_action_dict()
        if (
            self.res_model in MODELS
            and "pipeline" not in f"{self.domain} {self.context}"
            and self._is_of_module()
        ):
            result["domain"] = self._domain_of_ordinary_leads(self.domain)
        return result

    def _is_of_module(self):
        """Whether a module brought this window; an export names others, too."""
        names = self.sudo()._get_external_ids()[self.id]
        installed = self.env["ir.module.module"]._installed()
        return any(name.partition(".")[0] in installed for name in names)

    def _domain_of_ordinary_leads(self, domain):
        # Text, as the client evaluates it; an expression that is no list is kept.
        domain = (domain or "[]").strip()
        if not domain.startswith("["):
            return domain
        rest = domain[1:].lstrip()
        return "[('pipeline', '=', False)" + (
            rest if rest.startswith("]") else f", {rest}"
        )
