import logging

import psycopg2
from markupsafe import Markup, escape

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.remote_odoo.compat import try_lock
from odoo.addons.remote_odoo.payload import PayloadError, anything, check_payload
from odoo.addons.remote_odoo.public import public
from odoo.addons.vehicle_crm.exchange.endorsement import ENDORSEMENT
from odoo.addons.vehicle_crm.exchange.receipt import build_intake_reply

from ..exchange.endorsement import origin_values, receipt_payload
from .bpo_crm_connection import SERVICE_GROUP

_logger = logging.getLogger(__name__)


class CrmLead(models.Model):
    """The intake: an endorsement becomes a lead in Negotiation, once.

    Pull and push end here. Runs with sudo; the key decides whether the lead is here
    already.
    """

    _inherit = "crm.lead"

    @api.model
    @public(payload=anything())
    def receive_endorsed_lead(self, payload=None, **values):
        """Take over an endorsed lead; for the BPO's account of a connection only.

        Returns the status ``ok``, ``already`` or ``busy`` with the fields of a receipt:
        ``vehicle_crm.exchange.receipt``. ValidationError names the field that makes the
        lead impossible.
        """
        connection = self.env["bpo.crm.connection"].sudo()
        if self.env.user.has_group(SERVICE_GROUP):
            connection = connection.search([("service_user_id", "=", self.env.uid)])
        if not connection:
            raise AccessError(
                self.env._("Only the BPO's service account hands over leads here.")
            )
        leads = self.sudo()
        if not self.env.user.email:
            # Odoo 18 posts nothing in the name of somebody without an e-mail.
            leads = leads.with_user(SUPERUSER_ID)
        status, lead = leads._bpo_receive(
            connection.with_env(leads.env), values if payload is None else payload
        )
        return build_intake_reply(status, lead._bpo_receipt() if lead else {})

    def _bpo_receipt(self):
        self.ensure_one()
        return receipt_payload(self)

    @api.model
    def _bpo_receive(self, connection, endorsement):
        """Return ``(status, lead)``; raise what makes the endorsement impossible."""
        try:
            endorsement = check_payload(endorsement, ENDORSEMENT)
        except PayloadError as error:
            raise ValidationError(str(error)) from error
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        lead = leads._bpo_find(endorsement["endorsement_key"])
        if lead:
            if not lead.bpo_connection_id:  # deleted, and set up anew
                lead._bpo_write({"bpo_connection_id": connection.id})
            elif lead.bpo_connection_id != connection:
                raise ValidationError(
                    self.env._("endorsement_key: it belongs to another connection.")
                )
            return "already", lead
        connection._check_source(endorsement["source_db"])
        brand = self._bpo_brand(endorsement)
        lead = leads._bpo_same_source(connection, endorsement)
        if lead and not try_lock(lead):
            return "busy", leads.browse()
        try:
            with self.env.cr.savepoint():
                if lead:
                    lead._bpo_rekey(endorsement, brand)
                    lead._bpo_assign(connection)
                else:
                    lead = leads._bpo_create(connection, endorsement, brand)
        except psycopg2.IntegrityError as error:
            if error.diag.constraint_name != "crm_lead_bpo_endorsement_key_uniq":
                raise
            # the same endorsement is being taken in another transaction
            return "busy", leads.browse()
        if endorsement["with_quotation"] and not lead.sale_order_id:
            lead._bpo_quotation(connection)
        if lead.user_id:
            lead._bpo_accept()
        connection._solved(endorsement["endorsement_key"], lead)
        return "ok", lead

    def _bpo_same_source(self, connection, endorsement):
        """The open lead that an earlier endorsement of the same source lead made.

        The id alone says nothing: after a database was restored it may be another
        customer's. So the customer must be the same, too.
        """
        customer = endorsement["customer"]
        found = self.search(
            [
                ("pipeline", "=", "dealer"),
                ("bpo_connection_id", "=", connection.id),
                ("bpo_source_db", "=", endorsement["source_db"]),
                ("bpo_source_lead_id", "=", endorsement["source_lead_id"]),
                ("step", "in", ("new", "qualified", "negotiation")),
            ],
            order="id desc",
        )
        for lead in found:
            customers = lead._customers()
            mobile = customers._get_mobile_key(customer["mobile"], customer["phone"])
            email = customers._get_email_key(customer["email"])
            lead_email = customers._get_email_key(lead.email_from)
            if mobile and lead.mobile_key:
                same = mobile == lead.mobile_key
            elif email and lead_email:
                same = email == lead_email
            else:
                same = customer["name"] == lead.contact_name
            if same:
                return lead
        return self.browse()

    def _bpo_rekey(self, endorsement, brand):
        """Endorsed again while our lead is open: it goes on, with the new wish unless
        an order was made for the old one."""
        wish = {}
        if not self.sale_order_id:
            wish = {
                **self._bpo_interest(endorsement),
                "brand_id": brand.id,
                "product_id": self._bpo_product(brand, endorsement["vehicle"]).id,
            }
        self._bpo_write(
            {
                **wish,
                **origin_values(endorsement),
                "bpo_state": "received",
                "bpo_callback_state": False,
                "bpo_callback_error": False,
                "bpo_confirmed_outcome": False,
            }
        )
        self._bpo_post_origin(endorsement)

    def _bpo_create(self, connection, endorsement, brand):
        customer = endorsement["customer"]
        country = self.env["res.country"].search(
            [("code", "=", (customer["country_code"] or "").upper())], limit=1
        )
        state = self.env["res.country.state"].search(
            [
                ("country_id", "=", country.id),
                ("code", "=", customer["state_code"] or ""),
            ],
            limit=1,
        )
        company = self._bpo_company(connection)
        contact = {
            "phone": customer["phone"],
            "mobile": customer["mobile"],
            "street": customer["street"],
            "city": customer["city"],
            "zip": customer["zip"],
            "state_id": state.id,
            "country_id": country.id,
        }
        # The key first and nothing of the customer: when two transactions take the
        # same endorsement, PostgreSQL logs the row that it refuses.
        lead = (
            self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True)
            ._open_gate()
            .create(
                {
                    **origin_values(endorsement),
                    "name": endorsement["source_lead_name"],
                    "pipeline": "dealer",
                    "stage_id": self._pipeline_stage("dealer", "negotiation").id,
                    "bpo_connection_id": connection.id,
                    "bpo_state": "received",
                    "user_id": False,
                    "team_id": connection.team_id.id,
                    "company_id": company.id,
                }
            )
            .with_env(self.env)
        )
        lead._bpo_post_origin(endorsement)
        lead.with_context(tracking_disable=True)._bpo_write(
            {
                **lead._bpo_interest(endorsement),
                **contact,
                "name": customer["name"],
                "contact_name": customer["name"],
                "email_from": customer["email"],
                "brand_id": brand.id,
                "product_id": lead._bpo_product(brand, endorsement["vehicle"]).id,
                "bpo_lead_source": endorsement["source"],
            }
        )
        lead.with_context(tracking_disable=True)._bpo_assign(connection)
        partner = lead._customers()._match_or_create_customer(
            {**contact, "name": customer["name"], "email": customer["email"]}
        )
        # Setting a customer makes the core copy its data over the lead's, and the
        # lead's over the customer's: neither side is to lose what it knows.
        names = (*contact, "street2", "email_from", "contact_name", "partner_name")
        kept = [self._fields[name] for name in names]
        with self.env.protecting(kept, lead):
            lead._bpo_write({"partner_id": partner.id})
        return lead

    def _bpo_post_origin(self, endorsement):
        url = endorsement["source_url"]
        self._message_log(
            body=self.env._(
                "Endorsed from BPO CRM lead %(lead)s by %(who)s on %(when)s. "
                "BPO source: %(url)s",
                lead=escape(endorsement["source_lead_name"]),
                who=escape(endorsement["endorsed_by"]),
                when=(self.company_id or self.env.company)._show_moment(
                    endorsement["endorsed_at"]
                ),
                url=Markup('<a href="%s" target="_blank" rel="noopener">%s</a>')
                % (url, url),
            )
        )

    def _bpo_quotation(self, connection):
        """Make the quotation that was asked for. The lead stays if that fails."""
        user = self._bpo_salesperson(connection)
        try:
            if not user:
                raise UserError(self._bpo_no_salesperson(connection))
            with self.env.cr.savepoint():
                lead = self.with_user(user).with_context(
                    allowed_company_ids=(self.company_id or user.company_id).ids
                )
                lead.action_convert_to_quotation()
        except psycopg2.OperationalError:
            raise
        except UserError as error:
            problem = str(error)
        except Exception as error:  # the lead is worth more
            _logger.exception("lead %s: no quotation", self.id)
            problem = type(error).__name__
        else:
            return
        self.invalidate_recordset()
        self._bpo_write(
            {"bpo_quotation_error": self.env._("No quotation was made: %s", problem)}
        )
        if responsible := self._person_in_charge(*user):
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Make the quotation that the BPO asked for"),
                note=escape(problem),
                user_id=responsible.id,
            )
