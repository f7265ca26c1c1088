"""What a run says of what its customers want next, against its other tables."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from patron.contracts import TABLES
from patron.pipeline import Project, open_project
from tests_support import TODAY


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


def test_every_customer_is_told_what_may_come_next(ran_project: Project) -> None:
    told = rows(ran_project, "next_products")
    ranks = Counter(row["customer_id"] for row in told)
    assert set(ranks) <= {row["customer_id"] for row in rows(ran_project, "profiles")}
    assert set(ranks.values()) == {10}
    assert {row["again"] for row in told} == {True, False}
    assert {row["chance"] for row in told} == {None}, "so small a shop has too few last baskets to learn from"
    assert [row["rank"] for row in told] == list(range(1, 11)) * len(ranks)
    assert all(row["reason"] for row in told)


def test_its_own_settings_alone_run_it_again(ran_project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(ran_project.folder, folder)
    settings = folder / "patron.yaml"
    settings.write_text(
        settings.read_text() + "next_products: {most: 2, repeat_policy: exclude, exclude: price > 40}\n"
    )
    made = open_project(folder).run(today=TODAY)
    decided = {
        "signals", "opportunities", "triggers", "messages", "learning", "decisions", "budget", "budget_trials",
        "season_plan", "next_actions", "teams",
    }  # fmt: skip
    again = {name for name, step in made.manifest.steps.items() if not step.reused}
    assert again == {"next_products", "portraits", *decided}
    told = rows(open_project(folder), "next_products")
    assert max(row["rank"] for row in told) == 2
    assert not any(row["again"] or row["price"] > 40 for row in told)
