"""On which days of the past the forecast is tested."""

from __future__ import annotations

from datetime import date, timedelta

import ibis.expr.types as ir
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.identity import with_customer
from patron.pipeline import Project
from patron.pipeline.walk_forward import ENOUGH_CUSTOMERS, _origins, walk_forward
from patron.profile import orders

LAST = date(2024, 12, 31)


def origins(span: int, horizon: int) -> list[tuple[int, int]]:
    """Horizons, and how many days before the last day each origin is."""
    found = _origins(min(horizon, span // 2), span=span, as_of=LAST)
    return [(days, (LAST - origin).days) for days, origin in found]


@pytest.mark.parametrize(
    ("span", "horizon", "expected"),
    [
        (50, 365, []),  # less than four weeks to test
        (60, 365, [(30, 30)]),
        (200, 365, [(100, 100), (91, 91)]),
        (738, 365, [(365, 365), (91, 91), (91, 182), (91, 273), (91, 364)]),
        (1_100, 365, [(365, 365), (365, 730), (91, 91), (91, 182), (91, 273), (91, 364)]),
        (1_100, 60, [(60, 60), (60, 120), (60, 180), (60, 240)]),
    ],
)
def test_origins(span: int, horizon: int, expected: list[tuple[int, int]]) -> None:
    assert origins(span, horizon) == expected


@given(span=st.integers(0, 5_000), horizon=st.integers(1, 2_000))
def test_no_day_judges_twice_and_each_origin_knows_enough(span: int, horizon: int) -> None:
    for days in {days for days, _ in origins(span, horizon)}:
        back = [since for of, since in origins(span, horizon) if of == days]
        assert back == [days * place for place in range(1, len(back) + 1)]
        assert all(span - since >= 0.9 * days for since in back)


def test_few_customers_are_tested_once(ran_project: Project) -> None:
    assert ran_project.table("profiles").count().to_pyarrow().as_py() < ENOUGH_CUSTOMERS
    rows = ran_project.table("backtest")
    tests = rows.filter(rows.target == "orders").select("origin", "horizon_days").distinct().to_pyarrow().to_pylist()
    assert tests == [{"origin": LAST - timedelta(days=365), "horizon_days": 365}]


@pytest.mark.slow
def test_a_test_is_what_it_would_have_been_on_the_day_it_ended(
    ran_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older origin's figures do not move when later days become known, but for what was sent back since."""
    monkeypatch.setattr("patron.pipeline.walk_forward.ENOUGH_CUSTOMERS", 1)
    lines = with_customer(ran_project.table("raw_order_lines"), ran_project.table("links"), source="order_lines")
    bought = ran_project.table("orders")

    def keep(_: str, table: ir.Table) -> ir.Table:
        return table

    now = walk_forward(lines, bought, as_of=LAST, horizon_days=365, keep=keep).to_pyarrow().to_pylist()
    then = LAST - timedelta(days=91)
    earlier = walk_forward(lines, orders(lines, as_of=then), as_of=then, horizon_days=91, keep=keep)
    expected = {_key(row): row for row in earlier.to_pyarrow().to_pylist()}
    again = [row for row in now if row["horizon_days"] == 91 and _key(row) in expected]
    assert len(again) > 100
    for row in again:
        same = expected[_key(row)]
        assert row["predicted"] == pytest.approx(same["predicted"], rel=1e-9)
        assert row["customers"] == same["customers"]
        if row["target"] == "orders" and row["metric"] == "bias":
            assert row["actual"] == pytest.approx(same["actual"], rel=0.03)


def _key(row: dict[str, object]) -> tuple[object, ...]:
    return tuple(row[name] for name in ("origin", "horizon_days", "model", "target", "metric", "decile"))
