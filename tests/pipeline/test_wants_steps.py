"""What a run says of what its customers want next, against its other tables."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from patron.contracts import TABLES
from patron.pipeline import Project


def rows(project: Project, name: str) -> list[dict[str, Any]]:
    table = TABLES[name].check(project.table(name))
    found: list[dict[str, Any]] = table.to_pyarrow().to_pylist()
    return found


def test_dates_are_told_of_replenished_products_alone(ran_project: Project) -> None:
    verdicts = {row["product_id"]: row["verdict"] for row in rows(ran_project, "product_cycles")}
    due = rows(ran_project, "replenishments")
    assert len(due) > 1_000
    assert {verdicts[row["product_id"]] for row in due} == {"replenished"}
    assert len(set(verdicts.values())) > 1


def test_products_count_the_customers_who_bought_them(ran_project: Project) -> None:
    due = Counter(row["product_id"] for row in rows(ran_project, "replenishments"))
    for row in rows(ran_project, "product_cycles"):
        assert row["customers"] >= row["repeaters"]
        assert row["intervals"] >= row["repeaters"]
        assert due[row["product_id"]] in (0, row["customers"])


def test_dates_follow_from_what_the_customer_bought(ran_project: Project) -> None:
    as_of = ran_project.last().manifest.as_of
    days = {row["customer_id"]: row["last_order_on"] for row in rows(ran_project, "profiles")}
    for row in rows(ran_project, "replenishments"):
        assert row["last_bought_on"] <= days[row["customer_id"]]
        assert row["due_on"] == as_of + timedelta(days=row["days_left"])
        assert as_of < row["due_low"] <= row["due_high"]
