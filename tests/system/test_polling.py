"""What the BPO pays for dealers who ask every minute whether something waits."""

import os
from pathlib import Path

from tools.story import work
from tools.story.rpc import expect

DEALERS, SHARE = 200, 0.05  # of one core
TICKS = os.sysconf("SC_CLK_TCK")


def test_two_hundred_dealers_polling(road, servers):
    """# DESIGN 9: a minute of 200 polls takes at most 5 % of one core."""
    accounts = [dealer.account for dealer, _dealership in road.dealers]
    for account in accounts:
        _poll(account)  # the first call of a session fills caches
    before = _cpu_seconds(servers.bpo)
    for number in range(DEALERS):
        _poll(accounts[number % len(accounts)])
    share = (_cpu_seconds(servers.bpo) - before) / 60
    print(f"{DEALERS} dealers polling every minute: {share:.1%} of one core")
    expect(share <= SHARE, f"{DEALERS} polls take {share:.1%} of a core's minute")


def _poll(account):
    account.call(work.LEAD, "endorsed_leads_for_dealer", after=False, limit=100)


def _cpu_seconds(server):
    """Return the processor time that the server's process has used."""
    stat = Path(f"/proc/{server.process.pid}/stat").read_text()
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / TICKS
