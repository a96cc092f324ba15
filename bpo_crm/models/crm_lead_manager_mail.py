from psycopg2 import OperationalError

from odoo import models


class CrmLead(models.Model):
    """The mail to the manager of a dealership: a lead is won, or endorsed with a
    quotation.

    Its body is a QWeb view, which only an administrator may edit. Subject and first
    lines are plain text on the brand: a mail template would let whoever edits it run
    code with the rights of the server.
    """

    _inherit = "crm.lead"

    def _notify_dealership_manager(self, fact):
        """Queue the mail about a won lead and log it with the fact that it is about.
        Its absence never stops the lead (R3)."""
        self.ensure_one()
        dealership = self.dealership_id
        if not dealership.manager_email:
            note = self.env._(
                "No mail was sent: %s has no manager e-mail.", dealership.complete_name
            )
        else:
            try:
                with self.env.cr.savepoint():
                    self._queue_manager_mail()
                note = self.env._("Mail queued for %s.", dealership.manager_email)
            except OperationalError:
                raise  # Odoo runs the transaction again
            # An administrator may have broken the view, in any way.
            except Exception:  # noqa: BLE001
                note = self.env._(
                    "No mail was sent: its view bpo_crm.mail_lead_won cannot be "
                    "rendered. An administrator can correct it."
                )
        self._message_log(body=f"{fact} {note}")

    def _queue_manager_mail(self):
        """Create the outgoing mail to the manager of the dealership; return it."""
        self.ensure_one()
        lead = self.sudo()
        company = lead.company_id or lead.env.company
        body = lead.env["ir.qweb"]._render(
            "bpo_crm.mail_lead_won",
            {"lead": lead, "intro": (lead.brand_id.mail_intro or "").splitlines()},
            minimal_qcontext=True,
        )
        return lead.env["mail.mail"].create(
            {
                "subject": lead._manager_mail_subject(),
                "body_html": body,
                "body": body,
                "email_from": company.email_formatted or lead.env.user.email_formatted,
                "email_to": lead.dealership_id.manager_email,
                "model": lead._name,
                "res_id": lead.id,
                "auto_delete": True,
            }
        )

    def _manager_mail_subject(self):
        names = {
            "lead": self.code,
            "vehicle": self.vehicle_model_id.name
            or self.vehicle_model_text
            or self.name,
        }
        if self.brand_id.mail_subject:
            subject = f"{self.brand_id.mail_subject} {self.code}: {names['vehicle']}"
        elif self.step == "won":
            subject = self.env._("%(lead)s is won: %(vehicle)s", **names)
        else:
            subject = self.env._("%(lead)s is endorsed to you: %(vehicle)s", **names)
        return " ".join(subject.split())  # a line break would end the header
