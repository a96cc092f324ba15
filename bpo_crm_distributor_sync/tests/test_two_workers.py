import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..models.crm_brand_sync import CrmBrand
from ..sync.job import Job
from .common import brand_values
from .fake_distributor import FakeDistributor


@tagged("post_install", "-at_install")
class TestTwoWorkers(TransactionCase):
    """Connections of their own and real commits; what they leave is deleted."""

    def setUp(self):
        super().setUp()
        self.brands = []
        self.addCleanup(self.clean)
        self.fake, self.brand = self.make_brand()

    @contextmanager
    def worker(self):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def make_brand(self):
        code = (
            f"TW{secrets.token_hex(4)}".upper()
        )  # what a killed test left has another
        fake = FakeDistributor(db=code)
        fake.start()
        self.addCleanup(fake.stop)
        with self.worker() as env:
            brand = env["crm.brand"].create(brand_values(code, fake))
            self.brands.append(brand.id)
            brand.action_test_connection()
        return fake, brand.id

    def clean(self):
        with self.worker() as env:
            brands = env["crm.brand"].browse(self.brands)
            domain = [("brand_id", "in", brands.ids)]
            sources = env["crm.dealership.source"].search(domain)
            sources.dealership_id.unlink()
            models = env["crm.vehicle.model"].with_context(active_test=False)
            models.search(domain).unlink()
            env["crm.lead"].search(domain).unlink()
            brands.unlink()

    def queue(self, kind, brand=None):
        with self.worker() as env:
            brand = env["crm.brand"].browse(brand or self.brand)
            return env["distributor.sync.run"]._queue(brand, kind).id

    def process(self, run_id):
        with self.worker() as env:
            self.process_in(env, run_id)

    @staticmethod
    def process_in(env, run_id):
        env["distributor.sync.run"].browse(run_id)._process()

    def at_once(self, *calls):
        """Run `function(env, *args)` of each in a thread; return what they return."""
        # The test itself holds the lock of the registry.
        lock = patch.object(Registry, "_lock", threading.RLock())
        with ExitStack() as stack, lock, ThreadPoolExecutor(len(calls)) as pool:
            envs = [stack.enter_context(self.worker()) for _call in calls]
            futures = [
                pool.submit(function, env, *args)
                for env, (function, *args) in zip(envs, calls, strict=True)
            ]
            return [future.result(30) for future in futures]

    def assertRuns(self, ids, values):
        with self.worker() as env:
            self.assertRecordValues(env["distributor.sync.run"].browse(ids), values)

    def assertBrand(self, values):
        with self.worker() as env:
            brand = env["crm.brand"].browse(self.brand)
            for name, is_set in values.items():
                self.assertEqual(bool(brand[name]), is_set, name)

    def count(self, model):
        with self.worker() as env:
            return env[model].search_count([("brand_id", "in", self.brands)])

    def test_two_kinds_of_a_brand_end_at_the_same_instant(self):
        """The second writer of the brand goes on behind its last commit."""
        self.fake.unit()
        self.fake.dealer(dealer_name="TWO-WORKERS")
        products, dealers = self.queue("product"), self.queue("dealer")
        synced, met = CrmBrand._distributor_synced, []

        def meet(brand, kind, *mark):
            if kind == "product" and not met:
                met.append(kind)
                self.process(dealers)  # from its beginning to its commit
            return synced(brand, kind, *mark)

        with (
            patch.object(CrmBrand, "_distributor_synced", meet),
            mute_logger("odoo.sql_db"),
        ):
            self.process(products)
        self.assertEqual(met, ["product"])
        self.assertRuns([products, dealers], [{"state": "done", "created": 1}] * 2)
        self.assertBrand(
            {"distributor_last_sync": True, "distributor_last_dealer_sync": True}
        )
        with self.worker() as env:
            marks = env["crm.brand"].browse(self.brand).distributor_marks
        self.assertEqual(set(marks), {"product", "dealer"})

    def test_cancel_from_another_transaction(self):
        for number in range(30):
            self.fake.unit(name=f"Unit {number}")
        run = self.queue("product")
        store, pressed = Job.store, []

        def cancel(job, rows):
            result = store(job, rows)
            if not pressed:
                pressed.append(True)
                with self.worker() as env:
                    env["distributor.sync.run"].browse(run).action_cancel()
            return result

        with patch.object(Job, "store", cancel), mute_logger("odoo.sql_db"):
            self.process(run)
        self.assertRuns([run], [{"state": "cancelled"}])
        self.assertBrand({"distributor_last_sync": False})

    def test_two_workers_take_one_run(self):
        for number in range(30):
            self.fake.unit(name=f"Unit {number}")
        run = self.queue("product")
        self.at_once((self.process_in, run), (self.process_in, run))
        self.assertRuns([run], [{"created": 30}])
        self.assertEqual(self.count("crm.vehicle.model"), 30)
        self.assertEqual(self.count("distributor.sync.run"), 1)

    def test_two_clicks_at_once(self):
        self.fake.unit()
        both = threading.Barrier(2, timeout=30)
        execute = Job.execute

        def hold(job):
            both.wait()  # until the other click has its answer
            return execute(job)

        def click(env):
            brand = env["crm.brand"].browse(self.brand)
            answer = retrying(brand.action_sync_vehicle_models, env)["params"]
            if answer["type"] == "warning":
                both.wait()
            return answer["type"]

        with patch.object(Job, "execute", hold):
            answers = self.at_once((click,), (click,))
        self.assertEqual(sorted(answers), ["success", "warning"])
        self.assertEqual(self.count("crm.vehicle.model"), 1)
        self.assertEqual(self.count("distributor.sync.run"), 1)

    def test_two_brands_at_once(self):
        fake, other = self.make_brand()
        for distributor in (self.fake, fake):
            for number in range(30):
                distributor.unit(name=f"Unit {number}")
                distributor.quotation(name=f"P{number}", mobile="0917 555 0101")
        ids = [
            self.queue(kind, brand)
            for brand in (self.brand, other)
            for kind in ("product", "lead")
        ]
        self.at_once(*((self.process_in, run) for run in ids))
        self.assertRuns(ids, [{"state": "done", "created": 30}] * 4)
        self.assertEqual(self.count("crm.lead"), 60)
