from odoo import models

from odoo.addons.remote_odoo.errors import BadReply, Denied, Rejected
from odoo.addons.remote_odoo.payload import (
    check_reply,
    group,
    items,
    shortened,
)

ONE_ROW = 64 * 1024  # bytes of a reply with one row


class CrmBrand(models.Model):
    """Test Connection: whether the role account may leave a line in the chatter.

    Where a status is tracked, Odoo 12 logs each change in the name of the account and
    refuses the whole write when that account has no e-mail address.
    """

    _inherit = "crm.brand"

    def _check_peer_sender(self, client, mapping):
        """Return a sentence when web leads could not be marked for want of an
        address. What the account may not ask about is no reason to complain."""
        status = mapping.first("status")
        try:
            if self._has_address(client) or not self._is_tracked(
                client, mapping.model, status
            ):
                return None
        except (BadReply, Denied, Rejected):
            return None
        return self.env._(
            "The account %(login)s has no e-mail address in the distributor's Odoo, "
            "and each change of %(field)s is logged there in its name: web leads "
            "would be imported, but not marked. Ask the distributor to give the "
            "account an e-mail address.",
            login=client.login,
            field=".".join((mapping.model, status)),
        )

    def _has_address(self, client):
        reply = client.call(
            "res.users", "read", [client.uid], ["email"], reply_size=ONE_ROW
        )
        row = group({"email": shortened(320)}, required=True)
        accounts = check_reply(reply, items(row, 1, required=True))
        return not accounts or bool(accounts[0]["email"])

    def _is_tracked(self, client, model, field):
        domain = [["model", "=", model], ["name", "=", field]]
        reply = client.call(
            "ir.model.fields", "search_read", domain,
            fields=["track_visibility"], limit=1, reply_size=ONE_ROW,
        )  # fmt: skip
        # A text in Odoo 12, the only series that refuses; unknown later.
        row = group({"track_visibility": shortened(64)}, required=True)
        rows = check_reply(reply, items(row, 1, required=True))
        return bool(rows and rows[0]["track_visibility"])
