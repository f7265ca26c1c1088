"""The step `channels` against the run's other tables, with touches and without, and where nothing tells of channels."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from patron.contracts import TABLES
from patron.contracts.touch import ORDER_CREDITS
from patron.pipeline import Project
from patron.pipeline.channel_steps import CHANNEL_STEP, MADE, _forecast_error
from patron.pipeline.settings import Settings
from patron.pipeline.step import Context

Rows = list[dict[str, Any]]
LAST_DAY = date(2024, 12, 31)


def rows(table: ir.Table) -> Rows:
    found: Rows = table.to_pyarrow().to_pylist()
    return found


def run(project: Project, **changes: ir.Table) -> dict[str, Rows]:
    """Run the step on the tables of a run, some of them changed; hold what it makes to the contracts."""
    tables = {name: project.table(name) for name in CHANNEL_STEP.needs} | changes
    settings = Settings.model_validate(
        {"name": "Shop", "currency": "EUR", "sources": {"order_lines": {"path": "x.csv"}},
         "attribution": {"aliases": {"search": "paid search"}}}
    )  # fmt: skip
    context = Context(
        settings=settings, as_of=LAST_DAY, tables=tables, keep=_kept, earlier=None,
        kept=None,  # type: ignore[arg-type]
    )  # fmt: skip
    made = CHANNEL_STEP.function(context)
    assert isinstance(made, Mapping)
    assert tuple(made) == MADE
    return {name: rows(TABLES[name].check(table)) for name, table in made.items()}


def _kept(_name: str, table: ir.Table) -> ir.Table:
    return ibis.memtable(table.to_pyarrow())


@pytest.fixture(scope="module")
def half_by_mail(ran_project: Project) -> ir.Table:
    """Credits of every order: half for mails, half for search."""
    orders = rows(ran_project.table("orders"))
    seen: set[str] = set()
    found = []
    for order in sorted(orders, key=lambda order: (order["ordered_at"], order["order_id"])):
        half = {name: (order[name] / 2).quantize(Decimal("0.01")) for name in ("amount", "margin")}
        for channel in ("email", "paid_search"):
            part = half if channel == "email" else {name: order[name] - half[name] for name in half}
            found.append({
                "order_id": order["order_id"], "customer_id": order["customer_id"], "channel": channel,
                "ordered_on": order["ordered_at"].date(), "first_order": order["customer_id"] not in seen,
                "model": "linear", "credit": 0.5, "calibrated": 0.5, "revenue": part["amount"],
                "margin": part["margin"],
            })  # fmt: skip
        seen.add(order["customer_id"])
    return ibis.memtable(pa.Table.from_pylist(found, schema=ORDER_CREDITS.schema.to_pyarrow()))


def test_the_step_agrees_with_the_run(ran_project: Project, half_by_mail: ir.Table) -> None:
    made = run(ran_project, order_credits=half_by_mail)
    latest = {
        row["channel"]: row for row in made["channels"] if (row["period"], row["segmentation"]) == ("latest", "all")
    }
    start = latest["all"]["from_day"]
    orders = [row for row in rows(ran_project.table("orders")) if row["ordered_at"].date() >= start]
    assert latest["all"]["revenue"] == sum(row["amount"] for row in orders)
    assert latest["email"]["orders"] == pytest.approx(len(orders) / 2)
    assert latest["email"]["margin"] + latest["paid_search"]["margin"] == sum(row["margin"] for row in orders)
    spent = sum(row["amount"] for row in rows(ran_project.table("raw_spend")) if row["day"] >= start)
    assert latest["all"]["spend"] == spent
    assert latest["paid_search"]["spend"]  # the shop's "search", by its other name
    before = {row["customer_id"] for row in rows(ran_project.table("orders")) if row["ordered_at"].date() < start}
    kept = before & {row["customer_id"] for row in orders}
    assert latest["all"]["kept"] == pytest.approx(len(kept))
    whole = next(
        row for row in made["acquisition"] if {row[name] for name in ("channel", "cohort", "segment")} == {"all"}
    )
    since = min(row["cohort"] for row in made["acquisition"])
    firsts = [row for row in rows(ran_project.table("profiles")) if row["first_order_on"]]
    mine = [row for row in firsts if f"{row['first_order_on']:%Y-%m}" >= since]
    assert whole["won"] == whole["people"] == len(mine)
    assert whole["margin"] == sum(row["margin"] for row in mine)
    search = [row for row in made["acquisition"] if row["channel"] == "paid_search" and row["cohort"] == "all"]
    assert next(row for row in search if row["segmentation"] == "all")["known_by"] == "told"
    assert {row["segmentation"] for row in made["acquisition"]} >= {"all", "rfm", "tier"}


def test_without_touches_nothing_is_credited_and_costs_are_told(ran_project: Project) -> None:
    found = rows(ran_project.table("channels"))
    assert found
    bought = [row for row in found if row["channel"] == "paid_search" or row["channel"] == "search"]
    assert {row["credit_status"] for row in bought} <= {"no_touch", "too_early"}
    assert {row["margin"] for row in bought} == {None}
    assert any(row["cac"] for row in rows(ran_project.table("acquisition")))
    assert {row["status"] for row in rows(ran_project.table("payback"))} <= {
        "paid_back", "expected", "not_within_horizon", "no_spend",
    }  # fmt: skip


def test_nothing_that_tells_of_channels_is_no_failure(ran_project: Project) -> None:
    profiles = ran_project.table("profiles").mutate(acquisition_channel=ibis.null("string"))
    made = run(ran_project, profiles=profiles, raw_spend=TABLES["raw_spend"].empty(),
               order_credits=ORDER_CREDITS.empty())  # fmt: skip
    assert made == {name: [] for name in MADE}


def test_the_error_that_forecasts_share_is_that_of_present_customers() -> None:
    row = {"span": "horizon", "part": "present", "revenue": Decimal(1000), "revenue_low": Decimal(804),
           "revenue_high": Decimal(1196)}  # fmt: skip
    other = row | {"part": "total", "revenue_high": Decimal(9999)}
    schema = TABLES["revenue_forecast"].schema.to_pyarrow()
    assert _forecast_error(ibis.memtable(pa.Table.from_pylist([row, other], schema=schema))) == pytest.approx(
        0.1, rel=1e-3
    )
    assert _forecast_error(TABLES["revenue_forecast"].empty()) == 0.0
