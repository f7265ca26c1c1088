"""Who has bought once or never is given what is popular in her segment: in a shop where that is known to differ."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from patron.errors import ContractError
from patron.models import NextProduct
from patron.models.baskets import read_baskets
from patron.models.segment_popularity import MOST, nobody, popular_in, read_membership

AS_OF = date(2024, 6, 30)
REGIONS = ("east", "north", "south", "west")
PRODUCTS, K = 200, 5


def shares() -> np.ndarray[Any, Any]:
    """How often each region buys each product: half of it what all buy, half of it what its own fifty products sell."""
    common = 1 / (1 + np.arange(PRODUCTS)) ** 0.8
    own = np.zeros((len(REGIONS), PRODUCTS))
    for place in range(len(REGIONS)):
        mine = np.arange(place, PRODUCTS, len(REGIONS))
        own[place, mine] = 1 / (1 + np.random.default_rng(place).permutation(len(mine))) ** 0.8
    return 0.5 * common / common.sum() + 0.5 * own / own.sum(axis=1, keepdims=True)


def shop(customers: int = 2_400, *, seed: int = 1) -> tuple[pa.Table, pa.Table, dict[str, set[int]]]:
    """Order lines, the regions of all, and the next basket of each; half have bought once, a sixth never."""
    rng, wanted = np.random.default_rng(seed), shares()
    rows, after, region = [], {}, rng.integers(0, len(REGIONS), customers)
    for number in range(customers):
        name = f"c{number:05d}"
        baskets = (0, 1, 1, 1, 2, 4)[number % 6]
        for basket in range(baskets + 1):
            drawn = set(rng.choice(PRODUCTS, 3, p=wanted[region[number]]).tolist())
            if basket == 0:
                after[name] = drawn
            else:
                day = AS_OF - timedelta(days=14 * (basket - 1) + int(rng.integers(0, 14)))
                rows += [(name, f"p{one:03d}", day, 1.0) for one in sorted(drawn)]
    names = ("customer_id", "product_id", "ordered_at", "quantity")
    lines = pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
    segments = pa.table({"customer_id": list(after), "segment": [REGIONS[one] for one in region]})
    return lines, segments, after


def hits(table: pa.Table, after: dict[str, set[int]], customers: list[str]) -> float:
    """The share of the next baskets' products that was told."""
    told: dict[str, set[int]] = {}
    for row in table.to_pylist():
        told.setdefault(row["customer_id"], set()).add(int(row["product_id"][1:]))
    return float(np.mean([len(after[who] & told.get(who, set())) / len(after[who]) for who in customers]))


@pytest.fixture(scope="module")
def made() -> tuple[pa.Table, pa.Table, dict[str, set[int]]]:
    return shop()


@pytest.mark.parametrize(("purchases", "gain"), [(0, 1.3), (1, 1.15)])
def test_cold_customers_are_given_what_their_segment_buys(made: Any, purchases: int, gain: float) -> None:
    lines, segments, after = made
    customers = [name for number, name in enumerate(after) if (0, 1, 1, 1, 2, 4)[number % 6] == purchases]
    plain, by_segment = (
        NextProduct().fit(lines, as_of=AS_OF, segments=one).recommend(K, customers=customers)
        for one in (None, segments)
    )
    assert hits(by_segment, after, customers) > gain * hits(plain, after, customers)
    if purchases == 0:
        assert set(by_segment["reason"].to_pylist()) == {
            f"Bought by many customers of the segment {region}" for region in REGIONS
        }


def test_what_the_best_list_of_each_segment_would_find_is_nearly_reached(made: Any) -> None:
    lines, segments, after = made
    region = dict(zip(segments["customer_id"].to_pylist(), segments["segment"].to_pylist(), strict=True))
    strangers = [name for number, name in enumerate(after) if number % 6 == 0]
    best = {name: set(np.argsort(-one)[:K].tolist()) for name, one in zip(REGIONS, shares(), strict=True)}
    most = np.mean([len(after[who] & best[region[who]]) / len(after[who]) for who in strangers])
    told = NextProduct().fit(lines, as_of=AS_OF, segments=segments).recommend(K, customers=strangers)
    assert hits(told, after, strangers) > 0.85 * most


def test_small_segments_are_drawn_to_the_shop(made: Any) -> None:
    lines, _, _ = made
    baskets = read_baskets(lines, as_of=AS_OF)
    one = baskets.customers[0].as_py()
    shop_alone = popular_in(baskets, nobody(baskets))
    membership = read_membership(pa.table({"customer_id": [one], "segment": ["alone"]}), baskets)
    both = popular_in(baskets, membership)
    assert both.shape == (2, len(baskets.products))
    assert np.array_equal(both[0], shop_alone[0])
    assert np.corrcoef(both[0], both[1])[0, 1] > 0.99


def test_many_segments_are_cut_to_the_largest_and_nobody_stands_in_two(made: Any) -> None:
    baskets = read_baskets(made[0], as_of=AS_OF)
    ids = [f"x{number}" for number in range(100)]
    sizes = [f"s{min(number // 3, 30):02d}" for number in range(100)]
    membership = read_membership(pa.table({"customer_id": [*ids, "x0"], "segment": [*sizes, "zzz"]}), baskets)
    assert len(membership.names) == MOST
    assert "s30" in membership.names
    assert membership.of(["x0", "x99", "nobody"]).tolist() == [
        membership.names.index("s00") + 1, membership.names.index("s30") + 1, 0,
    ]  # fmt: skip


def test_segments_are_of_use_only_with_their_columns_and_are_no_more_than_an_offer(made: Any) -> None:
    lines, segments, _ = made
    with pytest.raises(ContractError, match="segment"):
        NextProduct().fit(lines, as_of=AS_OF, segments=segments.rename_columns(["customer_id", "segments"]))
    model = NextProduct().fit(lines, as_of=AS_OF, segments=segments)
    offered = [f"p{number:03d}" for number in range(100, 120)]
    told = model.recommend(3, customers=["c00000", "c00001"], offered=offered)
    assert set(told["product_id"].to_pylist()) <= set(offered)
    assert told.num_rows == 6
