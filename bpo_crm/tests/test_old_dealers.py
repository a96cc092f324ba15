from odoo.tests import TransactionCase, tagged

from ..exchange import order_reply
from .common import BpoMixin
from .plain_dealer import PlainDealer

SERIES = ("12.0-20191231", "13.0", "16.0", "saas~17.4", "18.0", "19.0+e")


@tagged("post_install", "-at_install")
class TestOldDealers(BpoMixin, TransactionCase):
    """Plain dealers of each series pass the test and take the order."""

    def test_series(self):
        for version, number in (
            ("12.0-20191231", 12),
            ("saas~17.4+e", 17),
            ("19.0", 19),
            ("", 0),
            ("latest", 0),
            (None, 0),
            (["18"], 0),
        ):
            self.assertEqual(order_reply.series(version), number, version)

    def deliver(self, version, tested=True):
        dealer = PlainDealer(series=version.removeprefix("saas~"))
        dealer.start()
        self.addCleanup(dealer.stop)
        self.connect(self.dealership, dealer)
        if tested:
            test = self.dealership.with_user(self.manager).action_test_connection()
            self.assertEqual(test["params"]["type"], "success", test["params"])
        lead = self.to_negotiation(self.make_lead())
        lead.action_mark_won()
        self.run_outbox()
        self.assertEqual(lead.step, "won", lead.handoff_error)
        return dealer, lead

    def test_each_series(self):
        for version in SERIES:
            for tested in (True, False):
                with self.subTest(version=version, tested=tested):
                    dealer, lead = self.deliver(version, tested)
                    (order,) = dealer.rows["sale.order"].values()
                    self.assertEqual(lead.dealer_so_id, order["id"])
                    self.assertEqual(lead.dealer_so_name, order["name"])

    def test_rights_are_asked_as_the_series_can(self):
        for version in SERIES:
            with self.subTest(version):
                dealer, _lead = self.deliver(version)
                dealer.forbidden = {("sale.order", "create")}
                dealer.groups = {"sales_team.group_sale_salesman"}
                test = self.dealership.with_user(self.manager).action_test_connection()
                self.assertIn("create sale.order", test["params"]["message"])
                checks = self.dealership.remote_id.check_ids
                said = checks.filtered(lambda check: check.name == "Own orders").detail
                self.assertIn("All Documents", said)

    def test_the_customer_is_found_by_e_mail(self):
        """The column that holds the plain address is younger than 12.0."""
        for version in ("12.0", "18.0"):
            with self.subTest(version):
                dealer, _lead = self.deliver(version)
                dealer.rows["res.partner"].clear()
                known = dealer.add(
                    "res.partner", name="Li", email="Li_Cruz@Example.com"
                )
                dealer.add("res.partner", name="Other", email="lixcruz@example.com")
                lead = self.to_negotiation(
                    self.make_lead(mobile=False, email_from="li_cruz@example.com")
                )
                lead.action_mark_won()
                self.run_outbox()
                orders = list(dealer.rows["sale.order"].values())
                self.assertEqual(orders[-1]["partner_id"], known)

    def test_a_lost_reply_makes_one_order(self):
        dealer = PlainDealer(series="12.0")
        dealer.start()
        self.addCleanup(dealer.stop)
        self.connect(self.dealership, dealer)
        lead = self.to_negotiation(self.make_lead())
        lead.action_mark_won()
        for _call in range(4):
            dealer.drop_next_reply()
        self.run_outbox(times=7)
        self.assertEqual(len(dealer.rows["sale.order"]), 1)
        self.assertEqual(lead.step, "won")
