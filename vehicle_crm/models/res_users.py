from odoo import api, models


class ResUsers(models.Model):
    _inherit = "res.users"

    def _crm_pipelines(self):
        """The pipelines whose leads this user may meet; used by record rules.

        Somebody from outside (portal) meets only what other rules show, so no
        pipeline is held back here.
        """
        self.ensure_one()
        roles = self.env["crm.lead"]._pipeline_roles()
        if self.share:
            return list(roles)
        user = self.sudo()
        return [
            pipeline
            for pipeline, role in roles.items()
            if user.has_group(role["user"]) or user.has_group(role["manager"])
        ]

    def _able_to_work(self, pipeline, company=None):
        """Return those of these users who can work on a lead of the pipeline now.

        A person who is stored somewhere may have left, or have another role today, so
        ask this when the person is used. ``company``: that of the lead, if it has one.
        """
        return self.sudo().filtered(
            lambda user: (
                user.active
                and not user.share
                and pipeline in user._crm_pipelines()
                and (not company or company in user.company_ids)
            )
        )

    @api.model
    def _crm_pipeline_action(self):
        """The window on leads of the first pipeline of the current user."""
        roles = self.env["crm.lead"]._pipeline_roles()
        for pipeline in self.env.user._crm_pipelines():
            if roles[pipeline].get("action"):
                return self.env["ir.actions.actions"]._for_xml_id(
                    roles[pipeline]["action"]
                )
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.lead",
            "name": self.env._("Leads"),
            "views": [(False, "list"), (False, "form")],
        }
