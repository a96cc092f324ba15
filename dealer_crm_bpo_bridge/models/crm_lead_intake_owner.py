from markupsafe import escape

from odoo import models


class CrmLead(models.Model):
    """Who gets an endorsed lead. A person who is set somewhere may be gone today."""

    _inherit = "crm.lead"

    def _bpo_salesperson(self, connection):
        """The connection's default salesperson, if that person can work on this lead
        now; else nobody, as if none were set."""
        self.ensure_one()
        return connection.user_id._able_to_work(self.pipeline, self.company_id)

    def _bpo_assign(self, connection):
        """Give the lead to the default salesperson, unless it has an owner who can work
        on it. Without either it waits to be claimed, and people are told why."""
        self.ensure_one()
        if self.user_id._able_to_work(self.pipeline, self.company_id):
            return
        user = self._bpo_salesperson(connection)
        if self.user_id != user:
            self._bpo_write({"user_id": user.id})
        if connection.user_id and not user:
            self._bpo_tell_nobody_assigned(connection)

    def _bpo_tell_nobody_assigned(self, connection):
        """A line on the lead, and one open activity for the connection's people."""
        text = self._bpo_no_salesperson(connection)
        text = self.env._("%s Endorsed leads wait to be claimed.", text)
        self._message_log(body=text)
        remote = connection.sudo().remote_id
        summary = self.env._(
            "Choose another default salesperson than %s", connection.user_id.name
        )
        record, user = remote, remote and remote._activity_user()
        if not remote:
            record, user = self.sudo(), self._person_in_charge()
        if user and summary not in record.activity_ids.mapped("summary"):
            record.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note=escape(text),
                user_id=user.id,
            )

    def _bpo_no_salesperson(self, connection):
        if not connection.user_id:
            return self.env._(
                "No default salesperson is set in the BPO CRM Connection."
            )
        return self.env._(
            "The default salesperson of the BPO CRM Connection, %s, can no longer work "
            "on leads: archived, without a role in Dealer CRM, or in another company.",
            connection.user_id.name,
        )
