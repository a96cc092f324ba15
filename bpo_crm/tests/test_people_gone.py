from odoo.tests import new_test_user, tagged

from .common import AGENT
from .endorsement_common import EndorsementCase


@tagged("post_install", "-at_install")
class TestPeopleGone(EndorsementCase):
    """Who endorsed, owns or leads may be gone when the dealer answers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leaving = new_test_user(cls.env, "bpo_leaving", groups=AGENT, name="Lea")

    def endorsed_by_the_leaving(self):
        lead = self.to_negotiation(self.make_lead(self.leaving)).with_user(self.leaving)
        lead.action_endorse()
        return lead.with_user(self.agent)

    def test_a_deleted_agent_keeps_the_name(self):
        lead = self.endorsed_by_the_leaving()
        lead.sudo().user_id = self.agent
        self.env.flush_all()
        # what a deletion leaves behind; the user himself has written much here
        self.env.cr.execute(
            "UPDATE crm_lead SET endorsed_by = NULL WHERE id = %s", [lead.id]
        )
        self.env.invalidate_all()
        (payload,) = self.pull()["leads"]
        self.assertEqual(payload["endorsed_by"], "Lea")
        self.assertEqual(lead.endorsement_state, "waiting")

    def test_a_lead_comes_back_to_nobody_who_is_gone(self):
        for left in ("archived", "without a role"):
            with self.subTest(left):
                self.leaving.active = True
                lead = self.endorsed_by_the_leaving()
                if left == "archived":
                    self.leaving.active = False
                    groups = None
                else:
                    groups = self.leaving._fields.keys() & {"group_ids", "groups_id"}
                    field = groups.pop()
                    kept = self.leaving[field]
                    self.leaving[field] = self.env.ref("base.group_user")
                self.callback(lead.sudo(), "declined")
                self.assertFalse(lead.user_id)
                self.assertIn("anybody may claim it", "".join(self.bodies(lead)))
                told = lead.sudo().activity_ids.user_id
                self.assertTrue(told)
                self.assertTrue(told._able_to_work("bpo"))
                if groups is not None:
                    self.leaving[field] = kept

    def test_a_conflict_is_told_to_somebody_who_is_there(self):
        team = self.env["crm.team"].create({"name": "T", "user_id": self.leaving.id})
        lead = self.make_received()
        lead.sudo().team_id = team
        self.leaving.active = False
        lead.sudo()._endorsement_conflict_found("Two sides.")
        self.assertEqual(lead.activity_ids.user_id, self.agent)
        self.leaving.active = True
        lead.sudo()._endorsement_conflict_found("Two sides again.")
        self.assertEqual(lead.activity_ids.user_id, self.leaving)
        self.assertEqual(len(lead.activity_ids), 1)

    def test_nobody_left_is_no_error(self):
        lead = self.make_received()
        group = self.env.ref("bpo_crm.bpo_crm_group_manager")
        (group.all_user_ids if "all_user_ids" in group._fields else group.users).write(
            {"active": False}
        )
        self.agent.active = False
        self.assertEqual(self.callback(lead, "declined")["status"], "ok")
        self.assertFalse(lead.sudo().user_id)
