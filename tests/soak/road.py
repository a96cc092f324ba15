"""The road of many leads among faults and kills: three dealers, one of them pushed to.

500 leads are endorsed and worked to Won and Lost by ordinary users while 30 % of the
calls between the companies meet a fault and the BPO's and the dealers' servers are
killed at random. Afterwards each BPO lead has exactly one dealer lead and both sides
agree.
"""

from tools.runtime import Runtime
from tools.story import network
from tools.story.proxies import Proxies
from tools.story.storm import storm

DEALERS = 3
FULL = {"leads": 500, "seconds": 600}
SMALL = {"leads": 90, "seconds": 150}


def soak(series, say, leads, seconds):
    """Raise unless both sides are equal in the end."""
    stock = leads // DEALERS + 1  # as if every lead were won
    with Runtime("soakroad", [series]) as runtime:
        servers = network.serve(runtime, series, series, DEALERS)
        with Proxies(vars(servers)) as proxies:
            road = network.open_road(servers, proxies, stock)
            network.push(road, proxies, *road.dealers[-1])
            storm(road, servers, proxies, leads, seconds, say)
