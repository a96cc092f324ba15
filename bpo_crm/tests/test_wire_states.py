from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .endorsement_common import EndorsementCase


@tagged("post_install", "-at_install")
class TestWireStates(EndorsementCase):
    def test_all_states_in_pages(self):
        won, waiting = self.make_received(), self.make_endorsed()
        self.callback(won, "won")
        declined = self.make_received()
        self.callback(declined, "declined")
        self.make_lead()  # never endorsed
        rows, after = [], False
        while True:
            page = self.wire().endorsement_states(
                since="2026-01-01 00:00:00", after=after, limit=2
            )
            rows += page["leads"]
            after = page["next"]
            if not after:
                break
        states = {row["source_lead_id"]: (row["state"], row["step"]) for row in rows}
        self.assertEqual(
            states,
            {
                won.id: ("closed", "won"),
                waiting.id: ("waiting", "negotiation"),
                declined.id: ("declined", "negotiation"),
            },
        )
        row = next(row for row in rows if row["source_lead_id"] == won.id)
        self.assertEqual(row["dealer_so_name"], "S00003")
        self.assertEqual(row["dealer_date"], "2026-11-20 08:30:00")
        self.assertTrue(row["date"])

    def test_since(self):
        self.make_endorsed()
        with self.assertRaisesRegex(ValidationError, "^since: "):
            self.wire().endorsement_states()
        page = self.wire().endorsement_states(since="2999-01-01 00:00:00")
        self.assertEqual(page, {"leads": [], "next": False})
