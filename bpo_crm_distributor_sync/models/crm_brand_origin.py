import copy
import re

from odoo import fields, models

from odoo.addons.remote_odoo.errors import BadReply, Denied, Rejected

from ..exchange import distributor
from .crm_brand import MANAGER

UUID = re.compile(r"[\w-]{8,64}")


class CrmBrand(models.Model):
    """Which database a brand's distributor is: an id means something in one only.

    Every id that is kept of a distributor is kept with its origin: the number of the
    database, as this brand has met them, and the model there.
    """

    _inherit = "crm.brand"

    # {"current": number, "known": [{"number", "uuid", "url", "database"}, …]}
    distributor_origins = fields.Json(readonly=True, copy=False, groups=MANAGER)

    def _distributor_origin(self, kind):
        """Return the origin of the ids of this kind of record at the distributor."""
        model = distributor.Mapping(kind, self._distributor_overrides(kind)).model
        return self._distributor_origin_of(model)

    def _distributor_origin_of(self, model):
        """Return the origin of the ids of a model at the distributor."""
        number = (self.sudo().distributor_origins or {}).get("current", 0)
        return f"{number} {model}"

    def _distributor_identify(self, call, ask=False):
        """Find out which database the connection leads to, and keep it.

        A database is known by its uuid where the account may read it, else by its
        address and its name. It is asked where nobody knows yet whether it can be
        read, and each time where it can.

        :param call: `call(method, *args, model=…)` of the distributor
        :param ask: ask, whatever was known before
        :return: whether it is another database than the one before
        """
        self.ensure_one()
        known = self._distributor_known()
        if known.get("number") and not known.get("uuid") and not ask:
            return False
        uuid = self._distributor_ask_uuid(call)
        if known.get("number") and uuid == known["uuid"]:
            return False
        empty = {"current": 0, "known": []}
        origins = copy.deepcopy(self.sudo().distributor_origins or empty)
        entry = self._distributor_find_origin(origins["known"], uuid)
        before = origins["current"]
        self.sudo().distributor_origins = {**origins, "current": entry["number"]}
        is_other = before not in (0, entry["number"])
        if is_other:
            # What was learned is of the one before, and so are the issues.
            self.sudo().remote_id.peer_fields = False
            issues = self.env["distributor.sync.issue"].sudo()
            mine = [("brand_id", "=", self.id), ("state", "=", "open")]
            issues.search(mine).state = "solved"
        self._distributor_learn(number=entry["number"], uuid=uuid)
        return is_other

    def _distributor_find_origin(self, known, uuid):
        """Return the entry of the database; a new one is added to the list `known`."""
        remote = self.sudo().remote_id
        address = {"url": remote.url, "database": remote.database}
        entry = next(filter(lambda entry: uuid and entry["uuid"] == uuid, known), None)
        if not entry:
            # Under this address, and not known to be another one.
            entry = next(
                (
                    entry
                    for entry in reversed(known)
                    if address.items() <= entry.items()
                    and (not uuid or not entry["uuid"])
                ),
                None,
            )
        if not entry:
            entry = {"number": len(known) + 1, "uuid": False}
            known.append(entry)
        entry |= {**address, "uuid": uuid or entry["uuid"]}
        return entry

    def _distributor_ask_uuid(self, call):
        """Return the uuid of the distributor's database, False when it is not told."""
        try:
            uuid = call("get_param", "database.uuid", model="ir.config_parameter")
        except (Rejected, BadReply):
            return False
        except Denied as error:
            if error.what != "model":
                raise
            return False
        return isinstance(uuid, str) and UUID.fullmatch(uuid) is not None and uuid
