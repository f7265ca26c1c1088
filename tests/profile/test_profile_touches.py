"""What counts as a touch: visits that a channel brought, direct visits, clicks; and nothing of tomorrow."""

# ruff: noqa: DTZ001 - moments are in the project's time zone and carry none

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from patron.contracts import TABLES
from patron.contracts.person import LINKS
from patron.contracts.raw_messages import RAW_MESSAGES
from patron.contracts.raw_people import RAW_EVENTS
from patron.contracts.touch import TOUCHES
from patron.errors import ContractError
from patron.identity import events_with_customer, visitors
from patron.profile.touches import Touching, touches

AS_OF = date(2024, 3, 31)
DAY = datetime(2024, 3, 1, 10)
Row = dict[str, Any]


def table(name: str, rows: list[Row]) -> ir.Table:
    contract = TABLES[name]
    full = [{column: row.get(column) for column in contract.names} for row in rows]
    return ibis.memtable(pa.Table.from_pylist(full, schema=contract.schema.to_pyarrow()))


def visit(minutes: int, by: str | None = None, who: str | None = "ann", **more: Any) -> Row:
    browser = f"browser of {who}"
    return {
        "event_id": f"{minutes} {by} {more}", "event": "page_view", "customer_id": who, "anonymous_id": browser,
        "occurred_at": DAY + timedelta(minutes=minutes), "marketing_channel": by, "channel": "web",
    } | more  # fmt: skip


def message(minutes: int, clicked: int | None, **more: Any) -> Row:
    at = {"clicked_at": DAY + timedelta(minutes=clicked)} if clicked is not None else {}
    return {
        "message_id": str(minutes), "customer_id": "ann", "sent_at": DAY + timedelta(minutes=minutes),
        "channel": "E-Mail", "campaign": "spring", **at,
    } | more  # fmt: skip


def found(events: list[Row], messages: list[Row] | None = None, *, as_of: date = AS_OF, **counts: Any) -> list[Row]:
    sent = None if messages is None else table("raw_messages", messages)
    made = touches(table("raw_events", events), sent, as_of=as_of, counts=Touching(**counts))
    rows: list[Row] = TOUCHES.check(made, rows=False).order_by("touched_at", "channel").to_pyarrow().to_pylist()
    return rows


def told(rows: list[Row]) -> list[tuple[int, str]]:
    return [(int((row["touched_at"] - DAY).total_seconds() // 60), row["channel"]) for row in rows]


def test_a_visit_is_one_touch_of_each_channel_that_brought_it() -> None:
    steps = [visit(0, "paid_search"), visit(5), visit(9, "paid_search"), visit(20, "display", campaign="a")]
    assert told(found(steps)) == [(0, "paid_search"), (20, "display")]
    assert told(found([*steps, visit(60, "paid_search")])) == [(0, "paid_search"), (20, "display"), (60, "paid_search")]


def test_the_later_steps_of_a_campaigns_visit_are_no_second_touch() -> None:
    steps = [visit(0, "display", campaign="a"), visit(3, "display"), visit(5, "display", campaign="b")]
    assert [row["campaign"] for row in found(steps)] == ["a", "b"]


def test_a_visit_of_which_nothing_tells_is_direct_where_others_tell() -> None:
    assert told(found([visit(0, "email"), visit(120)])) == [(0, "email"), (120, "direct")]
    assert found([visit(0), visit(120)]) == []
    assert told(found([visit(0, "email"), visit(120)], direct=False)) == [(0, "email")]


@pytest.mark.parametrize(
    "alone",
    [
        {"event": "purchase"},
        {"event": "sign_in"},
        {"event": "product_used"},
        {"channel": "store"},
        {"channel": "phone"},
    ],
)
def test_what_nobody_comes_to_the_shop_by_is_no_direct_visit(alone: Row) -> None:
    assert told(found([visit(0, "email"), visit(120, **alone)])) == [(0, "email")]


def test_a_message_touches_by_its_click_and_the_landing_is_the_same_touch() -> None:
    sent = [message(0, 40)]
    assert told(found([visit(41, "email"), visit(300, "email")], sent)) == [(40, "email"), (300, "email")]
    assert [row["kind"] for row in found([visit(41, "email")], sent)] == ["message"]
    assert told(found([visit(41, "display")], sent)) == [(40, "email"), (41, "display")]
    assert told(found([visit(41, "email")], [message(0, None)])) == [(41, "email")]


@pytest.mark.parametrize(("counted", "minute"), [("sent", 0), ("opened", 30), ("clicked", 40)])
def test_from_what_on_a_message_touches_is_a_setting(counted: str, minute: int) -> None:
    sent = [message(0, 40, opened_at=DAY + timedelta(minutes=30))]
    assert told(found([], sent, message=counted)) == [(minute, "email")]


def test_aliases_name_channels_and_no_channel_is_called_like_a_row_of_the_result() -> None:
    rows = found([visit(0, "google_ads"), visit(120, "baseline")], aliases={"Google Ads": "paid search"})
    assert told(rows) == [(0, "paid_search"), (120, "baseline_channel")]


def test_two_spellings_of_one_moment_are_one_touch() -> None:
    steps = [visit(0, "google_ads"), visit(0, "paid_search")]
    assert told(found(steps, aliases={"google ads": "paid search"})) == [(0, "paid_search")]


def test_a_visitor_who_is_not_known_has_a_name_and_no_id_of_a_browser() -> None:
    (row,) = found([visit(0, "display", who=None, anonymous_id="cookie")])
    assert row["customer_id"] is None
    assert "cookie" not in str(row)


def test_the_table_keeps_its_contract() -> None:
    steps = [visit(place, channel, who=who) for place in range(0, 300, 20) for channel, who in
             (("email", "ann"), ("display", "ann"), (None, "bob"), ("email", None))]  # fmt: skip
    made = touches(table("raw_events", steps), table("raw_messages", [message(0, 3), message(1, 3)]), as_of=AS_OF)
    TOUCHES.check(made)


def test_what_was_done_before_signing_in_is_hers_from_that_day_on() -> None:
    raw = table("raw_events", [visit(0, "display", who=None, anonymous_id="x"),
                               visit(60 * 24, "email", anonymous_id="x")])  # fmt: skip
    links = table("links", [{"source": "customers", "record_id": "ann", "customer_id": "ann", "rule": "own_id",
                             "key": "a", "linked_on": date(2024, 1, 1), "confidence": 1.0}])  # fmt: skip

    def by(day: date) -> list[str | None]:
        known = ibis.union(LINKS.shape(links), visitors(raw, links, as_of=day))
        made = touches(events_with_customer(raw, known), None, as_of=day)
        return [row["customer_id"] for row in made.order_by("touched_at").to_pyarrow().to_pylist()]

    assert by(date(2024, 3, 1)) == [None]
    assert by(date(2024, 3, 2)) == ["ann", "ann"]


def test_what_comes_later_changes_nothing_today() -> None:
    today = [visit(0, "paid_search"), visit(600)]
    later = [visit(60 * 24 * 60, "email"), visit(60 * 24 * 61, "display", who="bob")]
    sent = [message(0, 40)]
    clicked_later = message(5, 60 * 24 * 45)
    day = date(2024, 3, 31)
    assert found([*today, *later], [*sent, clicked_later], as_of=day) == found(today, sent, as_of=day)


def test_a_source_without_the_column_is_told_so() -> None:
    with pytest.raises(ContractError, match="marketing_channel"):
        touches(RAW_EVENTS.unbound().drop("marketing_channel"), None, as_of=AS_OF)


def test_it_is_an_expression_for_spark_too() -> None:
    assert ibis.pyspark
    made = touches(RAW_EVENTS.unbound(), RAW_MESSAGES.unbound(), as_of=AS_OF)
    assert "direct" in ibis.to_sql(made, dialect="pyspark")
