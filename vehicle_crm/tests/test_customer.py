from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

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

    def test_land_line_is_nobody(self):
        """Two people of one office share its land line, not a customer."""
        office = "(02) 8123-4567"
        ana = self.Partner.create(
            {"name": "Ana", "mobile": f"{office} / 0919-555-0404", "phone": office}
        )
        ben = self.Partner.create({"name": "Ben", "mobile": office, "phone": office})
        match = self.Partner._match_customer
        self.assertEqual(match(f"{office} / 0919 555 0404", False), ana)
        self.assertFalse(match(f"{office} / 0919 555 0505", False))
        self.assertFalse(match(office, False))
        self.assertFalse(ben.mobile_key)
        found = self.Partner._match_or_create_customers(
            [
                {"name": "C", "mobile": office},
                {"name": "D", "mobile": office},
                {"name": "E", "mobile": "0917"},
                {"name": "F", "mobile": "0917"},
            ]
        )
        self.assertEqual(len({partner.id for partner in found}), 4)
        self.assertFalse({ana, ben, self.juan} & set(found))

    def test_placeholders_are_nobody(self):
        """What people type to get past a form is no customer's."""
        for number, email in (
            ("09999999999", "na@na.com"),
            ("0999 999 9999", "NA@example.com"),
            ("09123456789", "noreply@example.com"),
            ("1234567890", "no-reply@example.com"),
            ("00000000000", "info@example.com"),
            ("+63 999 999 9999", "Sales <sales@example.com>"),
            ("9999999999.0", "test123@example.com"),
            ("0999-999-9999 ", "xxx@xxx.com"),
            ("N/A", "anybody@na.com"),
        ):
            with self.subTest(number=number, email=email):
                values = {"name": "Somebody", "mobile": number, "email": email}
                first, second = self.Partner._match_or_create_customers(
                    [values, dict(values, name="Somebody else")]
                )
                self.assertNotEqual(first, second)
                self.assertFalse(self.Partner._match_customer(number, email))
                self.assertEqual(first.email, email.split("<")[-1].strip(">").lower())

    def test_placeholder_beside_a_real_one(self):
        match = self.Partner._match_customer
        self.assertEqual(match("09999999999 / 0917 555 0101", False), self.juan)
        self.assertEqual(match("N/A", "na@na.com, juan@example.com"), self.juan)
        self.assertEqual(
            self.Partner._match_customers(
                [{"mobile": "09999999999", "phone": "0917 555 0101"}]
            ),
            [self.juan],
        )

    def test_a_manager_adds_placeholders(self):
        placeholders = self.env["crm.placeholder"].create(
            [
                {"name": name}
                for name in (
                    "0917 555 0101",
                    "Juan@Example.com",
                    "@nowhere.example",
                    "Wala.Po",
                )
            ]
        )
        self.assertEqual(
            placeholders.mapped("kind"), ["number", "address", "domain", "word"]
        )
        match = self.Partner._match_customer
        self.assertFalse(match("+63 917 555 0101", "juan@example.com"))
        for email in ("ana@nowhere.example", "walapo@example.com", "wala-po1@x.ph"):
            self.Partner.create({"name": "Ana", "email": email})
            self.assertFalse(match(False, email))
        placeholders[0].active = False
        self.assertEqual(match("+63 917 555 0101", False), self.juan)
        placeholders[1].unlink()
        self.assertEqual(match(False, "juan@example.com"), self.juan)
        for name in ("@@", "?!", "\u200b"):
            with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as raised:
                self.env["crm.placeholder"].create({"name": name})
            self.assertIsInstance(raised.exception, ValidationError | IntegrityError)

    def test_email_as_people_fill_it(self):
        match = self.Partner._match_customer
        for email in (
            "JUAN@EXAMPLE.COM",
            "juan@example.com.",
            "juan@example.com, other@example.com",
            "juan@example.com / other@example.com",
            "juan@example.com or other@example.com",
            "mailto:juan@example.com",
            "Juan <juan@example.com>",
            "<juan@example.com>;",
            "\u200bjuan@example.com\ufeff",
            "juan\u200b@example.com",
            "juan @ example.com",
            "e-mail: juan@example.com (work)",
        ):
            with self.subTest(email=email):
                self.assertEqual(match(False, email), self.juan)
                other = self.Partner.create(
                    {
                        "name": "Other",
                        "email": email.replace("juan", "maria").replace(
                            "JUAN", "MARIA"
                        ),
                    }
                )
                self.assertEqual(match(False, "maria@example.com"), other)
                other.active = False

    def test_in_the_company_of_the_lead(self):
        """The lead's company decides, not the first one of who is logged in."""
        belgian = self.env["res.company"].create(
            {"name": "Garage", "country_id": self.env.ref("base.be").id}
        )
        self.env.user.company_ids += belgian
        jan = self.Partner.create(
            {"name": "Jan", "mobile": "0475 12 34 56", "company_id": belgian.id}
        )
        self.assertEqual(jan.mobile_key, "+32475123456")
        lead = self.new_lead(company_id=belgian.id, mobile="0475/12.34.56")
        self.assertEqual(lead.mobile_key, "+32475123456")
        wanted = {"name": "J.", "mobile": "0475 123456"}
        self.assertEqual(lead._customers()._match_or_create_customer(wanted), jan)
        self.assertFalse(self.Partner._match_customers([wanted])[0])
        self.juan.company_id = self.env.company
        self.assertFalse(
            lead._customers()._match_customer("+63 917 555 0101", "juan@example.com")
        )

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
