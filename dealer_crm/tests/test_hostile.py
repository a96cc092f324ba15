from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import DealerCase

BY_HAND = "cannot be set by hand"


@tagged("post_install", "-at_install")
class TestHostile(DealerCase):
    """What a seller with a script may try on own, unclaimed and others' leads."""

    def refused(self, error, text, work, *args, **kwargs):
        with self.assertRaisesRegex(error, text), self.env.cr.savepoint():
            work(*args, **kwargs)
            self.env.flush_all()
        self.env.invalidate_all()

    def test_computed_columns(self):  # D39, D41
        """RPC may write what is computed and stored; here it may not."""
        lead = self.new_lead(self.user)
        leads = self.env["crm.lead"].with_user(self.user)
        lead.action_convert_to_quotation()
        for name, value in (
            ("step", "won"),
            ("mobile_key", "+639170000000"),
            ("date_last_stage_update", "2020-01-01 00:00:00"),
            ("date_closed", "2020-01-01 00:00:00"),
            ("sale_order_id", False),
            ("call_log_ids", [Command.create({"result": "busy"})]),
        ):
            with self.subTest(name=name):
                self.refused(UserError, BY_HAND, lead.write, {name: value})
                values = {"name": "x", "pipeline": "dealer", name: value or 1}
                self.refused(UserError, BY_HAND, leads.create, values)

    def test_wizards_of_the_core(self):  # D66, D71
        """Converting gives no lead away and claims none behind the lock."""
        own, free = self.new_lead(self.user), self.new_lead()
        foreign = self.new_lead(self.other)
        wizards = self.env["crm.lead2opportunity.partner"].with_user(self.user)

        def convert(lead, **values):
            wizards.with_context(
                active_model="crm.lead", active_id=lead.id, active_ids=lead.ids
            ).create({"name": "convert", **values}).action_apply()

        self.refused(AccessError, "Only a manager", convert, own, user_id=self.other.id)
        self.refused(UserError, "Claim button", convert, free)
        self.refused(AccessError, "", convert, foreign)
        self.refused(
            AccessError,
            "Only a manager",
            own.convert_opportunity,
            self.user.partner_id,
            user_ids=self.other.ids,
        )
        mass = self.env["crm.lead2opportunity.partner.mass"].with_user(self.user)
        mass = mass.with_context(
            active_model="crm.lead", active_ids=(own | free).ids
        ).create({"name": "convert", "user_ids": [Command.set(self.other.ids)]})
        self.refused((AccessError, UserError), "", mass.action_mass_convert)
        self.assertEqual(own.user_id, self.user)
        self.assertFalse(free.user_id)

    def test_mixed_batch(self):  # D06
        """Dealer and ordinary leads in one write: the wrong ones are named."""
        lead = self.new_lead(self.user)
        ordinary = self.env["crm.lead"].create(
            {"name": "Ordinary one", "user_id": self.user.id}
        )
        both = lead | ordinary.with_user(self.user)
        qualified = self.stage("qualified")
        with self.assertRaises(UserError) as error:
            both.write({"stage_id": qualified.id})
        self.assertIn("Ordinary one", str(error.exception))
        self.assertNotIn(lead.code, str(error.exception))
        both.write({"priority": "2"})
        self.assertEqual(both.mapped("priority"), ["2", "2"])

    def test_stages_and_reasons_stay(self):  # D01, D53
        """Nobody deletes, empties or turns what leads move by."""
        lead = self.new_lead(self.user)
        new = self.stage("new").with_user(self.admin)
        self.refused(UserError, "cannot be deleted", new.unlink)
        for values in ({"is_won": True}, {"step": "lost"}, {"pipeline": False}):
            self.refused((UserError, ValidationError), "", new.write, values)
        copy = new.copy()
        self.assertFalse(copy.pipeline)
        reason = self.env.ref("vehicle_crm.lost_reason_other").with_user(self.admin)
        self.refused(UserError, "not deleted", reason.unlink)
        own_reason = self.env["crm.lost.reason"].create({"name": "Without a code"})
        self.refused(
            UserError,
            "Choose a lost reason",
            lead.action_set_lost,
            lost_reason_id=own_reason.id,
        )
        reason.active = False
        lead.action_mark_lost(reason_code="other")  # the bridge may still say so
        self.assertEqual(lead.step, "lost")

    def test_vehicle_that_is_not_sold_any_more(self):  # D17
        for name in ("active", "sale_ok"):
            lead = self.new_lead(self.user)
            self.vehicle[name] = False
            self.refused(
                UserError, "Select a vehicle first", lead.action_convert_to_quotation
            )
            self.vehicle[name] = True
        lead.action_convert_to_quotation()

    def test_archived_brand(self):
        lead = self.new_lead(self.user)
        self.brand.active = False
        lead.action_convert_to_quotation()
        self.assertEqual(lead.sale_order_id.brand_id, self.brand)

    def test_owner_who_left(self):  # D73
        """A manager takes over the leads, and the orders, of an archived user."""
        lead = self.new_lead(self.other)
        lead.action_convert_to_quotation()
        self.other.active = False
        lead = lead.with_user(self.manager)
        self.assertIn(lead, lead.search([("user_id", "=", self.other.id)]))
        lead.action_claim()
        self.assertEqual(lead.sale_order_id.user_id, self.manager)

    def test_owner_without_a_role(self):  # D71
        """Given to somebody who would not see it, a lead would be lost."""
        lead = self.new_lead(self.user).with_user(self.manager)
        leads = self.env["crm.lead"].with_user(self.manager)
        for user in (self.outsider, self.env.ref("base.public_user")):
            values = {"user_id": user.id}
            self.refused(UserError, "no role in the app", lead.write, values)
            values.update(name="x", pipeline="dealer")
            self.refused(UserError, "no role in the app", leads.create, values)

    def test_merged_lead(self):  # D94
        """What was merged is not worked on beside the lead that took it over."""
        leads = self.new_lead(self.user) | self.new_lead(self.user)
        tail = leads - leads.merge_opportunity()
        for work in (
            tail.action_convert_to_quotation,
            tail.action_log_call,
            tail.action_claim,
            lambda: tail.action_mark_lost(reason_code="price"),
        ):
            self.refused(UserError, "were merged into others", work)
        tail.action_unarchive()
        tail.action_convert_to_quotation()

    def test_odd_values(self):
        lead = self.new_lead(self.user)
        leads = self.env["crm.lead"].with_user(self.user)
        amounts = ("expected_price", "budget_min", "budget_max", "down_payment")
        odd = {name: (-1, 1e13, 1e300) for name in amounts}
        odd["quantity"] = (0, -1, False, 10_001, 2**31, 2**63, "1.5")
        for name, values in odd.items():
            for value in (*values, float("nan"), float("inf"), "many", ["x"]):
                with self.subTest(name=name, value=value):
                    text = "is a number from .* Not saved: "
                    self.refused(
                        ValidationError, text + lead.code, lead.write, {name: value}
                    )
                    new = {"name": "New one", "pipeline": "dealer", name: value}
                    self.refused(ValidationError, text + "New one", leads.create, new)
        by_context = leads.with_context(default_quantity=2**31)
        self.refused(
            ValidationError,
            "Quantity is a number from 1 to 10,000",
            by_context.create,
            {"name": "x", "pipeline": "dealer"},
        )
        self.refused(
            ValidationError,
            "starts above where it ends",
            lead.write,
            {"budget_min": 2, "budget_max": 1},
        )
        lead.write({"quantity": 10_000, "expected_price": 10**12})
        lead.write({"quantity": 1, "expected_price": 0})

    def test_odd_texts(self):
        lead = self.new_lead(self.user)
        name = "Ñiña <b>Reyes</b> 你好 🚗 " * 40
        lead.write(
            {
                "name": name,
                "contact_name": name,
                "mobile": "0917 555 0133 / 0918 555 0144 (ask for Bong)",
                "customer_notes": "<script>alert(1)</script>" * 500,
            }
        )
        lead.action_convert_to_quotation()
        self.assertEqual(lead.partner_id.mobile_key, "+639175550133")
        self.assertEqual(lead.partner_id.name, name)
        lead.action_mark_lost(reason_code="price", notes="<script>x</script>\n<b>y")
        trail = " ".join(self.bodies(lead))
        self.assertIn("&lt;script&gt;x", trail)
        self.assertNotIn("<script", trail)
        self.assertNotIn("<b>", trail)

    def test_odd_reasons_and_notes(self):  # D52, D54
        """What RPC sends instead of a code or a text closes no lead."""
        lead = self.new_lead(self.user)
        for code in (["price"], {"code": "price"}, 5, True):
            self.refused(UserError, "text is expected", lead.action_mark_lost, code)
        self.refused(
            UserError, "Choose a lost reason", lead.action_mark_lost, "price' or 1=1"
        )
        for notes in ({"a": 1}, ["x"], 5, True):
            self.refused(
                UserError, "text is expected", lead.action_mark_lost, "price", notes
            )
        self.refused(
            UserError, "cannot be stored", lead.action_mark_lost, "price", "a\0b"
        )
        for reason in ("abc", ["price"], {"id": 1}, None):
            self.refused(
                UserError,
                "Choose a lost reason",
                lead.action_set_lost,
                lost_reason_id=reason,
            )
        self.assertEqual(lead.step, "new")

    def test_pipeline_that_is_not_there(self):  # D01
        leads = self.env["crm.lead"].with_user(self.user)
        for pipeline in ("boat", ["dealer"], 5):
            self.refused(
                UserError,
                "There is no pipeline",
                leads.create,
                {"name": "x", "pipeline": pipeline},
            )

    def test_calls_of_ordinary_leads(self):
        """There is no call log for them."""
        ordinary = self.env["crm.lead"].create(
            {"name": "Ordinary", "user_id": self.user.id}
        )
        for method in ("action_view_calls", "action_log_call", "action_claim"):
            work = getattr(ordinary.with_user(self.user), method)
            self.refused(AccessError, "no role in the app", work)

    def test_actions_menu(self):
        """The core's Mark Lost, with the core's reasons, is not beside ours."""
        core = self.env.ref("crm.crm_lead_lost_action").id
        leads = self.env["crm.lead"].with_user(self.user)

        def offered(leads):
            views = leads.get_views([(False, "list")], {"toolbar": True})["views"]
            return [action["id"] for action in views["list"]["toolbar"]["action"]]

        self.assertIn(core, offered(leads))
        self.assertNotIn(core, offered(leads.with_context(default_pipeline="dealer")))
