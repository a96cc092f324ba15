"""Whatever a distributor does, the brands beside it are served in the same run."""

import itertools
from unittest.mock import patch

from odoo.tools import mute_logger

from odoo.addons.remote_odoo.tests.manners import MATRIX, HostilePeer, impatient

from ..models.distributor_sync_run import SECONDS
from .common import SyncCase
from .fake_distributor import FakeDistributor
from .test_pictures import picture

LOGGERS = [
    f"odoo.addons.bpo_crm_distributor_sync.sync.{name}"
    for name in ("writer", "dealers", "pictures")
]
ENDED = ("queued", "failed", "done")
LONGEST = 2000  # characters of anything that is kept of a peer's words


class TestManners(SyncCase):
    def setUp(self):
        super().setUp()
        muted = mute_logger(*LOGGERS)
        muted.__enter__()
        self.addCleanup(muted.__exit__)
        self.startPatcher(patch.dict(SECONDS, call=(2, 1), button=(2, 1)))
        pages = "odoo.addons.bpo_crm_distributor_sync.sync.pages"
        self.startPatcher(patch(f"{pages}.PROBE", 1))
        self.startPatcher(patch(f"{pages}.GIVE_UP", 1))
        self.numbers = itertools.count()
        self.good = self.start(FakeDistributor(db="good"))
        self.good.unit(name="Good")
        self.good.dealer(name="Good")
        self.good_brand = self.make_brand("GOOD", self.good)

    def meet(self, manner, only, kinds=("product", "dealer")):
        """Sync a brand whose distributor has this manner, then a good one.

        Return the runs of the first.
        """
        fake = self.start(FakeDistributor(db="bad"))
        fake.unit(name="Unit", image=picture())
        fake.dealer(name="Dealer")
        runs = self.env["distributor.sync.run"]
        with HostilePeer(manner, target=fake, only=only) as peer, impatient():
            brand = self.bad_brand(fake, peer)
            bad = runs.browse(runs._queue(brand, kind).id for kind in kinds)
            good = runs.browse(runs._queue(self.good_brand, kind).id for kind in kinds)
            self.run_cron()
            self.assertTrue(peer.met)
            self.assertEqual({*good.mapped("state")}, {"done"})
            self.assertLessEqual({*bad.mapped("state")}, {*ENDED})
            self.assertKept(brand, bad)
            brand.active = False
            bad.sudo().unlink()
        fake.stop()
        return bad

    def bad_brand(self, fake, peer):
        brand = self.make_brand(f"BAD{next(self.numbers)}", fake)
        brand.write(
            {"distributor_url": peer.url, "distributor_password": fake.password}
        )
        return brand

    def assertKept(self, brand, runs):
        """Nothing of a peer is kept that was not looked at."""
        remote = brand.sudo().remote_id
        texts = [*runs.mapped("message"), *runs.mapped("warning"), remote.last_error]
        issues = self.env["distributor.sync.issue"].search(
            [("brand_id", "=", brand.id)]
        )
        texts += [*issues.mapped("message"), *issues.mapped("name")]
        self.assertLess(max(len(text or "") for text in texts), LONGEST)
        self.assertLess(len(str(remote.peer_fields)), 20 * LONGEST)
        self.assertLessEqual(len(self.models(brand)), 1)

    def test_manners_where_rows_are_read(self):
        for manner in MATRIX:
            with self.subTest(manner=manner):
                self.meet(manner, "search_read")
