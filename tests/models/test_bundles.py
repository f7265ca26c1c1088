"""Bundles: planted ones are found, none where there is no attraction, and what completes what a customer has."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from patron.contracts.affinity import BUNDLES, COMPLETIONS
from patron.errors import ArgumentError
from patron.models import bundles
from patron.models.bundle_chance import chance, margins_met
from patron.models.bundle_orders import MOST_IN_ORDER, Orders, order_products, read_orders
from patron.models.bundle_tests import counted_pairs
from patron.models.completions import MOST
from patron.profile import kept_sales
from patron.simulate import PlantedBundles, planted_bundles
from patron.stats.false_discovery import q_values

DAY = date(2024, 5, 6)
Row = dict[str, Any]


def kept(*orders: tuple[str, str], each: int = 1, month: int = 5) -> ir.Table:
    """Orders as (customer, letters of products), each so many times; ten is paid, and six is the cost."""
    rows = []
    for number, (who, products) in enumerate(list(orders) * each):
        for product in products:
            rows.append({
                "order_id": f"o{month}-{number}", "customer_id": who, "ordered_at": DAY.replace(month=month),
                "product_id": product, "product_name": product.upper(), "category": None, "brand": None,
                "channel": None,                "amount": 10, "cost": 6,
            })  # fmt: skip
    return ibis.memtable(pa.Table.from_pylist(rows, schema=SCHEMA))


TEXT = ("category", "brand", "channel")
SCHEMA = pa.schema([
    ("order_id", pa.string()), ("customer_id", pa.string()), ("ordered_at", pa.date32()), ("product_id", pa.string()),
    ("product_name", pa.string()), *((name, pa.string()) for name in TEXT), ("amount", pa.decimal128(18, 2)),
    ("cost", pa.decimal128(18, 2)),
])  # fmt: skip


def found(of: ir.Table, **terms: Any) -> tuple[list[Row], list[Row]]:
    made = bundles(of, **terms)
    return tuple(  # type: ignore[return-value]
        contract.check(made[contract.name]).to_pyarrow().to_pylist() for contract in (BUNDLES, COMPLETIONS)
    )


def sold(planted: PlantedBundles) -> ir.Table:
    return kept_sales(ibis.memtable(planted.lines), as_of=planted.as_of)


def ids(rows: list[Row], size: int) -> set[tuple[str, ...]]:
    return {tuple(row["bundle"].split(" + ")) for row in rows if row["size"] == size}


def orders_of(planted: PlantedBundles) -> Orders:
    return read_orders(sold(planted), least=10)[1]


def counts_and_chance(orders: Orders) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Orders that hold each pair of products, what is expected, and what would be if sizes and months were left out."""
    first, second, many = counted_pairs(orders, least=1)
    wide = np.zeros((len(orders.products),) * 2)
    wide[first, second] = many
    every = np.triu_indices(len(orders.products), 1)
    alone = np.outer(orders.counts, orders.counts)[every] / orders.size
    return wide[every], chance(orders).expected(*every), alone


def test_without_attraction_nothing_is_found_however_sizes_vary() -> None:
    """Eight shops, 44,850 pairs each; with the sizes left out most of them would look attracted."""
    false = 0
    for seed in range(8):
        planted = planted_bundles(orders=5_000, seed=seed, lists=5 if seed % 2 else 0)
        false += len(found(sold(planted))[0]) > 0
    assert false <= 1
    count, expected, alone = counts_and_chance(orders_of(planted_bundles(orders=5_000, seed=20)))
    assert count.sum() == pytest.approx(expected.sum(), rel=1e-6), "all pairs of all orders are told"
    p_value, naive = (special.gammainc(np.maximum(count, 1e-9), e) for e in (expected, alone))
    tests = len(count)
    assert (q_values(p_value, tests=tests) <= 0.10).sum() == 0
    assert (p_value <= 0.01).mean() <= 0.01
    assert (q_values(naive, tests=tests) <= 0.10).mean() > 0.02


def test_planted_bundles_are_found_and_hardly_any_other() -> None:
    wrong = right = planted_in_all = wrong_triples = triples = 0
    for seed in range(3):
        planted = planted_bundles(orders=6_000, seed=seed, pairs=20, triples=5, lists=5)
        rows, _ = found(sold(planted))
        wrong += len(ids(rows, 2) - set(planted.pairs))
        right += len(ids(rows, 2) & set(planted.pairs))
        planted_in_all += len(planted.pairs)
        wrong_triples += len(ids(rows, 3) - set(planted.triples))
        triples += len(ids(rows, 3) & set(planted.triples))
    assert right > 0.8 * planted_in_all
    assert wrong <= 0.10 * (right + wrong)
    assert triples > 10
    assert wrong_triples <= 1


def test_lifts_of_planted_bundles_are_neither_drawn_away_nor_blown_up() -> None:
    planted = planted_bundles(orders=6_000, seed=4, pairs=20, triples=0)
    rows, _ = found(sold(planted))
    for row in rows:
        assert row["low"] < row["shrunk"] < row["high"]
        assert row["low"] > 1
        assert row["shrunk"] < 1.05 * row["lift"]
        assert row["lift"] == pytest.approx(row["orders"] / row["expected"])
        assert row["q_value"] <= 0.10
    assert np.median([abs(np.log(row["shrunk"] / row["lift"])) for row in rows]) < 0.1


def test_one_customer_who_repeats_a_list_makes_no_bundle() -> None:
    others = [(f"c{number}", "abcdefgh"[number % 8]) for number in range(400)]
    one = [("one", "xy")] * 60
    many = [(f"m{number}", "xy") for number in range(60)]
    assert not ids(found(kept(*others, *one))[0], 2)
    assert ids(found(kept(*others, *many))[0], 2) == {("x", "y")}


def test_products_that_were_sold_in_the_same_month_alone_are_no_bundle() -> None:
    """In May ten products in pairs of all kinds, in June ten others: each month for itself is chance."""
    may, june = "abcdefghij", "klmnopqrst"

    def pairs_of(letters: str) -> list[tuple[str, str]]:
        rng = np.random.default_rng(7)
        return [(f"c{letters[0]}{n}", "".join(rng.choice(list(letters), 2, replace=False))) for n in range(1_500)]

    both = kept(*pairs_of(may)).union(kept(*pairs_of(june), month=6))
    assert found(both)[0] == []


def test_money_counts_and_words_of_a_bundle() -> None:
    others = [(f"c{number}", "abcdefgh"[number % 8]) for number in range(400)]
    rows, missing = found(kept(*others, *((f"m{number}", "xy") for number in range(60)), ("eve", "x"), ("kim", "a")))
    [row] = rows
    assert (row["orders"], row["customers"], row["name"], row["tests"]) == (60, 60, "X + Y", 45)
    assert (row["basis"], str(row["amount_per_order"])) == ("margin", "8.00")
    assert float(row["extra_amount"]) == pytest.approx(8 * row["extra_orders"], abs=0.01)
    assert row["sentence"].startswith("X + Y: together in 60 orders of 60 customers")
    [eve] = missing
    assert (eve["customer_id"], eve["product_id"], eve["rank"], eve["bundle"]) == ("eve", "y", 1, "x + y")
    assert eve["share"] == pytest.approx(60 / 61)
    assert eve["value"] == pytest.approx(4 * 60 / 61)
    assert eve["reason"].startswith("Has X; 98% of the orders with it hold this too")


def test_without_costs_it_is_revenue() -> None:
    of = kept(*((f"c{n}", "abcdefgh"[n % 8]) for n in range(400)), *((f"m{n}", "xy") for n in range(60)))
    some = of.mutate(cost=ibis.ifelse(of.order_id == "o5-459", ibis.null("decimal(18, 2)"), of.cost))
    [row] = found(some)[0]
    assert (row["basis"], str(row["amount_per_order"])) == ("revenue", "20.00")


def test_completions_are_few_new_and_ranked() -> None:
    planted = planted_bundles(orders=6_000, seed=2, pairs=20, triples=5)
    of = sold(planted)
    rows, missing = found(of)
    own = set(map(tuple, of.select("customer_id", "product_id").distinct().to_pyarrow().to_pandas().to_numpy()))
    known = {row["bundle"] for row in rows}
    per_customer = Counter(row["customer_id"] for row in missing)
    assert missing
    assert max(per_customer.values()) <= MOST
    for row in missing:
        rest = set(row["bundle"].split(" + ")) - {row["product_id"]}
        assert row["bundle"] in known
        assert len(rest) == row["bundle"].count(" + ")
        assert (row["customer_id"], row["product_id"]) not in own
        assert all((row["customer_id"], one) in own for one in rest)
    values: dict[str, list[float]] = {}
    for row in sorted(missing, key=lambda row: (row["customer_id"], row["rank"])):
        values.setdefault(row["customer_id"], []).append(row["value"])
    assert all(one == sorted(one, reverse=True) for one in values.values())


def test_nothing_later_is_known() -> None:
    planted = planted_bundles(orders=4_000, seed=6, pairs=10, share=0.03)
    day = planted.as_of - timedelta(days=120)
    whole = ibis.memtable(planted.lines)
    then = found(kept_sales(whole, as_of=day))
    cut = whole.filter(whole.ordered_at.date() <= ibis.literal(day))
    assert then[0]
    assert then == found(kept_sales(cut, as_of=planted.as_of))


def test_the_order_of_rows_means_nothing() -> None:
    planted = planted_bundles(orders=2_000, seed=6, pairs=10, share=0.03)
    turned = planted.lines.take(pa.array(np.random.default_rng(1).permutation(planted.lines.num_rows)))
    assert found(sold(planted)) == found(kept_sales(ibis.memtable(turned), as_of=planted.as_of))


@pytest.mark.parametrize(
    "orders",
    [
        [("ann", "a")] * 30,  # a catalogue of one product
        [(f"c{number}", "abc") for number in range(50)],  # all baskets equal
        [(f"c{number}", "ab") for number in range(5)],  # too few orders
        [],
    ],
)
def test_where_nothing_can_be_told_there_are_no_rows(orders: list[tuple[str, str]]) -> None:
    assert found(kept(*orders)) == ([], [])


def test_a_huge_order_counts_for_what_is_owned_and_for_no_bundle() -> None:
    letters = [chr(0x4E00 + place) for place in range(MOST_IN_ORDER + 1)]
    small = [(f"c{number}", letters[number % len(letters)]) for number in range(20 * len(letters))]
    everything, orders = read_orders(kept(*small, ("big", "".join(letters))), least=10)
    assert everything.size == orders.size + 1
    assert len(everything.order) == len(orders.order) + len(letters)


def test_a_customer_of_50_000_lines_makes_no_bundle_and_hides_hardly_any() -> None:
    """A robot orders the same fifty products a thousand times, beside customers whose bundles are known."""
    planted = planted_bundles(orders=6_000, seed=1, pairs=10, triples=3)
    mine = [f"robot{place:02d}" for place in range(50)]
    column = {name: planted.lines[name][0].as_py() for name in planted.lines.column_names}
    lines = 50 * 1_000
    huge = {name: [value] * lines for name, value in column.items()} | {
        "customer_id": ["robot"] * lines, "product_id": mine * 1_000,
        "order_id": [f"{column['order_id']}r{number // 50}" for number in range(lines)],
    }  # fmt: skip
    huge["line_id"] = list(range(10**9, 10**9 + lines))
    table = pa.concat_tables([planted.lines, pa.table(huge, schema=planted.lines.schema)])
    told, missing = found(kept_sales(ibis.memtable(table), as_of=planted.as_of))
    pairs = ids(told, 2)
    assert len(set(planted.pairs) - pairs) <= 1
    assert not any("robot" in name for pair in pairs for name in pair)
    assert missing


def test_orders_compile_for_spark() -> None:
    assert ibis.pyspark
    unbound = ibis.table(ibis.schema(SCHEMA), name="kept")
    assert "GROUP BY" in ibis.to_sql(order_products(unbound), dialect="pyspark")


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_margins_are_met(seed: int) -> None:
    rng = np.random.default_rng(seed)
    held = rng.random((int(rng.integers(3, 40)), int(rng.integers(3, 12)))) < rng.uniform(0.1, 0.7)
    held = held[held.any(axis=1)]
    degrees, products = np.unique(held.sum(axis=0), return_counts=True)
    sizes, orders = np.unique(held.sum(axis=1), return_counts=True)
    p = margins_met(degrees, products, sizes.astype(float), orders.astype(float))
    assert ((p >= 0) & (p <= 1)).all()
    open_ones = (degrees < len(held)).all() and (sizes < held.shape[1]).all()
    if open_ones:
        assert p @ orders == pytest.approx(degrees, abs=0.05)
        assert products @ p == pytest.approx(sizes, abs=0.05)


@pytest.mark.parametrize("least", [1, 2.5, True, "ten"])
def test_a_support_that_cannot_be_is_refused(least: Any) -> None:
    with pytest.raises(ArgumentError, match="whole number of orders of 2 or more"):
        bundles(kept(("ann", "ab")), least=least)


@pytest.mark.parametrize("level", [0, 1, -0.1])
def test_a_level_that_cannot_be_is_refused(level: float) -> None:
    with pytest.raises(ArgumentError, match="above 0 and below 1"):
        bundles(kept(("ann", "ab")), level=level)
