"""The road of a lead through four companies: the same steps as `make demo`."""

from tools.story.network import SETTING_UP


def test_road(road):
    """A web lead is Won at the dealer, another is Lost, a third is ordered.

    # A03 A04 A06, B03 B50, D43-D47 D58
    """
    road.walk(print, road.STEPS[SETTING_UP:])
