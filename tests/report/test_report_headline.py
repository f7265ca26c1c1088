"""What the headline says is what the tables hold."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import ibis.expr.types as ir
import pytest
from fake_run import AS_OF, empty_run, table, taken

from patron.charts.records import records
from patron.report import Facts
from patron.report.accuracy import accuracy
from patron.report.headline import headline, headline_tiles, total_error, versus_naive
from patron.report.source import Source
from patron.report.totals import Totals, totals


def order(who: str, day: date, amount: str) -> dict[str, object]:
    money = Decimal(amount)
    return {
        "order_id": f"{who}{day}", "customer_id": who, "ordered_at": datetime.combine(day, time(23, 59)),
        "lines": 1, "units": 1.0, "revenue": money, "discount": Decimal("0.00"), "returns": Decimal("0.00"),
        "amount": money, "cost": None, "margin": money / 2, "channel": None, "country": None,
    }  # fmt: skip


def _totals(run: dict[str, ir.Table], bought: list[dict[str, object]]) -> Totals:
    orders, takings = table("orders", bought), table("takings", [taken(one) for one in bought])
    return totals(run["profiles"], orders, takings, run["forecasts"], as_of=AS_OF)


def test_a_year_ends_on_the_day_and_has_365(run: dict[str, ir.Table]) -> None:
    first = AS_OF - timedelta(days=364)
    bought = [
        order("a", AS_OF, "1.00"),
        order("a", first, "2.00"),
        order("b", first - timedelta(days=1), "4.00"),
        order("c", AS_OF - timedelta(days=729), "8.00"),
        order("c", AS_OF - timedelta(days=730), "16.00"),
    ]
    total = _totals(run, bought)
    assert (total.revenue, total.margin, total.buyers) == (3.0, 1.5, 1)
    assert total.revenue_before == 12.0


def test_a_year_that_the_data_does_not_hold_is_not_compared(run: dict[str, ir.Table]) -> None:
    total = _totals(run, [order("a", AS_OF, "1.00"), order("a", AS_OF - timedelta(days=700), "2.00")])
    assert total.revenue_before is None


def test_the_best_tenth_is_a_tenth(run: dict[str, ir.Table]) -> None:
    values = sorted((row["predicted_value"] for row in records(run["forecasts"])), reverse=True)
    total = totals(run["profiles"], run["orders"], run["takings"], run["forecasts"], as_of=AS_OF)
    assert total.top_customers == 25
    assert total.top_share == pytest.approx(sum(values[:25]) / sum(values))
    assert total.predicted == pytest.approx(sum(values))


def test_three_to_five_sentences_hold_the_figures(run: dict[str, ir.Table], facts: Facts) -> None:
    source = Source(run, facts)
    sentences = headline(source)
    assert 3 <= len(sentences) <= 5
    text = " ".join(sentences)
    people = records(run["profiles"])
    assert f"{len(people)} customers have bought at Tea & Leaves" in text
    assert f"{sum(not row['lapsed'] for row in people)} of them" in text
    assert "Its total was 2% too high (the naive rule, as much again as before: 4% too high)." in text
    assert "Customer by customer it was 18% closer" in text
    assert "It ranked customers better." in text
    assert len(headline_tiles(source).items) == 6


def test_nobody_is_said_in_one_sentence(facts: Facts) -> None:
    source = Source(empty_run(), facts)
    assert len(headline(source)) == 1
    assert headline_tiles(source).items[0].value == "0"


BASE = {"origin": date(2024, 1, 1), "horizon_days": 90, "target": "value", "decile": 0, "customers": 9,
        "predicted": None, "actual": None, "low": None, "high": None}  # fmt: skip


def figures(**values: float | None) -> list[dict[str, object]]:
    """Rows of a test: ``own_mae=1`` is the model's, ``naive_mae=2`` the naive rule's."""
    rows = []
    for name, value in values.items():
        model, _, metric = name.partition("_")
        rows.append({**BASE, "model": model, "metric": metric, "value": value})
    return rows


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"own_bias": 0.2}, "Its total was 20% too high"),
        ({"own_bias": -0.2}, "Its total was 20% too low"),
        (
            {"own_bias": 0.001, "naive_bias": -0.5},
            "Its total was right to within half a per cent (the naive rule, as much again as before: 50% too low).",
        ),
        ({"own_bias": None, "naive_bias": 0.5}, ""),
    ],
)  # fmt: skip
def test_the_error_of_the_total_in_words(values: dict[str, float | None], sentence: str) -> None:
    test = accuracy(figures(**values))
    assert test is not None
    assert total_error(test) == sentence


@pytest.mark.parametrize(
    ("own", "naive", "words"),
    [(8.0, 10.0, "20% closer"), (13.0, 10.0, "30% further"), (10.0, 10.0, "no closer"), (1.0, 0.0, "")],
)
def test_the_error_against_naive_in_words(own: float, naive: float, words: str) -> None:
    test = accuracy(figures(own_mae=own, naive_mae=naive))
    assert test is not None
    sentence = versus_naive(test)
    assert words in sentence
    assert bool(words) == bool(sentence)


@pytest.mark.parametrize(("low", "high", "words"), [(0.1, 0.3, "better"), (-0.1, 0.1, "alike"), (-0.3, -0.1, "worse")])
def test_a_ranking_is_better_only_beyond_its_interval(low: float, high: float, words: str) -> None:
    rows = figures(own_gini_gain=(low + high) / 2)
    rows[0] |= {"low": low, "high": high}
    test = accuracy(rows)
    assert test is not None
    assert test.ranking() == words


@pytest.mark.parametrize(("low", "high", "words"), [(0.1, 0.3, "worse"), (-0.1, 0.1, "alike"), (-0.3, -0.1, "better")])
def test_an_error_is_less_only_beyond_its_interval(low: float, high: float, words: str) -> None:
    rows = figures(own_mae_gain=(low + high) / 2)
    rows[0] |= {"low": low, "high": high}
    test = accuracy(rows)
    assert test is not None
    assert test.error() == words


def test_the_longest_horizon_speaks_and_of_its_origins_the_latest() -> None:
    rows = figures(own_mae=1.0)
    others = [rows[0] | {"origin": date(2023, 1, 1), "value": 2.0}, rows[0] | {"horizon_days": 30, "value": 3.0}]
    test = accuracy([*others, *rows])
    assert test is not None
    assert (test.origin, test.horizon_days, test.value("own", "value", "mae")) == (date(2024, 1, 1), 90, 1.0)


def test_without_a_model_there_is_no_verdict() -> None:
    assert accuracy(figures(naive_mae=1.0)) is None
    assert accuracy([]) is None


def test_the_preferred_model_is_read_else_the_best() -> None:
    rows = figures(own_mae=3.0, other_mae=2.0, naive_mae=4.0)
    assert getattr(accuracy(rows), "model", None) == "other"
    assert getattr(accuracy(rows, preferred="own"), "model", None) == "own"
    assert getattr(accuracy(rows, preferred="naive"), "model", None) == "other"
