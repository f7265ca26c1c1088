"""What left by a destination is a message of the run, once; what did not is none; a visit by its link is a click."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import pyarrow.parquet as pq
import pytest

from delivering_shop import live
from inbox_calls import call
from outbox_rows import NOON, put_rows
from patron.pipeline.decided_live import decided_live
from patron.sources.collected.rows import rows_of, tables_of
from patron.sources.collected.settled import Settling, settled
from patron.sources.stream import read_event

NAME = "0123456789abcdef" * 2
NAIVE = NOON.replace(tzinfo=None)


def told(state, tmp_path):
    found = decided_live(state, until=NOON + timedelta(hours=1), aside=tmp_path)
    return [] if found is None else pq.read_table(found.path).to_pylist()


@pytest.mark.parametrize(
    ("state", "counts"),
    [("delivered", True), ("unknown", True), ("handing", True), ("waiting", False), ("rejected", False),
     ("dead", False), ("expired", False), ("cancelled", False)],
)  # fmt: skip
def test_what_was_taken_or_may_have_been_is_a_message(database, tmp_path, state, counts):
    live(database, "ann", send_id=NAME, outcome="sent")  # its own row does not count beside its delivery
    put_rows(database, {"delivery_id": NAME, "state": state, "handed_at": NAIVE, "cost": 0.0075, "trigger": "cart",
                        "variant": "v"})  # fmt: skip
    found = told(database, tmp_path)
    assert len(found) == counts
    if counts:
        kept = {name: found[0][name] for name in ("message_id", "customer_id", "event", "campaign", "variant", "cost")}
        assert kept == {"message_id": NAME, "customer_id": "ann", "event": "sent", "campaign": "cart", "variant": "v",
                        "cost": "0.0075"}  # fmt: skip


def test_profiles_and_members_are_no_messages_and_what_leaves_later_is_none_yet(database, tmp_path):
    put_rows(
        database, {"delivery_id": "p", "kind": "profile", "state": "delivered", "handed_at": NAIVE},
        {"delivery_id": "later", "state": "delivered", "handed_at": NAIVE + timedelta(hours=2)},
    )  # fmt: skip
    assert told(database, tmp_path) == []


def visit(content, **said):
    url = f"https://shop.example/?utm_source=patron&utm_content={content}"
    return read_event(call("page", NOON, name="Cart", context={"page": {"url": url}}, **{"anonymousId": "b1", **said}))


def test_a_visit_by_a_link_of_ours_is_a_click_of_whom_it_was_sent_to():
    assert [row for source, row in rows_of(visit("spring_sale")) if source == "messages"] == []
    sent = read_event(call("track", NOON, event="Email Sent", userId="ann", properties={"message_id": NAME}))
    parts = tables_of([sent, visit(NAME), visit(NAME, userId="friend"), visit("f" * 32)])["messages"]
    found = settled("messages", ibis.memtable(parts), Settling(as_of=date(2026, 3, 2), zone="UTC"))
    rows = sorted((row["event"], row["message_id"], row["customer_id"]) for row in found.to_pyarrow().to_pylist())
    assert rows == [("clicked", NAME, "ann"), ("clicked", NAME, "ann"), ("sent", NAME, "ann")]


def test_a_visit_is_still_a_visit():
    assert [source for source, _ in rows_of(visit(NAME))] == ["events", "messages"]
