"""Whatever a peer does: an error of ours, in time, within bounds of memory."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from unittest import skipUnless

from odoo.tests import BaseCase, tagged

from . import memory_probe
from .client_common import PROTOCOLS
from .fake_odoo import FakeOdoo
from .manners import MANNERS, RESULTS, HostilePeer

_logger = logging.getLogger(__name__)
MOST_MEMORY = 100  # MB that one call may take
# A large text, and a length that is none: what comes is a proper reply all the same.
HARMLESS = ("many_lines", "length_of_letters", "length_below_zero")
ADDON = Path(__file__).parents[1]


@tagged("post_install", "-at_install")
@skipUnless(Path("/proc/self/status").exists(), "the kernel counts no memory here")
class TestHostilePeers(BaseCase):
    def setUp(self):
        super().setUp()
        self.process = subprocess.Popen(
            [sys.executable, memory_probe.__file__, str(ADDON)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.stdout.close)
        self.addCleanup(self.process.stdin.close)
        self.process.stdout.readline()

    def ask(self, protocol, peer):
        self.process.stdin.write(f"{protocol} {peer.url}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def test_every_manner(self):
        self.assertGreater(len(MANNERS), 30)
        for protocol in PROTOCOLS:
            for manner in MANNERS:
                with self.subTest(manner=manner, protocol=protocol):
                    with HostilePeer(manner) as peer:
                        answer = self.ask(protocol, peer)
                    _logger.info(
                        "%s %s: +%s MB, then +%s MB, %s s, %s",
                        protocol, manner, answer["growth"], answer["end"],
                        answer["seconds"], answer["text"],
                    )  # fmt: skip
                    self.assertEqual(peer.met, 1)
                    self.check(manner, answer)

    def check(self, manner, answer):
        self.assertLess(answer["growth"], MOST_MEMORY)
        self.assertLess(answer["seconds"], memory_probe.SECONDS + 10)
        if manner not in (*RESULTS, *HARMLESS):
            self.assertIn("RemoteError", answer["error"] or ())
        elif answer["error"]:
            self.assertIn("RemoteError", answer["error"])
        self.assertLess(len(answer["text"]), 600)
        self.assertNotIn("\n", answer["text"])

    def test_a_good_peer_is_served_after_all_of_them(self):
        with FakeOdoo(login="login", password="password", db="db") as fake:
            fake.on("res.partner", "search_read", lambda *args, **kwargs: [])
            for manner in ("deep", "gzip_twice", "long_text"):
                with HostilePeer(manner) as peer:
                    self.ask("xmlrpc", peer)
                self.assertIsNone(self.ask("xmlrpc", fake)["error"])
