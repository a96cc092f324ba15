"""The outbox under load: faults in 30 % of the calls, and processes that die.

One database sends messages to ten connections, each behind a bad network; two processes
deliver and are killed every few seconds. After the faults stopped every message is done
and each effect on the receiver happened exactly once.
"""

import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from tools.runtime import Runtime
from tools.story.proxies import MethodProxy
from tools.story.rpc import expect

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))
from outbox_workers import (  # noqa: E402
    CONNECT,
    DELIVER,
    SEND,
    Outbox,
    wait_until,
)

FULL = {"messages": 1000, "seconds": 90}
SMALL = {"messages": 60, "seconds": 20}
SEED = 1887
RATE = 0.3
PEERS = 10
KILL_EVERY = 4  # seconds
# Shorter than in life, so that a minute shows what a day would.
PATIENCE = {"remote_odoo.backoff_seconds": "1,1,2", "remote_odoo.lease_seconds": "8"}


class Soak:
    """One database, two processes that deliver, ten peers behind bad networks."""

    def __init__(self, databases, database, messages):
        self.outbox = Outbox(databases, database)
        self.messages, self.kills, self.stopping = messages, 0, threading.Event()
        self.proxies = [MethodProxy(self.outbox.fake.url) for _number in range(PEERS)]
        self.dice = random.Random(SEED)

    def fill(self):
        worker = self.outbox.worker
        for key, value in PATIENCE.items():
            worker.do(f'env["ir.config_parameter"].set_param({key!r}, {value!r})')
        for number, proxy in enumerate(self.proxies):
            proxy.start()
            proxy.storm(RATE, SEED + number)
            peer = worker.do(CONNECT.format(url=proxy.url))
            keys = [
                f"k{index}" for index in range(self.messages) if index % PEERS == number
            ]
            worker.do(SEND.format(peer=peer, keys=keys, values={}))

    def deliver(self):
        """Deliver with one process after the other, until told to stop."""
        while not self.stopping.is_set():
            worker = self.outbox.another()
            dies = time.monotonic() + self.dice.uniform(1, 2 * KILL_EVERY)
            while not self.stopping.is_set() and time.monotonic() < dies:
                worker.start(DELIVER)
                reader = threading.Thread(target=self._read, args=(worker,))
                reader.start()
                reader.join(max(dies - time.monotonic(), 0.01))
                if reader.is_alive():  # in the middle of its work
                    break
                time.sleep(0.2)
            worker.kill()
            self.kills += 1

    def _read(self, worker):
        try:
            worker.read()
        except (AssertionError, ValueError):
            return  # killed while it worked

    def run(self, seconds):
        self.fill()
        lanes = [threading.Thread(target=self.deliver) for _lane in range(2)]
        for lane in lanes:
            lane.start()
        time.sleep(seconds)
        under_storm = Counter(self.outbox.states().values())
        for proxy in self.proxies:
            proxy.calm()
        calm = time.monotonic()
        try:
            wait_until(lambda: set(self.outbox.states().values()) == {"done"}, 180)
        finally:
            self.stopping.set()
            for lane in lanes:
                lane.join()
        return under_storm, time.monotonic() - calm

    def report(self, say, seconds, under_storm, settled):
        calls = self.outbox.calls()
        effects = self.outbox.effects
        sent = sum(proxy.calls for proxy in self.proxies)
        faults = sum(proxy.faults for proxy in self.proxies)
        ((attempts,),) = self.outbox.sql(
            "SELECT sum(attempts) FROM remote_odoo_message"
        )
        applied = Counter(
            count
            for (count,) in self.outbox.sql("SELECT applied FROM remote_fixture_note")
        )
        ended = Counter(self.outbox.states().values())
        for line in (
            f"{self.messages} messages to {PEERS} connections, seed {SEED}",
            f"{sent} calls in all, {faults} of them with a fault",
            f"{self.kills} processes ended by SIGKILL, two at work at a time",
            f"after {seconds:.0f} s of faults: {_counts(under_storm)}",
            f"{settled:.0f} s after the faults stopped: {_counts(ended)}",
            f"{len(calls)} deliveries reached the receiver in {attempts} attempts, "
            f"{len(calls) - len(set(calls))} of them asked again with their key",
            f"receiver: {sum(effects.values())} effects of {len(effects)} keys",
            f"sender: replies applied once for {applied[1]} messages, "
            f"otherwise for {sum(applied.values()) - applied[1]}",
        ):
            say(line)
        expect(faults > 0, "No call met a fault")
        expect(
            ended == {"done": self.messages}
            and len(effects) == self.messages == sum(effects.values())
            and applied == {1: self.messages},
            "A message is not done, or was not done exactly once",
        )


def _counts(counter):
    return ", ".join(f"{state} {number}" for state, number in sorted(counter.items()))


def soak(series, say, messages, seconds):
    """Raise unless each message had its effect once."""
    with Runtime("soakoutbox", [series]) as runtime:
        database = runtime.database(series, "outbox", ["remote_odoo_fixture"])
        work = Soak(runtime.databases[series], database, messages)
        try:
            under_storm, settled = work.run(seconds)
            work.report(say, seconds, under_storm, settled)
        finally:
            work.stopping.set()
            work.outbox.close()
