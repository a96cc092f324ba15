"""A minute of `make soak`'s road, with the dealers that the stories have."""

import pytest

from tools.story.storm import storm


@pytest.mark.soak
def test_soak(road, servers, proxies):
    """Whatever happened, each lead is at one dealer and ended alike on both sides."""
    storm(road, servers, proxies, leads=40, seconds=60, say=print)
