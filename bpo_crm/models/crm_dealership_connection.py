from odoo import models
from odoo.exceptions import AccessError

from odoo.addons.remote_odoo.errors import Denied, Rejected
from odoo.addons.remote_odoo.public import public

from ..exchange import order, order_reply
from .crm_dealership import MANAGER


class CrmDealership(models.Model):
    """Test Connection: what a hand-off needs of the dealer's Odoo, check by check."""

    _inherit = "crm.dealership"

    @public(one=True)
    def action_test_connection(self):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only a BPO Manager may test a dealership's connection.")
            )
        action = super().action_test_connection()
        # What a passed check has to say belongs to the answer; it is kept below too.
        checks = self.sudo().remote_id.check_ids
        if action["params"]["type"] == "success":
            said = checks[2:].filtered("detail").mapped("detail")
            action["params"]["message"] = " ".join([action["params"]["message"], *said])
        return action

    def _remote_checks(self):
        """What a hand-off needs at the peer, one named check each."""
        self.ensure_one()
        checks = [(self.env._("Dealer CRM"), self._check_peer_dealer_crm)]
        if self.handoff_mode == "order":
            checks += [
                (
                    self.env._("Right to %(verb)s %(model)s", verb=verb, model=model),
                    lambda client, model=model, verb=verb: self._check_peer_right(
                        client, model, verb
                    ),
                )
                for model, verb in order.REQUIRED_RIGHTS
            ]
            if self.create_products:
                checks.append(
                    (self.env._("Create missing products"), self._check_peer_products)
                )
            checks.append((self.env._("Own orders"), self._check_peer_sees_orders))
        checks.append((self.env._("Service user"), self._check_service_user))
        return checks

    def _check_peer_dealer_crm(self, client):
        """Say what the peer can do, and whether the mode fits it."""
        asked = ["dealer_crm_lead_id"]
        reply = client.call("sale.order", "fields_get", asked, ["type"])
        if order_reply.read_fields(reply, asked):
            if self.handoff_mode == "order":
                return self.env._(
                    "Dealer CRM is installed there: choose the hand-off Endorse the "
                    "lead, so that the dealer works it as a lead of its own."
                )
            return self.env._("Dealer CRM is installed there.")
        if self.handoff_mode == "endorse":
            raise Rejected(
                self.env._(
                    "Dealer CRM is not installed there: choose the hand-off Create "
                    "the sales order there."
                )
            )
        return self.env._("Plain Odoo: Mark Won creates the sales order there.")

    def _peer_series(self):
        """Return the series of the dealer's Odoo, as the first check learned it."""
        return order_reply.series(self.sudo().remote_id.server_version)

    def _ask_peer_right(self, client, model, verb):
        question = order.right_question(self._peer_series(), verb)
        return order_reply.read_yes(client.call(model, *question))

    def _check_peer_right(self, client, model, verb):
        if not self._ask_peer_right(client, model, verb):
            raise Denied(
                self.env._(
                    "The service account may not %(verb)s %(model)s there. Give it "
                    "this right at the dealer.",
                    verb=verb,
                    model=model,
                ),
                what="model",
            )

    def _check_peer_products(self, client):
        """Not needed while the dealer has every product: said, not failed."""
        if all(
            self._ask_peer_right(client, model, verb)
            for model, verb in order.PRODUCT_RIGHTS
        ):
            return None
        return self.env._(
            "The service account may not create products there. A vehicle that the "
            "dealer has no product for stops its hand-off until somebody creates one."
        )

    def _check_peer_sees_orders(self, client):
        """An order that the dealer gives to somebody else must still be found when a
        hand-off is sent again; else it would be created twice."""
        series = self._peer_series()
        own, every = (
            order_reply.read_yes(
                client.call(
                    "res.users", *order.group_question(series, client.uid, group)
                )
            )
            for group in (order.OWN_ORDERS_GROUP, order.ALL_ORDERS_GROUP)
        )
        if own and not every:
            return self.env._(
                "The service account sees only its own orders there. Give it Sales: "
                "All Documents, so that an order that was given to a salesperson is "
                "found again."
            )
        return None

    def _check_service_user(self, client):
        user = self.sudo().service_user_id
        if user and not user.share:
            return self.env._(
                "%s is an internal user here. Make the dealer's service user a "
                "portal user: then it can do nothing else.",
                user.name,
            )
        return None

    def _remote_tested(self, client):
        """Keep which fields the peer has, so that a hand-off need not ask."""
        super()._remote_tested(client)
        self.sudo().remote_id.peer_fields = order.read_peer_fields(client.call)
