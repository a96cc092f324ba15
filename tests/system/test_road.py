"""The road of a lead through four companies: the same steps as `make demo`."""

from conftest import SETTING_UP


def test_road(road):
    """A web lead is Won at the dealer, another is Lost, a third is ordered."""
    road.walk(print, road.STEPS[SETTING_UP:])
