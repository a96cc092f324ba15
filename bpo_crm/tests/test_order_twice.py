"""Backups and copies of the BPO's database make no second order at a plain dealer."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import HandoffCase


@tagged("post_install", "-at_install")
class TestOrderTwice(HandoffCase):
    def setUp(self):
        super().setUp()
        self.source = self.env["ir.config_parameter"].sudo().get_param("database.uuid")

    def order_of_the_future(self, **values):
        """An order that this database made after the backup that it is."""
        partner = self.dealer.add("res.partner", name="Ben Reyes")
        values = {
            "client_order_ref": f"{self.lead.code} · 0badcafe",
            "origin": f"{self.lead.code} · {self.source}",
            "partner_id": partner,
            **values,
        }
        return self.dealer.add("sale.order", **values)

    def stamps(self):
        return [row["name"] for row in self.dealer.rows["ir.filters"].values()]

    def assert_asked(self):
        self.assertEqual(
            (self.lead.step, self.lead.handoff_state), ("negotiation", "failed")
        )
        self.assertTrue(self.lead.handoff_asks)

    def test_the_order_says_whose_it_is(self):
        self.lead.action_mark_won()
        self.run_outbox()
        (order,) = self.orders()
        self.assertEqual(order["origin"], f"{self.lead.code} · {self.source}")
        self.assertEqual(self.lead.step, "won")

    def test_an_order_of_another_hand_off_is_asked_about(self):
        for values in (
            {},
            {"origin": self.lead.code},  # made before the origin named the database
            {"origin": f"{self.lead.code} · uuid-before-the-copy"},  # same account
        ):
            with self.subTest(values):
                self.dealer.rows["sale.order"].clear()
                self.lead = self.to_negotiation(self.make_lead())
                self.order_of_the_future(**values)
                self.lead.action_mark_won()
                self.run_outbox(times=2)
                self.assertEqual(len(self.orders()), 1)
                self.assert_asked()
                self.assertIn("S00001 (Ben Reyes)", self.lead.handoff_error)
                self.assertIn("S00001 (Ben Reyes)", self.chatter())
                self.assertEqual(self.lead.handoff_order_name, "S00001")

    def test_names_of_the_dealer_are_text(self):
        """Of any length and content: cut, and never HTML."""
        partner = self.dealer.add("res.partner", name="<img src=x>" * 50)
        self.order_of_the_future(name="<b>S1</b>" * 50, partner_id=partner)
        self.lead.action_mark_won()
        self.run_outbox()
        self.assert_asked()
        self.assertLess(len(self.lead.handoff_error), 700)
        self.assertNotRegex(self.chatter(), "<(b|img)")

    def test_what_is_no_order(self):
        """A peer that answers anything but orders is no Odoo."""
        for answer in (
            "x",
            [{"id": -3}],
            [{"id": True}],
            [{"name": "S1"}],
            ["x"],
            [{"id": 1}] * 100,
        ):
            with self.subTest(answer=str(answer)[:20]):
                self.lead = self.to_negotiation(self.make_lead())
                self.dealer.on(
                    "sale.order",
                    "search_read",
                    lambda *args, reply=answer, **kwargs: reply,
                )
                self.lead.action_mark_won()
                self.run_outbox()
                self.assertEqual(self.message().failure, "bad_reply")
                self.assertEqual(self.lead.step, "negotiation")
                self.assertEqual(self.orders(), [])
                self.message()._cancel("Next.")

    def test_use_it(self):
        found = self.order_of_the_future()
        self.lead.action_mark_won()
        self.run_outbox()
        with self.assertRaises(AccessError):
            self.lead.with_user(self.other_agent).action_use_order()
        self.lead.action_use_order()
        self.run_outbox()
        self.assertEqual(len(self.orders()), 1)
        self.assertEqual((self.lead.step, self.lead.dealer_so_id), ("won", found))
        self.assertFalse(self.lead.handoff_asks)

    def test_use_it_when_it_was_cancelled_meanwhile(self):
        found = self.order_of_the_future()
        self.lead.action_mark_won()
        self.run_outbox()
        self.dealer.rows["sale.order"][found]["state"] = "cancel"
        self.lead.action_use_order()
        self.run_outbox()
        self.assertEqual(self.lead.handoff_state, "failed")
        self.assertIn("cancelled at the dealer", self.lead.handoff_error)
        self.assertEqual(self.lead.step, "negotiation")

    def test_create_a_new_one(self):
        """The lead of the backup has the reference of another customer's."""
        found = self.order_of_the_future()
        self.lead.action_mark_won()
        self.run_outbox()
        with self.assertRaises(AccessError):
            self.lead.with_user(self.other_agent).action_order_anew()
        self.lead.action_order_anew()
        self.run_outbox()
        self.assertEqual(len(self.orders()), 2)
        self.assertEqual(self.lead.step, "won")
        self.assertNotEqual(self.lead.dealer_so_id, found)

    def test_create_a_new_one_but_another_came(self):
        self.order_of_the_future()
        self.lead.action_mark_won()
        self.run_outbox()
        self.order_of_the_future(client_order_ref=f"{self.lead.code} · 0000beef")
        self.lead.action_order_anew()
        self.run_outbox()
        self.assert_asked()
        self.assertEqual(len(self.orders()), 2)

    def test_nothing_to_decide(self):
        for act in (self.lead.action_use_order, self.lead.action_order_anew):
            with self.assertRaisesRegex(UserError, "nothing to decide"):
                act()

    def test_orders_of_others(self):
        """Another BPO's lead may have the same reference, another lead a longer one."""
        for make in (
            lambda code: {"origin": f"{code} · another-bpo", "create_uid": 99},
            lambda code: {"client_order_ref": f"{code}1 · 0badcafe"},
            lambda code: {"client_order_ref": code},
            lambda code: {"state": "cancel"},
        ):
            self.lead = self.to_negotiation(self.make_lead())
            values = make(self.lead.code)
            with self.subTest(values):
                self.dealer.rows["sale.order"].clear()
                self.order_of_the_future(**values)
                self.lead.action_mark_won()
                self.run_outbox()
                self.assertEqual(self.lead.step, "won", self.lead.handoff_error)
                self.assertEqual(len(self.orders()), 2)

    def test_cancelled_order_does_not_win(self):
        """Found by its own reference, cancelled: said, not won."""
        self.lead.action_mark_won()
        reference = self.message().payload["reference"]
        found = self.dealer.add(
            "sale.order", client_order_ref=reference, origin="x", state="cancel"
        )
        self.run_outbox(times=2)
        self.assert_asked()
        self.assertIn("cancelled there", self.lead.handoff_error)
        self.assertFalse(self.lead.handoff_order_name)
        with self.assertRaisesRegex(UserError, "cancelled at the dealer"):
            self.lead.action_use_order()
        self.lead.action_order_anew()
        self.run_outbox()
        self.assertEqual(self.lead.step, "won")
        self.assertNotEqual(self.lead.dealer_so_id, found)

    # Another database that speaks for this one

    def test_a_stamp_stays_at_the_dealer(self):
        for _number in range(3):
            lead = self.to_negotiation(self.make_lead())
            lead.action_mark_won()
            self.run_outbox()
            self.assertEqual(lead.step, "won")
            self.assertEqual(len(self.stamps()), 1, "earlier ones are cleared away")
        self.assertEqual(len(self.dealership.sudo().remote_id.stamps), 1)

    def test_a_copy_was_there(self):
        """Whoever does not know the last stamp stops, until a person decides."""
        first = self.to_negotiation(self.make_lead())
        first.action_mark_won()
        self.run_outbox()
        (row,) = self.dealer.rows["ir.filters"].values()
        mine, remote = row["name"], self.dealership.sudo().remote_id
        row["name"] = f"{mine.rpartition(' ')[0]} {'f' * 32}"
        self.lead.action_mark_won()
        self.run_outbox(times=3)
        self.assertEqual(len(self.orders()), 1)
        self.assertEqual(self.lead.handoff_state, "pending")
        self.assertEqual(self.message().failure, "displaced")
        self.assertEqual(remote.foreign_stamp, "f" * 32)
        self.assertEqual(self.stamps(), [row["name"]], "ours is taken back")
        self.assertEqual(len(remote.activity_ids), 1)
        self.assertIn("Take Over", remote.activity_ids.note)
        self.assertIn("Another database", self.chatter())
        calls = len(self.dealer.calls)
        self.run_outbox()
        self.assertEqual(len(self.dealer.calls), calls, "it does not ask again")
        with self.assertRaises(AccessError):
            remote.with_user(self.agent).action_take_over()
        remote.with_user(self.manager).action_take_over()
        self.run_outbox()
        self.assertEqual(self.lead.step, "won")
        self.assertFalse(remote.foreign_stamp or remote.activity_ids)
        self.assertEqual(len(self.stamps()), 1)

    def test_two_at_the_same_moment(self):
        """The other one leaves its stamp between ours and our look."""
        create = self.dealer._handlers["ir.filters", "create"]

        def both(values):
            number = create(values)
            title = values["name"].rpartition(" ")[0]
            create({**values, "name": f"{title} {'e' * 32}"})
            return number

        self.dealer.on("ir.filters", "create", both)
        self.lead.action_mark_won()
        self.run_outbox()
        self.assertEqual(self.orders(), [])
        self.assertEqual(self.dealership.sudo().remote_id.foreign_stamp, "e" * 32)

    def test_test_connection_says_it(self):
        self.lead.action_mark_won()
        remote = self.dealership.sudo().remote_id
        remote.foreign_stamp = "e" * 32
        action = self.dealership.with_user(self.manager).action_test_connection()
        self.assertEqual(action["params"]["type"], "danger")
        self.assertIn("Another database", action["params"]["message"])
        self.run_outbox()
        self.assertEqual(self.orders(), [])

    def test_lost_reply_to_the_stamp(self):
        """Ours is known to us, whether we heard of it or not."""
        create = self.dealer._handlers["ir.filters", "create"]

        def create_and_drop(values):
            self.dealer.drop_next_reply()
            self.dealer.on("ir.filters", "create", create)
            return create(values)

        self.dealer.on("ir.filters", "create", create_and_drop)
        self.lead.action_mark_won()
        self.run_outbox(times=2)
        self.assertEqual(self.lead.step, "won")
        self.assertEqual(len(self.stamps()), 1)

    def test_a_dealer_that_keeps_no_stamps(self):
        """A hardened Odoo: its orders are made all the same."""
        self.dealer.forbidden = {("ir.filters", "create")}
        self.lead.action_mark_won()
        self.run_outbox()
        self.assertEqual(self.lead.step, "won")

    def test_dealer_restored(self):
        """Restored to before our first order: no stamp is nobody's."""
        self.lead.action_mark_won()
        self.run_outbox()
        self.dealer.rows["ir.filters"].clear()
        lead = self.to_negotiation(self.make_lead())
        lead.action_mark_won()
        self.run_outbox()
        self.assertEqual(lead.step, "won")
