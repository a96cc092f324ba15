from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, new_test_user, tagged

from ..models import distributor_sync_web_leads as turns
from ..sync import web_leads
from .fake_distributor import FakeDistributor

QUOTATION, DRIVE = "cheryweb.quotation", "cherywebsite.test.drive"


class Killed(BaseException):
    """A worker that dies: nothing of ours may catch it."""


@contextmanager
def own_transaction(cr):
    """Let `commit` and `rollback` of a test's cursor mean what they say, within it."""

    def commit():
        cr.flush()
        cr.execute("RELEASE SAVEPOINT sync_test; SAVEPOINT sync_test")

    def rollback():
        cr.clear()
        cr.execute("ROLLBACK TO SAVEPOINT sync_test")

    cr.flush()
    cr.execute("SAVEPOINT sync_test")
    with patch.object(cr, "commit", commit), patch.object(cr, "rollback", rollback):
        try:
            yield
        except Killed:
            rollback()  # what PostgreSQL does when the connection is gone
    cr.flush()
    cr.execute("RELEASE SAVEPOINT sync_test")


def brand_values(code, fake):
    """Return the values of a brand that is connected to a fake distributor."""
    return {
        "name": code.title(),
        "code": code,
        "distributor_url": fake.url,
        "distributor_db": fake.db,
        "distributor_username": fake.login,
        "distributor_password": fake.password,
    }


@tagged("post_install", "-at_install")
class SyncCase(TransactionCase):
    """A brand that is connected to a fake distributor, and one user of each role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for role in ("manager", "supervisor", "agent"):
            groups = f"bpo_crm.bpo_crm_group_{role}"
            setattr(cls, role, new_test_user(cls.env, f"sync_{role}", groups=groups))

    def setUp(self):
        super().setUp()
        # A test must not depend on how busy the machine is.
        for where, name in (
            (web_leads, "PATIENCE"),
            (turns, "FIRST"),
            (turns, "SECOND"),
        ):
            patience = patch.object(where, name, 600)
            patience.start()
            self.addCleanup(patience.stop)
        self.fake = self.start(FakeDistributor())
        self.brand = self.make_brand("SYNCT", self.fake)

    def start(self, fake):
        fake.start()
        self.addCleanup(fake.stop)
        return fake

    def make_brand(self, code, fake):
        brand = self.env["crm.brand"].with_user(self.manager)
        return brand.create(brand_values(code, fake))

    def units(self, count, **values):
        return [self.fake.unit(name=f"Unit {n}", **values) for n in range(count)]

    def refusing(self, name):
        """Let the database refuse a model of this name, within it."""
        models = type(self.env["crm.vehicle.model"])
        create = models.create

        def refuse(records, vals_list):
            if any(values["name"] == name for values in vals_list):
                raise UserError("Not this one.")
            return create(records, vals_list)

        return patch.object(models, "create", refuse)

    def parameter(self, name, value):
        self.env["ir.config_parameter"].set_param(
            f"bpo_crm_distributor_sync.{name}", str(value)
        )

    def sync(self, method="action_sync_vehicle_models", brand=None):
        """Press a button as the manager; return `(type, message)` of the toast."""
        action = getattr(brand or self.brand, method)()
        self.env.invalidate_all()
        return action["params"]["type"], action["params"]["message"]

    def run_cron(self, method="_cron_process", times=1):
        runs = self.env["distributor.sync.run"].with_user(
            self.env.ref("base.user_root")
        )
        # The lock of a button that the test pressed is still this transaction's.
        same = patch.object(type(self.registry), "cursor", self.same_cursor)
        for _time in range(times):
            with own_transaction(self.env.cr), same:
                getattr(runs, method)()
        self.env.invalidate_all()

    @contextmanager
    def same_cursor(self, readonly=False):
        yield self.env.cr

    def import_leads(self):
        self.run_cron("_cron_import_web_leads")

    def models(self, brand=None):
        return (
            self.env["crm.vehicle.model"]
            .with_context(active_test=False)
            .search([("brand_id", "=", (brand or self.brand).id)], order="id")
        )

    def origins(self):
        return self.env["distributor.web.lead"].search(
            [("brand_id", "=", self.brand.id)], order="id"
        )

    def leads(self):
        return self.env["crm.lead"].search(
            [("brand_id", "=", self.brand.id)], order="id"
        )

    def runs(self):
        return self.env["distributor.sync.run"].search(
            [("brand_id", "=", self.brand.id)], order="id"
        )

    def issues(self):
        return self.env["distributor.sync.issue"].search(
            [("brand_id", "=", self.brand.id)], order="id"
        )
