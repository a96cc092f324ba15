import threading
from contextlib import nullcontext
from unittest.mock import patch

from odoo import api
from odoo.tests import HttpCase

from odoo.addons.bus.websocket import WebsocketConnectionHandler, _kick_all

from ..models import distributor_sync_run
from ..sync import books
from .common import SyncCase


class TestMovingBar(SyncCase, HttpCase):
    """The bar in a browser, moved by what the server sends over the websocket."""

    def setUp(self):
        super().setUp()
        self.parameter("page_size", 10)
        for _number in range(45):
            self.fake.unit()
        # Each turn of the scheduler is over after one page: who looks on has one
        # database transaction with it in a test, and sees nothing before.
        self.startPatcher(patch.dict(distributor_sync_run.SECONDS, cron=(0, 1)))
        self.startPatcher(patch.object(books, "TELL", 0))
        runs = type(self.env["distributor.sync.run"])
        self.startPatcher(
            patch.object(runs, "action_next_page", self.next_page(), create=True)
        )
        self.open_the_bus()

    def open_the_bus(self):
        """Let a browser listen, and send at once: tests never really commit.

        Odoo 19 does both in every browser test, 18 in none.
        """
        bus = type(self.env["bus.bus"])
        send_one = bus._sendone

        def send_now(records, *args):
            send_one(records, *args)
            records.env.cr.precommit.run()
            records.env.cr.postcommit.run()

        self.startPatcher(patch.object(bus, "_sendone", send_now))
        self.startPatcher(
            patch.object(
                WebsocketConnectionHandler, "websocket_allowed", return_value=True
            )
        )
        self.addCleanup(_kick_all)

    def next_page(self):
        """Return a method that a browser can call for the scheduler's next turn."""

        @api.model
        def action_next_page(runs):
            cr, thread = runs.env.cr, threading.current_thread()
            cursor = runs.env.registry.cursor

            # One cursor: in a test, one within another cannot commit.
            def same(*args, **kwargs):
                if threading.current_thread() is thread:
                    return nullcontext(cr)
                return cursor(*args, **kwargs)

            with patch.object(runs.env.registry, "cursor", same):
                runs.with_user(runs.env.ref("base.user_root"))._cron_process()
            return True

        return action_next_page

    def test_bar_moves_without_loading_again(self):
        self.brand.flush_recordset()
        self.start_tour(
            f"/odoo/bpo-brands/{self.brand.id}",
            "bpo_sync_moving_bar",
            login="sync_manager",
        )
        self.assertEqual(self.runs().state, "done")
        self.assertEqual(len(self.models()), 45)
