"""The check of the laws of channels can fail."""

import dataclasses

import pytest

from critcount.claims import (
    channels,
)
from tests.claims.verdicts import verdict


@pytest.mark.exhaustive
def test_wrong_laws_of_channels_are_noticed(monkeypatch):
    """With twice the rise, and with plateaus that are added instead of multiplied."""
    unit = {"order": 2, "seeds": [3]}
    assert verdict("channel-laws", channels.measure_laws(**unit)) == "holds"
    real = channels.channel

    def steeper(order, seed):
        problem, end = real(order, seed)
        return problem, dataclasses.replace(end, rises=(2 * end.rises[0],))

    monkeypatch.setattr(channels, "channel", steeper)
    assert verdict("channel-laws", channels.measure_laws(**unit)) == "fails as stated"
