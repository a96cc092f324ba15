"""A distributor that does not let us mark a lead, or any, and who waits behind."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError

from ..sync import web_lead_marks, web_lead_scan
from .common import DRIVE, QUOTATION, SyncCase

REFUSALS = {
    "validation": ValidationError("The e-mail address is not valid."),
    "rule": AccessError("Due to security restrictions (Document type: Web)"),
    "no e-mail": UserError("Please configure the sender's email address."),
    "broken": KeyError("mobile_country"),
    "value": ValueError("Wrong value for cheryweb.quotation.source: 'x'"),
    "method": AttributeError("'bool' object has no attribute 'strip'"),
}


class TestWriteBackRefused(SyncCase):
    def refuse(self, refused, model=QUOTATION):
        """Refuse a write with any of these ids, as an Odoo does: as a whole."""
        write = self.fake._handlers[model, "write"]

        def check(ids, values):
            for row_id in ids:
                if row_id in refused:
                    raise refused[row_id]
            return write(ids, values)

        self.fake.on(model, "write", check)
        self.addCleanup(self.fake.on, model, "write", write)
        return write

    def old_branch(self):
        self.fake.fields[QUOTATION]["status"] = {
            "type": "selection",
            "selection": [["new", "New"]],
        }

    def let_time_pass(self):
        """Make due whatever waits for its next try."""
        self.origins().next_try = fields.Datetime.now() - timedelta(minutes=1)

    def written(self):
        return [len(args[0]) for _model, _method, args, _kwargs in self.fake.writes()]

    # -- one lead refused --------------------------------------------------------

    def test_the_refused_keep_their_own_sentence_and_the_others_are_marked(self):
        ids = [self.fake.quotation(name=f"Q{number}") for number in range(60)]
        bad = dict(zip(ids[5::9], REFUSALS.values(), strict=False))
        self.assertEqual(len(bad), 6)
        self.refuse(bad)
        self.import_leads()
        self.assertEqual(len(self.leads()), 60)
        states = {o.remote_id: (o.state, o.error or "") for o in self.origins()}
        for row_id in ids:
            self.assertEqual(
                (states[row_id][0], self.fake.status(QUOTATION, row_id)),
                ("pending", "new") if row_id in bad else ("done", "synced"),
            )
        sentences = {row_id: states[row_id][1] for row_id in bad}
        self.assertIn("The e-mail address is not valid.", sentences[ids[5]])
        self.assertIn("Access Denied", sentences[ids[14]])
        self.assertIn("configure the sender's", sentences[ids[23]])
        self.assertEqual(len(set(sentences.values())), 6)
        run = self.runs()[-1]
        self.assertEqual(run.state, "done")
        self.assertIn("6 web leads could not be marked", run.message)

    def test_a_lead_is_found_among_many_by_few_calls(self):
        ids = [self.fake.quotation(name=f"Q{number}") for number in range(100)]
        self.refuse({ids[77]: REFUSALS["validation"]})
        self.import_leads()
        self.assertEqual(self.origins().mapped("state").count("done"), 99)
        self.assertLess(len(self.written()), 20)

    def test_a_refused_lead_is_not_paid_for_in_each_run(self):
        bad = self.fake.quotation(name="Bad")
        self.refuse({bad: REFUSALS["validation"]})
        for _run in range(6):
            self.import_leads()
        self.assertEqual(len(self.written()), 2)
        self.assertEqual(self.origins().attempts, 2)
        self.let_time_pass()
        self.import_leads()
        self.assertEqual(len(self.written()), 3)

    def test_a_person_who_asks_does_not_wait(self):
        bad = self.fake.quotation(name="Bad")
        self.refuse({bad: REFUSALS["validation"]})
        for _run in range(4):
            self.import_leads()
        self.refuse({})
        self.fake.on(QUOTATION, "write", lambda ids, values: True)
        self.origins().with_user(self.manager).action_retry()
        self.run_cron()
        self.assertEqual(self.origins().state, "done")

    def test_both_forms_are_marked_whatever_one_of_them_answers(self):
        row_id = self.fake.quotation(name="A")
        drive = self.fake.drive(last_name="B")
        self.refuse({row_id: OSError("the server is going down")})
        self.import_leads()
        self.assertEqual(len(self.leads()), 2)
        self.assertEqual(self.fake.status(DRIVE, drive), "synced")

    def test_what_was_closed_there_meanwhile_is_left_alone(self):
        row_id = self.fake.quotation(name="A")
        write = self.refuse({row_id: REFUSALS["validation"]})
        self.import_leads()
        self.fake.on(QUOTATION, "write", write)
        self.fake.tables[QUOTATION][row_id]["status"] = "sent there already"
        self.import_leads()
        self.assertEqual(self.fake.status(QUOTATION, row_id), "sent there already")
        self.assertEqual(self.origins().state, "done")

    def test_a_batch_that_is_too_much_is_made_smaller(self):
        """A distributor that is slow per lead breaks off large calls only."""
        ids = [self.fake.quotation(name=f"Q{number}") for number in range(9)]
        write = self.fake._handlers[QUOTATION, "write"]

        def at_most_three(ids, values):
            if len(ids) > 3:
                self.fake.drop_next_reply()
                return True
            return write(ids, values)

        self.fake.on(QUOTATION, "write", at_most_three)
        for _run in range(5):
            self.import_leads()
            self.brand.sudo().remote_id.next_probe = False
        self.assertEqual({self.fake.status(QUOTATION, i) for i in ids}, {"synced"})

    # -- all refused -------------------------------------------------------------

    def test_a_form_that_refuses_all_is_found_out_by_few_calls(self):
        ids = [self.fake.quotation(name=f"Q{number}") for number in range(100)]
        self.refuse(dict.fromkeys(ids, REFUSALS["no e-mail"]))
        self.import_leads()
        self.assertLess(len(self.written()), 25)
        self.assertEqual(len(self.leads()), 100)
        for origin in self.origins():
            self.assertIn("configure the sender's", origin.error)
        self.assertEqual(self.runs()[-1].state, "failed")
        self.import_leads()
        self.assertLess(len(self.written()), 40)

    def test_the_oldest_refused_say_nothing_of_the_others(self):
        ids = [self.fake.quotation(name=f"Q{number}") for number in range(60)]
        self.refuse(dict.fromkeys(ids[:20], REFUSALS["rule"]))
        self.import_leads()
        self.assertEqual(
            [self.fake.status(QUOTATION, row_id) for row_id in ids],
            ["new"] * 20 + ["synced"] * 40,
        )
        self.assertEqual(self.runs()[-1].state, "done")

    def test_the_one_that_a_person_retries_is_the_first(self):
        ids = [self.fake.quotation(name=f"Q{number}") for number in range(30)]
        refused = dict.fromkeys(ids, REFUSALS["rule"])
        self.refuse(refused)
        for _run in range(3):
            self.import_leads()
        del refused[ids[17]]
        self.origins()[17].with_user(self.manager).action_retry()
        self.run_cron()
        self.assertEqual(self.fake.status(QUOTATION, ids[17]), "synced")

    def test_when_it_takes_one_again_the_others_follow(self):
        ids = [self.fake.quotation(name=f"Q{number}") for number in range(30)]
        write = self.refuse(dict.fromkeys(ids, REFUSALS["no e-mail"]))
        for _run in range(3):
            self.import_leads()
        self.fake.on(QUOTATION, "write", write)
        self.origins()[3].next_try = False
        self.import_leads()
        self.import_leads()
        self.assertEqual(set(self.origins().mapped("state")), {"done"})

    # -- new ones come whatever waits ----------------------------------------------

    def test_new_leads_come_whatever_waits_to_be_marked(self):
        self.parameter("web_lead_limit", 8)
        self.old_branch()
        ids = [self.fake.quotation(name=f"Q{number}") for number in range(30)]
        with (
            patch.object(web_lead_scan, "SCAN", 5),
            patch.object(web_lead_marks, "BATCH", 6),
        ):
            for _run in range(4):
                self.import_leads()
            self.assertEqual(self.origins().mapped("remote_id"), ids)
            today = self.fake.quotation(name="Customer of today")
            self.import_leads()
            self.assertEqual(self.leads()[-1].contact_name, "Customer of today")
            self.assertEqual(len(self.leads()), 31)
            self.assertEqual(self.fake.status(QUOTATION, today), "new")

    def test_no_request_names_what_waits(self):
        self.old_branch()
        for number in range(40):
            self.fake.quotation(name=f"Q{number}")
        with (
            patch.object(web_lead_scan, "SCAN", 10),
            patch.object(web_lead_marks, "BATCH", 10),
        ):
            self.import_leads()
            before = len(self.fake.calls)
            self.import_leads()
        for _model, method, args, _kwargs in self.fake.calls[before:]:
            if method == "search_read":
                for term in args[0]:
                    self.assertFalse(isinstance(term[2], list) and len(term[2]) > 10)

    def test_a_late_id_among_many_that_wait_comes_all_the_same(self):
        """A row whose transaction ended late has an id below those seen before."""
        self.old_branch()
        for number in range(10):
            self.fake.quotation(name=f"Q{number}", id=1000 + 2 * number)
        with patch.object(web_lead_scan, "SCAN", 3):
            for _run in range(3):
                self.import_leads()
            self.fake.quotation(name="Late", id=1005)
            for _run in range(5):
                self.import_leads()
        self.assertIn("Late", self.leads().mapped("contact_name"))
        self.assertEqual(len(self.leads()), 11)

    def test_the_oldest_are_marked_first(self):
        self.old_branch()
        ids = [self.fake.quotation(name=f"Q{number}") for number in range(20)]
        with patch.object(web_lead_marks, "BATCH", 4):
            self.import_leads()
        order = [args[0] for _m, _n, args, _k in self.fake.writes()]
        self.assertEqual(order[0], ids[:4])

    def test_leads_that_cannot_be_imported_do_not_hold_up_new_ones(self):
        self.parameter("web_lead_limit", 3)
        create = type(self.env["crm.lead"]).create

        def refuse(records, vals_list):
            if any("Bad" in values["name"] for values in vals_list):
                raise UserError("Not this one.")
            return create(records, vals_list)

        for number in range(4):
            self.fake.quotation(name=f"Bad {number}")
        good = [self.fake.quotation(name=f"Good {number}") for number in range(4)]
        logger = "odoo.addons.bpo_crm_distributor_sync.sync.writer"
        with patch.object(type(self.env["crm.lead"]), "create", refuse):
            with self.assertLogs(logger, "WARNING"):
                for _run in range(3):
                    self.import_leads()
        self.assertEqual(self.origins().mapped("remote_id"), good)

    def test_a_distributor_that_only_says_that_it_marks(self):
        """Its leads wait there again and again: they hold up nobody."""
        self.parameter("web_lead_limit", 3)
        self.fake.on(QUOTATION, "write", lambda ids, values: True)
        for number in range(7):
            self.fake.quotation(name=f"Q{number}")
        for _run in range(6):
            self.import_leads()
        self.assertEqual(len(self.leads()), 7)
        self.assertIn("waits there again", self.origins()[0].error or "")
