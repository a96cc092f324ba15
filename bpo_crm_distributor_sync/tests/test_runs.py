import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.sql_db import db_connect

from odoo.addons.remote_odoo.client import OdooClient

from ..models.distributor_sync_queue import LOCK
from ..sync.job import Job
from .common import Killed, SyncCase


class TestRuns(SyncCase):
    def setUp(self):
        super().setUp()
        self.parameter("page_size", 10)
        # A commit after each page, so that a test knows where it was.
        job = "odoo.addons.bpo_crm_distributor_sync.sync.books"
        self.startPatcher(patch(f"{job}.COMMIT_PAGES", 1))

    def test_a_bad_row_in_the_second_of_three_uncommitted_pages(self):
        ids = self.units(10)
        bad = self.fake.unit(name="Refused")
        self.units(14)
        self.sync()
        job = "odoo.addons.bpo_crm_distributor_sync.sync.books"
        with (
            patch(f"{job}.COMMIT_PAGES", 4),
            self.refusing("Refused"),
        ):
            self.run_cron()
        self.assertEqual(len(self.models()), 24)
        self.assertEqual(self.issues().remote_id, bad)
        self.assertRecordValues(
            self.runs(), [{"created": 24, "failed": 1, "done": 25, "state": "done"}]
        )
        self.assertEqual(self.models()[0].external_ref, str(ids[0]))

    def test_more_than_a_page_goes_to_the_background(self):
        self.units(25)
        kind, message = self.sync()
        self.assertEqual(kind, "info")
        self.assertIn("in the background", message)
        self.assertFalse(self.models())
        self.run_cron()
        self.assertEqual(len(self.models()), 25)
        run = self.runs()
        self.assertRecordValues(
            run,
            [
                {
                    "state": "done",
                    "created": 25,
                    "total": 25,
                    "done": 25,
                    "progress": 100,
                    "message": "Vehicle models: 25 created, 0 updated, 0 unchanged.",
                    "user_id": self.manager.id,
                }
            ],
        )
        self.assertTrue(self.brand.distributor_last_sync)

    def kill_at_page(self, page):
        """Begin a sync in the background and let its worker die behind a page."""
        checkpoint, pages = Job.checkpoint, []

        def die(job, cursor, rows):
            result = checkpoint(job, cursor, rows)
            pages.append(cursor)
            if len(pages) == page:
                raise Killed
            return result

        self.sync()
        with patch.object(Job, "checkpoint", die):
            self.run_cron()

    def test_a_killed_worker_goes_on_at_its_page(self):
        ids = self.units(45)
        self.kill_at_page(2)
        self.assertEqual(len(self.models()), 20)
        self.assertEqual(self.runs().state, "running")
        self.fake.calls.clear()
        self.run_cron()
        self.assertEqual(len(self.models()), 45)
        self.assertEqual(self.runs().created, 45)
        first = self.fake.searches("product.template")[0][0]
        self.assertIn(["id", ">", ids[19]], first)

    def test_other_filters_after_a_killed_worker_begin_anew(self):
        self.fake.unit(name="A lot", tracking="lot")
        self.units(45)
        self.kill_at_page(2)
        self.brand.filter_serial = False
        self.run_cron()
        self.assertEqual(len(self.models()), 46)

    def test_other_filters_meanwhile_count_from_the_next_sync_on(self):
        self.fake.unit(name="A lot", tracking="lot", write_date="2020-01-01 00:00:00")
        self.units(25)
        self.sync()
        checkpoint = Job.checkpoint

        def change(job, cursor, rows):
            job.brand.filter_serial = False
            return checkpoint(job, cursor, rows)

        with patch.object(Job, "checkpoint", change):
            self.run_cron()
        self.assertEqual(len(self.models()), 25)
        self.sync()
        self.run_cron()
        self.assertEqual(len(self.models()), 26)

    def test_a_run_that_was_forgotten_meanwhile(self):
        runs = self.env["distributor.sync.run"]
        first = runs._queue(self.brand, "product")
        second = runs._queue(self.brand, "lead")
        process = type(runs)._process

        def forget(run, *args):
            second.sudo().unlink()
            return process(run, *args)

        with patch.object(type(runs), "_process", forget):
            self.run_cron()
        self.assertEqual(first.state, "done")

    def test_the_same_failure_of_the_scheduler_is_kept_once(self):
        self.fake.drop_model("cheryweb.quotation")
        self.import_leads()
        before = self.runs()
        self.assertEqual(before.state, "failed")
        self.import_leads()
        self.assertEqual(self.runs().state, "failed")
        self.assertGreater(self.runs().id, before.id)

    def test_no_answer_is_tried_again_later(self):
        self.units(25)
        self.sync()
        original = OdooClient.call
        seen = []

        def drop(client, model, method, *args, **kwargs):
            seen.append(method)
            if seen.count("search_read") > 2 and "dropped" not in seen:
                seen.append("dropped")
                self.fake.drop_next_reply(2)  # and when it is asked whether it is there
            return original(client, model, method, *args, **kwargs)

        with patch.object(OdooClient, "call", drop):
            self.run_cron()
        run = self.runs()
        self.assertEqual(run.state, "queued")
        self.assertTrue(run.next_try)
        self.assertEqual(self.sync()[0], "warning")  # it waits, but not any more
        self.run_cron()
        self.assertEqual(run.state, "done")
        self.assertEqual(len(self.models()), 25)

    def test_cancel(self):
        self.units(45)
        self.sync()
        run = self.runs()
        with self.assertRaises(AccessError):
            run.with_user(self.supervisor).sudo(False).action_cancel()
        store = Job.store

        def cancel(job, rows):
            run.with_user(self.manager).action_cancel()
            return store(job, rows)

        with (
            patch.object(Job, "store", cancel),
            patch("odoo.addons.bpo_crm_distributor_sync.sync.books.TELL", 0),
        ):
            self.run_cron()
        self.assertEqual(run.state, "cancelled")
        self.assertEqual(len(self.models()), 10)  # the page that was being written
        self.assertFalse(self.brand.distributor_last_sync)

    def test_second_click_is_told(self):
        """The first holds the lock of the brand on another connection."""
        self.units(1)
        with db_connect(self.env.cr.dbname).cursor() as other:
            other.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK, self.brand.id])
            kind, message = self.sync()
            self.assertEqual(kind, "warning")
            self.assertIn("is being synced already", message)
            self.assertIn("Nothing was started twice", message)
            # Dealers of the brand are another matter.
            self.assertIn("Dealers", self.sync("action_sync_dealers")[1] + "Dealers")
            other.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, self.brand.id])
        self.assertEqual(self.sync()[0], "success")

    def test_worker_leaves_a_run_that_another_one_has(self):
        self.units(25)
        run = self.env["distributor.sync.run"]._queue(self.brand, "product")
        with db_connect(self.env.cr.dbname).cursor() as other:
            other.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK, self.brand.id])
            self.run_cron()
            self.assertEqual(run.state, "queued")
            other.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, self.brand.id])
        self.run_cron()
        self.assertEqual(run.state, "done")

    def test_click_while_it_waits_starts_no_second_run(self):
        self.units(25)
        self.sync()
        self.assertEqual(self.sync()[0], "warning")
        self.assertEqual(len(self.runs()), 1)

    def test_one_run_that_fails_does_not_stop_the_next(self):
        other_fake = self.start(type(self.fake)(db="other"))
        other = self.make_brand("SYNCO", other_fake)
        runs = self.env["distributor.sync.run"]
        first, second = (
            runs._queue(self.brand, "product"),
            runs._queue(other, "product"),
        )
        other_fake.unit()
        self.fake.password = "changed there"
        self.run_cron()
        self.assertEqual((first.state, second.state), ("failed", "done"))

    def test_who_started_it_is_told_over_the_bus(self):
        self.units(25)
        self.sync()
        sent = []
        partner = type(self.env["res.users"])
        group = type(self.env["res.groups"])

        def note(records, name, message, **_kwargs):
            sent.append((records._name, name, message))

        with (
            patch.object(partner, "_bus_send", note),
            patch.object(group, "_bus_send", note),
        ):
            self.run_cron()
        bars = [message for _model, name, message in sent if name.endswith("progress")]
        self.assertGreaterEqual(len(bars), 1)
        self.assertEqual(bars[-1]["state"], "done")
        toasts = [m for _model, name, m in sent if name == "simple_notification"]
        self.assertEqual(len(toasts), 1)
        self.assertIn("25 created", toasts[0]["message"])

    def test_the_bar_moves_with_the_commit_of_a_page(self):
        self.units(25)
        self.sync()
        checkpoint = Job.checkpoint

        def die(job, cursor, rows):
            checkpoint(job, cursor, rows)
            raise Killed

        with patch.object(Job, "checkpoint", die):
            self.run_cron()
        sent = [json.loads(row.message) for row in self.env["bus.bus"].search([])]
        bars = [message["payload"] for message in sent if "progress" in message["type"]]
        ours = [bar for bar in bars if bar["run_id"] == self.runs().id]
        self.assertEqual([(bar["done"], bar["total"]) for bar in ours], [(10, 25)])

    def test_full_check_pages_and_resumes(self):
        self.units(25)
        self.sync()
        self.run_cron()
        self.fake.unit(name="New", write_date="2020-01-01 00:00:00")
        with patch("odoo.addons.bpo_crm_distributor_sync.sync.products.PULSE_PAGE", 10):
            self.sync("action_full_check")
            self.run_cron()
        run = self.runs()[-1]
        self.assertRecordValues(
            run, [{"state": "done", "created": 1, "updated": 0, "unchanged": 25}]
        )

    def test_daily_full_check(self):
        self.units(2)
        self.sync()
        self.run_cron("_cron_full_check")
        self.assertTrue(self.runs()[-1].full)
        self.run_cron()
        self.assertEqual(self.runs()[-1].state, "done")

    def test_old_runs_are_forgotten(self):
        self.units(1)
        self.sync()
        run = self.runs()
        self.env["distributor.sync.run"]._gc_runs()
        self.assertTrue(run.exists())
        self.parameter("run_retention_days", 30)
        self.env.cr.execute(
            "UPDATE distributor_sync_run SET create_date = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(days=31), run.id],
        )
        self.env["distributor.sync.run"]._gc_runs()
        self.assertFalse(run.exists())

    def test_page_that_meets_another_writer_is_written_again(self):
        self.units(25)
        self.sync()
        store_rows, tries = Job.store_rows, []

        def busy(job, rows):
            tries.append(job.careful)
            if len(tries) == 1:
                job.env.cr.execute(
                    "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE='40001'; END $$"
                )
            return store_rows(job, rows)

        with patch.object(Job, "store_rows", busy):
            self.run_cron()
        self.assertEqual(len(self.models()), 25)
        self.assertFalse(self.issues())
        self.assertEqual(self.runs().created, 25)

    def test_nobody_but_managers_reads_runs(self):
        self.units(1)
        self.sync()
        for user in (self.supervisor, self.agent):
            for model in ("run", "issue"):
                with self.assertRaises(AccessError):
                    self.env[f"distributor.sync.{model}"].with_user(user).search([])
            for model in ("distributor.mapping", "distributor.web.lead"):
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])
            with self.assertRaises(AccessError):
                self.env["crm.dealership.source"].with_user(user).search([])
        run = self.runs().with_user(self.manager)
        for values in ({"state": "done"}, {"cursor": 5}):
            with self.assertRaises(AccessError):
                run.write(values)
        with self.assertRaises(AccessError):
            run.create({"brand_id": self.brand.id, "kind": "product"})
