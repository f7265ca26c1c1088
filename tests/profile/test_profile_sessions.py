"""Visits: by the source's own ids or by silence, whoever and whatever the events; and how deep each one went."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from patron.contracts.customer import ORDERS
from patron.contracts.raw_people import RAW_EVENTS
from patron.contracts.visit import ENGAGEMENT, SESSIONS
from patron.errors import ContractError
from patron.profile import engagement, sessions
from patron.profile.engagement import half_life
from patron.profile.event_words import EVENT_WORDS, event_kind
from patron.profile.share_below import share_below

NOON = datetime.combine(date(2024, 5, 1), time(12))
AS_OF = date(2024, 5, 31)

Row = dict[str, Any]


def table(contract: Any, rows: list[Row]) -> Any:
    columns = {name: [row.get(name) for row in rows] for name in contract.names}
    return ibis.memtable(pa.table(columns, schema=contract.schema.to_pyarrow()))


def event(minute: float, what: str = "page_view", **facts: Any) -> Row:
    return {
        "occurred_at": NOON + timedelta(minutes=minute),
        "event": what,
        "customer_id": "ann",
        "channel": "web",
    } | facts


def events(*rows: Row) -> Any:
    return table(RAW_EVENTS, [{"event_id": str(place)} | row for place, row in enumerate(rows)])


def bought(*rows: tuple[str, float, str | None]) -> Any:
    """Orders of ann as (id, minutes after noon, channel)."""
    money = dict.fromkeys(("lines", "revenue", "discount", "returns", "amount", "margin"), 0) | {"units": 1.0}
    return table(ORDERS, [
        {"order_id": one, "customer_id": "ann", "ordered_at": NOON + timedelta(minutes=minute)}
        | {"channel": channel} | money
        for one, minute, channel in rows
    ])  # fmt: skip


def visits(*rows: Row, orders: Any = None, as_of: date = AS_OF) -> list[Row]:
    made = sessions(events(*rows), bought() if orders is None else orders, as_of=as_of)
    kept = ibis.memtable(SESSIONS.check(made).to_pyarrow())
    return sorted(kept.to_pyarrow().to_pylist(), key=lambda row: (row["started_at"], row["channel"] or ""))


def test_silence_of_thirty_minutes_ends_a_visit_and_a_second_more_begins_one() -> None:
    rows = [
        event(0),
        event(30),
        event(60),
        event(90 + 1 / 60),
        event(95, customer_id="bo"),
        event(100, channel="store"),
    ]
    found = visits(*reversed(rows))
    told = [(row["customer_id"], row["channel"], row["events"], row["seconds"], row["own"]) for row in found]
    assert told == [("ann", "web", 3, 3600, False), ("ann", "web", 1, 0, False), ("bo", "web", 1, 0, False),
                    ("ann", "store", 1, 0, False)]  # fmt: skip


def test_the_sources_own_visits_are_kept_within_a_visitor() -> None:
    """A counter that starts anew in every browser names different visits."""
    own = {"session_id": "1"}
    found = visits(
        event(0, **own), event(300, **own), event(1, customer_id=None, anonymous_id="v", **own),
        event(2, customer_id=None, anonymous_id="w", **own), event(3),
    )  # fmt: skip
    assert [(row["customer_id"], row["events"], row["own"]) for row in found] == [
        ("ann", 2, True), (None, 1, True), (None, 1, True), ("ann", 1, False)
    ]  # fmt: skip
    assert len({row["session_id"] for row in found}) == 4
    assert not [row for row in found if {"1", "v", "w"} & set(row["session_id"].split())]


def test_what_is_counted_and_how_deep_a_visit_goes() -> None:
    deep = [
        event(0, "Product Viewed", product_id="mug"), event(1, "view_item", product_id="mug"),
        event(2, "viewContent", product_id="cup"), event(3, "site search"), event(4, "addToCart", product_id="cup"),
        event(5, "begin_checkout"), event(6, "wave"),
    ]  # fmt: skip
    plain = event(500)
    found = visits(*deep, deep[0], plain)
    names = ("events", "product_views", "products", "searches", "carts", "depth")
    assert [[row[name] for name in names] for row in found] == [[7, 3, 2, 1, 1, "checkout"], [1, 0, 0, 0, 0, "browsed"]]
    assert [row["engagement"] for row in found] == [0.75, 0.25]


def test_an_order_belongs_to_the_visit_it_was_made_in() -> None:
    rows = [event(0), event(10), event(100), event(200, "purchase", order_id="told"), event(300, channel="app")]
    found = visits(
        *rows, orders=bought(("o1", 40, "Online"), ("o2", 131, "web"), ("o3", 301, "store"), ("o0", -1, None))
    )
    assert [(row["ordered"], row["order_id"]) for row in found] == [
        (True, "o1"), (False, None), (True, "told"), (False, None)
    ]  # fmt: skip
    assert [row["depth"] for row in found] == ["ordered", "browsed", "ordered", "browsed"]


def test_where_nothing_could_tell_of_orders_nobody_is_said_not_to_have_ordered() -> None:
    at_midnight = bought(("o1", 12 * 60, "web"))
    assert [row["ordered"] for row in visits(event(0), orders=at_midnight)] == [None]
    assert [row["ordered"] for row in visits(event(0), orders=bought(("o1", 13 * 60, "web")))] == [False]


def test_what_comes_later_is_not_known() -> None:
    rows = [event(0), event(10, "search"), event(20, "purchase", order_id="o1"), event(60 * 24 * 3)]
    early = [row | {"occurred_at": row["occurred_at"] + timedelta(hours=11, minutes=45)} for row in rows]
    orders = bought(("o1", 11 * 60 + 45 + 20, "web"))
    then = visits(*early, orders=orders, as_of=NOON.date())
    assert then == visits(*early[:2], orders=orders.limit(0), as_of=NOON.date())
    assert [(row["events"], row["searches"], row["ordered"]) for row in then] == [(2, 1, None)]


def test_a_customer_with_a_hundred_thousand_events_is_one_visitor_among_others() -> None:
    many = 100_000
    second = np.random.default_rng(1).integers(0, 86_400 * 20, many)
    moment = np.datetime64(NOON, "us") + np.append(second, 0) * np.timedelta64(10**6, "us")
    rows = pa.table({
        "event_id": [str(place) for place in range(many + 1)], "event": ["view_item"] * (many + 1),
        "occurred_at": moment,
        "customer_id": ["robot"] * many + ["ann"], "product_id": ["mug"] * (many + 1),
        **{name: pa.nulls(many + 1, RAW_EVENTS.schema.to_pyarrow().field(name).type)
           for name in ("anonymous_id", "session_id", "channel", "order_id", "amount")},
    })  # fmt: skip
    made = sessions(ibis.memtable(rows), bought(), as_of=AS_OF).to_pyarrow()
    kept = SESSIONS.check(ibis.memtable(made))
    assert sum(made["events"].to_pylist()) == len({*second.tolist()}) + 1
    told = ENGAGEMENT.check(engagement(kept, as_of=AS_OF)).to_pyarrow().to_pylist()
    assert {row["customer_id"]: row["engagement"] for row in told} == {"robot": 0.75, "ann": 0.25}


def test_every_event_is_in_one_visit_and_no_visit_holds_a_silence() -> None:
    """Forty visitors on random schedules; the order of the rows does not matter."""
    rng = np.random.default_rng(5)
    drawn = [
        (int(minute), f"c{who}", channel)
        for who in range(40)
        for minute, channel in zip(rng.integers(0, 3_000, 20), rng.choice(["web", "app", ""], 20).tolist(), strict=True)
    ]
    rows = [event(minute, customer_id=who, channel=channel or None) for minute, who, channel in drawn]
    found = visits(*rows)
    key = "session_id"
    assert sorted(found, key=lambda row: row[key]) == sorted(visits(*reversed(rows)), key=lambda row: row[key])
    assert sum(row["events"] for row in found) == len(set(drawn))
    count = Counter((row["customer_id"], row["channel"] or "") for row in found)
    for who, channel in {(who, channel) for _, who, channel in drawn}:
        minutes = sorted({minute for minute, *rest in drawn if rest == [who, channel]})
        breaks = sum(after - before > 30 for before, after in pairwise(minutes))
        assert count[who, channel] == 1 + breaks
    assert sum(row["engagement"] for row in found) / len(found) == pytest.approx(0.5)


def test_equals_share_a_place_and_order_matters() -> None:
    rows = ibis.memtable({"a": [1, 1, 2, 1], "b": [1, 1, 0, 5]})
    found = share_below(rows, ["a", "b"], name="share").to_pyarrow().to_pylist()
    assert {(row["a"], row["b"]): row["share"] for row in found} == {(1, 1): 0.25, (1, 5): 0.625, (2, 0): 0.875}


def test_no_name_has_two_meanings() -> None:
    every = [word for words in EVENT_WORDS.values() for word in words]
    assert len(set(every)) == len(every)
    names = ["ADD_TO_CART", "Products Searched", "checkout_completed", "product_added_to_cart", "unknown thing"]
    table = ibis.memtable({"event": names})
    found = table.select("event", kind=event_kind(table.event)).to_pyarrow().to_pylist()
    assert {row["event"]: row["kind"] for row in found} == dict(
        zip(names, ("cart", "search", "order", "cart", None), strict=True)
    )


# Engagement of customers


def test_a_visit_counts_half_after_the_shops_own_time_between_visits() -> None:
    day = 24 * 60
    rows = [event(0), event(10 * day), event(20 * day), event(20 * day, customer_id="bo"), event(0, customer_id="cy")]
    kept = ibis.memtable(sessions(events(*rows), bought(), as_of=AS_OF).to_pyarrow())
    assert half_life(kept) == 10
    told = {row["customer_id"]: row for row in engagement(kept, as_of=AS_OF).to_pyarrow().to_pylist()}
    assert told["ann"]["attention"] == pytest.approx(0.5 * (0.5 + 0.25 + 0.125), abs=1e-6)  # 30, 20 and 10 days ago
    assert [told[who]["engagement"] for who in ("ann", "bo", "cy")] == pytest.approx([5 / 6, 1 / 2, 1 / 6])
    assert (told["ann"]["visits"], told["ann"]["last_visit_on"]) == (3, date(2024, 5, 21))
    alone = ibis.memtable(sessions(events(event(0)), bought(), as_of=AS_OF).to_pyarrow())
    assert half_life(alone) == 30


def test_it_compiles_for_spark() -> None:
    assert ibis.pyspark
    from patron.profile.sessions import _visits
    from patron.profile.visit_parts import things_done

    made = _visits(things_done(RAW_EVENTS.unbound(), as_of=AS_OF))
    ranked = share_below(made, ["products", "events"], name="engagement")
    assert "LAG" in ibis.to_sql(ranked, dialect="pyspark")


def test_columns_that_a_caller_leaves_out_are_missing_and_those_that_are_needed_are_named() -> None:
    told = ibis.memtable({"customer_id": ["ann"], "occurred_at": [NOON], "event": ["view_item"]})
    orders = ibis.memtable({"order_id": ["o"], "customer_id": ["ann"], "ordered_at": [NOON + timedelta(minutes=5)]})
    [row] = sessions(told, orders, as_of=AS_OF).to_pyarrow().to_pylist()
    assert (row["channel"], row["order_id"], row["depth"], row["products"]) == (None, "o", "ordered", 0)
    with pytest.raises(ContractError, match="occurred_at"):
        sessions(told.rename(at="occurred_at"), orders, as_of=AS_OF)
