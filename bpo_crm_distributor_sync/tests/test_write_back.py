from unittest.mock import patch

from odoo.exceptions import UserError

from odoo.addons.remote_odoo.client import OdooClient

from .common import DRIVE, QUOTATION, Killed, SyncCase


class TestWriteBack(SyncCase):
    """Each web lead becomes one lead, and its distributor is told."""

    def test_write_back_that_fails_is_repeated_and_nothing_doubled(self):  # A56
        row_id = self.fake.quotation(name="A")
        self.fake.writable.clear()
        write = self.fake._handlers[QUOTATION, "write"]

        def down(*args):
            raise OSError("the server is going down")

        self.fake.on(QUOTATION, "write", down)
        self.import_leads()
        self.assertEqual(len(self.leads()), 1)
        self.assertEqual(self.origins().state, "pending")
        self.fake.on(QUOTATION, "write", write)
        self.fake.writable.add(QUOTATION)
        self.import_leads()
        self.assertEqual(len(self.leads()), 1)
        self.assertEqual(self.origins().state, "done")
        self.assertEqual(self.fake.status(QUOTATION, row_id), "synced")

    def test_reply_of_the_write_back_is_lost(self):
        row_id = self.fake.quotation(name="A")
        original = OdooClient.call

        def lose(client, model, method, *args, **kwargs):
            if method == "write":
                self.fake.drop_next_reply()
            return original(client, model, method, *args, **kwargs)

        with patch.object(OdooClient, "call", lose):
            self.import_leads()
        self.assertEqual(self.origins().state, "pending")
        self.assertEqual(self.fake.status(QUOTATION, row_id), "synced")
        self.unpark()
        self.import_leads()
        self.assertEqual(len(self.leads()), 1)
        self.assertEqual(self.origins().state, "done")

    def unpark(self):
        self.brand.sudo().remote_id.next_probe = False

    def test_worker_killed_before_the_write_back(self):
        self.fake.quotation(name="A")
        original = OdooClient.call

        def die(client, model, method, *args, **kwargs):
            if method == "write":
                raise Killed
            return original(client, model, method, *args, **kwargs)

        with patch.object(OdooClient, "call", die):
            self.import_leads()
        self.assertEqual(self.origins().state, "pending")
        self.import_leads()
        self.assertEqual(len(self.leads()), 1)
        self.assertEqual(self.origins().state, "done")

    def test_worker_killed_before_the_local_commit(self):
        self.fake.quotation(name="A")
        with patch.object(
            type(self.env["crm.lead"]), "_message_log_batch", side_effect=Killed
        ):
            self.import_leads()
        self.assertFalse(self.leads())
        self.assertFalse(self.fake.writes())
        self.import_leads()
        self.assertEqual(len(self.leads()), 1)

    def test_status_set_back_there_is_not_a_new_lead(self):  # A06
        row_id = self.fake.quotation(name="A")
        self.import_leads()
        self.fake.tables[QUOTATION][row_id]["status"] = "new"
        self.import_leads()
        self.assertEqual(len(self.leads()), 1)
        self.assertEqual(self.fake.status(QUOTATION, row_id), "synced")

    def test_deleted_lead_does_not_come_again(self):
        row_id = self.fake.quotation(name="A")
        self.import_leads()
        self.leads().unlink()
        self.fake.tables[QUOTATION][row_id]["status"] = "new"
        self.import_leads()
        self.assertFalse(self.leads())

    def test_same_id_of_another_database_is_another_lead(self):
        row_id = self.fake.quotation(name="Of the old database")
        self.import_leads()
        self.fake.tables[QUOTATION].clear()
        self.fake.quotation(
            id=row_id, name="Of the new one", create_date="2026-04-01 10:00:00"
        )
        self.import_leads()
        self.assertEqual(len(self.leads()), 2)

    # -- a distributor on the wrong branch -------------------------------------

    def test_wrong_branch_is_kept_word_for_word(self):  # A54
        selection = self.fake.fields[QUOTATION]["status"]["selection"]
        self.fake.fields[QUOTATION]["status"] = {
            "type": "selection",
            "selection": [item for item in selection if item[0] != "synced"],
        }
        self.fake.quotation(name="A")
        drive = self.fake.drive(last_name="B")
        self.import_leads()
        self.import_leads()
        self.assertEqual(len(self.leads()), 2)
        origin = self.origins().filtered(lambda o: o.remote_model == QUOTATION)
        sentence = "Wrong value for cheryweb.quotation.status: 'synced'"
        self.assertIn(sentence, origin.error)
        self.assertIn(
            "The distributor's branch lacks the 'synced' value.", origin.error
        )
        self.assertEqual(origin.attempts, 2)
        run = self.runs()[-1]
        self.assertEqual(run.state, "failed")
        self.assertIn(f"{sentence}. Correct", run.message)
        self.assertIn("lacks the 'synced' value", run.warning)
        # The other form is not held up.
        self.assertEqual(self.fake.status(DRIVE, drive), "synced")

    def test_leads_that_cannot_be_marked_do_not_hold_up_new_ones(self):
        self.parameter("web_lead_limit", 3)
        self.fake.fields[QUOTATION]["status"] = {
            "type": "selection",
            "selection": [["new", "N"]],
        }
        for number in range(8):
            self.fake.quotation(name=f"Q{number}")
        for _run in range(3):
            self.import_leads()
        self.assertEqual(len(self.leads()), 8)

    def test_one_deleted_there_does_not_hold_up_the_write_back(self):
        first = self.fake.quotation(name="A")
        second = self.fake.quotation(name="B")
        write = self.fake._handlers[QUOTATION, "write"]

        def refuse_the_gone(ids, values):
            if first in ids:
                raise UserError("Record does not exist or has been deleted.")
            return write(ids, values)

        self.fake.on(QUOTATION, "write", refuse_the_gone)
        read = self.fake._handlers[QUOTATION, "search_read"]

        def read_then_delete(domain, **kwargs):
            rows = read(domain, **kwargs)
            if "name" in kwargs["fields"]:
                self.fake.tables[QUOTATION].pop(first, None)
            return rows

        self.fake.on(QUOTATION, "search_read", read_then_delete)
        self.import_leads()
        self.assertEqual(len(self.leads()), 2)
        self.assertEqual(self.fake.status(QUOTATION, second), "synced")
        self.assertEqual(set(self.origins().mapped("state")), {"done"})

    def test_a_form_that_is_missing_does_not_stop_the_other(self):
        self.fake.drop_model(QUOTATION)
        self.fake.drive(last_name="B")
        self.import_leads()
        self.assertEqual(len(self.leads()), 1)
        self.assertIn(QUOTATION, self.runs()[-1].message)
        self.assertTrue(self.brand.distributor_connected is not None)
