import binascii

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import hash_sign, verify_hash_signed

from odoo.addons.remote_odoo.compat import try_lock
from odoo.addons.remote_odoo.payload import PayloadError, anything, check_payload
from odoo.addons.remote_odoo.public import public
from odoo.addons.vehicle_crm.exchange.callback import CALLBACK
from odoo.addons.vehicle_crm.exchange.endorsement import (
    PULL,
    build_about,
    build_withdrawal,
)
from odoo.addons.vehicle_crm.exchange.states import STATES_QUERY

from ..exchange.endorsement import state_payload
from .crm_lead_endorsement import OPEN_STATES

SERVICE_GROUP = "bpo_crm.bpo_crm_group_dealer_service"


class CrmLead(models.Model):
    """What a dealer's Odoo calls: ``docs/contract.md``; for receipts see
    ``crm_lead_wire_receipt.py``.

    A caller speaks for the dealerships whose service user it is. Every read is one
    search that holds this condition, so a lead of somebody else answers with the same
    bytes after the same statements as one that does not exist. Everything after the
    search runs with sudo: the account itself may read nothing.
    """

    _inherit = "crm.lead"

    @api.model
    @public(payload=anything())
    def endorsed_leads_for_dealer(self, payload=None, **values):
        """``after, limit`` → the endorsements that wait, oldest first, and what was
        withdrawn. ``keys`` asks for these endorsements again, whatever their state;
        ``about`` adds for which dealerships and brands the caller speaks."""
        query = self._wire_values(payload, values, PULL)
        if query["keys"]:
            domain = [
                ("endorsement_key", "in", query["keys"]),
                ("endorsement_state", "in", (*OPEN_STATES, "closed")),
            ]
        else:
            domain = [("endorsement_state", "=", "waiting")]
        leads, following = self._wire_page(
            domain, query, "endorsed_at", "bpo_crm.endorsed_leads"
        )
        withdrawn = self.env["crm.lead.withdrawal"]
        if not query["after"]:
            withdrawn = self._wire_withdrawals(
                [("acknowledged_at", "=", False)], limit=query["limit"]
            )
        reply = {
            "leads": leads._wire_payloads(),
            "withdrawn": [
                build_withdrawal(row.endorsement_key, row.reason) for row in withdrawn
            ],
            "next": following,
        }
        if query["about"]:
            reply["about"] = [
                build_about(
                    dealership.code,
                    dealership.complete_name,
                    dealership.brand_ids.mapped("code"),
                )
                for dealership in self._wire_dealerships()
            ]
        return reply

    def _wire_payloads(self):
        """The endorsements of these leads. One that no dealer would take, because the
        lead was edited since, is refused here, and its page goes on without it."""
        payloads = []
        for lead in self:
            try:
                payloads.append(lead._endorsement_payload())
            except PayloadError as error:
                lead._endorsement_refused(
                    self.env._("The lead cannot be sent as it is: %s", error)
                )
        return payloads

    @api.model
    @public(payload=anything())
    def update_from_dealer_callback(self, payload=None, **values):
        """What became of an endorsement at the dealer. A repeated outcome answers
        ``already`` and changes nothing; Won beats Lost."""
        callback = self._wire_values(payload, values, CALLBACK)
        lead = self._wire_leads(
            [
                ("endorsement_key", "=", callback["endorsement_key"]),
                ("id", "=", callback["source_lead_id"]),
            ]
        )
        if not lead:
            status = "conflict"
        elif not try_lock(lead):
            status = "busy"
        else:
            status = getattr(lead, f"_wire_{callback['outcome']}")(callback)
        return {"status": status, "lead": lead.code, "step": lead.step}

    @api.model
    @public(payload=anything())
    def endorsement_states(self, payload=None, **values):
        """``since, after, limit`` → what we know of the endorsements made since."""
        query = self._wire_values(payload, values, STATES_QUERY)
        since = fields.Datetime.to_datetime(query["since"])
        leads, following = self._wire_page(
            [("endorsed_at", ">=", since), ("endorsement_state", "!=", "none")],
            query,
            "endorsed_at",
            "bpo_crm.endorsement_states",
        )
        return {"leads": [state_payload(lead) for lead in leads], "next": following}

    # Who asks, and for what

    def _wire_values(self, payload, values, schema):
        """The payload, or the plain keywords, checked."""
        try:
            return check_payload(values if payload is None else payload, schema)
        except PayloadError as error:
            raise ValidationError(str(error)) from error

    def _wire_domain(self, dealership_field):
        """What the caller may know of: its dealerships' leads, or nothing."""
        if not self.env.user.has_group(SERVICE_GROUP):
            return [(0, "=", 1)]
        return [(f"{dealership_field}.service_user_id", "=", self.env.uid)]

    def _wire_sudo(self, model):
        """The model with sudo. Odoo 18 posts nothing in the name of somebody without
        an e-mail, and a service account may well have none: then it is OdooBot."""
        records = self.env[model].sudo().with_context(active_test=False)
        return records if self.env.user.email else records.with_user(SUPERUSER_ID)

    def _wire_dealerships(self):
        dealerships = self._wire_sudo("crm.dealership")
        if not self.env.user.has_group(SERVICE_GROUP):
            return dealerships
        return dealerships.search([("service_user_id", "=", self.env.uid)])

    def _wire_leads(self, domain, **options):
        return self._wire_sudo("crm.lead").search(
            [
                ("pipeline", "=", "bpo"),
                *self._wire_domain("endorsement_dealership_id"),
                *domain,
            ],
            **options,
        )

    def _wire_withdrawals(self, domain, **options):
        return self._wire_sudo("crm.lead.withdrawal").search(
            [*self._wire_domain("dealership_id"), *domain], **options
        )

    def _wire_page(self, domain, query, order, scope):
        """One page in the order of ``order`` and id, and the cursor of the next.

        The cursor is signed and bound to its caller and method: a foreign or forged
        one is refused, so its content never reaches a domain unchecked.
        """
        if query["after"]:
            moment, last = self._wire_open_cursor(query["after"], scope)
            domain = [
                *domain,
                "|",
                (order, ">", moment),
                "&",
                (order, "=", moment),
                ("id", ">", last),
            ]
        leads = self._wire_leads(domain, order=f"{order}, id", limit=query["limit"] + 1)
        following = False
        if len(leads) > query["limit"]:
            leads = leads[: query["limit"]]
            mark = [fields.Datetime.to_string(leads[-1][order]), leads[-1].id]
            following = hash_sign(self.sudo().env, scope, [self.env.uid, *mark])
        return leads, following

    def _wire_open_cursor(self, cursor, scope):
        try:
            uid, moment, last = verify_hash_signed(self.sudo().env, scope, cursor)
        except (TypeError, ValueError, IndexError, binascii.Error):
            uid = None
        if uid != self.env.uid:
            raise ValidationError(self.env._("after: this is not a cursor of ours."))
        return moment, last
