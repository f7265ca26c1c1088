"""Which steps people took, from tables by hand, from the simulated shop, and in a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pydantic import ValidationError

from patron.contracts import TABLES
from patron.contracts.journey import JOURNEY_EDGES, JOURNEY_PATHS
from patron.identity import events_with_customer, visitors
from patron.journeys import journey_map
from patron.journeys.steps import journey_steps
from patron.pipeline import Project
from patron.pipeline.journey_settings import JourneySettings
from patron.pipeline.journey_steps import JOURNEY_STEP
from patron.pipeline.step import Context
from patron.simulate import Shop, shop

LAST = date(2024, 12, 31)
DAY = datetime(2024, 3, 1)  # noqa: DTZ001 - a shop's own clock


def table(name: str, rows: list[dict[str, Any]]) -> ir.Table:
    contract = TABLES[name]
    full = [{column: row.get(column) for column in contract.names} for row in rows]
    return ibis.memtable(pa.Table.from_pylist(full, schema=contract.schema.to_pyarrow()))


def at(days: float, hour: float = 12) -> datetime:
    return DAY + timedelta(days=days, hours=hour)


def orders(*days: float, who: str = "ann", hour: float = 12) -> list[dict[str, Any]]:
    return [
        {"order_id": f"{who}{day}", "customer_id": who, "ordered_at": at(day, hour), "margin": 10 + day} for day in days
    ]


def steps_of(sources: dict[str, ir.Table], **terms: Any) -> list[tuple[str, str]]:
    made = journey_steps(sources, as_of=LAST, **terms).order_by("person", "at", "step").to_pyarrow().to_pylist()
    return [(row["person"], row["step"]) for row in made]


SOURCES = {
    "orders": table("orders", orders(1, 40)),
    "order_lines": table("raw_order_lines", [
        {"customer_id": "ann", "ordered_at": at(45), "kind": "return", "reverses": 7},
    ]),
    "events": table("raw_events", [
        {"event_id": "1", "event": "page_view", "occurred_at": at(0), "customer_id": "ann", "channel": "web"},
        {"event_id": "2", "event": "View Item", "occurred_at": at(0, 13), "customer_id": "ann"},
        {"event_id": "3", "event": "purchase", "occurred_at": at(1, 12), "customer_id": "ann"},
        {"event_id": "4", "event": "payment_error", "occurred_at": at(1, 11), "customer_id": "ann"},
        {"event_id": "5", "event": "page_view", "occurred_at": at(2), "customer_id": "ann", "channel": "in-store"},
        {"event_id": "6", "event": "product_used", "occurred_at": at(3), "customer_id": "ann"},
        {"event_id": "7", "event": "product_used", "occurred_at": at(3, 14), "customer_id": "ann"},
        {"event_id": "8", "event": "page_view", "occurred_at": at(0), "anonymous_id": "nobody"},
    ]),
    "messages": table("raw_messages", [
        {"message_id": "1", "customer_id": "ann", "sent_at": at(30), "clicked_at": at(31)},
        {"message_id": "2", "customer_id": "ann", "sent_at": at(33), "opened_at": at(33)},
    ]),
    "tickets": table("raw_tickets", [
        {"ticket_id": "1", "customer_id": "ann", "opened_at": at(5), "channel": "email"},
        {"ticket_id": "2", "customer_id": "ann", "opened_at": at(6), "channel": "phone"},
    ]),
    "surveys": table("raw_surveys", [
        {"survey_id": str(one), "customer_id": "ann", "question": one, "answered_at": at(7)} for one in ("nps", "ces")
    ]),
    "reviews": table("raw_reviews", [{"review_id": "1", "customer_id": "ann", "reviewed_at": at(8)}]),
}  # fmt: skip


def test_every_source_makes_its_steps() -> None:
    own = [
        "page", "product", "payment_error", "first_order", "store_visit", "use", "ticket", "call", "survey", "review",
        "message_click", "repeat_order", "return",
    ]  # fmt: skip
    assert steps_of(SOURCES) == [*(("customer:ann", step) for step in own), ("visitor:nobody", "page")]


def test_what_is_absent_makes_no_steps_and_orders_bring_their_margin() -> None:
    made = journey_steps({"orders": SOURCES["orders"]}, as_of=LAST).order_by("at").to_pyarrow()
    assert made["step"].to_pylist() == ["first_order", "repeat_order"]
    assert [float(value) for value in made["value"].to_pylist()] == [11, 50]


def test_the_settings_name_steps_and_leave_some_out() -> None:
    names = {"support": ["ticket", "Call"], "trouble": ["Payment Error"], "start": ["survey"]}
    made = [step for _, step in steps_of(SOURCES, names=names, leave_out=["page_view", "use", "review"])]
    assert made == [
        "product", "trouble", "first_order", "support", "support", "event_start", "message_click", "repeat_order",
        "return",
    ]  # fmt: skip
    with pytest.raises(ValidationError, match="drop_off"):
        JourneySettings(steps={"drop_off": ["ticket"]})


def test_an_order_whose_hour_is_not_known_comes_after_what_led_to_it() -> None:
    sources = {**SOURCES, "orders": table("orders", orders(1, hour=0))}
    made = [step for _, step in steps_of(sources)]
    assert made.index("payment_error") < made.index("first_order") < made.index("store_visit", 3)


def test_only_a_first_order_that_is_likely_the_first_is_called_so() -> None:
    rows = [row for place in range(200) for row in orders(place // 40, who=f"old{place}")]
    rows += [row for place in range(40) for row in orders(100 + 5 * place, who=f"new{place}")]
    made = steps_of({"orders": table("orders", rows)})
    assert {step for person, step in made if "old" in person} == {"repeat_order"}
    assert {step for person, step in made if "new" in person} == {"first_order"}


def test_visits_before_the_first_order_belong_to_the_customer_once_known() -> None:
    rows = [
        {"event_id": "1", "event": "page_view", "occurred_at": at(0), "anonymous_id": "cookie"},
        {"event_id": "2", "event": "sign_in", "occurred_at": at(1), "anonymous_id": "cookie", "customer_id": "ann"},
    ]
    raw, nobody = table("raw_events", rows), TABLES["links"].empty()
    early = table("raw_events", rows[:1])
    for day, seen, wanted in ((date(2024, 3, 1), early, "visitor:cookie"), (LAST, raw, "customer:ann")):
        links = visitors(seen, nobody, as_of=day)
        made = journey_steps({"events": events_with_customer(seen, links)}, as_of=day).to_pyarrow().to_pylist()
        assert {row["person"] for row in made} == {wanted}


def test_nothing_later_than_the_day_is_a_step() -> None:
    day = at(6).date()
    made = journey_steps(SOURCES, as_of=day).to_pyarrow()
    assert max(made["at"].to_pylist()).date() == day
    assert "survey" not in made["step"].to_pylist()


def _made(made: Shop) -> ir.Table:
    sold = made.order_lines.filter(pc.greater(made.order_lines["quantity"], 0)).to_pandas()
    money = sold.quantity.astype(float) * sold.unit_price.astype(float) - sold.discount.astype(float)
    summed = sold.assign(margin=money.round(2)).groupby(["order_id", "customer_id"], as_index=False)
    bought = summed.agg(ordered_at=("ordered_at", "min"), margin=("margin", "sum"))
    rows = [{**row, "margin": round(row["margin"], 2)} for row in bought.to_dict("records")]
    seen = table("raw_events", made.events.to_pylist())
    return journey_steps({"orders": ibis.memtable(pa.Table.from_pylist(rows)), "events": seen}, as_of=LAST)


@pytest.mark.slow
def test_the_cost_of_the_simulated_payment_error_is_found() -> None:
    made = shop(customers=1_500, seed=1, mess=False, journeys=True)
    drawn = journey_map(_made(made), within_days=90, as_of=LAST).edges.to_pylist()
    row = next(row for row in drawn if (row["from_step"], row["to_step"]) == ("checkout", "payment_error"))
    lost, seen = made.truth["lost_checkouts"].to_pandas(), made.events.to_pandas().set_index("event_id")
    watched = lost[lost.event_id.map(seen.occurred_at) < "2024-10-03"]
    assert row["times"] == pytest.approx(len(watched), rel=0.05)
    assert row["share"] == pytest.approx(0.2, abs=0.03)
    assert float(row["stake_low"]) < watched.value.astype(float).sum() < float(row["stake_high"])
    assert row["stake_low"] > 0


def test_journeys_of_the_shop_change_nothing_else() -> None:
    with_them, without = (shop(customers=60, seed=3, identity=True, journeys=told) for told in (True, False))
    assert with_them.order_lines.equals(without.order_lines)
    many = without.events.num_rows
    assert with_them.events.select(without.events.column_names).slice(0, many).equals(without.events)
    kinds = set(with_them.events["event"].to_pylist()[many:])
    assert {"payment_error", "product_setup", "setup_failed", "product_used", "checkout_started"} <= kinds


def context(project: Project) -> Context:
    tables = {name: project.table(name) for name in JOURNEY_STEP.needs}
    return Context(
        settings=project.settings, as_of=LAST, tables=tables, keep=lambda _name, table: table, earlier=None, kept=None,  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_run_tells_of_everybody_and_of_each_segment(ran_project: Project) -> None:
    edges = JOURNEY_EDGES.check(ran_project.table("journey_edges")).to_pyarrow().to_pylist()
    paths = JOURNEY_PATHS.check(ran_project.table("journey_paths")).to_pyarrow().to_pylist()
    assert {"all", "rfm", "stage", "tier"} <= {row["segmentation"] for row in edges} >= {"value_map"}
    assert not [row for row in edges if row["segmentation"] == "micro"]
    total = {(row["from_step"], row["to_step"]): row["times"] for row in edges if row["segmentation"] == "all"}
    parts: dict[tuple[str, str], int] = {}
    for row in edges:
        if row["segmentation"] == "rfm":
            key = row["from_step"], row["to_step"]
            parts[key] = parts.get(key, 0) + row["times"]
    assert parts == total  # everybody with an order has one RFM segment
    assert next(row for row in paths if row["segment"] == "all")["rank"] == 1
    assert all(row["times"] >= row["people"] for row in [*edges, *paths])


def test_too_short_data_and_samples_tell_nothing(ran_project: Project) -> None:
    asked = context(ran_project)
    sampled = ran_project.settings.model_copy(update={"sampled": True})
    first = asked["orders"].ordered_at.min().to_pyarrow().as_py().date()
    for one in (replace(asked, settings=sampled), replace(asked, as_of=first + timedelta(days=60))):
        made = dict(JOURNEY_STEP.function(one))  # type: ignore[arg-type]
        assert [int(made[name].count().to_pyarrow().as_py()) for name in JOURNEY_STEP.makes] == [0, 0]
