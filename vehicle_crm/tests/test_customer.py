from odoo.tests import tagged

from .common import PipelineCase


@tagged("post_install", "-at_install")
class TestCustomer(PipelineCase):
    """D21 D22 Mobile, then e-mail, then a new customer; never by name."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.country_id = cls.env.ref("base.ph")
        cls.Partner = cls.env["res.partner"]
        cls.juan = cls.Partner.create(
            {
                "name": "Juan",
                "mobile": "0917 555 0101",
                "email": "Juan <juan@example.com>",
            }
        )

    def test_mobile_in_any_spelling(self):
        self.assertEqual(self.juan.mobile_key, "+639175550101")
        for mobile in ("+63 917 555 0101", "917-555-0101", "09175550101 / 0918"):
            self.assertEqual(self.Partner._match_customer(mobile, False), self.juan)

    def test_email_next(self):
        match = self.Partner._match_customer
        self.assertEqual(match("0918 555 0202", "JUAN@example.com"), self.juan)
        self.assertEqual(match("N/A", "juan@example.com"), self.juan)
        self.assertFalse(match("0918 555 0202", "other@example.com"))

    def test_mobile_goes_before_email(self):
        maria = self.Partner.create({"name": "Maria", "email": "maria@example.com"})
        match = self.Partner._match_customer
        self.assertEqual(match("0917 555 0101", "maria@example.com"), self.juan)
        self.assertEqual(match("N/A", "maria@example.com"), maria)

    def test_never_by_name_nor_nothing(self):
        match = self.Partner._match_customer
        for mobile in (False, "", "N/A", "0000000", None):
            self.Partner.create({"name": "Nobody", "mobile": mobile})
            self.assertFalse(match(mobile, False))
            self.assertFalse(match(mobile, "N/A"))
        created = self.Partner._match_or_create_customer({"name": "Juan"})
        self.assertNotEqual(created, self.juan)

    def test_shared_mobile(self):
        """A family shares a number: the e-mail decides, else the oldest contact."""
        maria = self.Partner.create(
            {"name": "Maria", "mobile": "09175550101", "email": "maria@example.com"}
        )
        match = self.Partner._match_customer
        self.assertEqual(match("09175550101", "maria@example.com"), maria)
        self.assertEqual(match("09175550101", "x@example.com"), self.juan)

    def test_mobile_in_the_phone_field(self):
        """Odoo 19 has one number: a mobile in it counts, a land line does not."""
        pedro = self.Partner.create({"name": "Pedro", "phone": "0918 555 0303"})
        self.assertEqual(self.Partner._match_customer("09185550303", False), pedro)
        office = self.Partner.create({"name": "Office", "phone": "(02) 8123 4567"})
        self.assertFalse(office.mobile_key)

    def test_archived_and_other_companies(self):
        match = self.Partner._match_customer
        other = self.env["res.company"].create({"name": "Other"})
        self.juan.company_id = other
        self.assertFalse(match("09175550101", "juan@example.com"))
        self.juan.company_id = self.env.company
        self.assertEqual(match("09175550101", False), self.juan)
        self.juan.active = False
        self.assertFalse(match("09175550101", "juan@example.com"))
        self.assertFalse(
            self.Partner.with_context(active_test=False)._match_customer(
                "09175550101", False
            )
        )

    def test_create(self):
        """A match is left untouched; a newcomer gets what is known."""
        values = {"name": "J. Cruz", "mobile": "0917-555-0101", "city": "Cebu"}
        self.assertEqual(self.Partner._match_or_create_customer(values), self.juan)
        self.assertEqual(self.juan.name, "Juan")
        self.assertFalse(self.juan.city)
        values = {"name": "Ana", "mobile": "0919 555 0404", "city": "Cebu"}
        ana = self.Partner._match_or_create_customer(values)
        self.assertEqual((ana.name, ana.city), ("Ana", "Cebu"))
        self.assertEqual(self.Partner._match_or_create_customer(values), ana)
        nameless = self.Partner._match_or_create_customer({"email": "x@example.com"})
        self.assertEqual(nameless.name, "x@example.com")

    def test_a_thousand(self):
        """Matching 1,000 customers costs as many statements as matching ten."""
        partners = self.Partner.create(
            [
                {"name": str(n), "mobile": f"0920 {n:03d} 0000", "email": f"p{n}@x.ph"}
                for n in range(500)
            ]
        )
        wanted = [{"mobile": f"+63920{n:03d}0000"} for n in range(500)]
        wanted += [{"email": f"P{n}@x.ph", "mobile": "N/A"} for n in range(500)]
        self.env.flush_all()
        self.env.invalidate_all()
        self.env.company.country_id.code  # noqa: B018 read before counting
        with self.assertQueryCount(6):
            found = self.Partner._match_customers(wanted)
        self.assertEqual(found, [*partners, *partners])

    def test_equal_newcomers(self):
        """Equal newcomers of one batch are one customer."""
        found = self.Partner._match_or_create_customers(
            [
                {"name": "A", "mobile": "0921 555 0101", "email": "a@example.com"},
                {"name": "A again", "mobile": "+63 921 555 0101"},
                {"name": "A by mail", "email": "A@example.com"},
                {"name": "B", "mobile": "0921 555 0202"},
                {"name": "Juan", "mobile": "0917 555 0101"},
            ]
        )
        self.assertEqual(found[0], found[1])
        self.assertEqual(found[0], found[2])
        self.assertNotEqual(found[0], found[3])
        self.assertEqual(found[4], self.juan)

    def test_lead_key(self):
        """The key of a lead follows its mobile, and its customer's."""
        lead = self.new_lead(self.user, mobile="(0917) 555 0101")
        self.assertEqual(lead.mobile_key, self.juan.mobile_key)
        lead.mobile = "N/A"
        self.assertFalse(lead.mobile_key)
        lead.partner_id = self.juan
        self.assertEqual(lead.mobile_key, self.juan.mobile_key)
        self.assertEqual(lead._create_customer().mobile_key, self.juan.mobile_key)
