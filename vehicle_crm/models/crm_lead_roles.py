from odoo import api, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.remote_odoo.compat import group_users
from odoo.addons.remote_odoo.public import check_known


class CrmLead(models.Model):
    """Who may work on a pipeline lead, and who may give it to whom."""

    _inherit = "crm.lead"

    @api.model
    def _manages(self, pipelines):
        if self.env.su:
            return True
        roles = self._pipeline_roles()
        return all(
            pipeline in roles and self.env.user.has_group(roles[pipeline]["manager"])
            for pipeline in pipelines
        )

    def _is_pipeline_manager(self):
        """Whether the current user manages the pipeline of all these leads."""
        return self._manages(set(self.mapped("pipeline")))

    def _check_pipeline_role(self):
        """AccessError unless the current user works in the pipeline of these leads."""
        if self.env.su:
            return
        allowed = self.env.user._crm_pipelines()
        strange = self.sudo().filtered(lambda lead: lead.pipeline not in allowed)
        if strange or self.env.user.share:
            raise AccessError(
                self.env._(
                    "You have no role in the app of these leads: %(leads)s. Ask an "
                    "administrator for one.",
                    leads=strange.sudo(False)._names(),
                )
            )

    def _check_pipeline_user(self):
        """Raise unless the current user may work on these leads.

        AccessError on leads that the user may not read, of which nothing is said;
        without a role; or on somebody else's lead without managing its pipeline.
        UserError while nobody has claimed it.
        """
        check_known(self)
        self._check_pipeline_role()
        if not self.env.su:
            self.sudo().filtered(
                lambda lead: (
                    lead.user_id
                    and lead.user_id != self.env.user
                    and not lead.sudo(False)._is_pipeline_manager()
                )
            )._refuse_foreign_owner()
            self.check_access("write")
        self.filtered(lambda lead: not lead.user_id)._refuse_unclaimed()

    def _check_owner_write(self, vals):
        """Only the owner and the managers write; only managers give away."""
        others = self.filtered(
            lambda lead: (
                lead.user_id != self.env.user and not lead._is_pipeline_manager()
            )
        )
        others.filtered(lambda lead: not lead.user_id)._refuse_unclaimed()
        others._refuse_foreign_owner()
        if "user_id" in vals:
            owner_id = vals["user_id"] or False
            given = self.filtered(lambda lead: lead.user_id.id != owner_id)
            if foreign := given.filtered(lambda lead: not lead._is_pipeline_manager()):
                self._refuse_reassign(foreign._names())
            given._check_new_owner(owner_id, given.mapped("pipeline"), given._names())

    def _person_in_charge(self, *candidates):
        """Return the first of these users who can work on this lead now.

        Else its owner, the leader of its team, or a manager of its app; an empty
        recordset when there is nobody at all.
        """
        self.ensure_one()
        lead = self.sudo()
        for user in (*candidates, lead.user_id, lead.team_id.user_id):
            if able := user._able_to_work(lead.pipeline, lead.company_id):
                return able[:1]
        group = self.env.ref(self._pipeline_roles()[lead.pipeline]["manager"])
        managers = group_users(group.sudo()).sorted("id")
        return managers._able_to_work(lead.pipeline, lead.company_id)[:1]

    @api.model
    def _check_new_owner(self, owner_id, pipelines, names):
        """A lead does not go to somebody who would not meet it."""
        owner = self.env["res.users"].sudo().browse(owner_id or [])
        if owner and (owner.share or set(pipelines) - set(owner._crm_pipelines())):
            raise UserError(
                self.env._(
                    "%(owner)s has no role in the app of these leads and would not "
                    "see them. Not given: %(leads)s.",
                    owner=owner.name,
                    leads=names,
                )
            )

    def _refuse_unclaimed(self):
        if self:
            raise UserError(
                self.env._(
                    "Nobody owns these leads yet: %(leads)s. Use the Claim button "
                    "first.",
                    leads=self._names(),
                )
            )

    def _refuse_foreign_owner(self):
        if self:
            raise AccessError(
                self.env._(
                    "These leads belong to somebody else: %(leads)s. Only their owner "
                    "and the managers work on them.",
                    leads=self._names(),
                )
            )

    def _refuse_reassign(self, names):
        raise AccessError(
            self.env._(
                "Only a manager gives a lead to somebody else. Not reassigned: "
                "%(leads)s.",
                leads=names,
            )
        )
