"""Deliveries and messages of a run: as they stood on its day, ours and theirs once, with what followed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import ibis
import pyarrow as pa

from patron.activation.deliveries import deliveries_of, messages_of
from patron.contracts import TABLES
from patron.experiments.claim_costs import Costs, sent_costs

DAY = date(2026, 3, 9)


def at(day, hour=9):
    return datetime(2026, 3, day, hour)  # noqa: DTZ001 - moments of tables have no zone


def table(name, *rows):
    schema = TABLES[name].schema.to_pyarrow()
    filled = [{field.name: row.get(field.name) for field in schema} for row in rows]
    loose = pa.schema([pa.field(field.name, field.type) for field in schema])
    return ibis.memtable(pa.Table.from_pylist(filled, schema=loose))


def delivery(name, **said):
    plain = {"delivery_id": name, "customer_id": "ann", "destination": "mail", "kind": "message", "source": "decision",
             "channel": "email", "purpose": "marketing", "state": "delivered", "attempts": 1, "made_at": at(2),
             "due_at": at(2), "handed_at": at(2), "done_at": at(2), "cost": Decimal("0.0075")}  # fmt: skip
    return {**plain, **said}


def message(name, **said):
    return {"message_id": name, "customer_id": "ann", "sent_at": at(2), "channel": "email", "campaign": "cart", **said}


def rows(found):
    return {next(iter(row.values())): row for row in found.to_pyarrow().to_pylist()}


def test_a_delivery_is_as_it_stood_at_the_end_of_the_runs_day():
    found = rows(deliveries_of(table(
        "deliveries", delivery("d1"), delivery("later", made_at=at(10)),
        delivery("ended_later", done_at=at(10), state="rejected", reason="smtp_550", handed_at=at(10)),
    ), as_of=DAY))  # fmt: skip
    assert sorted(found) == ["d1", "ended_later"]
    assert (found["d1"]["state"], found["d1"]["cost"]) == ("delivered", Decimal("0.0075"))
    then = found["ended_later"]
    assert [then[name] for name in ("state", "reason", "done_at", "handed_at", "cost")] == ["waiting", *[None] * 4]


def test_messages_are_ours_and_theirs_each_once_with_what_followed():
    deliveries = deliveries_of(table("deliveries", delivery("d1"), delivery("d2")), as_of=DAY)
    told = table(
        "raw_messages", message("d1"), message("d2", clicked_at=at(3), opened_at=at(20)),
        message("m9", cost=Decimal(1)), message("late", sent_at=at(10)),
    )  # fmt: skip
    orders = table(
        "orders", {"order_id": "o1", "customer_id": "ann", "ordered_at": at(2, 8), "amount": Decimal(5)},
        {"order_id": "o2", "customer_id": "ann", "ordered_at": at(4), "amount": Decimal(7)},
        {"order_id": "o3", "customer_id": "ann", "ordered_at": at(8), "amount": Decimal(4)},
        {"order_id": "o4", "customer_id": "bob", "ordered_at": at(4), "amount": Decimal(9)},
        {"order_id": "o5", "customer_id": "ann", "ordered_at": at(9, 10), "amount": Decimal(8)},
    )  # fmt: skip
    found = rows(messages_of(told, deliveries, orders, as_of=DAY))
    assert {name: (row["told_by"], row["destination"]) for name, row in found.items()} == {
        "d1": ("own", "mail"), "d2": ("both", "mail"), "m9": ("source", None),
    }  # fmt: skip
    assert [found[name]["cost"] for name in ("d1", "m9")] == [Decimal("0.0075"), Decimal(1)]
    assert (found["d2"]["clicked_at"], found["d2"]["opened_at"]) == (at(3), None), "what came later is not known yet"
    assert (found["d1"]["ordered_at"], found["d1"]["amount"]) == (at(4), Decimal(11)), "seven days, and none before it"


def test_the_ledger_takes_what_really_left_where_all_of_it_is_known():
    days = sent_costs(table(
        "raw_messages", *(message(f"a{number}", cost=Decimal("0.02")) for number in range(3)),
        message("b1", campaign="half", cost=Decimal(1)), message("b2", campaign="half"),
    ))  # fmt: skip
    costs = Costs(treated={}, spend=(), sent=days)
    span = {"customers": 10, "arms": 1, "from_day": date(2026, 3, 3), "to_day": DAY}
    known = costs.of_arm({"experiment": "trigger:cart", "cost_per_contact": 0.5, "fixed_cost": 2}, "treated", **span)
    assert (round(known.amount, 6), known.source) == (2.06, "deliveries")
    partly = costs.of_arm({"experiment": "trigger:half", "cost_per_contact": 0.5}, "treated", **span)
    assert (partly.amount, partly.source) == (5.0, "settings"), "a part of the cost would look cheap"
    over = costs.of_arm({"experiment": "trigger:cart"}, "treated", **{**span, "from_day": date(2026, 3, 8)})
    assert over.source == "unknown"
