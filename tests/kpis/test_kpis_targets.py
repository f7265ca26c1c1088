from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

import ibis
import pytest
from kpis_shop import rows, table

from patron.contracts.outcome import KPIS, TARGETS
from patron.errors import SettingsError
from patron.kpis import METRICS, targets

AS_OF = date(2024, 12, 20)


def month(number: int) -> date:
    """The first day of a month, counted from January 2023."""
    return date(2023 + (number - 1) // 12, (number - 1) % 12 + 1, 1)


def kpis_of(values: list[float | None], metric: str, *, segmentation: str = "all", segment: str = "all") -> ibis.Table:
    """The last value is that of the last complete month, November 2024; December follows, not complete."""
    history = [(month(23 - ago), value) for ago, value in enumerate(reversed(values))]
    return table(
        KPIS,
        (
            {"month": day, "segmentation": segmentation, "segment": segment, "metric": metric, "value": value,
             "complete": day < month(24)}
            for day, value in [*history, (month(24), 1e9)]
        ),
    )  # fmt: skip


def judged(
    kpis: ibis.Table, settings: Mapping[tuple[str, str, str], float] = MappingProxyType({})
) -> list[dict[str, object]]:
    told = TARGETS.check(targets(kpis, settings=settings, as_of=AS_OF))
    found: list[dict[str, object]] = told.order_by("segmentation", "segment", "metric").to_pyarrow().to_pylist()
    return found


CASES = """
    metric              past                     value  target low   high  status
    revenue             10,20,30,40,50           45     30     20    40    ahead
    revenue             10,20,30,40,50           40     30     20    40    on_track
    revenue             10,20,30,40,50           20     30     20    40    on_track
    revenue             10,20,30,40,50           19     30     20    40    behind
    return_rate         .1,.2,.3,.4,.5           .45    .3     .2    .4    behind
    return_rate         .1,.2,.3,.4,.5           .1     .3     .2    .4    ahead
    lapsed              10,20,30,40,50           60     30     20    40    behind
    revenue             10,20,30                 99     20     15    25    unknown
    revenue             10,20,30,40              99     25     17.5  32.5  ahead
    average_order_value 10,-,20,-,30,40          99     25     17.5  32.5  ahead
    average_order_value 10,-,20,-,30             99     20     15    25    unknown
    average_order_value 10,20,30,40,50           -      30     20    40    unknown
    revenue             900,900,1,1,1,1,1,1,1,1,1,1,1,1  1   1      1     1     on_track
"""


@pytest.mark.parametrize("case", rows(CASES.replace(",", ";")), ids=lambda case: f"{case['metric']} {case['value']}")
def test_cases(case: dict[str, str]) -> None:
    values = [None if text == "-" else float(text) for text in [*case["past"].split(";"), case["value"]]]
    (row,) = judged(kpis_of(values, case["metric"]))
    assert (row["month"], row["source"], row["status"]) == (date(2024, 11, 1), "history", case["status"])
    assert row["value"] == values[-1]
    assert [row["target"], row["low"], row["high"]] == pytest.approx(
        [float(case["target"]), float(case["low"]), float(case["high"])]
    )


def test_history_is_a_target_only_where_it_can_be() -> None:
    """A segment's activity follows from how it was chosen; what an order is like does not."""
    kpis = ibis.union(
        *(
            kpis_of([5.0] * 5, metric.name, segmentation=segmentation)
            for metric in METRICS
            for segmentation in ("all", "tier")
        )
    )
    told = {name: {row["metric"] for row in judged(kpis) if row["segmentation"] == name} for name in ("all", "tier")}
    assert told["tier"] == {"purchase_frequency", "average_order_value", "margin_rate", "return_rate"}
    assert {metric.name for metric in METRICS} - told["all"] == {
        "customers", "ltv_to_date", "ltv_predicted", "nps_answers", "effort_answers", "satisfaction_answers",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "value", "status"),
    [
        ("revenue", 102.0, "ahead"),
        ("revenue", 100.9, "on_track"),
        ("revenue", 99.1, "on_track"),
        ("revenue", 98.0, "behind"),
        ("lapsed", 98.0, "ahead"),
        ("lapsed", 102.0, "behind"),
        ("revenue", None, "unknown"),
    ],
)
def test_a_target_from_settings_replaces_history(metric: str, value: float | None, status: str) -> None:
    kpis = kpis_of([1.0, 2.0, 3.0, 4.0, 5.0, value], metric)
    (row,) = judged(kpis, settings={("all", "all", metric): 100})
    assert (row["target"], row["low"], row["high"], row["source"]) == (100.0, 100.0, 100.0, "settings")
    assert (row["value"], row["status"]) == (value, status)


def test_a_target_for_a_segment_that_is_not_there_stays_visible() -> None:
    told = judged(kpis_of([3.0] * 6, "revenue"), settings={("tier", "gone", "customers"): 5})
    assert [(row["segment"], row["value"], row["status"]) for row in told] == [
        ("all", 3.0, "on_track"),
        ("gone", None, "unknown"),
    ]


def test_without_a_complete_month_nothing_is_judged() -> None:
    kpis = kpis_of([1.0], "revenue")
    assert judged(kpis.filter(~kpis.complete), settings={("all", "all", "revenue"): 5}) == []


def test_later_months_change_nothing() -> None:
    kpis = kpis_of([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "revenue")
    early = date(2024, 10, 31)
    told = targets(kpis, as_of=early).to_pyarrow().to_pylist()
    assert told == targets(kpis.filter(kpis.month <= early), as_of=early).to_pyarrow().to_pylist()
    assert told[0]["month"] == date(2024, 10, 1)


def test_settings_that_cannot_be_say_so() -> None:
    kpis = kpis_of([1.0], "revenue")
    with pytest.raises(SettingsError, match="'revenue'") as caught:
        targets(kpis, settings={("tier", "gold", "revenu"): 5.0}, as_of=AS_OF)
    assert caught.value.data["metric"] == "revenu"
    with pytest.raises(SettingsError, match="finite"):
        targets(kpis, settings={("tier", "gold", "revenue"): float("nan")}, as_of=AS_OF)


def test_it_compiles_for_spark() -> None:
    ibis.pyspark  # noqa: B018 - loads the dialect
    for settings in ({}, {("all", "all", "revenue"): 5.0}):
        assert "PERCENTILE" in ibis.to_sql(targets(KPIS.unbound(), settings=settings, as_of=AS_OF), dialect="pyspark")


def test_what_is_known_on_the_day_alone_is_compared_on_that_day() -> None:
    current = kpis_of([20.0, 21.0], "ltv_predicted").filter(lambda t: t.month == month(24)).mutate(value=95.0)
    others = kpis_of([10.0, 20.0, 30.0, 40.0, 50.0], "revenue")
    told = judged(ibis.union(current, others), settings={("all", "all", "ltv_predicted"): 90.0})
    mine = next(row for row in told if row["metric"] == "ltv_predicted")
    assert (mine["value"], mine["status"], mine["month"]) == (95.0, "ahead", month(24))
    assert next(row for row in told if row["metric"] == "revenue")["month"] == month(23)


def of_segments(metric: str, pasts: Mapping[str, list[float]], value: float) -> ibis.Table:
    return ibis.union(
        *(kpis_of([*past, value], metric, segmentation="tier", segment=name) for name, past in pasts.items())
    )


def changed(kpis: ibis.Table, changes: Mapping[tuple[str, str, str], float]) -> dict[object, dict[str, object]]:
    told = TARGETS.check(targets(kpis, changes=changes, as_of=AS_OF)).to_pyarrow().to_pylist()
    return {row["segment"]: row for row in told}


def test_a_change_is_measured_from_the_segments_own_past_in_its_own_direction() -> None:
    """What is asked of loyal customers is not what is asked of those who look at the price."""
    name = "average_order_value"
    kpis = of_segments(name, {"loyal": [100.0] * 6, "thrifty": [20.0] * 6, "rest": [50.0] * 6}, 60.0)
    found = changed(kpis, {("tier", "loyal", name): 0.10, ("tier", "thrifty", name): -0.05})
    assert (found["loyal"]["target"], found["loyal"]["source"]) == (pytest.approx(110), "settings")
    assert (found["thrifty"]["target"], found["thrifty"]["status"]) == (pytest.approx(19), "ahead")
    assert (found["rest"]["target"], found["rest"]["source"]) == (50, "history")


def test_a_noisy_past_is_drawn_towards_the_other_segments_and_a_steady_one_is_not() -> None:
    name = "average_order_value"
    pasts = {"noisy": [10.0, 500.0, 20.0, 480.0, 250.0], "steady": [40.0, 41.0, 40.0, 39.0, 40.0], "other": [60.0] * 5}
    found = changed(of_segments(name, pasts, 50.0), {("tier", segment, name): 0.0 for segment in pasts})
    usual = (250 + 40 + 60) / 3
    assert usual < found["noisy"]["target"] < 250
    assert found["steady"]["target"] == pytest.approx(40, rel=0.02)
    assert found["other"]["target"] == 60


def test_a_change_of_what_the_past_says_nothing_of_is_refused() -> None:
    with pytest.raises(SettingsError, match="whose past says nothing of it"):
        changed(kpis_of([1.0] * 6, "retention_rate"), {("rfm", "loyal", "retention_rate"): 0.1})
    assert changed(kpis_of([0.2] * 6, "retention_rate"), {("all", "all", "retention_rate"): 0.1})
