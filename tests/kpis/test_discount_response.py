"""What discounts give away: by hand at a known elasticity, and from arms whose truth is known."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts import TABLES
from patron.contracts.price_offer import DISCOUNTS
from patron.kpis.discount_response import discounts, measured_discounts, modelled_discounts

AS_OF = date(2024, 12, 31)
Row = dict[str, Any]


def totals(*classes: tuple[int, float], cost: float | None = 50.0) -> pa.Table:
    """Return what was sold at each discount (in twentieths): the money before it, with what it cost."""
    rows = [
        {
            "part": "depth", "level": "category", "category": "tea", "product_id": "all", "segmentation": "all",
            "segment": "all", "depth": depth, "customers": 30, "lines": 10, "costed": 10 if cost is not None else 4,
            "units": Decimal(10), "listed": Decimal(str(listed)),
            "discount": Decimal(str(round(listed * depth / 20, 2))),
            "cost": None if cost is None else Decimal(str(cost)),
        }
        for depth, listed in classes
    ]  # fmt: skip
    whole = rows[0] | {
        name: sum(row[name] for row in rows if row[name] is not None)
        for name in ("listed", "discount", "lines", "costed")
    }
    return pa.Table.from_pylist([*rows, whole | {"part": "promoted", "depth": 0}])


def answer(elasticity: float = -2.0, *, reach: float = 0.5, status: str = "learned") -> Row:
    known = status == "learned"
    return {
        "level": "category", "category": "tea", "product_id": "all", "segmentation": "all", "segment": "all",
        "status": status, "elasticity": elasticity if known else None, "low": elasticity - reach if known else None,
        "high": elasticity + reach if known else None,
    }  # fmt: skip


def test_what_a_fifth_off_gives_away_at_an_elasticity_of_two() -> None:
    """At .8 times the price, .8^2 = 64 % of what was sold would have been sold at the whole one."""
    (row,) = modelled_discounts(totals((4, 100.0)), [answer()], as_of=AS_OF)
    assert row["anyway"] == pytest.approx(0.64)
    assert row["given_away"] == pytest.approx(0.64 * 20)
    assert row["won"] == pytest.approx(0.36 * (80 - 50))
    assert row["net"] == pytest.approx(row["won"] - row["given_away"])
    assert [row["anyway_low"], row["anyway_high"]] == pytest.approx([0.8**2.5, 0.8**1.5])
    assert row["net_low"] < row["net"] < row["net_high"]
    assert row["evidence"] == "modelled"
    assert DISCOUNTS.check(ibis.memtable(discounts([row]))).count().to_pyarrow().as_py() == 1


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(1, 18), st.floats(1, 1e5)), min_size=1, max_size=5),
    st.floats(-6, 2),
    st.floats(0, 2),
)
def test_laws(classes: list[tuple[int, float]], elasticity: float, reach: float) -> None:
    (row,) = modelled_discounts(totals(*classes), [answer(elasticity, reach=reach)], as_of=AS_OF)
    assert 0 <= row["anyway_low"] <= row["anyway"] + 1e-12 <= row["anyway_high"] + 2e-12 <= 1 + 3e-12
    assert 0 <= row["given_away"] <= row["discount"] * (1 + 1e-9)
    assert row["net"] == pytest.approx(row["won"] - row["given_away"])


def test_without_costs_what_was_given_away_is_told_and_what_was_won_is_not() -> None:
    (row,) = modelled_discounts(totals((4, 100.0), cost=None), [answer()], as_of=AS_OF)
    assert (row["status"], row["given_away"]) == ("no_cost", pytest.approx(12.8))
    assert "net" not in row


@pytest.mark.parametrize("status", ["moved_too_little", "followed_demand", "too_few"])
def test_an_answer_that_is_not_known_makes_no_number(status: str) -> None:
    (row,) = modelled_discounts(totals((4, 100.0)), [answer(status=status)], as_of=AS_OF)
    assert row["status"] == status
    assert not {"anyway", "given_away", "net"} & set(row)


def arms(customers: int, *, anyway: float, brought: float, off: float, seed: int) -> tuple[ir.Table, ir.Table, float]:
    """Draw an offer of `off` a purchase of 20: everybody buys with chance `anyway`, with it `brought` more do.

    Returns assignments, takings and what was really given away.
    """
    rng = np.random.default_rng(seed)
    offered = np.arange(customers) % 2 == 0
    luck = rng.random(customers)
    buys = luck < anyway + brought * offered
    day = AS_OF - timedelta(days=20)
    who = [f"c{place}" for place in range(customers)]
    drawn = ibis.memtable({
        "experiment": ["tea"] * customers, "customer_id": who, "arm": np.where(offered, "offer", "control"),
        "assigned_on": [AS_OF - timedelta(days=30)] * customers,
    })  # fmt: skip
    at = np.flatnonzero(buys)
    given_off = [Decimal(str(off if offered[one] else 0.0)).quantize(Decimal("0.01")) for one in at]
    nothing = Decimal("0.00")
    taken = pa.Table.from_pylist([
        {"customer_id": who[one], "day": day, "revenue": Decimal("20.00"), "discount": cut, "returns": nothing,
         "net_revenue": Decimal("20.00") - cut, "margin": Decimal("8.00") - cut, "basis": "margin"}
        for one, cut in zip(at, given_off, strict=True)
    ], schema=TABLES["takings"].schema.to_pyarrow())  # fmt: skip
    truth = off * (luck[offered] < anyway).sum()
    return drawn, ibis.memtable(taken), float(truth)


def readings(drawn: ir.Table, taken: ir.Table) -> ir.Table:
    """Return the difference of orders and margin as the run's effects would read it, without covariates."""
    found = drawn.left_join(taken, "customer_id").select("customer_id", "arm", "margin").to_pyarrow().to_pandas()
    rows = []
    for metric in ("orders", "margin"):
        values = found.margin.notna().astype(float) if metric == "orders" else found.margin.fillna(0).astype(float)
        sides = {arm: values[found.arm == arm].to_numpy() for arm in ("offer", "control")}
        mean, control = (sides[arm].mean() for arm in ("offer", "control"))
        error = float(np.sqrt(sum(side.var() / len(side) for side in sides.values())))
        n = len(sides["offer"])
        effect = mean - control
        ends = {"": effect, "_low": effect - 1.96 * error, "_high": effect + 1.96 * error}
        rows.append({
            "experiment": "tea", "metric": metric, "arm": "offer", "segmentation": "all", "segment": "all",
            "control": "control", "status": "read", "from_day": AS_OF - timedelta(days=30), "to_day": AS_OF, "n": n,
            "n_control": len(sides["control"]), "mean": mean, "mean_control": control,
            **{f"relative{end}": value / control for end, value in ends.items()},
            **{f"total{end}": value * n for end, value in ends.items()},
        })  # fmt: skip
    return ibis.memtable(pa.Table.from_pylist(rows, schema=TABLES["effects"].schema.to_pyarrow()))


def test_an_offer_drawn_by_lot_tells_what_it_gave_away() -> None:
    hits = 0
    for seed in range(8):
        drawn, taken, truth = arms(2_500, anyway=0.3, brought=0.1, off=4.0, seed=seed)
        (row,) = measured_discounts(readings(drawn, taken), drawn, taken, as_of=AS_OF)
        hits += row["given_away_low"] <= truth <= row["given_away_high"]
        assert row["evidence"] == "measured"
        assert row["won"] == pytest.approx(row["net"] + row["given_away"])
    assert hits >= 7


def test_an_arm_without_an_offer_is_no_discount() -> None:
    drawn, taken, _ = arms(2_000, anyway=0.3, brought=0.1, off=0.0, seed=3)
    assert measured_discounts(readings(drawn, taken), drawn, taken, as_of=AS_OF) == []
    assert measured_discounts(TABLES["effects"].empty(), drawn, taken, as_of=AS_OF) == []


def test_what_came_after_the_runs_day_is_not_counted() -> None:
    drawn, taken, _ = arms(2_000, anyway=0.3, brought=0.1, off=4.0, seed=3)
    read = readings(drawn, taken)
    later = taken.mutate(day=ibis.literal(AS_OF + timedelta(days=1)))
    rows = measured_discounts(read, drawn, taken.union(later), as_of=AS_OF)
    assert rows == measured_discounts(read, drawn, taken, as_of=AS_OF)
