"""Signals: each fires for whom it was planted, for nobody else, and knows nothing of later days."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from patron.contracts.signal import FAMILIES, LIBRARY, SIGNAL_STATES, SIGNALS
from patron.decisions.signals import (
    SIGNALS as KNOWN,
)
from patron.decisions.signals import (
    OwnSignal,
    Wanted,
    needed,
    own_rows,
    signal_clock,
    signal_meaning,
    signal_reason,
    signal_title,
    signals,
)
from patron.decisions.signals.occasions import on_days
from patron.engines.connect import connect
from patron.errors import ArgumentError
from patron.language import say
from planted_signals import ALSO, AS_OF, Planted, ago, day, line, order, planted

Rows = list[dict[str, object]]


def told(tables, **given) -> tuple[Rows, dict[str, dict[str, object]]]:
    """Return both tables, the states by signal."""
    found = signals(tables, as_of=AS_OF, keep=lambda _name, table: ibis.memtable(table.to_pyarrow()), **given)
    rows = SIGNALS.check(found.signals).order_by("customer_id", "signal", "subject").to_pyarrow().to_pylist()
    return rows, {row["signal"]: row for row in SIGNAL_STATES.check(found.states).to_pyarrow().to_pylist()}


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[None]:
    """Ask the engine that a run has: its compiler takes half the time."""
    ibis.set_backend(connect("duckdb://"))
    yield
    ibis.options.default_backend = None


@pytest.fixture(scope="module")
def found() -> tuple[Rows, dict[str, dict[str, object]]]:
    return told(planted().tables())


@pytest.mark.parametrize("name", LIBRARY)
def test_each_signal_fires_for_whom_it_was_planted_and_for_nobody_else(name: str, found) -> None:
    rows, states = found
    fired = {row["customer_id"] for row in rows if row["signal"] == name}
    assert fired == {name} | ALSO.get(name, set())
    assert (states[name]["status"], states[name]["customers"], states[name]["needs"]) == ("fires", len(fired), "")


def test_the_library_has_each_signal_once_with_a_family_and_sentences() -> None:
    assert [one.name for one in KNOWN] == list(LIBRARY)
    assert len(LIBRARY) == 32
    assert {one.family for one in KNOWN} == set(FAMILIES)
    for name in LIBRARY:
        assert signal_title(name)
        assert signal_meaning(name).endswith(".")
        assert signal_clock(name, days=3).endswith(".")


def test_all_rows_are_of_facts_up_to_the_day_and_fresh_on_it(found) -> None:
    for row in found[0]:
        assert row["fired_on"] <= AS_OF <= row["fresh_until"]
        assert row["strength"] is None or 0 <= row["strength"] <= 1
        assert signal_reason(row).endswith(".")
        assert all(isinstance(fact, str) for fact in json.loads(row["facts"]).values())


FIGURES = {
    "cart_abandoned": {"subject": "s-cart_abandoned", "value": 20, "strength": 1.0, "fired_on": day(1)},
    "browse_abandoned": {"subject": "lamp", "value": 10, "strength": 0.5, "fresh_until": day(-5)},
    "price_drop": {"subject": "sofa", "value": 80, "strength": pytest.approx(0.2), "fired_on": day(5)},
    "back_in_stock": {"subject": "vase", "strength": 1.0, "fired_on": day(4)},
    "brand_offer": {"subject": "Nord", "fired_on": day(3), "fresh_until": AS_OF},
    "replenishment_due": {"subject": "rug", "value": 12.5, "strength": 0.8, "fired_on": day(10)},
    "lapse_risk": {"value": 100, "strength": 0.25, "fired_on": day(10)},
    "household_lapsing": {"subject": "household_member", "strength": 0.25, "fired_on": day(5)},
    "high_value_quiet": {"fired_on": day(4)},
    "stuck_at_n": {"strength": 0.3, "fired_on": day(4)},
    "subscription_ending": {"subject": "s1", "fired_on": day(9), "fresh_until": day(-5)},
    "anniversary": {"fired_on": day(5)},
    "birthday": {"fired_on": day(2), "fresh_until": day(-5)},
    "nps_detractor": {"strength": 0.8},
    "review_given": {"strength": 1.0, "subject": "rug"},
    "return_made": {"value": 10, "subject": "rug"},
    "case_resolved": {"strength": 0.75, "fired_on": day(3)},
    "referral_made": {"subject": "friend"},
    "fatigue": {"strength": pytest.approx(1 - (1 / 6) ** 5)},
    "category_next": {"subject": "Kitchen", "value": 30, "strength": 0.2, "fired_on": day(3)},
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_a_signal_tells_the_day_the_money_and_how_strong_it_is(name: str, found) -> None:
    row = next(row for row in found[0] if row["signal"] == name and row["customer_id"] == name)
    assert {key: row[key] for key in FIGURES[name]} == FIGURES[name]


def test_what_is_known_only_later_changes_nothing(found) -> None:
    shop = planted()
    for who in ("cart_abandoned", "browse_abandoned", "payment_failed"):
        order(shop, who, -1)
        line(shop, who, -1, "lamp", category="New")
    shop.add("events", event_id="later", event="share", occurred_at=ago(-1), customer_id="plain")
    shop.add("messages", message_id="later", customer_id="fatigue", sent_at=ago(-1), opened_at=ago(-1))
    shop.add("loyalty", customer_id="plain", dated=day(-1), tier="silver", points=900.0)
    shop.add("reviews", review_id="later", customer_id="plain", rating=1.0, reviewed_at=ago(-1))
    shop.add("tickets", ticket_id="later", customer_id="case_resolved", opened_at=ago(-1))
    shop.add("referrals", referral_id="later", customer_id="plain", referred_on=day(-1))
    shop.add(
        "subscriptions", subscription_id="later", customer_id="plain", started_on=day(-1), plan="Box", period_days=60
    )
    shop.add("market", day=day(-1), series="later", product_id="sofa", price="€120")
    for row in shop.rows["messages"]:  # opened, but later
        if row["customer_id"] == "fatigue" and row["opened_at"] is None:
            row["opened_at"] = ago(-1)
    assert told(shop.tables()) == found


def test_where_no_source_tells_anything_nothing_fires_and_each_signal_says_what_it_needs() -> None:
    shop = planted()
    alone = {**shop.rows, "profiles": [row | {"household_members": 1} for row in shop.rows["profiles"]]}
    shop.rows = alone
    rows, states = told(shop_of(shop, "profiles", "forecasts"))
    assert rows == []
    for one in KNOWN:
        assert states[one.name]["status"] == "no_data"
        assert states[one.name]["needs"] == ", ".join(one.needs)
        assert needed(states[one.name]["needs"])


def shop_of(shop: Planted, *names: str) -> dict[str, ibis.Table]:
    """Return some of the tables."""
    return {name: ibis.memtable(shop.arrow(name)) for name in names}


def test_a_source_without_a_kind_of_event_is_named_with_it() -> None:
    shop = Planted()
    for row in planted().rows["profiles"]:
        shop.add("profiles", **row)
    shop.add("events", event_id="1", event="share", occurred_at=ago(400), customer_id="plain")
    _, states = told(shop.tables())
    assert (states["social_mention"]["status"], states["cart_abandoned"]["status"]) == ("silent", "no_data")
    assert needed(states["cart_abandoned"]["needs"]) == say("signals.need.events.carted")


def test_without_a_loyalty_programme_tiers_of_value_are_reached_and_lost() -> None:
    shop = planted()
    del shop.rows["loyalty"]
    for who, before, now, ahead in (
        ("tier_reached", "basic", "gold", "gold"), ("tier_reached_not", "gold", "gold", "gold"),
        ("tier_at_risk", "gold", "gold", "basic"),
    ):  # fmt: skip
        shop.add("memberships", customer_id=who, segmentation="past_tier", segment=now)
        shop.add("memberships", customer_id=who, segmentation="tier", segment=ahead)
        shop.add("memberships_before", customer_id=who, segmentation="past_tier", segment=before)
    for row in shop.rows["profiles"]:
        if row["customer_id"] == "tier_at_risk":
            row["last_order_on"] = day(70)
        if row["customer_id"] == "tier_reached":
            row["last_order_on"] = day(4)
    rows, _ = told(shop_of(shop, "profiles", "stages", "memberships", "memberships_before", "orders"))
    fired = {row["signal"]: row for row in rows if row["signal"].startswith("tier_")}
    assert {name: row["customer_id"] for name, row in fired.items()} == {
        "tier_reached": "tier_reached", "tier_at_risk": "tier_at_risk",
    }  # fmt: skip
    assert json.loads(fired["tier_reached"]["facts"]) == {"tier": "gold"}


def test_a_shop_that_does_not_tell_its_prices_has_them_read_off_what_was_paid() -> None:
    shop = Planted()
    shop.add("profiles", customer_id="ann", household_members=1)
    shop.add("events", event_id="1", event="view_item", occurred_at=ago(20), customer_id="ann", product_id="sofa")
    for n in range(4):
        line(shop, "bob", 30 + n, "sofa", unit_price="€100")
        line(shop, "bob", n, "sofa", unit_price="€70" if n else "€90")
    rows, _ = told(shop.tables())
    assert [(row["customer_id"], row["subject"], row["strength"]) for row in rows if row["signal"] == "price_drop"] == [
        ("ann", "sofa", pytest.approx(0.1))
    ]


def test_signals_can_be_switched_off_kept_longer_and_asked_of_one_customer(found) -> None:
    wanted = Wanted(off=["win_back"], fresh_days={"lapse_risk": 31})
    rows, states = told(planted().tables(), wanted=wanted, customers=["lapse_risk_not", "win_back", "cart_abandoned"])
    assert [(row["customer_id"], row["signal"]) for row in rows] == [
        ("cart_abandoned", "cart_abandoned"), ("lapse_risk_not", "lapse_risk"),
    ]  # fmt: skip
    assert rows[0] == next(row for row in found[0] if row["signal"] == "cart_abandoned")
    assert (states["win_back"]["status"], states["lapse_risk"]["fresh_days"]) == ("off", 31)


@pytest.mark.parametrize("wanted", [Wanted(off=["win_bak"]), Wanted(fresh_days={"win_bak": 3})])
def test_an_unknown_name_is_refused_with_the_nearest_one(wanted: Wanted) -> None:
    with pytest.raises(ArgumentError, match="win_back"):
        signals({}, as_of=AS_OF, wanted=wanted)


def test_a_signal_of_ones_own_stands_beside_the_librarys() -> None:
    shop = planted()
    held = ibis.memtable(pa.table({"customer_id": ["plain", "plain"], "at": [ago(3), ago(2)]}))
    own = [
        OwnSignal(name="seen_lately", family="growth", fresh_days=5, rows=own_rows(held, as_of=AS_OF, at="at")),
        OwnSignal(name="seen_today", family="growth", fresh_days=5, rows=own_rows(held, as_of=AS_OF)),
        OwnSignal(name="unseen", family="growth", fresh_days=5, rows=None, needs=("events",)),
    ]
    rows, states = told(shop_of(shop, "profiles"), wanted=Wanted(own=own))
    assert {row["signal"]: row["fired_on"] for row in rows} == {"seen_lately": day(2), "seen_today": AS_OF}
    assert (states["seen_lately"]["own"], states["unseen"]["status"], states["unseen"]["needs"]) == (
        True,
        "no_data",
        "events",
    )
    assert signal_reason(rows[0]) == say("signals.own_reason", signal="Seen lately", fired=day(2))


@pytest.fixture(scope="module")
def edges() -> Rows:
    """Return what fires in a shop of odd cases: many products, orders without a time, texts with marks."""
    shop = Planted()
    for name in ("ann", "bob", "cid", "dot"):
        shop.add("profiles", customer_id=name, household_members=1)
    for n in range(6):
        shop.add(
            "events", event_id=f"{n}", event="view_item", occurred_at=ago(1), customer_id="ann", product_id=f"p{n}"
        )
        line(shop, "zoe", 100, f"p{n}", unit_price=f"€{n + 1}", amount=f"€{n + 1}")
    for name, hour in {"bob": 0, "cid": 11}.items():
        shop.add("events", event_id=name, event="add_to_cart", occurred_at=ago(1), customer_id=name, product_id="p")
        order(shop, name, 1, hour=hour)
    shop.add("tickets", ticket_id="t", customer_id="dot", opened_at=ago(9), closed_at=ago(3), topic='a "b"\\\n{c}')
    return told(shop.tables())[0]


def test_who_looked_at_many_products_has_three_of_them_the_dearest(edges: Rows) -> None:
    assert [row["subject"] for row in edges if row["signal"] == "browse_abandoned"] == ["p3", "p4", "p5"]


def test_an_order_of_which_only_the_day_is_told_ends_what_was_begun_on_that_day(edges: Rows) -> None:
    assert [row["customer_id"] for row in edges if row["signal"] == "cart_abandoned"] == ["cid"]


def test_a_text_that_json_cannot_hold_loses_only_its_marks(edges: Rows) -> None:
    (row,) = (row for row in edges if row["signal"] == "case_resolved")
    assert json.loads(row["facts"]) == {"topic": "a b{c}"}
    assert "{c}" in signal_reason(row)


@pytest.mark.parametrize(("later", "fires"), [(0, True), (7, True), (8, False)])
def test_leap_days_have_their_day_in_every_year(later: int, fires: bool) -> None:
    people = ibis.memtable(pa.table({"born_on": [date(2020, 2, 29)]}))
    first = date(2023, 2, 28) - timedelta(days=7)
    met = on_days(people, people.born_on, first + timedelta(days=later), first + timedelta(days=later + 7))
    assert met["on"].to_pyarrow().to_pylist() == [date(2023, 2, 28)] * fires


@pytest.mark.slow
def test_the_same_signals_fire_on_spark(spark, found, tmp_path: Path) -> None:
    shop = planted()
    for name in shop.rows:
        pq.write_table(shop.arrow(name), tmp_path / f"{name}.parquet")
    tables = {name: spark.read_parquet(tmp_path / f"{name}.parquet") for name in shop.rows}
    kept = []

    def keep(name: str, table: ibis.Table) -> ibis.Table:
        kept.append(name)
        pq.write_table(table.to_pyarrow(), tmp_path / f"kept_{name}.parquet")
        return spark.read_parquet(tmp_path / f"kept_{name}.parquet")

    made = signals(tables, as_of=AS_OF, keep=keep)
    rows = made.signals.to_pyarrow().sort_by([(name, "ascending") for name in SIGNALS.key]).to_pylist()
    assert [{**row, "strength": None} for row in rows] == [{**row, "strength": None} for row in found[0]]
    assert [row["strength"] for row in rows] == pytest.approx([row["strength"] for row in found[0]], nan_ok=True)
    assert kept[-1] == "signals_fired"
