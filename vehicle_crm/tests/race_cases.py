"""Two at once, on real connections; for a TransactionCase without own people."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, RLock

from psycopg2.errors import LockNotAvailable, SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, retrying
from odoo.sql_db import db_connect
from odoo.tests import new_test_user


class RaceCases:
    """Records that other connections see, and work done at the same moment."""

    pipeline = None
    allow_inherited_tests_method = True

    def setUp(self):
        super().setUp()
        self.connection = db_connect(self.env.cr.dbname)

    def outside(self, work):
        """Do ``work(env)`` as superuser in a transaction of its own."""
        with self.connection.cursor() as cr:
            return work(api.Environment(cr, SUPERUSER_ID, {}))

    def new_racers(self, env, role="user"):
        """Two users of the pipeline; to be made, and forgotten, ``outside``."""
        group = env["crm.lead"]._pipeline_roles()[self.pipeline][role]
        racers = [
            new_test_user(env, f"race_{number}", groups=group, name=f"Racer {number}")
            for number in (1, 2)
        ]
        return [racer.id for racer in racers]

    def forget_racers(self, env, user_ids):
        users = env["res.users"].browse(user_ids)
        partners = users.partner_id
        users.unlink()
        partners.unlink()

    def at_once(self, work, user_ids):
        """Run ``work(env)`` as each of the users, as requests at the same moment.

        :return: what each returned, or the UserError that it met
        """
        ready = Barrier(len(user_ids), timeout=10)
        # Odoo runs tests while it holds this lock, which every request takes.
        self.patch(Registry, "_lock", RLock())

        def request(user_id):
            with self.connection.cursor() as cr:
                env = api.Environment(cr, user_id, {})
                ready.wait()
                try:
                    return retrying(partial(work, env), env)
                except UserError as error:
                    cr.rollback()
                    return error

        with ThreadPoolExecutor(len(user_ids)) as threads:
            return list(threads.map(request, user_ids))


class ClaimRaceCases(RaceCases):
    """Of two who claim at the same moment one wins and the other reads who did."""

    def setUp(self):
        super().setUp()
        self.racers, self.lead_id = self.outside(self._make_race)
        self.addCleanup(self.outside, self._forget_race)

    def _make_race(self, env):
        values = {"name": "Race", "pipeline": self.pipeline, "user_id": False}
        return self.new_racers(env), env["crm.lead"].create(values).id

    def _forget_race(self, env):
        env["crm.lead"].browse(self.lead_id).unlink()
        self.forget_racers(env, self.racers)

    def test_claim_at_once(self):
        """D15 Two requests in two threads, with the retries that Odoo makes."""
        outcomes = self.at_once(
            lambda env: env["crm.lead"].browse(self.lead_id).action_claim(),
            self.racers,
        )
        owner = self.outside(
            lambda env: env["crm.lead"].browse(self.lead_id).user_id.id
        )
        winner = self.racers.index(owner)
        self.assertEqual(outcomes[winner]["params"]["type"], "success")
        self.assertIsInstance(outcomes[1 - winner], UserError)
        self.assertIn(f"is claimed by Racer {winner + 1}", str(outcomes[1 - winner]))

    def test_claim_race(self):
        """D15 The second fails at once, with an error that Odoo retries."""
        with (
            self.connection.cursor() as first,
            self.connection.cursor() as second,
        ):
            one, two = self.racers
            winner = api.Environment(first, one, {})["crm.lead"].browse(self.lead_id)
            loser = api.Environment(second, two, {})["crm.lead"].browse(self.lead_id)
            self.assertFalse(loser.user_id)  # what the loser has on the screen
            winner.action_claim()
            with self.assertRaises(LockNotAvailable):
                loser.action_claim()
            second.rollback()
            loser.invalidate_recordset()
            self.assertFalse(loser.user_id)
            first.commit()
            with self.assertRaises(SerializationFailure):
                loser.action_claim()
            second.rollback()
            loser.env.invalidate_all()
            with self.assertRaisesRegex(UserError, "is claimed by Racer 1"):
                loser.action_claim()
        for error in (LockNotAvailable, SerializationFailure):
            self.assertIn(error, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY)
