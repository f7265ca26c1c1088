"""What a run says of what will be sold, against its other tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

from patron.contracts import TABLES
from patron.pipeline import Project


def rows(project: Project, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = TABLES[name].check(project.table(name)).to_pyarrow().to_pylist()
    return found


def test_every_product_of_the_last_half_year_is_forecast_once_a_week(ran_project: Project) -> None:
    as_of = ran_project.last().manifest.as_of
    lines = ran_project.table("raw_order_lines")
    first = as_of - timedelta(days=26 * 7 - 1)
    table = lines.filter(lines.product_id.notnull() & (lines.kind == "sale")).select("product_id", "ordered_at")
    sold = {row["product_id"] for row in table.to_pyarrow().to_pylist() if row["ordered_at"].date() >= first}
    told = [row for row in rows(ran_project, "demand") if row["segment"] == "all"]
    count = Counter(row["product_id"] for row in told)
    assert set(count) <= sold
    assert len(count) > 0.95 * len(sold), "only what came back on the day of its sale is missing"
    assert set(count.values()) == {9}
    for row in told:
        assert row["to_day"] - row["from_day"] == timedelta(days=55 if row["week"] == 0 else 6)
        assert row["from_day"] == as_of + timedelta(days=1 + 7 * max(row["week"] - 1, 0))


def test_segments_add_up(ran_project: Project) -> None:
    sums: dict[tuple[str, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in rows(ran_project, "demand"):
        sums[row["product_id"], row["week"]][row["segment"] != "all"] += row["units"]
    parts = [one for one in sums.values() if one[1]]
    assert parts
    assert all(abs(whole - part) <= 1e-6 * whole for whole, part in parts)


def test_trends_count_purchases_of_the_last_weeks(ran_project: Project) -> None:
    as_of = ran_project.last().manifest.as_of
    found = rows(ran_project, "trends")
    assert {row["kind"] for row in found} == {"product", "category", "segment"}
    assert {row["from_day"] for row in found} == {as_of - timedelta(days=55)}
    by_kind = {
        kind: sum(row["purchases"] for row in found if row["kind"] == kind) for kind in ("product", "category")
    }  # fmt: skip
    assert by_kind["product"] <= by_kind["category"], "new products are in their category alone"


def test_the_forecast_is_judged(ran_project: Project) -> None:
    figures = {(row["model"], row["metric"], row["volume"]): row["value"] for row in rows(ran_project, "demand_tests")}
    assert figures["demand", "pinball", 0] < figures["past_year", "pinball", 0]
    assert 0.7 < figures["demand", "coverage_pit", 0] < 0.9
