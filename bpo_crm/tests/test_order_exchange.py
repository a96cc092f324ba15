from odoo.tests import BaseCase

from odoo.addons.bpo_crm.exchange import order, order_reply
from odoo.addons.remote_odoo.errors import BadReply

CUSTOMER = {
    "name": "Ana Cruz",
    "mobile": "0917 555 0101",
    "email": "ana_c@example.com",
    "street": "",
    "zip": "1000",
}
VEHICLE = {"name": "TunLand G7", "default_code": "TL-G7"}


def payload(**changes):
    values = {
        "lead_code": "LEAD/00042",
        "key": "1a2b3c4d-0000-4000-8000-000000000000",
        "source": "5e1f-uuid",
        "customer": CUSTOMER,
        "vehicle": VEHICLE,
        "quantity": 2,
        "create_product": True,
        "region": "PH",
    }
    return order.order_payload(**{**values, **changes})


class TestOrderExchange(BaseCase):
    def test_reference(self):
        self.assertEqual(payload()["reference"], "LEAD/00042 · 1a2b3c4d")

    def test_no_price_and_no_empty_value(self):  # C31, C45
        values = order.order_values(payload(), 5, 6)
        self.assertEqual(
            values["order_line"], [(0, 0, {"product_id": 6, "product_uom_qty": 2})]
        )
        self.assertNotIn("price", str(payload()) + str(values))
        self.assertNotIn("street", payload()["customer"])

    def test_partner_by_any_spelling(self):  # B49
        asked = payload()
        for spelled in (
            "+63 917 555 0101",
            "09175550101",
            "0917-555-0101",
            "(0917) 555.0101",
            "0917 555 0101 / 02 8888 1234",
        ):
            with self.subTest(spelled):
                self.assertEqual(
                    order.pick_partner(asked, [{"id": 3, "phone": spelled}]), 3
                )

    def test_partner_never_by_a_number_that_only_looks_alike(self):
        rows = [
            {"id": 1, "name": "Ana Cruz", "phone": "+63 917 555 01012"},
            {"id": 2, "name": "Ana Cruz", "mobile": "0918 555 0101"},
            {"id": 3, "name": "Ana Cruz", "email_normalized": "anaxc@example.com"},
        ]
        self.assertIsNone(order.pick_partner(payload(), rows))

    def test_number_before_email_before_age(self):
        rows = [
            {"id": 1, "email_normalized": "ana_c@example.com"},
            {"id": 2, "phone": "0917 555 0101"},
            {
                "id": 3,
                "phone": "0917 555 0101",
                "email_normalized": "ana_c@example.com",
            },
            {"id": 4, "phone": "0917 555 0101"},
        ]
        self.assertEqual(order.pick_partner(payload(), rows), 3)
        self.assertEqual(order.pick_partner(payload(), rows[:2]), 2)
        self.assertEqual(order.pick_partner(payload(), rows[:1]), 1)
        self.assertEqual(order.pick_partner(payload(), rows[1:2] + rows[3:]), 2)

    def test_partner_domain(self):
        like = "%9%1%7%5%5%5%0%1%0%1%"
        self.assertEqual(
            order.partner_domain(payload(), ["phone", "mobile", "email_normalized"]),
            [
                "|",
                "|",
                ("mobile", "=ilike", like),
                ("phone", "=ilike", like),
                ("email_normalized", "=", "ana_c@example.com"),
            ],
        )
        domain = order.partner_domain(payload(), ["email"])  # before 13.0
        self.assertEqual(domain, [("email", "=ilike", r"ana\_c@example.com")])
        self.assertNotIn("mobile", str(order.partner_domain(payload(), ["phone"])))

    def test_not_a_number_is_none(self):
        for text in ("N/A", "", False, "123", "none"):
            with self.subTest(text):
                self.assertEqual(order.number_to_find(text, "PH"), {})

    def test_land_line_is_nobody(self):
        both = {"mobile": "02 8123 4567", "phone": "02 8123 4567"}
        self.assertEqual(payload(customer=both)["number"], {})
        self.assertFalse(order.has_identity(both, "PH"))
        self.assertTrue(order.has_identity({**both, "phone": "0917 555 0101"}, "PH"))
        second = [{"id": 5, "phone": "02 8123 4567 / 0917 555 0101"}]
        self.assertEqual(order.pick_partner(payload(), second), 5)
        ignore = frozenset({"9175550101"})
        self.assertFalse(order.has_identity({"mobile": "0917 555 0101"}, "PH", ignore))

    def test_mobile_becomes_phone_where_the_peer_has_none(self):
        values = order.partner_values(payload(), ["phone", "email", "zip"])
        self.assertEqual(values["phone"], "0917 555 0101")
        self.assertNotIn("mobile", values)
        self.assertNotIn("comment", values)

    def test_landline_is_kept_where_the_peer_has_one_number(self):
        both = {**CUSTOMER, "phone": "02 8888 <1>"}
        peer = ["phone", "email", "zip"]
        values = order.partner_values(payload(customer=both), peer)
        self.assertEqual(values["phone"], "0917 555 0101")
        self.assertEqual(values["comment"], "<p>Landline: 02 8888 &lt;1&gt;</p>")
        values = order.partner_values(payload(customer=both), [*peer, "mobile"])
        self.assertEqual(values["phone"], "02 8888 <1>")
        self.assertNotIn("comment", values)
        same = {**CUSTOMER, "phone": "+63 917 555 0101"}
        values = order.partner_values(payload(customer=same), peer)
        self.assertNotIn("comment", values)

    def test_region_by_code(self):
        asked = payload(customer={**CUSTOMER, "country_code": "PH"})
        self.assertEqual(
            order.region_domains(asked), {"country_id": [("code", "=", "PH")]}
        )
        asked = payload(
            customer={**CUSTOMER, "country_code": "PH", "state_code": "CEB"}
        )
        self.assertEqual(
            order.region_domains(asked)["state_id"],
            [("code", "=", "CEB"), ("country_id.code", "=", "PH")],
        )
        self.assertEqual(order.region_domains(payload()), {})

    def test_product_by_reference_then_name(self):  # R19
        rows = [
            {"id": 1, "name": "TunLand G7", "default_code": False},
            {"id": 2, "name": "Renamed there", "default_code": "TL-G7"},
        ]
        self.assertEqual(order.pick_product(payload(), rows), 2)
        self.assertEqual(order.pick_product(payload(), rows[:1]), 1)
        self.assertIsNone(order.pick_product(payload(), []))
        twice = [{"id": 4}, {"id": 6, "sale_ok": True}, {"id": 7, "sale_ok": True}]
        self.assertEqual(order.pick_product(payload(), twice), 6)
        self.assertEqual(
            order.product_domain(payload(vehicle={"name": "X", "default_code": ""})),
            [("name", "=", "X")],
        )


class TestOrderReplies(BaseCase):
    """What a plain Odoo answers is used only when it has the shape of an answer."""

    def refused(self, read, *replies):
        for reply in replies:
            with self.subTest(read=read.__name__, reply=repr(reply)[:60]):
                with self.assertRaisesRegex(BadReply, "something unexpected: reply"):
                    read(reply)

    def test_ids(self):
        odd = (None, False, True, -3, 0, 2**31, 1.0, "7", [7], {"id": 7}, "", [])
        self.refused(order_reply.read_id, *odd)
        self.assertEqual(order_reply.read_id(2**31 - 1), 2**31 - 1)
        self.refused(
            order_reply.read_ids, None, False, True, 7, "x", {}, *([one] for one in odd)
        )
        self.refused(order_reply.read_ids, [1] * 201)
        self.assertEqual(order_reply.read_ids([]), [])

    def test_yes_and_no(self):
        for reply, value in ((True, True), (False, False), (None, False)):
            self.assertIs(order_reply.read_yes(reply), value)
        self.refused(order_reply.read_yes, 1, 0, "yes", [True], {"x": 1})

    def test_orders(self):
        read = order_reply.read_orders
        self.refused(read, None, False, "x", 7, {}, [None], [[]], [{}], [{"id": True}])
        self.refused(read, [{"id": 1, "name": "S1"}] * 201, [{"id": -3, "name": "S1"}])
        for name in (5, ["x"], {"x": 1}, None, False, "", "  "):
            (row,) = read([{"id": 7, "name": name, "state": name}])
            self.assertEqual((row["id"], row["name"]), (7, "#7"))
            self.assertFalse(row["state"])
        (row,) = read([{"id": 7, "name": "S" * 1_000_000, "more": "x"}])
        self.assertEqual(len(row["name"]), order_reply.NAME_LENGTH)
        self.assertNotIn("more", row)
        with self.assertRaises(BadReply):
            order_reply.read_order([])

    def test_rows(self):
        columns = ["default_code", "sale_ok"]
        rows = order_reply.read_rows([{"id": 4, "default_code": ["x"]}], columns)
        self.assertEqual(rows, [{"id": 4, "default_code": False, "sale_ok": False}])
        self.refused(
            lambda reply: order_reply.read_rows(reply, columns),
            [{"id": 4, "sale_ok": "yes"}], [{"default_code": "x"}], {"id": 4}, None,
        )  # fmt: skip

    def test_only_fields_that_were_asked_for_are_kept(self):
        many = {f"field_{number}": {"type": "char"} for number in range(100_000)}
        kept = order.read_peer_fields(
            lambda *args: {"phone": {"type": "x" * 1000}, "mobile": 5, **many}
        )
        self.assertEqual(kept, {"res.partner": ["phone"], "ir.filters": []})
        for reply in (None, [], "phone", True, 7):
            with self.assertRaises(BadReply):
                order.read_peer_fields(lambda *args, reply=reply: reply)
