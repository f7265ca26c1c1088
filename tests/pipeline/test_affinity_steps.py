"""What a run says of preferences and bundles, against its other tables."""

from __future__ import annotations

from collections import Counter
from typing import Any

from patron.contracts import TABLES
from patron.pipeline import Project


def rows(project: Project, name: str) -> list[dict[str, Any]]:
    table = TABLES[name].check(project.table(name))
    found: list[dict[str, Any]] = table.to_pyarrow().to_pylist()
    return found


def test_all_kinds_are_told_of_customers_who_bought(ran_project: Project) -> None:
    told = rows(ran_project, "affinity")
    kinds = {row["kind"] for row in told}
    assert kinds == {"product", "category", "brand", "brand_in_category", "own_label", "channel", "weekday", "hour"}
    days = {row["customer_id"]: row["frequency"] + 1 for row in rows(ran_project, "history")}
    weekdays = {row["customer_id"]: row["of_purchases"] for row in told if row["kind"] == "weekday"}
    assert weekdays.keys() == days.keys()
    assert all(weekdays[who] <= days[who] for who in days), "orders that came back whole are of no weekday"


def test_the_shop_shares_are_the_same_for_everybody(ran_project: Project) -> None:
    shares: dict[tuple[str, str, str], set[float]] = {}
    for row in rows(ran_project, "affinity"):
        shares.setdefault((row["kind"], row["within"], row["value"]), set()).add(row["shop_share"])
    assert {len(one) for one in shares.values()} == {1}


def test_completions_are_of_the_runs_bundles_and_of_products_not_owned(ran_project: Project) -> None:
    known = {row["bundle"]: row for row in rows(ran_project, "bundles")}
    missing = rows(ran_project, "completions")
    assert {row["bundle"] for row in missing} <= known.keys()
    assert max(Counter(row["customer_id"] for row in missing).values(), default=0) <= 5
