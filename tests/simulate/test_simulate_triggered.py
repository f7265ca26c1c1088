"""Messages of triggers: beside all others, in variants that are clicked as often as the truth says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from patron.contracts.raw import FIELDS
from patron.errors import ArgumentError
from patron.simulate import Shop, shop
from patron.simulate.shop import SOURCES
from patron.simulate.triggered import SPOKEN

NAMES = [one.trigger for one in SPOKEN]


@pytest.fixture(scope="module")
def shops() -> tuple[Shop, Shop]:
    facts: dict[str, Any] = {"customers": 20_000, "seed": 3, "dealings": True}
    return shop(**facts, triggers=True), shop(**facts)


def test_all_else_is_as_without(shops: tuple[Shop, Shop]) -> None:
    with_them, without = shops
    for name in SOURCES:
        if name != "messages":
            assert getattr(with_them, name).equals(getattr(without, name)), name
    more = with_them.messages.to_pandas()
    rest = more[~more.campaign.isin(NAMES)].reset_index(drop=True)
    pd_without = without.messages.to_pandas()
    assert rest[pd_without.columns].equals(pd_without)
    assert set(with_them.messages.column_names) <= {column.name for column in FIELDS["messages"]}


def test_variants_are_clicked_as_often_as_the_truth_says(shops: tuple[Shop, Shop]) -> None:
    found = shops[0].messages.to_pandas()
    found = found[found.campaign.isin(NAMES) & (found.sent_at < "2024-12-29")]
    truth = shops[0].truth["triggered"].to_pandas().set_index(["trigger", "variant"]).clicks
    seen = found.groupby(["campaign", "variant"]).clicked_at.agg(["size", "count"])
    assert set(seen.index) == set(truth.index)
    for key, row in seen.iterrows():
        chance = truth[key] * 0.988
        assert abs(row["count"] - row["size"] * chance) < 4.5 * np.sqrt(row["size"] * chance) + 1, key
    assert seen["size"].sum() > 3_000


def test_nobody_who_unsubscribed_gets_one_and_none_before_it_is_due(shops: tuple[Shop, Shop]) -> None:
    every = shops[0].messages.to_pandas()
    ours = every[every.campaign.isin(NAMES)]
    gone = every[~every.campaign.isin(NAMES)].groupby("customer_id").unsubscribed_at.min().dropna()
    assert not set(ours.customer_id) & set(gone.index)
    assert not ours.duplicated(["customer_id", "campaign"]).any()
    answered = ours.dropna(subset=["opened_at"])
    assert (answered.opened_at >= answered.sent_at).all()
    assert every.message_id.is_unique


def test_without_messages_there_are_none_of_triggers() -> None:
    with pytest.raises(ArgumentError, match="dealings"):
        shop(customers=100, seed=1, triggers=True)
    assert "triggered" not in shop(customers=100, seed=1, dealings=True).truth
