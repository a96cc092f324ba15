from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from odoo.addons.vehicle_crm.hooks import keep_business_records

from .common import PipelineCase


@tagged("post_install", "-at_install")
class TestApart(PipelineCase):
    """The ordinary leads of the same company do not notice that pipelines exist."""

    def test_ordinary_lead_lives_as_ever(self):
        """Stages, won, lost, restored and deleted as the core does it."""
        lead = self.new_ordinary_lead(user_id=self.stranger.id)
        acting = lead.with_user(self.stranger)
        self.assertFalse(lead.pipeline or lead.code or lead.step)
        self.assertIn(lead.stage_id, self.ordinary_stages)
        for stage in reversed(self.ordinary_stages.filtered(lambda s: not s.is_won)):
            acting.write({"stage_id": stage.id})
            self.assertEqual(lead.stage_id, stage)
        acting.action_set_won()
        self.assertTrue(lead.stage_id.is_won)
        self.assertIn(lead.stage_id, self.ordinary_stages)
        self.assertEqual(lead.probability, 100)
        self.assertFalse(lead.date_won)
        lost = self.new_ordinary_lead()
        lost.action_set_lost()
        self.assertFalse(lost.active)
        self.assertEqual(lost.probability, 0)
        lost.action_unarchive()
        self.assertTrue(lost.active)
        lost.with_user(self.stranger).write(
            {"user_id": self.colleague.id, "probability": 42}
        )
        self.assertEqual(lost.probability, 42)
        acting.unlink()

    def test_stages_of_a_board(self):
        """Each board has its own columns."""
        Stage = self.env["crm.stage"]
        ordinary = self.Lead._read_group_stage_ids(Stage, [])
        self.assertTrue(ordinary)
        self.assertFalse(ordinary.filtered("pipeline"))
        ours = self.Lead.with_context(
            default_pipeline=self.pipeline
        )._read_group_stage_ids(Stage, [])
        self.assertEqual(ours, Stage.concat(*self.stages.values()))

    def test_stage_find(self):
        """An ordinary lead never lands in a pipeline's stage, nor the reverse."""
        (self.ordinary_stages.filtered(lambda s: not s.fold)).sequence = 10000
        lead = self.new_ordinary_lead()
        self.assertFalse(lead.stage_id.pipeline)
        self.assertFalse(self.Lead._stage_find().pipeline)
        won = self.new_lead()._stage_find(domain=[("is_won", "=", True)], limit=None)
        self.assertEqual(won, self.stages["won"])
        self.assertEqual(
            self.Lead.with_context(default_pipeline=self.pipeline)._stage_find(),
            self.stages["new"],
        )

    def test_windows_of_others(self):
        """A window on leads that names no pipeline leaves pipeline leads out.

        Whatever module made it. A window that is not read by the client as a list
        fails here and needs a look.
        """
        self.new_lead()
        actions = self.env["ir.actions.act_window"].search(
            [("res_model", "in", ["crm.lead", "crm.activity.report"])]
        )
        core = actions.filtered(
            lambda a: (a.get_external_id()[a.id] or "").startswith("crm.")
        )
        self.assertGreater(len(core), 9)
        for action in actions:
            values = action._get_action_dict()
            with self.subTest(action=action.xml_id or action.id):
                self.assertIn("pipeline", f"{values['domain']} {values['context']}")
        for action in core:
            domain = action._get_action_dict()["domain"]
            context = {"uid": self.env.uid, "active_id": 1, "active_ids": [1]}
            domain = safe_eval(domain, {**context, "context_today": fields.Date.today})
            found = self.env[action.res_model].search(domain)
            self.assertFalse(found.filtered("pipeline"), action.xml_id)
        action = self.env["crm.team"].action_your_pipeline()
        self.assertIn("('pipeline', '=', False)", action["domain"])

    def test_window_shows_what_is_stored(self):
        """The form of a window, and whatever else reads it, shows its own domain."""
        action = self.env.ref("crm.crm_lead_action_pipeline")
        stored = action.domain
        self.assertNotIn("pipeline", stored or "")
        for values in (
            action.read()[0],
            action.read(["domain"])[0],
            action.web_read({"domain": {}})[0],
        ):
            self.assertEqual(values["domain"], stored)

    def test_window_of_an_administrator(self):
        """One that he made himself opens with his domain, exported or not."""
        for exported in (False, True):
            for domain in (False, "[('priority', '=', '3')]"):
                action = self.env["ir.actions.act_window"].create(
                    {"name": "Mine", "res_model": "crm.lead", "domain": domain}
                )
                if exported:
                    self.env["ir.model.data"].create(
                        {
                            "module": "__export__",
                            "name": f"window_{action.id}",
                            "model": action._name,
                            "res_id": action.id,
                        }
                    )
                with self.subTest(exported=exported, domain=domain):
                    self.assertEqual(action._get_action_dict()["domain"], domain)

    def test_team_counters(self):
        """The dashboards of sales teams count ordinary leads."""
        team = self.env["crm.team"].create({"name": "Counted", "use_leads": True})
        late = fields.Date.today() - timedelta(days=3)

        names = {  # 19.0 has the first one alone
            "lead_unassigned_count",
            "opportunities_count",
            "opportunities_amount",
            "opportunities_overdue_count",
        } & team._fields.keys()

        def counters():
            team.invalidate_recordset()
            return {name: team[name] for name in names}

        values = {"team_id": team.id, "expected_revenue": 7, "date_deadline": late}
        self.new_ordinary_lead(**values)
        self.new_ordinary_lead(**values, type="lead", user_id=False)
        before = counters()
        self.assertEqual(before["lead_unassigned_count"], 1)
        lead = self.new_lead(**values)
        self.assertEqual(counters(), before)
        lead._open_gate().write({"type": "lead"})
        self.assertEqual(counters(), before)

    def test_figures_of_the_core(self):
        """The digest and a customer's Opportunities button leave our leads out."""
        partner = self.env["res.partner"].create({"name": "Juan"})
        digest = self.env["digest.digest"].create({"name": "Figures"})
        now = fields.Datetime.now()
        digest = digest.with_context(
            start_datetime=now - timedelta(days=1), end_datetime=now + timedelta(days=1)
        )

        def figures():
            self.env.flush_all()
            digest.invalidate_recordset()
            partner.invalidate_recordset()
            found = self.Lead.search(partner.action_view_opportunity()["domain"])
            return (
                digest.kpi_crm_lead_created_value,
                digest.kpi_crm_opportunities_won_value,
                partner.opportunity_count,
                len(found),
            )

        before = figures()
        values = {"partner_id": partner.id, "company_id": self.env.company.id}
        self.new_lead(self.user, "won", **values)
        self.assertEqual(figures(), before)
        self.new_ordinary_lead(**values).action_set_won()
        self.assertEqual(figures(), tuple(number + 1 for number in before))

    def test_assignment_skips_pipeline_leads(self):
        """D94 The core's assignment neither takes nor merges a pipeline lead."""
        team = self.env["crm.team"].create({"name": "Assigned"})
        self.env["crm.team.member"].create(
            {"user_id": self.stranger.id, "crm_team_id": team.id, "assignment_max": 300}
        )
        values = {"email_from": "same@example.com", "user_id": False}
        leads = self.new_lead(**values) + self.new_lead(team_id=team.id, **values)
        ordinary = self.new_ordinary_lead(
            type="lead", team_id=False, **{**values, "email_from": "o@example.com"}
        )
        self.env.flush_all()
        before = leads.read(["user_id", "team_id", "active", "type"])
        team._action_assign_leads(force_quota=True, creation_delta_days=0)
        self.assertEqual(leads.read(["user_id", "team_id", "active", "type"]), before)
        self.assertEqual(ordinary.user_id, self.stranger)
        member = team.crm_team_member_ids
        self.new_lead(self.stranger, team_id=team.id)
        member.invalidate_recordset()
        self.assertEqual(member.lead_month_count, 1)

    def test_scoring_learns_nothing(self):
        """R17 Won and lost pipeline leads leave the scoring table as it was."""
        param = self.env["ir.config_parameter"].sudo()
        param.set_param("crm.pls_start_date", "2000-01-01")
        Frequency = self.env["crm.lead.scoring.frequency"]
        team = {"team_id": self.env["crm.team"].create({"name": "Scored"}).id}

        def learned():
            rows = Frequency.search([("team_id", "=", team["team_id"])])
            return sum(round(row.won_count + row.lost_count) for row in rows)

        for step in ("won", "lost"):
            lead = self.new_lead(self.user, step, **team)
            lead.active = False
        self.assertFalse(learned())
        self.new_ordinary_lead(**team).action_set_won()
        once = learned()
        self.assertTrue(once)
        self.Lead._rebuild_pls_frequency_table()
        self.assertEqual(learned(), once)

    def test_forms_offer_own_stages(self):
        """The core's form asks for the stages of the lead's own pipeline."""
        view = self.env.ref("crm.crm_lead_view_form")
        arch = self.Lead.get_view(view.id, "form")["arch"]
        self.assertIn("('pipeline', '=', pipeline)", arch)
        with Form(self.Lead.with_context(default_type="opportunity"), view) as form:
            form.name = "By form"
        lead = form.save()
        self.assertFalse(lead.stage_id.pipeline)
        view = "vehicle_crm.crm_lead_view_form"
        Lead = self.Lead.with_user(self.user).with_context(
            default_type="opportunity", default_pipeline=self.pipeline
        )
        with Form(Lead, view) as form:
            self.assertEqual(form.stage_id, self.stages["new"])
            form.name = "Ours"
        lead = form.save()
        self.assertEqual(lead.step, "new")
        self.assertTrue(lead.code)
        self.assertEqual(
            lead.get_formview_action()["views"][0][0],
            self.env.ref(
                self.Lead._pipeline_roles()[self.pipeline].get("form", view)
            ).id,
        )

    def test_form_of_an_unclaimed_lead(self):
        """D15 D71 The form edits nothing before the claim, nor the owner after it."""
        view = "vehicle_crm.crm_lead_view_form"
        lead = self.new_lead()
        form = Form(lead.with_user(self.user), view)
        with self.assertRaisesRegex(AssertionError, "readonly"):
            form.contact_name = "x"
        lead.with_user(self.user).action_claim()
        form = Form(lead.with_user(self.user), view)
        form.contact_name = "x"
        with self.assertRaisesRegex(AssertionError, "readonly"):
            form.user_id = self.colleague
        form.save()
        form = Form(lead.with_user(self.manager), view)
        form.user_id = self.colleague
        form.save()
        self.assertEqual((lead.contact_name, lead.user_id), ("x", self.colleague))

    def test_quick_create_asks_little(self):
        """D03 Name and mobile are enough."""
        Lead = self.Lead.with_user(self.user).with_context(
            default_type="opportunity", default_pipeline=self.pipeline
        )
        with Form(Lead, "vehicle_crm.crm_lead_view_form_quick_create") as form:
            form.name = "Juan"
            form.mobile = "0917 555 0101"
        self.assertEqual(form.save().mobile_key, "+639175550101")

    def test_activity_report(self):
        """The core's report of activities keeps to the roles as well."""
        lead = self.new_lead(self.user)
        activity = lead.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.user.id
        )
        activity.action_feedback(feedback="Called")
        self.env.flush_all()
        Report = self.env["crm.activity.report"]
        mine = [("lead_id", "=", lead.id)]
        self.assertTrue(Report.with_user(self.user).search(mine))
        self.assertFalse(Report.with_user(self.stranger).search(mine))
        self.assertFalse(Report.search([*mine, ("pipeline", "=", False)]))

    def test_mail_of_a_customer(self):
        """Writing to a customer links other leads, not by anybody's hand."""
        values = {"email_from": "juan@example.com"}
        lead = self.new_lead(self.user, **values)
        unclaimed = self.new_lead(**values)
        partner = self.env["res.partner"].create(
            {"name": "Juan", "email": "juan@example.com"}
        )
        lead.with_user(self.user).message_post(
            body="Hello", partner_ids=partner.ids, subtype_xmlid="mail.mt_comment"
        )
        self.assertEqual(lead.partner_id, partner)
        self.assertEqual(unclaimed.partner_id, partner)
        self.assertFalse(unclaimed.user_id)

    def test_no_core_links_in_mails(self):
        """The core's Mark Won and Mark Lost links are not in our e-mails."""
        lead = self.new_lead(self.user)
        ordinary = self.new_ordinary_lead()

        def links(record):
            message = record.message_post(body="x")
            groups = record._notify_get_recipients_groups(message, "Lead", msg_vals={})
            return [
                action
                for name, _match, options in groups
                if name == "group_sale_salesman"
                for action in options.get("actions") or []
            ]

        self.assertFalse(links(lead))
        if "group_sale_salesman" in str(
            ordinary._notify_get_recipients_groups(
                ordinary.message_post(body="x"), "Lead", msg_vals={}
            )
        ):
            self.assertTrue(links(ordinary))

    def test_uninstall_makes_leads_ordinary(self):
        """The leads of an app that leaves go to the company's own stages."""
        leads = {step: self.new_lead(self.user, step) for step in self.stages}
        archived = self.new_lead(self.user, active=False)
        self.Lead._pipeline_uninstall(self.pipeline)
        for lead in (*leads.values(), archived):
            self.assertFalse(lead.pipeline)
            self.assertIn(lead.stage_id, self.ordinary_stages)
        self.assertTrue(leads["won"].stage_id.is_won)
        self.assertEqual(leads["won"].probability, 100)
        self.assertFalse(leads["lost"].active)
        self.assertEqual(leads["lost"].probability, 0)
        self.assertTrue(leads["negotiation"].active)
        self.assertFalse(leads["negotiation"].stage_id.is_won)
        self.assertFalse(archived.active)

    def test_uninstall_keeps_what_people_worked_with(self):
        """Odoo would delete demo leads, or fail where an order refers to them."""
        lead = self.new_lead(self.user)
        self.env["ir.model.data"].create(
            {
                "module": "test_app",
                "name": "lead_demo",
                "model": lead._name,
                "res_id": lead.id,
            }
        )
        keep_business_records(self.env, "test_app")
        self.assertFalse(self.env.ref("test_app.lead_demo", raise_if_not_found=False))
        self.assertTrue(lead.exists())

    def test_portal_has_no_way_in(self):
        """Somebody from outside reads no lead."""
        portal = self._new_user("pipeline_portal", "base.group_portal")
        lead = self.new_lead().with_user(portal)
        with self.assertRaises(AccessError):
            lead.read(["name"])
        for method in ("action_claim", "action_mark_won", "action_mark_lost"):
            with self.assertRaises(AccessError):
                getattr(lead, method)()

    def test_tracked_fields(self):
        """D74 D76 What a user changes is in the chatter."""
        lead = self.new_lead(self.user)
        partner = self.env["res.partner"].create({"name": "Juan"})
        values = {
            "partner_id": partner.id,
            "contact_name": "Juan C.",
            "mobile": "0917 555 0101",
            "email_from": "juan@example.com",
            "vehicle_model_text": "Tiggo",
            "quantity": 2,
            "expected_price": 5,
            "preferred_color": "red",
            "budget_min": 1,
            "budget_max": 9,
            "has_trade_in": True,
            "trade_in_details": "Old one",
            "financing_type": "bank",
            "down_payment": 3,
            "customer_notes": "Soon",
            "brand_id": False,
            "stage_id": self.stages["qualified"].id,
        }
        lead.with_user(self.user).write(dict(values))
        chatter = self.chatter(lead)
        for name in values:
            self.assertIn(f"{name}:", chatter)
        tracked = lead.message_ids.filtered("tracking_value_ids")[:1]
        self.assertEqual(tracked.author_id, self.user.partner_id)

    def test_team_of_a_command(self):
        """Followers and tags of a pipeline lead work as on any lead."""
        lead = self.new_lead(self.user).with_user(self.user)
        tag = self.env["crm.tag"].create({"name": "Fleet"})
        lead.write({"tag_ids": [Command.link(tag.id)]})
        self.assertEqual(lead.tag_ids, tag)
