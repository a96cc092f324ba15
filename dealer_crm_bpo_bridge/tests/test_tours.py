from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_crm.tests.common import DealerCase
from odoo.addons.remote_odoo.tests.common import Fault

from .common import BridgeMixin


@tagged("post_install", "-at_install")
class TestTours(BridgeMixin, DealerCase, HttpCase):
    """The screens of the bridge, in a browser, with a BPO at the other end."""

    def tour(self, name, url, user):
        self.env.flush_all()
        self.start_tour(url, f"dealer_crm_bpo_bridge_{name}", login=user.login)
        self.env.invalidate_all()

    def customer(self, name, number):
        return {"name": name, "mobile": f"0917 555 {number:04}", "country_code": "PH"}

    @mute_logger("odoo.addons.dealer_crm_bpo_bridge.models.bpo_crm_connection_import")
    def test_admin(self):  # D50, D108
        endorsement = self.bpo.endorse()
        self.connection.password = "wrong"
        self.tour("admin", "/odoo/bpo-crm-connection", self.admin)
        self.assertTrue(self.connection.connected)
        self.assertEqual(self.find(endorsement).step, "negotiation")

    @mute_logger("odoo.addons.dealer_crm_bpo_bridge.models.crm_lead_callback")
    def test_user(self):  # D46, D88, D90, D92, R21
        self.new_lead()
        declined = self.make_endorsed(customer=self.customer("To Decline", 1))
        resent = self.make_endorsed(self.user, customer=self.customer("To Resend", 2))
        self.bpo.on("crm.lead", "update_from_dealer_callback", self.refuse)
        resent.action_mark_lost("price", "Too dear")
        self.run_outbox()
        self.assertEqual(resent.bpo_callback_state, "failed")
        self.bpo.on("crm.lead", "update_from_dealer_callback", self.bpo._callback)
        self.tour("user", "/odoo/dealer-leads", self.user)
        self.run_outbox(times=2)
        self.assertEqual(declined.bpo_state, "declined")
        outcomes = {
            row["endorsement_key"]: row["outcome"] for row in self.bpo.callbacks
        }
        self.assertEqual(
            outcomes,
            {
                declined.bpo_endorsement_key: "declined",
                resent.bpo_endorsement_key: "lost",
            },
        )
        self.assertEqual(resent.bpo_callback_state, "sent")

    def refuse(self, payload):
        raise Fault("odoo.exceptions.ValidationError", "date: is wrong.")

    def test_differences(self):  # the comparison's Send, Pull and Ignore
        missing = self.bpo.endorse(source_lead_name="LEAD/00001")
        sold = self.make_endorsed(self.user, customer=self.customer("Sold", 3))
        unknown = self.make_endorsed(customer=self.customer("Unknown", 4))
        self.deliver_order(sold)
        sold.action_mark_won()
        self.run_outbox(times=2)
        self.bpo.callbacks.clear()
        common = {"reason": False, "error": False, "date": False, "dealer_date": False}
        common |= {
            "dealer_so_id": False,
            "dealer_so_name": False,
            "step": "negotiation",
        }
        self.bpo.states = [
            {
                **common,
                "endorsement_key": key,
                "source_lead_id": number,
                "source_lead_name": f"LEAD/{number:05}",
                "state": state,
                "dealer_lead_id": number,
                "dealer_lead_name": "DLEAD/1",
            }
            for number, (key, state) in enumerate(
                [
                    (missing["endorsement_key"], "received"),
                    (sold.bpo_endorsement_key, "accepted"),
                ],
                1,
            )
        ]
        self.connection.action_reconcile()
        self.tour("differences", "/odoo/bpo-differences", self.manager)
        self.run_outbox()
        self.assertEqual(self.find(missing).step, "negotiation")
        self.assertEqual([row["outcome"] for row in self.bpo.callbacks], ["won"])
        row = unknown.sudo().bpo_discrepancy_ids
        self.assertEqual((row.state, row.reason), ("ignored", "Called them"))
        self.assertEqual(row.settled_by, self.manager)
