"""Work while the network fails and servers die; the same for a minute and for ten."""

import random
import time
from collections import Counter

from tools.story.audit import Audit
from tools.story.crowd import Crowd
from tools.story.rpc import expect, wait_for

SEED = 1887
RATE = 0.3
ARRIVE = 0.75  # of the time of faults: when all customers have come
CALM = 10, 25  # seconds from a server's return to the next one's death


def storm(road, servers, proxies, leads, seconds, say):
    """Let a crowd work `leads` to their end while everything goes wrong.

    For `seconds`, and until half of the leads are closed, a part of the calls between
    the companies meets a fault, and a server of BPO or dealers is killed every now and
    then. Raise unless both sides are equal afterwards.
    """
    crowd = Crowd(road, leads, SEED)
    audit = Audit(crowd)
    before = proxies.counts
    proxies.storm(RATE, SEED)
    crowd.start(seconds * ARRIVE)
    began = time.monotonic()
    killer = Killer({role: s for role, s in vars(servers).items() if _can_die(role)})
    try:
        killer.run(seconds)
        half = wait_for(
            "half of the leads being closed in the storm",
            lambda: (count := audit.closed()) >= leads / 2 and count,
            seconds=240 + seconds,
            poll=1,
        )
        proxies.calm()
        calm = time.monotonic()
        calls, faults = proxies.counts[0] - before[0], proxies.counts[1] - before[1]
        killed = ", ".join(f"{role} {n}" for role, n in sorted(killer.killed.items()))
        say(f"{leads} leads to {len(road.dealers)} dealers, seed {SEED}")
        say(
            f"{calls} calls between companies in {calm - began:.0f} s, {faults} of "
            f"them with a fault; servers ended by SIGKILL: {killed or 'none'}"
        )
        expect(faults >= calls / 10, f"Only {faults} of {calls} calls met a fault")
        wait_for(
            "all leads being closed",
            lambda: audit.closed() == leads,
            seconds=240 + 2 * leads,
            poll=1,
        )
        wait_for("all callbacks being heard", audit.heard, poll=1)
        rest = time.monotonic() - calm
        say(f"{half} closed when the faults stopped, all of them {rest:.0f} s later")
    finally:
        crowd.finish()
        troubles = Counter(crowd.troubles).most_common(3)
        say(f"people were stopped {len(crowd.troubles)} times{troubles or ''}")
        if audit.closed() < leads:
            say(audit.state())
    say(audit.compare())
    expect(not crowd.troubles, f"People were stopped: {troubles}")


def _can_die(role):
    return role == "bpo" or role.startswith("dealer")


class Killer:
    """Ends a server at once, as a power cut would, and starts it again."""

    def __init__(self, servers):
        self.servers, self.killed = servers, Counter()
        self.dice = random.Random(SEED)

    def run(self, seconds):
        """Kill one after the other, each back before the next, for so long."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            wait = self.dice.uniform(*CALM)
            if wait > left:
                time.sleep(left)
                return
            time.sleep(wait)
            role = self.dice.choice(sorted(self.servers))
            self.servers[role].kill()
            self.killed[role] += 1
            time.sleep(self.dice.uniform(0, 4))
            self.servers[role].start()
