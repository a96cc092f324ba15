import itertools
import uuid

from odoo.addons.remote_odoo.tests.common import FakeOdoo

SOURCES = itertools.count(1235)


class FakeBpo(FakeOdoo):
    """A BPO behind real HTTP: it keeps what it offers and what it is told."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.stopped = False
        self.waiting = {}  # key -> endorsement
        self.withdrawn = {}  # key -> reason
        self.receipts, self.callbacks, self.states = [], [], []
        self.groups = {"bpo_crm.bpo_crm_group_dealer_service"}
        self.about = [{"code": "MNL", "name": "Manila", "brand_codes": ["KES"]}]
        self.answer = {"status": "ok", "lead": "LEAD/01234", "step": "won"}
        self.on("crm.lead", "endorsed_leads_for_dealer", self._pull)
        self.on("crm.lead", "acknowledge_endorsements", self._acknowledge)
        self.on("crm.lead", "update_from_dealer_callback", self._callback)
        self.on("crm.lead", "endorsement_states", self._states)
        self.on("res.users", "has_group", lambda _ids, group: group in self.groups)

    def stop(self):
        if not self.stopped:
            self.stopped = True
            super().stop()

    def endorse(self, **values):
        """Offer a lead; return its endorsement."""
        endorsement = make_endorsement(**values)
        self.waiting[endorsement["endorsement_key"]] = endorsement
        return endorsement

    def _pull(self, after=False, limit=100, keys=None, about=False):
        rows = [self.waiting[key] for key in keys] if keys else [*self.waiting.values()]
        start = int(after or 0)
        page = rows[start : start + limit]
        following = str(start + limit) if len(rows) > start + limit else False
        reply = {
            "leads": page,
            "withdrawn": []
            if after
            else [
                {"endorsement_key": key, "reason": reason}
                for key, reason in self.withdrawn.items()
            ],
            "next": following,
        }
        return {**reply, "about": self.about} if about else reply

    def _acknowledge(self, receipts):
        self.receipts += receipts
        for receipt in receipts:
            if "kept" in receipt:
                self.withdrawn.pop(receipt["endorsement_key"], None)
        return {
            "status": "ok",
            "acknowledged": [receipt["endorsement_key"] for receipt in receipts],
            "conflicts": [],
        }

    def _callback(self, payload):
        self.callbacks.append(payload)
        return self.answer

    def _states(self, since, after=False, limit=500):
        start = int(after or 0)
        page = self.states[start : start + limit]
        more = len(self.states) > start + limit
        return {"leads": page, "next": str(start + limit) if more else False}


def make_endorsement(**values):
    endorsement = {
        "contract": 1,
        "endorsement_key": str(uuid.uuid4()),
        "source_db": "1c0fc26c-8ac2-4d6a-a5d2-1ad9ab9f0f0f",
        "source_lead_id": next(SOURCES),
        "source_lead_name": "LEAD/01234",
        "source_url": "https://bpo.example.com/odoo/action-1/1234",
        "endorsed_by": "Ana Agent",
        "endorsed_at": "2026-11-20 08:00:00",
        "with_quotation": False,
        "dealership_code": "MNL",
        "customer": {
            "name": "Juan dela Cruz",
            "mobile": "0917 555 0101",
            "phone": False,
            "email": "juan@example.com",
            "street": "1 Rizal Ave",
            "city": "Manila",
            "zip": "1000",
            "state_code": "00",
            "country_code": "PH",
        },
        "brand_code": "KES",
        "vehicle": {"name": "Kestrel K5", "default_code": "K5", "external_ref": "77"},
        "vehicle_model_text": "the blue K5",
        "quantity": 2,
        "expected_price": 850000.0,
        "preferred_color": "blue",
        "budget_min": 0.0,
        "budget_max": 900000.0,
        "has_trade_in": True,
        "trade_in_details": "Vios 2015",
        "financing_type": "bank",
        "down_payment": 100000.0,
        "customer_notes": "call after 5",
        "priority": "2",
        "source": "walkin",
    }
    return {**endorsement, **values}
