"""Credit that lift tests correct is never below nothing and adds up, whatever the ratios are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.kpis.calibrated_shares import calibrated_shares
from patron.kpis.order_shares import Shares

CHANNELS = ("a", "b", "direct", "none", "baseline")


def shares(orders: list[dict[str, float]]) -> Shares:
    """Return shares of orders, each a weight by channel; one without any is nobody's."""
    rows = [
        (place, CHANNELS.index(channel), weight / sum(order.values()))
        for place, order in enumerate(one or {"none": 1.0} for one in orders)
        for channel, weight in sorted(order.items(), key=lambda pair: CHANNELS.index(pair[0]))
    ]
    order, channel, share = (np.array(column) for column in zip(*rows, strict=True))
    return Shares(channels=CHANNELS, orders=len(orders), order=order, channel=channel, share=share)


def test_what_a_channel_gives_up_came_by_itself() -> None:
    found = calibrated_shares(shares([{"a": 1.0}, {"a": 1.0, "b": 1.0}]), {"a": 0.2})
    assert dict(zip(CHANNELS, found.shares.totals().round(9), strict=True)) == pytest.approx(
        {"a": 0.3, "b": 0.5, "direct": 0.0, "none": 0.0, "baseline": 1.2}
    )


def test_what_a_channel_gains_it_gains_on_orders_that_it_touched() -> None:
    found = calibrated_shares(shares([{"a": 1.0, "b": 3.0}, {"b": 1.0}, {}]), {"a": 2.0})
    totals = dict(zip(CHANNELS, found.shares.totals(), strict=True))
    assert totals["a"] == pytest.approx(0.5, abs=1e-6)
    assert totals["b"] == pytest.approx(1.5, abs=1e-6)
    assert totals["none"] == 1
    assert found.unplaced == {}


def test_what_a_channel_gains_is_taken_from_direct_first() -> None:
    found = calibrated_shares(shares([{"a": 1.0, "b": 1.0, "direct": 1.0}]), {"a": 1.6}).shares
    assert found.totals() == pytest.approx([1.6 / 3, 1 / 3, 0.4 / 3, 0, 0])


def test_what_cannot_be_placed_is_told() -> None:
    found = calibrated_shares(shares([{"a": 1.0}, {"b": 1.0}]), {"a": 1.5})
    assert found.shares.totals()[0] == pytest.approx(1)
    assert found.unplaced == pytest.approx({"a": 0.5})


ORDERS = st.lists(
    st.dictionaries(st.sampled_from(["a", "b", "direct"]), st.floats(0.05, 5.0), max_size=3), min_size=1, max_size=12
)
RATIOS = st.dictionaries(st.sampled_from("ab"), st.floats(0.0, 5.0), max_size=3)


@settings(max_examples=150, deadline=None)
@given(ORDERS, RATIOS)
def test_every_order_adds_up_and_tested_channels_meet_their_target(
    orders: list[dict[str, float]], ratios: dict[str, float]
) -> None:
    before = shares(orders)
    found = calibrated_shares(before, ratios)
    after = found.shares
    assert (after.share >= 0).all()
    assert np.bincount(after.order, after.share) == pytest.approx(np.ones(len(orders)), abs=1e-9)
    assert after.totals()[3] == before.totals()[3]
    for channel, ratio in ratios.items():
        place = CHANNELS.index(channel)
        target = ratio * before.totals()[place] - found.unplaced.get(channel, 0.0)
        assert after.totals()[place] == pytest.approx(target, abs=2e-5 * max(1.0, len(orders)))


@settings(max_examples=60, deadline=None)
@given(ORDERS)
def test_a_ratio_of_one_changes_nothing(orders: list[dict[str, float]]) -> None:
    before = shares(orders)
    after = calibrated_shares(before, dict.fromkeys(CHANNELS[:3], 1.0)).shares
    assert after.totals()[:4] == pytest.approx(before.totals()[:4])
    assert after.totals()[4] == pytest.approx(0, abs=1e-9)
