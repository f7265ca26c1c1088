"""What customers prefer: counted by hand, held to the simulated truth, and a better guess of the next order."""

# ruff: noqa: DTZ001 - moments are in the project's time zone and carry none

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest
from lines_of import line, lines, table

from patron.contracts.affinity import AFFINITY, AFFINITY_KINDS
from patron.contracts.raw import RAW_PRODUCTS
from patron.profile import affinity, kept_sales
from patron.profile.affinity_counts import affinity_counts
from patron.profile.affinity_shares import strength_tables
from patron.simulate import Shop, shop

DAY = date(2024, 5, 6)  # a Monday
AS_OF = date(2024, 6, 30)
MOST = {"product": 10, "category": 5, "brand": 5, "brand_in_category": 5, "own_label": 6, "channel": 2, "weekday": 2,
        "hour": 3}  # fmt: skip


def keep(_name: str, one: ir.Table) -> ir.Table:
    return ibis.memtable(one.to_pyarrow())


def goods(*rows: dict[str, Any]) -> ir.Table:
    return table(
        RAW_PRODUCTS,
        [{"product_name": None, "category": None, "brand": None, "unit_cost": None, **row} for row in rows],
    )


NO_GOODS = goods()


def found(made: ir.Table, products: ir.Table = NO_GOODS, **more: Any) -> list[dict[str, Any]]:
    told = affinity(kept_sales(made, as_of=AS_OF), products, keep=keep, **more)
    rows: list[dict[str, Any]] = AFFINITY.check(told).to_pyarrow().to_pylist()
    return sorted(rows, key=lambda row: (row["customer_id"], row["kind"], row["within"], row["place"]))


def of(rows: list[dict[str, Any]], who: str, kind: str, within: str = "") -> list[dict[str, Any]]:
    return [row for row in rows if (row["customer_id"], row["kind"], row["within"]) == (who, kind, within)]


BOUGHT = [
    line(1, "ann", DAY, product_id="tea", product_name="Tea", category="hot", brand="A", channel="web"),
    line(2, "ann", DAY, product_id="tea", product_name="Tea", category="hot", brand="A", channel="web"),
    line(3, "ann", DAY + timedelta(days=7), product_id="tea", product_name="Tea", category="hot", brand="A",
         channel="app"),
    line(4, "ann", DAY + timedelta(days=8), product_id="ale", category="cold", brand="B", channel="web"),
    line(5, "bob", DAY, product_id="ale", category="cold", brand="B", channel="web"),
    line(6, "bob", DAY + timedelta(days=7), product_id="gin", category="cold", brand="A", channel="web"),
]  # fmt: skip


def test_purchases_are_days_and_what_came_back_is_none() -> None:
    back = line(
        7, "bob", DAY + timedelta(days=9), product_id="gin", category="cold", brand="A", quantity=-1, reverses=6
    )
    rows = found(lines(*BOUGHT, back))
    [tea] = of(rows, "ann", "product")
    assert (tea["value"], tea["name"], tea["purchases"], tea["of_purchases"]) == ("tea", "Tea", 2, 3)
    assert (tea["share"], tea["shop_share"]) == (pytest.approx(2 / 3), pytest.approx(2 / 4))
    [web, *_] = of(rows, "ann", "channel")
    assert (web["value"], web["purchases"], web["of_purchases"]) == ("web", 2, 3)
    assert [row["value"] for row in of(rows, "ann", "weekday")] == ["monday"]
    assert [row["value"] for row in of(rows, "ann", "brand_in_category", "hot")] == ["A"]
    assert not of(rows, "bob", "brand_in_category", "cold"), "one purchase is left: no loyalty to tell"
    assert all(row["low"] <= row["shrunk"] <= row["high"] for row in rows)
    assert all(row["lift"] == pytest.approx(row["shrunk"] / row["shop_share"]) for row in rows)


def test_own_labels_are_told_by_the_products_else_by_the_brands() -> None:
    assert not [row for row in found(lines(*BOUGHT)) if row["kind"] == "own_label"]
    listed = goods({"product_id": "tea", "own_label": True}, {"product_id": "ale", "own_label": False},
                   {"product_id": "gin", "own_label": None})  # fmt: skip
    [ann] = of(found(lines(*BOUGHT), listed), "ann", "own_label")
    assert (ann["value"], ann["purchases"], ann["of_purchases"]) == ("own", 2, 3)
    by_brand = found(lines(*BOUGHT), own_labels=["b"])
    assert [of(by_brand, who, "own_label")[0]["share"] for who in ("ann", "bob")] == [pytest.approx(1 / 3), 0.5]
    both = found(lines(*BOUGHT), listed, own_labels=["A"])
    assert of(both, "bob", "own_label")[0]["purchases"] == 1, "gin is of brand A, and the list does not say"


@pytest.mark.parametrize(("hours", "told"), [((0, 0), []), ((9, 0), ["09"]), ((23, 23), ["23"])])
def test_hours_only_where_there_is_a_time_of_day(hours: tuple[int, int], told: list[str]) -> None:
    made = [line(place, "ann", datetime(2024, 5, 6 + place, hour)) for place, hour in enumerate(hours)]
    assert [row["value"] for row in found(lines(*made)) if row["kind"] == "hour"] == told


def test_without_purchases_there_are_no_rows() -> None:
    assert found(lines()) == []
    assert found(lines(line(1, "ann", AS_OF + timedelta(days=1)))) == []


def test_nothing_later_is_known() -> None:
    later = [
        line(90 + place, "ann", AS_OF + timedelta(days=1 + place), product_id="gin", brand="Z") for place in range(5)
    ]
    back = line(99, "ann", AS_OF + timedelta(days=1), product_id="tea", quantity=-1, reverses=3)
    assert found(lines(*BOUGHT, *later, back)) == found(lines(*BOUGHT))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_laws(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bought = rng.integers(0, [4, 41, 15, 8], (int(rng.integers(1, 120)), 4)).tolist()
    made = [
        line(place, f"c{who}", DAY + timedelta(days=day), product_id=f"p{what}", category=f"k{what % 7}",
             brand=f"b{brand}",
             channel=f"{what % 4}")
        for place, (who, day, what, brand) in enumerate(bought)
    ]  # fmt: skip
    rows = found(lines(*made), own_labels=["b1", "b2"])
    many = Counter((row["customer_id"], row["kind"]) for row in rows)
    assert all(count <= MOST[kind] for (_, kind), count in many.items())
    for row in rows:
        assert 0 <= row["low"] <= row["shrunk"] + 1e-12 <= row["high"] + 2e-12 <= 1 + 3e-12
        assert 0 < row["loyalty"] <= 1 + 1e-12
        between = sorted((row["share"], row["shop_share"]))
        assert between[0] - 1e-9 <= row["shrunk"] <= between[1] + 1e-9
        assert row["kind"] in AFFINITY_KINDS
        assert row["purchases"] >= 2 or row["kind"] == "own_label" or (row["place"] == 1 and row["kind"] != "product")
    mondays = {(f"c{who}", day) for who, day, *_ in bought}
    for who in {row["customer_id"] for row in rows}:
        totals = {row["of_purchases"] for row in of(rows, who, "weekday")}
        assert totals == {sum(customer == who for customer, _ in mondays)}


@pytest.fixture(scope="module")
def made() -> Shop:
    return shop(customers=3_000, seed=11, mess=False, wants=True)


def kept_of(made: Shop, *, until: date) -> ir.Table:
    sold = ibis.memtable(made.order_lines)
    sold = sold.filter(sold.order_id.startswith("S") & (sold.ordered_at.date() <= ibis.literal(until)))
    listed = ibis.memtable(made.products).select("product_id", "product_name", "category", "brand")
    return sold.inner_join(listed, "product_id")


@pytest.mark.parametrize("kind", ["brand", "category", "channel"])
def test_shrunk_shares_tell_the_next_order_better(made: Shop, kind: str) -> None:
    """Mean log loss of the values of each customer's next order: shrunk against her own share and the shop's."""
    cut = date(2024, 6, 30)
    counts = affinity_counts(kept_of(made, until=cut), ibis.memtable(made.products), own_labels=())
    assert counts is not None
    totals = counts.group_by("customer_id", "kind", "within").aggregate(
        of_purchases=counts.purchases.sum().cast("int64")
    )
    shares, strengths = (
        one.filter(one.kind == kind).to_pyarrow().to_pylist() for one in strength_tables(counts, totals)
    )
    shop_share = {row["value"]: row["shop_share"] for row in shares}
    strength = strengths[0]["strength"]
    before: dict[str, Counter[str]] = defaultdict(Counter)
    for row in counts.filter(counts.kind == kind).to_pyarrow().to_pylist():
        before[row["customer_id"]][row["value"]] = row["purchases"]
    losses: dict[str, list[float]] = defaultdict(list)
    for who, value in _next(made, cut, kind):
        own, base = before.get(who), shop_share[value]
        if own:
            n = own.total()
            losses["shrunk"].append(-np.log((own[value] + strength * base) / (n + strength)))
            losses["own"].append(-np.log(0.99 * own[value] / n + 0.01 * base))  # without the one percent it is endless
            losses["shop"].append(-np.log(base))
    mean = {name: float(np.mean(values)) for name, values in losses.items()}
    assert len(losses["shop"]) > 500
    assert mean["shrunk"] < mean["own"] - 0.05
    assert mean["shrunk"] < mean["shop"] - 0.02


def _next(made: Shop, cut: date, kind: str) -> list[tuple[str, str]]:
    after = kept_of(made, until=date(2024, 12, 31))
    after = after.mutate(day=after.ordered_at.date()).filter(lambda t: t.day > ibis.literal(cut))
    first = after.group_by(who="customer_id").aggregate(next_day=after.day.min())
    both = after.inner_join(first, [("customer_id", "who"), ("day", "next_day")])
    rows = both.select("customer_id", value=both[kind]).distinct().to_pyarrow()
    return list(zip(rows["customer_id"].to_pylist(), rows["value"].to_pylist(), strict=True))


def told_of(made: Shop, kind: str) -> dict[str, list[dict[str, Any]]]:
    kept = kept_of(made, until=made.last_day)
    rows = affinity(kept, ibis.memtable(made.products), keep=keep)
    by_customer: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows.filter((rows.kind == kind) & (rows.within == "")).order_by("place").to_pyarrow().to_pylist():
        by_customer[row["customer_id"]].append(row)
    return by_customer


def test_intervals_of_own_labels_hold_the_truth(made: Shop) -> None:
    """Of customers without staples. Their true shares lie closer together than a beta distribution: more are inside."""
    told = told_of(made, "own_label")
    truth = [row for row in made.truth["tastes"].to_pylist() if not row["staples"] and row["customer_id"] in told]
    assert len(truth) > 1_000
    inside = [
        told[row["customer_id"]][0]["low"] <= row["own_label_share"] <= told[row["customer_id"]][0]["high"]
        for row in truth
    ]
    assert 0.93 <= np.mean(inside) <= 0.995
    often = [row for row in truth if told[row["customer_id"]][0]["of_purchases"] >= 20]
    guess = [told[row["customer_id"]][0]["shrunk"] for row in often]
    assert np.corrcoef(guess, [row["own_label_share"] for row in often])[0, 1] > 0.7


def test_the_usual_channel_and_its_share_are_found(made: Shop) -> None:
    told = told_of(made, "channel")
    truth = [row for row in made.truth["tastes"].to_pylist() if row["customer_id"] in told]
    often = [row for row in truth if told[row["customer_id"]][0]["of_purchases"] >= 10]
    assert np.mean([told[row["customer_id"]][0]["value"] == row["usual_channel"] for row in often]) > 0.97
    inside = [
        mine[0]["low"] <= row["channel_share"] <= mine[0]["high"]
        for row in truth
        if (mine := told[row["customer_id"]])[0]["value"] == row["usual_channel"]
    ]
    assert np.mean(inside) > 0.9


def test_loyalty_tells_brand_loyalists_from_others(made: Shop) -> None:
    told = told_of(made, "brand")
    truth = {row["customer_id"]: row for row in made.truth["tastes"].to_pylist()}
    often = {who: mine for who, mine in told.items() if mine[0]["of_purchases"] >= 10}
    loyal = {who for who in often if truth[who]["brand_loyalty"] > 0.5}
    assert len(loyal) > 30
    means = [np.mean([often[who][0]["loyalty"] for who in some]) for some in (loyal, often.keys() - loyal)]
    assert means[0] > 1.3 * means[1], "a loyal customer has staples, too, of whichever brand"
    favourite = [truth[who]["favourite_brand"] in {row["value"] for row in often[who][:2]} for who in loyal]
    assert np.mean(favourite) > 0.9, "the brand of the staple may come first"


def test_the_engine_computes_loyalty_as_the_formula_does() -> None:
    from patron.stats.dirichlet_multinomial import repeat_chance

    [tea] = of(found(lines(*BOUGHT)), "ann", "product")
    shares = np.array([2, 2, 1]) / 5  # ale, tea, gin: days of all customers
    own = _strength_of(tea)
    bought = np.array([1, 2, 0])
    expected = repeat_chance(bought @ bought, bought @ shares, 3, shares @ shares, own)
    assert tea["loyalty"] == pytest.approx(float(expected))


def _strength_of(row: dict[str, Any]) -> float:
    """From shrunk = (x + s p) / (n + s)."""
    x, n, p, shrunk = (row[name] for name in ("purchases", "of_purchases", "shop_share", "shrunk"))
    return float((x - shrunk * n) / (shrunk - p))


def test_few_customers_of_a_category_share_the_strength_of_its_kind() -> None:
    rows = []
    for who in range(60):
        for time in range(4):
            rows.append((f"c{who}", "brand_in_category", "big", f"b{who % 2}", 1) if time == 0 else None)
    made = [row for row in rows if row] + [
        ("c0", "brand_in_category", "small", "b0", 2), ("c1", "brand_in_category", "small", "b1", 2),
    ]  # fmt: skip
    made = [(*row[:4], 4) if row[2] == "big" else row for row in made]
    names = ("customer_id", "kind", "within", "value", "purchases")
    counts = ibis.memtable(pa.table({name: [row[place] for row in made] for place, name in enumerate(names)}))
    totals = counts.group_by("customer_id", "kind", "within").aggregate(
        of_purchases=counts.purchases.sum().cast("int64")
    )
    _, strengths = strength_tables(counts, totals)
    found = {row["within"]: row["strength"] for row in strengths.to_pyarrow().to_pylist()}
    assert found["big"] < 0.1, "everybody keeps to one brand"
    assert found["small"] < 0.1, "two customers tell little; those of the other category tell it"
