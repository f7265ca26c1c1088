"""What came of each message: over what its channel tells, known on the day, with orders soon after and soon before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from patron.contracts.customer import MEMBERSHIPS, ORDERS
from patron.contracts.raw_messages import RAW_MESSAGES
from patron.contracts.visit import MESSAGE_RESPONSES
from patron.kpis import message_flow, message_responses
from patron.profile import message_facts
from patron.simulate import shop
from patron.stats.clustered_rate import clustered_rate

SENT = datetime.combine(date(2024, 5, 10), time(9))
AS_OF = date(2024, 5, 31)

Row = dict[str, Any]


def table(contract: Any, rows: list[Row]) -> Any:
    columns = {name: [row.get(name) for row in rows] for name in contract.names}
    return ibis.memtable(pa.table(columns, schema=contract.schema.to_pyarrow()))


def sent(
    number: int,
    channel: str = "email",
    *,
    days: float = 0,
    who: str = "ann",
    variant: str | None = None,
    **hours: float,
) -> Row:
    moment = SENT + timedelta(days=days)
    answers = {name: moment + timedelta(hours=after) for name, after in hours.items()}
    return {
        "message_id": str(number),
        "customer_id": who,
        "sent_at": moment,
        "channel": channel,
        "message": "hi",
        "variant": variant,
    } | answers


def bought(*days: float, hour: int = 9) -> Any:
    money = dict.fromkeys(("lines", "revenue", "discount", "returns", "amount", "margin"), 0) | {"units": 1.0}
    start = datetime.combine(SENT.date(), time(hour))
    return table(ORDERS, [
        {"order_id": str(place), "customer_id": "ann", "ordered_at": start + timedelta(days=day)} | money
        for place, day in enumerate(days)
    ])  # fmt: skip


def facts(*rows: Row, orders: Any = None, as_of: date = AS_OF) -> list[Row]:
    made = message_facts(table(RAW_MESSAGES, list(rows)), bought() if orders is None else orders, as_of=as_of)
    return sorted(made.to_pyarrow().to_pylist(), key=lambda row: row["sent_at"])


def test_what_a_channel_never_tells_has_no_trials() -> None:
    rows = [
        sent(1, opened_at=1, clicked_at=2), sent(2, days=1), sent(3, days=2, bounced_at=0.1),
        sent(4, "sms", days=3, delivered_at=0.1), sent(5, "sms", days=4), sent(6, "post", days=5),
    ]  # fmt: skip
    found = facts(*rows)
    names = ("delivered", "bounced", "open_of", "opened", "click_of", "clicked", "leave_of")
    assert [[row[name] for name in names] for row in found] == [
        [1, 0, 1, 1, 1, 1, 0], [1, 0, 1, 0, 1, 0, 0], [0, 1, 0, 0, 0, 0, 0],
        [1, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("days", "hour", "after", "before"),
    [
        (7, 9, 1, 0),
        (7, 10, 0, 0),
        (0.01, 9, 1, 0),
        (-7, 9, 0, 1),
        (-7, 8, 0, 0),
        (0, 0, 0, 0),
        (1, 0, 1, 0),
        (-1, 0, 0, 1),
    ],
)
def test_orders_within_seven_days_after_and_before(days: float, hour: int, after: int, before: int) -> None:
    """An order at no known time of the message's own day is neither."""
    [row] = facts(sent(1), orders=bought(days, hour=hour))
    assert (row["watched"], row["ordered"], row["ordered_before"]) == (1, after, before)


def test_what_comes_later_is_not_known() -> None:
    rows = [sent(1, opened_at=1, clicked_at=30, unsubscribed_at=30), sent(2, days=1)]
    [row] = facts(*rows, orders=bought(0.1, 0.9), as_of=SENT.date())
    assert (row["opened"], row["clicked"], row["unsubscribed"], row["watched"], row["ordered"]) == (1, 0, 0, 0, 0)
    assert facts(*rows, orders=bought(3), as_of=date(2024, 5, 17))[0]["ordered"] == 1


# Rates by segment, channel and message


def responses(messages: Any, orders: Any, *, members: list[Row], as_of: date = AS_OF) -> Any:
    made = message_responses(message_facts(messages, orders, as_of=as_of), table(MEMBERSHIPS, members))
    return MESSAGE_RESPONSES.check(made).to_pyarrow().to_pylist()


def test_each_segment_channel_message_and_variant_has_its_row() -> None:
    rows = [sent(1, opened_at=1, who="ann", variant="a"), sent(2, who="bo", variant="b"), sent(3, "sms", who="bo")]
    members = [
        {"customer_id": who, "segmentation": "tier", "segment": segment}
        for who, segment in (("ann", "gold"), ("bo", "basic"))
    ]
    found = responses(table(RAW_MESSAGES, rows), bought(), members=members)
    key = ("segmentation", "segment", "channel", "message", "variant")
    told = {tuple(row[name] for name in key): (row["customers"], row["sent"], row["opened"]) for row in found}
    assert told["all", "all", "all", "all", "all"] == (2, 3, 0.5)
    assert told["all", "all", "sms", "all", "all"] == (1, 1, None)
    assert told["all", "all", "email", "hi", "a"] == (1, 1, 1.0)
    assert told["tier", "gold", "email", "hi", "all"] == (1, 1, 1.0)
    assert len([row for row in told if row[0] == "tier"]) == 8
    assert not [row for row in told if row[0] == "tier" and row[4] != "all"]


def test_intervals_hold_what_they_say_when_messages_of_one_customer_are_alike() -> None:
    """Of 400 draws of 200 customers with 1 to 20 messages each, 93 % to 98 % of the intervals hold the truth."""
    rng = np.random.default_rng(3)
    inside = naive = 0
    for _ in range(400):
        trials = rng.integers(1, 21, 200)
        deeds = rng.binomial(trials, rng.beta(0.4, 1.6, 200))
        squares = ([deeds @ deeds], [deeds @ trials], [trials @ trials])
        found = clustered_rate([deeds.sum()], [trials.sum()], people=[200], squares=squares)
        inside += bool(found.low[0] <= 0.2 <= found.high[0])
        half = 1.96 * np.sqrt(found.rate[0] * (1 - found.rate[0]) / trials.sum())
        naive += bool(abs(found.rate[0] - 0.2) <= half)
    assert 0.93 < inside / 400 < 0.98
    assert naive / 400 < 0.8  # as if each message were somebody else's


def test_edges_of_rates() -> None:
    found = clustered_rate([0, 5, 0], [9, 5, 0], people=[9, 1, 0], squares=([0, 25, 0], [0, 25, 0], [9, 25, 0]))
    assert found.rate[:2].tolist() == [0.0, 1.0]
    assert np.isnan(found.rate[2])
    assert found.low[0] == 0.0
    assert 0.2 < found.high[0] < 0.4
    assert found.low[1] < 0.3  # one person tells next to nothing, however many messages


def test_the_simulated_shops_messages_are_told_apart(keep: Callable[[str, Any], Any]) -> None:
    """Newsletters bring nothing, reminders do; and the second variant is opened more readily."""
    made = shop(customers=1_500, seed=2, mess=False, dealings=True)
    lines = made.order_lines.to_pandas()
    sold = lines[lines.quantity > 0].groupby(["order_id", "customer_id"], as_index=False).ordered_at.min()
    orders = ibis.memtable(pa.Table.from_pandas(sold, preserve_index=False))
    found = responses(keep("m", ibis.memtable(made.messages)), keep("o", orders), members=[], as_of=made.last_day)
    by = {(row["channel"], row["message"], row["variant"]): row for row in found}
    reminder = by["email", "We miss you", "all"]
    assert reminder["ordered_low"] > 2 * reminder["ordered_before"]
    letters = [row for (_, name, variant), row in by.items() if name.startswith("Newsletter") and variant == "all"]
    after, before = (
        sum(row[name] * row["watched"] for row in letters if row["watched"]) for name in ("ordered", "ordered_before")
    )
    # Who dies orders no more after a letter; and letters begin soon after a first order.
    assert 0.7 < after / before < 1.1
    variants = {
        letter: [row for (_, name, variant), row in by.items() if name.startswith("Newsletter") and variant == letter]
        for letter in "ab"
    }
    opened = {letter: sum(row["opened"] * row["delivered"] for row in rows) / sum(row["delivered"] for row in rows)
              for letter, rows in variants.items()}  # fmt: skip
    assert 1.15 < opened["b"] / opened["a"] < 1.4
    assert by["sms", "all", "all"]["opened"] is None
    assert by["sms", "all", "all"]["clicked"] is not None


def test_it_compiles_for_spark() -> None:
    assert ibis.pyspark
    made = message_facts(RAW_MESSAGES.unbound(), ORDERS.unbound(), as_of=AS_OF)
    assert "UNBOUNDED FOLLOWING" in ibis.to_sql(message_flow(made), dialect="pyspark")
