from odoo.tests import TransactionCase, new_test_user

from .common import SERVICE, BpoMixin


class EndorsementMixin(BpoMixin):
    """The dealership runs Dealer CRM; `service` speaks for it, `stranger` for Cebu."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dealership.write(
            {"handoff_mode": "endorse", "service_user_id": cls.service.id}
        )
        cls.stranger = new_test_user(
            cls.env, "bpo_stranger", groups=f"base.group_portal,{SERVICE}"
        )
        cls.other_dealership = cls.env["crm.dealership"].create(
            {
                "name": "Cebu",
                "code": "TEST-CEB",
                "brand_ids": [cls.brand.id],
                "handoff_mode": "endorse",
                "service_user_id": cls.stranger.id,
            }
        )

    def make_endorsed(self, with_quotation=False, **values):
        lead = self.to_negotiation(self.make_lead(**values))
        lead.action_endorse(with_quotation)
        return lead

    def wire(self, user=None):
        """`crm.lead` as the service account sees it."""
        self.env.flush_all()
        return self.env["crm.lead"].with_user(user or self.service)

    def pull(self, user=None, **kwargs):
        return self.wire(user).endorsed_leads_for_dealer(**kwargs)

    def acknowledge(self, *receipts, user=None):
        return self.wire(user).acknowledge_endorsements(receipts=list(receipts))

    def receipt(self, lead, **values):
        return {
            "endorsement_key": lead.endorsement_key,
            "source_lead_id": lead.id,
            "dealer_lead_id": 42,
            "dealer_lead_name": "DLEAD/00042",
            "url": "https://dealer.example.com/odoo/1",
            **values,
        }

    def make_received(self, **values):
        lead = self.make_endorsed(**values)
        self.acknowledge(self.receipt(lead))
        return lead

    def callback(self, lead, outcome, user=None, **values):
        payload = {
            "contract": 1,
            "endorsement_key": lead.endorsement_key,
            "source_lead_id": lead.id,
            "outcome": outcome,
            "dealer_lead_id": 42,
            "dealer_lead_name": "DLEAD/00042",
            "date": "2026-11-20 08:30:00",
            **values,
        }
        if outcome == "won":
            payload = {"dealer_so_id": 3, "dealer_so_name": "S00003", **payload}
        return self.wire(user).update_from_dealer_callback(payload)

    def bodies(self, lead):
        self.env.flush_all()
        self.env.cr.precommit.run()
        return [str(body) for body in lead.sudo().message_ids.mapped("body")]


class EndorsementCase(EndorsementMixin, TransactionCase):
    pass
