"""The world: it goes its own course without decisions, and what they change is what its truth says."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.contracts.raw import FIELDS
from patron.errors import ArgumentError
from patron.simulate import Planted, World, shop
from patron.simulate.world.chance import counts, uniforms
from patron.simulate.world.world import PAST_DAYS, START

SURE = Planted(action="sure", moments={"any": 0.4})
ACTIONS = ("remind", "discount", "second_order", "refer", "cross_sell")


def ids_of(world: World) -> np.ndarray[Any, Any]:
    return np.array(world.known()["customers"]["customer_id"].to_pylist())


def to(ids: Any, action: str, **more: Any) -> dict[str, Any]:
    """Return decisions that send one action to some by e-mail."""
    count = len(ids)
    return {"customer_id": list(ids), "action": [action] * count, "channel": ["email"] * count} | {
        name: [value] * count for name, value in more.items()
    }


def lived(world: World, days: int, *, seed: int = 0, each_day: int = 60) -> World:
    """Let some days pass with messages to people drawn at random."""
    rng = np.random.default_rng(seed)
    ids = ids_of(world)
    for _ in range(days):
        who = rng.choice(ids, each_day, replace=False)
        world.step({"customer_id": who, "action": rng.choice(ACTIONS, each_day), "channel": ["email"] * each_day})
    return world


@pytest.fixture(scope="module")
def busy() -> World:
    """Four weeks of messages to half of the shop every day."""
    return lived(World(customers=1_500, seed=2, days=40), 28, each_day=600)


def total(world: World, name: str) -> Decimal:
    return sum((Decimal(one) for one in world.truth()["customers"][name].to_pylist()), Decimal(0))


def test_without_decisions_it_goes_the_course_of_the_shop() -> None:
    world = World(customers=800, seed=3, days=30)
    for _ in range(30):
        world.step()
    truth = world.truth()["customers"]
    assert truth["with_decisions"].equals(truth["without"])
    assert total(world, "cost") == 0
    assert total(world, "without") > 0
    whole = shop(
        customers=800, seed=3, mess=False, first_day=START - timedelta(days=PAST_DAYS),
        last_day=START + timedelta(days=29),
    )  # fmt: skip
    here = set(ids_of(world).tolist())
    ours = world.known()["order_lines"]
    theirs = whole.order_lines.group_by("customer_id").aggregate([("quantity", "sum")])
    bought = dict(zip(theirs["customer_id"].to_pylist(), theirs["quantity_sum"].to_pylist(), strict=True))
    mine = ours.group_by("customer_id").aggregate([("quantity", "sum")])
    found = dict(zip(mine["customer_id"].to_pylist(), mine["quantity_sum"].to_pylist(), strict=True))
    assert found == {name: units for name, units in bought.items() if name in here}


def _with(**tables: pa.Table) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for name, table in tables.items():
        connection.register(name, table)
    return connection


def test_what_it_tells_to_have_earned_is_in_its_order_lines(busy: World) -> None:
    known = busy.known()
    con = _with(lines=known["order_lines"], products=known["products"])
    row = con.execute(
        "select sum(l.quantity * (l.unit_price - p.unit_cost) - l.discount) from lines l join products p using "
        f"(product_id) where l.ordered_at >= date '{START}'"
    ).fetchone()
    assert row is not None
    assert float(row[0]) == pytest.approx(float(total(busy, "with_decisions")), abs=0.01)
    cost = sum(Decimal(one) for one in known["messages"]["cost"].to_pylist())
    assert cost == total(busy, "cost")


def test_the_same_seed_gives_the_same_world(busy: World) -> None:
    again = lived(World(customers=1_500, seed=2, days=40), 28, each_day=600)
    for name, table in busy.known().items():
        assert again.known()[name].equals(table), name
    for name, table in busy.truth().items():
        assert again.truth()[name].equals(table), name


def test_who_gets_nothing_lives_as_without_decisions() -> None:
    world = World(customers=800, seed=4, days=60)
    some = ids_of(world)[::3]
    for _ in range(60):
        world.step(to(some, "discount"))
    truth = world.truth()["customers"].to_pandas()
    others = ~truth.customer_id.isin(some)
    assert (truth.with_decisions[others] == truth.without[others]).all()
    assert (truth.with_decisions[~others] != truth.without[~others]).any()


def test_nothing_known_is_of_a_later_day(busy: World) -> None:
    known = busy.known()
    last = busy.day
    for name, column in (("order_lines", "ordered_at"), ("events", "occurred_at"), ("messages", "sent_at")):
        latest = max(known[name][column].to_pylist())
        assert latest.date() == last, name
    for column in ("opened_at", "clicked_at", "unsubscribed_at"):
        moments = [one for one in known["messages"][column].to_pylist() if one is not None]
        assert moments, column
        assert max(moments).date() <= last
    assert max(known["customers"]["acquired_on"].to_pylist()) <= last


def test_tables_are_those_of_the_contracts(busy: World) -> None:
    for name, table in busy.known().items():
        allowed = {column.name for column in FIELDS[name]}
        assert set(table.column_names) <= allowed, name
    for name in ("order_lines", "messages"):
        ids = busy.known()[name][{"order_lines": "order_id", "messages": "message_id"}[name]]
        assert ids.null_count == 0


def test_orders_that_came_are_as_many_as_were_to_be_expected() -> None:
    world = World(customers=4_000, seed=5, days=30, planted=[SURE], fatigue=0.0)
    ids = ids_of(world)
    for day in range(20):
        world.step(to(ids[day::20], "sure"))
    told = world.truth()["messages"]
    pull, extra = (told[name].to_numpy().astype(float) for name in ("pull", "extra"))
    assert pull.sum() > 300
    assert abs(extra.sum() - pull.sum()) < 4 * np.sqrt(pull.sum())
    assert not told["stays_away"].to_numpy().any()


def test_actions_bring_most_in_their_moment_and_in_the_tier_that_can_grow() -> None:
    world = World(customers=3_000, seed=6, days=5, reaches="top")
    ids = ids_of(world)
    for _ in range(3):
        world.step(to(ids, "remind"))
    told = world.truth()["messages"].to_pandas()
    whose = dict(zip(*(world.truth()["customers"][name].to_pylist() for name in ("customer_id", "tier")), strict=True))
    messages = world.known()["messages"].to_pandas().merge(told, on="message_id")
    messages["tier"] = messages.customer_id.map(whose)
    assert set(messages.tier[messages.extra > 0]) == {"top"}
    assert messages.pull[messages.within].mean() > 0
    assert messages.pull[~messages.within].max() == 0


def test_where_nothing_works_nothing_changes_and_money_is_spent() -> None:
    world = lived(World(customers=800, seed=7, days=30, reaches="nowhere"), 0)
    ids = ids_of(world)
    for _ in range(30):
        world.step(to(ids[:300], "second_order"))
    truth = world.truth()["customers"]
    assert truth["with_decisions"].equals(truth["without"])
    assert total(world, "cost") > 0


def test_messages_tire_and_too_many_drive_away() -> None:
    rested, tired, never = (World(customers=1_000, seed=8, days=40, fatigue=grade) for grade in (1.0, 1.0, 0.0))
    ids = ids_of(rested)
    for _ in range(30):
        rested.step()
        tired.step(to(ids, "cross_sell"))
        never.step(to(ids, "cross_sell"))
    ask = to(ids, "cross_sell")
    assert tired.expected(ask).sum() < 0.5 * rested.expected(ask).sum()
    gone, usual = ((~one.state.subscribed).sum() for one in (tired, never))
    assert gone > 5 * usual
    assert not never.truth()["messages"]["stays_away"].to_numpy().any()
    assert tired.truth()["messages"]["stays_away"].to_numpy().any()


def test_who_has_unsubscribed_gets_no_more_promotions_but_what_is_owed() -> None:
    world = World(customers=600, seed=9, days=20)
    ids = ids_of(world)
    for _ in range(15):
        last = world.step(to(ids, "newsletter"))
    left = last.refused.to_pylist()
    assert left
    assert {row["reason"] for row in left} == {"unsubscribed"}
    owed = world.step(to([row["customer_id"] for row in left], "recover", kind="transactional"))
    assert owed.messages.num_rows == len(left)
    assert owed.refused.num_rows == 0


def test_what_stands_for_another_day_or_nobody_is_not_sent() -> None:
    world = World(customers=300, seed=1, days=5)
    who = ids_of(world)[:2].tolist()
    asked = {
        "customer_id": [*who, who[0], "nobody"], "action": ["remind"] * 4, "channel": ["sms"] * 4,
        "outcome": ["sent", "queued", "sent", "sent"], "send_on": [START, START, START + timedelta(days=1), START],
    }  # fmt: skip
    day = world.step(asked)
    assert day.messages["customer_id"].to_pylist() == [who[0]]
    assert day.refused["reason"].to_pylist() == ["another_day", "unknown_customer"]
    assert day.messages["opened_at"].null_count == 1


def test_variants_and_referrals_do_what_they_are_said_to() -> None:
    facts: dict[str, Any] = {"customers": 1_000, "seed": 3, "days": 60, "variants": {"good": 2.0, "bad": 0.0}}
    world = World(**facts)
    ids = ids_of(world)
    plain, good, bad = (world.expected(to(ids, "cross_sell", variant=name)).sum() for name in ("plain", "good", "bad"))
    assert good == pytest.approx(2 * plain, rel=0.05)
    assert bad == 0
    alone = World(**facts)
    for _ in range(60):
        world.step(to(ids, "refer"))
        alone.step()
    assert len(ids_of(world)) > len(ids_of(alone))
    assert total(alone, "without") == total(world, "without")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"customer_id": ["C000001"], "action": ["remind"]}, "no column 'channel'"),
        ({"customer_id": ["C000001"], "action": ["shout"], "channel": ["email"]}, "'shout'"),
        ({"customer_id": ["C000001"], "action": ["remind"], "channel": ["pigeon"]}, "'pigeon'"),
        ({"customer_id": ["C000001"], "action": ["remind"], "channel": ["email"], "off": [1.5]}, "1.5"),
        ({"customer_id": ["C000001"], "action": ["remind"], "channel": ["email"], "off": [-0.1]}, "-0.1"),
        ({"customer_id": ["C000001"], "action": ["remind"], "channel": ["email"], "kind": ["chat"]}, "'chat'"),
    ],
)
def test_decisions_that_cannot_be_read_are_told(wrong: dict[str, Any], said: str) -> None:
    world = World(customers=100, seed=1, days=1)
    with pytest.raises(ArgumentError, match=said):
        world.step(wrong)


def test_worlds_that_cannot_be_are_told() -> None:
    for wrong in ({"customers": 0}, {"seed": -1}, {"days": 0}, {"reaches": "moon"}, {"fatigue": -1.0}):
        with pytest.raises(ArgumentError):
            World(**({"customers": 100, "seed": 1} | wrong))
    world = World(customers=100, seed=1, days=1, start=date(2024, 3, 1))
    world.step()
    with pytest.raises(ArgumentError, match="last day"):
        world.step()


@given(st.integers(0, 2**31), st.integers(0, 10_000), st.integers(0, 5_000))
def test_chances_depend_on_their_keys_alone(seed: int, who: int, day: int) -> None:
    alone = uniforms(seed, np.array([who]), day)
    among = uniforms(seed, np.arange(who, who + 3), day)
    assert alone[0] == among[0]
    assert 0 <= alone[0] < 1
    assert alone[0] != uniforms(seed, np.array([who]), day + 1)[0]


@given(st.floats(0, 0.999), st.floats(0, 2), st.floats(0, 2))
def test_a_greater_mean_never_brings_fewer(chance: float, mean: float, more: float) -> None:
    low, high = (counts(np.array([chance]), np.array([value]), most=3)[0] for value in (mean, mean + more))
    assert low <= high


def test_chances_are_even() -> None:
    chance = uniforms(7, np.arange(200_000), 3, 1)
    assert abs(chance.mean() - 0.5) < 0.004
    assert np.abs(np.histogram(chance, bins=20, range=(0, 1))[0] - 10_000).max() < 500
    assert abs(np.corrcoef(chance, uniforms(7, np.arange(200_000), 3, 2))[0, 1]) < 0.01
