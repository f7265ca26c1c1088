"""Orders with planted bundles: the same for a seed, of very different sizes, and the bundles are in them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import ibis
import numpy as np
import pytest

from patron.contracts.raw import RAW_ORDER_LINES
from patron.errors import ArgumentError
from patron.simulate import planted_bundles, shop


def test_a_seed_gives_the_same_orders_and_bundles_are_put_into_their_share() -> None:
    one, same = (planted_bundles(orders=3_000, seed=2, pairs=4, triples=2, share=0.02, lists=3) for _ in range(2))
    other = planted_bundles(orders=3_000, seed=3, pairs=4, triples=2, share=0.02, lists=3)
    assert one.lines.equals(same.lines)
    assert not one.lines.equals(other.lines)
    RAW_ORDER_LINES.check(ibis.memtable(one.lines))
    held: dict[str, set[str]] = defaultdict(set)
    for order, product in zip(one.lines["order_id"].to_pylist(), one.lines["product_id"].to_pylist(), strict=True):
        held[order].add(product)
    assert len(held) == 3_000 + 3 * 20
    sizes = np.array([len(products) for products in held.values()])
    assert np.quantile(sizes, 0.99) > 8 * np.median(sizes)
    assert len(one.pairs) == 4 + 2 * 3
    for bundle in (*one.pairs, *one.triples):
        assert sum(set(bundle) <= products for products in held.values()) >= 0.01 * len(held)


@pytest.mark.parametrize("terms", [{"orders": 0}, {"orders": 10, "products": 20}, {"orders": 10, "seed": -1}])
def test_numbers_that_cannot_be_are_refused(terms: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError):
        planted_bundles(**{"seed": 1, **terms})


def test_true_tastes_are_shares() -> None:
    made = shop(customers=300, seed=4, wants=True)
    truth = made.truth["tastes"].to_pandas()
    assert len(truth) == 300
    for name in ("brand_loyalty", "own_label_share", "channel_share"):
        assert truth[name].between(0, 1).all()
    own = set(made.products.to_pandas().query("own_label").brand)
    assert own == {"Hearth", "Hearth Select"}
    loyal = truth[truth.brand_loyalty > 0.5]
    assert loyal[loyal.favourite_brand.isin(own)].own_label_share.min() > 0.75
    assert loyal[~loyal.favourite_brand.isin(own)].own_label_share.max() < 0.25
