"""What a sync must not do to the process that it runs in: others are in it."""

import gc
import logging
from unittest.mock import patch

import psycopg2

from odoo.sql_db import db_connect
from odoo.tools import mute_logger

from ..sync.job import Job
from ..sync.pictures import PictureSync
from ..sync.writer import quiet
from .common import SyncCase
from .test_pictures import picture

SQL = "odoo.sql_db"
BAD = "SELECT 'of a customer'::int"


class TestProcess(SyncCase):
    def refuse(self, cr):
        with self.assertRaises(psycopg2.Error), cr.savepoint(flush=False):
            cr.execute(BAD)

    def test_a_refused_statement_is_not_logged(self):
        with self.assertNoLogs(SQL, "ERROR"), quiet(self.env.cr):
            self.refuse(self.env.cr)
            with quiet(self.env.cr):
                self.refuse(self.env.cr)
            self.refuse(self.env.cr)
        with self.assertLogs(SQL, "ERROR"):
            self.refuse(self.env.cr)

    def test_two_that_overlap_leave_the_log_to_all(self):
        logger = logging.getLogger(SQL)
        before = (logger.propagate, list(logger.handlers), list(logger.filters))
        with db_connect(self.env.cr.dbname).cursor() as other:
            first, second = quiet(self.env.cr), quiet(other)
            first.__enter__()
            second.__enter__()
            with self.assertLogs(SQL, "ERROR"):  # of somebody else meanwhile
                with db_connect(self.env.cr.dbname).cursor() as third:
                    self.refuse(third)
            first.__exit__(None, None, None)
            with self.assertNoLogs(SQL, "ERROR"):
                self.refuse(other)
            second.__exit__(None, None, None)
            with self.assertLogs(SQL, "ERROR"):
                self.refuse(self.env.cr)
            with self.assertLogs(SQL, "ERROR"):
                self.refuse(other)
            other.rollback()
        after = (logger.propagate, list(logger.handlers), list(logger.filters))
        self.assertEqual(before, after)

    def test_the_collector_and_the_loggers_stay_as_they_are(self):
        self.fake.unit(image=picture())
        logger, seen = logging.getLogger(SQL), []

        def looking(function):
            def look(job, *args):
                seen.append((gc.isenabled(), logger.propagate, tuple(logger.handlers)))
                return function(job, *args)

            return look

        before = (gc.isenabled(), logger.propagate, tuple(logger.handlers))
        with (
            patch.object(Job, "store_rows", looking(Job.store_rows)),
            patch.object(
                PictureSync, "store_pictures", looking(PictureSync.store_pictures)
            ),
        ):
            self.sync()
            self.fake.unit(image=picture(), write_date="2026-02-01 00:00:00")
            self.env["distributor.sync.run"]._queue(self.brand, "product")
            self.run_cron()
        self.assertEqual({*seen}, {before})
        self.assertEqual(len(seen), 4)

    def test_what_a_customer_typed_is_not_logged_when_it_is_refused(self):
        self.fake.quotation(name="Ana Secret", mobile="0917 555 0101")
        self.env.cr.execute(
            "ALTER TABLE crm_lead ADD CONSTRAINT sync_test CHECK "
            "(contact_name != 'Ana Secret')"
        )
        with (
            self.assertNoLogs(SQL, "ERROR"),
            mute_logger("odoo.addons.bpo_crm_distributor_sync.sync.writer"),
        ):
            self.import_leads()
        self.assertFalse(self.leads())
        self.assertEqual(len(self.issues()), 1)
