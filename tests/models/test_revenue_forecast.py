"""Revenue by month: the parts add up, nothing later is known, and the intervals hold what they promise."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest

from patron.contracts.outcome import BACKTEST, REVENUE_FORECAST
from patron.errors import ArgumentError
from patron.models import BgNbd, foresee, revenue_backtest, revenue_forecast
from patron.models.months import windows_ahead
from patron.models.revenue_forecast import Rates, expected_of_each, interval, origins_before, rates
from patron.models.revenue_outlook import Part, revenue_outlook
from patron.models.revenue_sums import read_sums
from patron.profile import known_purchases

MONEY = Rates(net=0.95, margin=0.4, basis="margin")
FIRST, AS_OF = date(2022, 1, 1), date(2024, 8, 20)


def bought(*, seed: int = 1, customers: int = 500, last: date = AS_OF) -> pa.Table:
    """Draw a ledger: customers come evenly, buy at rates and leave with chances of their own; winter is dear."""
    rng = np.random.default_rng(seed)
    span = (last - FIRST).days
    rows: list[dict[str, Any]] = []
    for person in range(customers):
        day = int(rng.integers(0, span))
        gap, leaving = 60.0 / rng.gamma(1.5, 1.0), rng.beta(0.6, 3.0)
        while day <= span:
            when = FIRST + timedelta(days=day)
            amount = Decimal(str(round(float(rng.gamma(4.0, 5.0 if when.month < 11 else 9.0)), 2)))
            rows.append({"customer_id": f"c{person}", "day": when, "known_on": when, "units": 1, "amount": amount})
            if rng.random() < leaving:
                break
            day += 1 + int(rng.exponential(gap if when.month < 11 else 0.6 * gap))
    unique = {(row["customer_id"], row["day"]): row for row in rows}
    schema = pa.schema({"customer_id": pa.string(), "day": pa.date32(), "known_on": pa.date32(),
                        "units": pa.decimal128(18, 4), "amount": pa.decimal128(18, 2)})  # fmt: skip
    return pa.Table.from_pylist(list(unique.values()), schema=schema)


def purchases(ledger: pa.Table, *, as_of: date = AS_OF, days: list[date] | None = None) -> ir.Table:
    origins = [*origins_before(FIRST, as_of=as_of), as_of] if days is None else days
    return ibis.memtable(known_purchases(ibis.memtable(ledger), days=origins).to_pyarrow())


LEDGER = bought()
FORESEEN = foresee(purchases(LEDGER), horizon_days=365)
TABLE = REVENUE_FORECAST.check(revenue_forecast(FORESEEN, money=MONEY))
ROWS = TABLE.to_pyarrow().to_pylist()
AHEAD = [row for row in ROWS if row["origin"] == AS_OF]


def test_the_parts_add_up_to_the_total_and_the_months_to_the_horizon() -> None:
    spans: dict[tuple[str, date], dict[str, dict[str, Any]]] = {}
    for row in AHEAD:
        spans.setdefault((row["span"], row["from_day"]), {})[row["part"]] = row
    for parts in spans.values():
        for column in ("revenue", "margin"):
            assert parts["present"][column] + parts["new"][column] == parts["total"][column]
    for part in ("present", "new", "total"):
        for column in ("revenue", "margin"):
            months = sum(row[column] for row in AHEAD if row["part"] == part and row["span"] == "month")
            assert months == next(row[column] for row in AHEAD if row["part"] == part and row["span"] == "horizon")


def test_the_months_are_those_of_the_horizon_without_a_gap() -> None:
    months = sorted(
        (row for row in AHEAD if row["part"] == "total" and row["span"] == "month"), key=lambda r: r["from_day"]
    )
    assert months[0]["from_day"] == AS_OF + timedelta(days=1)
    assert months[-1]["to_day"] == AS_OF + timedelta(days=365)
    for one, following in pairwise(months):
        assert following["from_day"] == one["to_day"] + timedelta(days=1)
        assert following["from_day"].day == 1


def test_intervals_hold_the_forecast_and_grow_with_less_knowledge() -> None:
    for row in ROWS:
        assert 0 <= row["revenue_low"] <= row["revenue"] <= row["revenue_high"]
    new = [row for row in AHEAD if row["part"] == "new" and row["span"] == "month"]
    assert new[0]["revenue"] < new[5]["revenue"]
    whole = next(row for row in AHEAD if row["span"] == "horizon" and row["part"] == "total")
    months = [row for row in AHEAD if row["span"] == "month" and row["part"] == "total"]
    reach = [float(row["revenue_high"] - row["revenue_low"]) / float(row["revenue"]) for row in months]
    assert float(whole["revenue_high"] - whole["revenue_low"]) / float(whole["revenue"]) < min(reach)


def test_the_season_is_in_it_where_two_years_show_one() -> None:
    factors = {row["from_day"].month: row["season_factor"] for row in AHEAD if row["span"] == "month"}
    assert AHEAD[0]["season_months"] >= 30
    assert factors[12] > factors[6]
    early = [row for row in ROWS if row["origin"] < date(2023, 6, 1)]
    assert early
    assert {row["season_factor"] for row in early} == {None}


def test_nothing_that_came_later_is_known() -> None:
    origin = date(2023, 9, 30)
    until = ibis.memtable(LEDGER).filter(lambda t: t.known_on <= origin).to_pyarrow()
    days = [date(2023, 3, 31), date(2023, 6, 30), origin]
    alone = foresee(purchases(until, days=days), horizon_days=200)
    among = foresee(purchases(LEDGER, days=[*days, AS_OF]), horizon_days=200)
    assert np.allclose(alone[-1].outlook.expected, among[-2].outlook.expected, rtol=1e-12)
    assert np.allclose(alone[-1].outlook.covariance, among[-2].outlook.covariance, rtol=1e-12)


def test_what_came_stands_beside_what_was_expected() -> None:
    tested = [row for row in ROWS if row["origin"] < AS_OF and row["part"] == "total"]
    assert {row["origin"] for row in tested} == set(origins_before(FIRST, as_of=AS_OF))
    one = next(row for row in tested if row["from_day"] == date(2024, 5, 1))
    rows = [row for row in LEDGER.to_pylist() if row["day"].strftime("%Y-%m") == "2024-05"]
    assert float(one["actual"]) == pytest.approx(float(sum(row["amount"] for row in rows)) * MONEY.net, abs=0.01)
    before = [row for row in LEDGER.to_pylist() if row["day"].strftime("%Y-%m") == "2023-05"]
    assert float(one["naive"]) == pytest.approx(float(sum(row["amount"] for row in before)) * MONEY.net, abs=0.01)
    assert max(row["to_day"] for row in tested) <= AS_OF


def test_the_backtest_is_what_the_rows_say() -> None:
    found = BACKTEST.check(revenue_backtest(TABLE)).to_pyarrow().to_pylist()
    origin = origins_before(FIRST, as_of=AS_OF)[-3]
    months = [row for row in ROWS if row["origin"] == origin and row["part"] == "total"]
    told = {(row["model"], row["metric"]): row["value"] for row in found if row["origin"] == origin}
    off = [abs(float(row["revenue"] - row["actual"])) for row in months]
    assert told["revenue_forecast", "mae"] == pytest.approx(np.mean(off))
    assert told["revenue_forecast", "coverage"] == np.mean(
        [row["revenue_low"] <= row["actual"] <= row["revenue_high"] for row in months]
    )
    bias = sum(float(row["naive"]) for row in months) / sum(float(row["actual"]) for row in months) - 1
    assert told["naive", "bias"] == pytest.approx(bias)
    assert {row["target"] for row in found} == {"monthly_revenue"}


def test_a_known_level_of_the_present_customers_is_kept() -> None:
    tied = foresee(purchases(LEDGER, days=[AS_OF]), horizon_days=365, of_each=12.5)[-1]
    assert tied.outlook.present.expected.sum() == pytest.approx(12.5 * tied.sums.patterns.total)
    free = foresee(purchases(LEDGER, days=[AS_OF]), horizon_days=365)[-1]
    assert np.allclose(tied.outlook.new.expected, free.outlook.new.expected)


def test_only_recalibrated_forecasts_set_the_level() -> None:
    forecasts = ibis.memtable({
        "model": ["bg_nbd+gamma_gamma+recalibrated"] * 2 + ["naive"],
        "expected_orders": [2.0, 1.0, 9.0], "expected_spend": [10.0, 30.0, 9.0],
    })  # fmt: skip
    assert expected_of_each(forecasts) == 25.0
    assert expected_of_each(forecasts.filter(forecasts.model == "naive")) is None


def test_money_is_in_terms_of_the_takings_of_the_last_year() -> None:
    day = date(2024, 5, 1)
    takings = ibis.memtable({
        "day": [day, day, date(2022, 1, 1)], "net_revenue": [Decimal(60), Decimal(30), Decimal(999)],
        "margin": [Decimal(30), Decimal(15), Decimal(1)], "basis": ["margin"] * 3,
    })  # fmt: skip
    known = ibis.memtable(
        {"origin": [AS_OF, AS_OF], "day": [day, date(2022, 1, 1)], "amount": [Decimal(100), Decimal(7)]}
    )
    assert rates(takings, known, as_of=AS_OF) == Rates(net=0.9, margin=0.5, basis="margin")
    assert rates(takings.limit(0), known, as_of=AS_OF) == Rates(net=1.0, margin=1.0, basis="revenue")


@pytest.mark.parametrize("days", [60, 120])
def test_too_little_gives_no_numbers(days: int) -> None:
    last = FIRST + timedelta(days=days)
    few = bought(customers=20, last=last)
    assert foresee(purchases(few, days=[last]), horizon_days=365) == []
    assert revenue_forecast([], money=MONEY).count().to_pyarrow().as_py() == 0
    assert revenue_backtest(REVENUE_FORECAST.empty()).count().to_pyarrow().as_py() == 0


def test_a_horizon_that_cannot_be_is_refused() -> None:
    with pytest.raises(ArgumentError):
        foresee(purchases(LEDGER, days=[AS_OF]), horizon_days=-1)


def test_an_interval_is_that_of_a_lognormal_total() -> None:
    part = Part(expected=np.array([60.0, 40.0]), covariance=np.array([[30.0, 20.0], [20.0, 30.0]]))
    mean, low, high = interval(part)
    drawn = np.random.default_rng(1).lognormal(np.log(100) - np.log1p(0.01) / 2, np.sqrt(np.log1p(0.01)), 200_000)
    assert mean == 100.0
    assert [low, high] == pytest.approx(np.quantile(drawn, [0.025, 0.975]), rel=0.005)
    assert interval(Part(expected=np.zeros(1), covariance=np.zeros((1, 1)))) == (0.0, 0.0, 0.0)


def test_present_purchases_are_those_of_the_model() -> None:
    """The polynomial through six moments of E[Y(t)] is E[Y(t)]; revenue is a multiple of it."""
    ledger = LEDGER.set_column(4, "amount", pa.array([Decimal("10.00")] * LEDGER.num_rows, pa.decimal128(18, 2)))
    (sums,) = read_sums(purchases(ledger, as_of=date(2023, 6, 10), days=[date(2023, 6, 10)]))
    model = BgNbd().fit_patterns(sums.patterns)
    windows = windows_ahead(sums.origin, horizon_days=365)
    found = revenue_outlook(sums, model, windows).present.expected.cumsum()
    columns = (sums.patterns[name] for name in ("frequency", "recency", "T"))
    x, t_x, T = columns
    expected = [10.0 * sums.patterns.customers @ model.ahead(x, t_x, T, float(window.ends)) for window in windows]
    assert found == pytest.approx(expected, rel=2e-3)


@pytest.mark.slow
def test_intervals_are_calibrated_on_simulated_shops() -> None:
    """Six shops of the script that does fifty; the figures of the fifty stand in docs/outlook.md."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
    from revenue_calibration import judge

    found = [judge(2000, seed=seed, years=3) for seed in range(6)]
    assert 0.86 <= float(np.mean([one.inside for one in found])) <= 1.0
    assert sum(one.equity_inside for one in found) >= 5
    assert np.mean([one.error for one in found]) < 0.7 * np.mean([one.naive for one in found])


@pytest.mark.slow
@pytest.mark.real_data
def test_cdnow_as_of_september_1997_foretells_the_39_weeks_after(cdnow: Any) -> None:
    """Fader, Hardie & Lee (2005): nobody new comes, and present customers buy about 1,653 times (BG/NBD) of 1,882."""
    path = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "cdnow" / "CDNOW_sample.txt"
    rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
    ledger = ibis.memtable(pa.table({
        "customer_id": [row[1] for row in rows],
        "day": [date(int(row[2][:4]), int(row[2][4:6]), int(row[2][6:])) for row in rows],
        "units": pa.array([1] * len(rows), pa.decimal128(18, 4)),
        "amount": pa.array([Decimal(row[4]) for row in rows], pa.decimal128(18, 2)),
    }))  # fmt: skip
    ledger = ledger.mutate(known_on=ledger.day)
    origin = date(1997, 9, 30)
    days = [*origins_before(date(1997, 1, 1), as_of=origin), origin]
    purchases = ibis.memtable(known_purchases(ledger, days=days).to_pyarrow())
    today = foresee(purchases, horizon_days=273)[-1]
    came = ledger.filter(ledger.day > ibis.literal(origin)).amount.sum().to_pyarrow().as_py()
    mean, low, high = interval(today.outlook.total)
    assert today.outlook.newcomers.sum() < 20
    assert low <= float(came) <= high
    assert 0.75 <= mean / float(came) <= 1.25
