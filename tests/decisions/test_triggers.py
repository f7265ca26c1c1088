"""Triggers: who is possible today, at which step, at what worth; the life of each; and whether it pays."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from patron.contracts import TABLES
from patron.contracts.trigger import CANDIDATES
from patron.decisions.hash_space import digits, place_of
from patron.decisions.holdouts import Holdout
from patron.decisions.triggers import Caps, Known, Trigger, TriggerStep, candidates
from patron.decisions.triggers.firing import firing_once, firings_of, with_sent
from patron.decisions.triggers.life import WAYS, moved, standing
from patron.decisions.triggers.pays import NOTHING_KNOWN, Belief, believed, learned, verdict
from patron.decisions.triggers.plays import PLAYS, play_named, play_yaml
from patron.decisions.triggers.valued import MOST, REACH
from patron.engines.trigger_state import TriggerEvent
from patron.errors import ArgumentError
from patron.identity.record_owners import by_todays_ids
from patron.pipeline.check_triggers import check_triggers
from patron.pipeline.settings import Settings

DAY = date(2026, 3, 1)
SIGNAL = ibis.schema({
    "customer_id": "string", "signal": "string", "subject_kind": "string", "subject": "string", "fired_on": "date",
    "fresh_until": "date", "strength": "float64", "value": "decimal(18,2)",
})  # fmt: skip
MEMBER = ibis.schema({"customer_id": "string", "segmentation": "string", "segment": "string"})
EFFECT = ibis.schema({
    "signal": "string", "action": "string", "channel": "string", "segmentation": "string", "segment": "string",
    "stake": "float64", "gain": "float64", "gain_low": "float64", "gain_high": "float64", "cost": "float64",
    "evidence": "string",
})  # fmt: skip
PEOPLE = ("ann", "bob", "eve")


def table(schema: ibis.Schema, *rows: dict[str, Any]) -> ir.Table:
    return ibis.memtable(pa.Table.from_pylist(list(rows), schema=schema.to_pyarrow()))


def signal(customer: str, *, name: str = "cart", ago: int = 0, value: str | None = "40", about: str = "p1") -> Any:
    return {
        "customer_id": customer, "signal": name, "subject_kind": "product", "subject": about,
        "fired_on": DAY - timedelta(days=ago), "fresh_until": DAY - timedelta(days=ago - 7), "strength": 0.5,
        "value": None if value is None else Decimal(value),
    }  # fmt: skip


def firing(customer: str, *, name: str = "cart", iteration: int = 1, ago: int = 10, **known: Any) -> Any:
    day = DAY - timedelta(days=ago)
    return {
        "trigger": name, "iteration": iteration, "customer_id": customer, "arm": "treated", "fired_on": day,
        "last_on": day, "sent": 0, "sent_on": None, "step": None,
    } | known  # fmt: skip


def effect(**known: Any) -> Any:
    return {
        "signal": "cart", "action": "remind", "channel": "email", "segmentation": "all", "segment": "all",
        "stake": 20.0, "gain": 1.9, "gain_low": 0.9, "gain_high": 2.9, "cost": 0.1, "evidence": "modelled",
    } | known  # fmt: skip


def cart(**known: Any) -> Trigger:
    return Trigger(**{"name": "cart", "signal": "cart", "action": "remind", "state": "scaled", **known})


def possible(
    *triggers: Trigger, signals: tuple[Any, ...] = (), on: date = DAY, people: tuple[str, ...] = PEOPLE, **known: Any
) -> list[dict[str, Any]]:
    customers = ibis.memtable({"customer_id": list(people)})
    told = {
        "firings": TABLES["firings"].schema, "audiences": MEMBER, "members": MEMBER, "effects": EFFECT,
        "reachable": ibis.schema({"customer_id": "string", "channel": "string"}),
    }  # fmt: skip
    made = {name: table(told[name], *rows) for name, rows in known.items()}
    found = candidates(table(SIGNAL, *signals), triggers, as_of=on, known=Known(customers=customers, **made))
    rows: list[dict[str, Any]] = CANDIDATES.check(found, rows=True).to_pyarrow().to_pylist()
    return sorted(rows, key=lambda row: (row["trigger"], row["customer_id"]))


def names(rows: list[dict[str, Any]], column: str = "customer_id") -> list[Any]:
    return [row[column] for row in rows]


def test_a_trigger_fires_for_its_audience_once_about_what_is_worth_most() -> None:
    signals = (signal("ann", value="10"), signal("ann", value="90", about="p2"), signal("bob"), signal("stranger"))
    audience = ({"customer_id": "ann", "segmentation": "cart", "segment": "cart"},)
    both = possible(cart(audience="orders > 1"), cart(name="all"), signals=signals, audiences=audience)
    assert [(row["trigger"], row["customer_id"], row["subject"]) for row in both] == [
        ("all", "ann", "p2"), ("all", "bob", "p1"), ("cart", "ann", "p2"),
    ]  # fmt: skip


PLACES = sorted(int(place_of(one, salt="pilot:cart"), 16) / 2**64 for one in PEOPLE)
SHARES = ((PLACES[0] + PLACES[1]) / 2, (PLACES[1] + PLACES[2]) / 2)


@pytest.mark.parametrize("state", ["draft", "paused", "retired"])
def test_only_pilots_and_scaled_triggers_fire(state: str) -> None:
    assert possible(cart(state=state), signals=(signal("ann"),)) == []


def test_a_pilot_fires_for_its_share_which_grows_and_never_moves() -> None:
    small, large = (
        set(names(possible(cart(state="pilot", pilot=share), signals=tuple(map(signal, PEOPLE))))) for share in SHARES
    )
    assert small < large < set(PEOPLE)
    for found, share in zip((small, large), SHARES, strict=True):
        assert found == {one for one in PEOPLE if place_of(one, salt="pilot:cart") < digits(share)}


def test_nobody_hears_twice_of_one_signal_but_again_of_a_new_one() -> None:
    told = (firing("ann", sent=1, sent_on=DAY - timedelta(days=1)), firing("bob", sent=1, sent_on=DAY - timedelta(9)))
    rows = possible(cart(), signals=(signal("ann", ago=2), signal("bob", ago=2)), firings=told)
    assert names(rows) == ["bob"]


def test_caps_are_written_down_with_their_name() -> None:
    told = (
        firing("ann", sent=1, sent_on=DAY - timedelta(days=3)),
        firing("bob", sent=2, sent_on=DAY - timedelta(days=40), ago=60),
    )
    caps = Caps(every_days=7, per_customer=2, per_day=1)
    rows = possible(cart(caps=caps), signals=tuple(map(signal, PEOPLE)), firings=told)
    assert [row["capped"] for row in rows] == ["every", "per_customer", None]
    both = possible(cart(caps=Caps(per_day=1)), signals=(signal("ann", value="10"), signal("bob", value="50")))
    assert [row["capped"] for row in both] == ["per_day", None]  # who brings more comes first


def test_a_trigger_steps_back_where_the_other_fires_too() -> None:
    back = Trigger(name="news", signal="news", state="scaled", gives_way_to=("cart",))
    signals = (signal("ann"), signal("ann", name="news"), signal("bob", name="news"))
    rows = possible(cart(), back, signals=signals)
    assert [(row["trigger"], row["customer_id"], row["yields_to"]) for row in rows] == [
        ("cart", "ann", None), ("news", "ann", "cart"), ("news", "bob", None),
    ]  # fmt: skip


def test_a_campaign_fires_for_everybody_between_its_days() -> None:
    spring = Trigger(
        name="spring", form="campaign", state="scaled", first_day=DAY, last_day=DAY + timedelta(days=3), action="gift"
    )
    assert names(possible(spring)) == list(PEOPLE)
    assert possible(spring, on=DAY - timedelta(days=1)) == []
    assert possible(spring, on=DAY + timedelta(days=4)) == []
    sent = (firing("ann", name="spring", ago=0, sent=1, sent_on=DAY),)
    assert names(possible(spring, on=DAY + timedelta(days=1), firings=sent)) == ["bob", "eve"]


STEPS = (TriggerStep(name="one", action="welcome"), TriggerStep(name="two", action="advise", wait_days=3, cost=0.5))


def test_a_sequence_says_one_step_after_the_other() -> None:
    tour = Trigger(name="tour", form="sequence", signal="new", state="scaled", steps=STEPS, within_days=60, cost=0.1)
    told = {
        "waits": firing("waits", name="tour", ago=2, sent=1, sent_on=DAY - timedelta(2), step="one"),
        "waited": firing("waited", name="tour", ago=9, sent=1, sent_on=DAY - timedelta(3), step="one"),
        "over": firing("over", name="tour", ago=9, sent=2, sent_on=DAY - timedelta(3), step="two"),
        "late": firing("late", name="tour", ago=61, sent=1, sent_on=DAY - timedelta(3), step="one"),
    }
    people = ("fresh", *told)
    rows = possible(
        tour, people=people, firings=tuple(told.values()), signals=tuple(signal(one, name="new") for one in people)
    )
    assert [(row["customer_id"], row["step"], row["action"], row["cost"]) for row in rows] == [
        ("fresh", "one", "welcome", 0.1), ("waited", "two", "advise", 0.5),
    ]  # fmt: skip


def test_a_sequence_goes_on_when_its_signal_has_passed_and_ends_at_its_exit() -> None:
    tour = Trigger(
        name="tour", form="sequence", signal="new", state="scaled", steps=STEPS, within_days=60, exits="orders > 1"
    )
    told = tuple(firing(one, name="tour", sent=1, sent_on=DAY - timedelta(5), step="one") for one in ("ann", "bob"))
    left = ({"customer_id": "bob", "segmentation": "tour:exit", "segment": "tour:exit"},)
    rows = possible(tour, firings=told, audiences=left)
    assert [(row["customer_id"], row["step"]) for row in rows] == [("ann", "two")]


def test_worth_is_that_of_her_segment_moved_by_what_is_at_stake_for_her() -> None:
    gold = ({"customer_id": "ann", "segmentation": "tier", "segment": "gold"},)
    known = (
        effect(), effect(segmentation="tier", segment="gold", gain=5.9, gain_low=3.9, gain_high=7.9),
        effect(signal="seen", evidence="measured"),
        effect(signal="seen", segmentation="tier", segment="gold", gain=99.0),
    )  # fmt: skip
    signals = (signal("ann"), signal("bob"), signal("eve", value="4000"), signal("ann", name="seen"))
    *rows, measured = possible(cart(), cart(name="seen", signal="seen"), signals=signals, members=gold, effects=known)
    # Before its cost: gain + cost; strength x value is 20 for the first two, just the mean.
    assert [round(row["value"], 6) for row in rows] == [6.0, 2.0, 2.0 * MOST]
    assert {row["evidence"] for row in rows} == {"modelled"}
    # Measured is taken before modelled, even of a segment.
    assert (round(measured["value"], 6), measured["evidence"]) == (2.0, "measured")
    assert rows[0]["value_low"] < rows[0]["value"] < rows[0]["value_high"]


def test_a_campaign_is_worth_the_least_that_its_action_brings_for_any_signal() -> None:
    spring = Trigger(name="spring", form="campaign", action="remind", state="scaled", first_day=DAY, last_day=DAY)
    known = (effect(), effect(signal="visit", gain=0.2, gain_low=-0.4, gain_high=0.8))
    rows = possible(spring, cart(name="new", signal="new"), signals=(signal("ann", name="new"),), effects=known)
    assert [round(row["value"], 6) for row in rows] == [0.3] * 4  # three of the campaign, one of an unknown signal
    assert {(row["evidence"], row["cost"]) for row in rows} == {("assumed", 0.1)}


def test_where_nothing_is_known_of_an_action_a_stated_share_is_assumed() -> None:
    row = possible(cart(action="dance"), signals=(signal("ann"),), effects=(effect(),))[0]
    assert (row["value"], row["evidence"]) == (pytest.approx(REACH * 20), "assumed")


def test_the_first_channel_that_is_open_to_her_is_taken() -> None:
    open_to = ({"customer_id": "ann", "channel": "sms"},)
    rows = possible(cart(channels=("email", "sms")), signals=(signal("ann"), signal("bob")), reachable=open_to)
    assert names(rows, "channel") == ["sms", "email"]


def test_firings_keep_the_arm_count_what_was_sent_and_leave_out_wider_hold_outs() -> None:
    held = [Holdout(name="global", share=0.4), Holdout(name="trigger:cart", share=0.5)]
    today = ibis.memtable({"customer_id": [f"c{one}" for one in range(200)], "trigger": ["cart"] * 200})
    empty = TABLES["firings"].empty()
    first = firings_of(today, empty, [cart()], held, as_of=DAY).to_pyarrow().to_pylist()
    shop = {f"c{n}" for n in range(200) if place_of(f"c{n}", salt="holdout:global") < digits(0.4)}
    assert {row["customer_id"] for row in first} == {f"c{n}" for n in range(200)} - shop
    assert all(
        (row["arm"] == "control") == (place_of(row["customer_id"], salt="holdout:trigger:cart") < digits(0.5))
        for row in first
    )
    before = table(TABLES["firings"].schema, *first)
    who = first[0]["customer_id"]
    sent = ibis.memtable(
        {"customer_id": [who, who], "trigger": ["cart"] * 2, "sent_on": [DAY, DAY], "step": [None, "one"]},
        schema={"customer_id": "string", "trigger": "string", "sent_on": "date", "step": "string"},
    )
    again = with_sent(with_sent(before, sent), sent).to_pyarrow().to_pylist()  # told twice, counted once
    row = next(one for one in again if one["customer_id"] == who)
    assert (row["sent"], row["sent_on"], row["step"]) == (1, DAY, "one")
    later = firings_of(today, before, [cart()], held, as_of=DAY + timedelta(1)).to_pyarrow().to_pylist()
    assert {(row["fired_on"], row["last_on"]) for row in later} == {(DAY, DAY + timedelta(1))}


def test_of_two_who_turn_out_to_be_one_the_first_firing_stands() -> None:
    told = table(TABLES["firings"].schema, firing("ann", ago=3), firing("anna", ago=9, arm="control"))
    links = ibis.memtable({"record_id": ["ann", "anna"], "customer_id": ["ann", "ann"], "rule": ["same", "same"]})
    rows = firing_once(by_todays_ids(told, links)).to_pyarrow().to_pylist()
    assert [(row["customer_id"], row["arm"]) for row in rows] == [("ann", "control")]


@given(event=st.sampled_from(["pilot", "scale", "pause", "retire", "iterate"]), state=st.sampled_from(sorted(WAYS)))
def test_a_life_goes_only_where_its_state_allows(event: str, state: str) -> None:
    one = cart(state=state, iteration=3)
    if event not in WAYS[state]:
        with pytest.raises(ArgumentError, match=event):
            moved(one, event)
        return
    after, iteration = moved(one, event)
    assert iteration == (4 if event == "iterate" else 3)
    assert after != "draft"


def test_what_commands_did_later_is_not_known_yet() -> None:
    events = [
        TriggerEvent(trigger_name="cart", event="pilot", day=DAY, state="pilot", iteration=1),
        TriggerEvent(trigger_name="cart", event="iterate", day=DAY + timedelta(9), state="pilot", iteration=2),
        TriggerEvent(trigger_name="cart", event="scale", day=DAY + timedelta(20), state="scaled", iteration=2),
    ]
    draft = cart(state="draft")
    assert standing(draft, events, as_of=DAY - timedelta(1)) == draft
    early, late = (standing(draft, events, as_of=DAY + timedelta(days)) for days in (9, 30))
    assert (early.state, early.iteration, early.since) == ("pilot", 2, DAY)
    assert (late.state, late.since, late.iteration_since) == ("scaled", DAY + timedelta(20), DAY + timedelta(9))


@given(
    mean=st.floats(-50, 50), spread=st.floats(0.01, 50), effect=st.floats(-50, 50), error=st.floats(0.01, 50),
    cost=st.floats(0, 20),
)  # fmt: skip
def test_a_belief_lies_between_prior_and_reading_and_is_surer_than_both(
    mean: float, spread: float, effect: float, error: float, cost: float
) -> None:
    after = learned(Belief(mean=mean, deviation=spread), effect, error)
    assert min(mean, effect) - 1e-9 <= after.mean <= max(mean, effect) + 1e-9
    assert after.deviation <= min(spread, error)
    assert 0 <= after.chance_above(cost + 1) <= after.chance_above(cost) <= 1
    assert learned(NOTHING_KNOWN, effect, error).mean == effect


def test_intervals_of_beliefs_cover_what_the_trigger_brings() -> None:
    rng = np.random.default_rng(7)
    truth = rng.normal(1.0, 2.0, 4_000)
    seen = truth + rng.normal(0.0, 1.5, 4_000)
    after = [learned(Belief(mean=1.0, deviation=2.0), each, 1.5) for each in seen]
    covered = np.mean([one.low <= true <= one.high for one, true in zip(after, truth, strict=True)])
    assert 0.94 < covered < 0.96


def test_a_confident_guess_keeps_nothing_alive() -> None:
    sure = believed(3.0, 2.99, 3.01)
    assert sure.deviation == 3.0
    lost = learned(sure, -2.0, 0.5).chance_above(0.0)
    assert verdict(lost, retire_below=0.05, scale_above=0.95, read=True) == "does_not_pay"
    assert verdict(lost, retire_below=0.05, scale_above=0.95, read=False) == "open"
    assert believed(None, None, None) == NOTHING_KNOWN


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.name)
def test_every_play_is_a_trigger_as_it_stands(play: Any) -> None:
    text = "name: Shop\ncurrency: EUR\nsources: {order_lines: {path: x.csv}}\n" + play_yaml(play, name="mine")
    settings = Settings.model_validate(yaml.safe_load(text))
    check_triggers(settings)
    one = settings.launched["mine"].bound("mine")
    assert (one.play, one.state, one.holdout, one.signal) == (play.name, "draft", play.holdout, play.signal)
    assert len(one.steps) == len(play.steps)
    assert one.believed


def test_a_play_that_is_not_there_is_named_with_the_nearest() -> None:
    with pytest.raises(ArgumentError, match="nurture"):
        play_named("nuture")


def test_all_of_it_compiles_for_spark() -> None:
    assert ibis.pyspark is not None  # the package is enough to load the dialect's options
    customers = ibis.table({"customer_id": "string"}, name="customers")
    tour = Trigger(name="tour", form="sequence", signal="new", state="scaled", steps=STEPS, within_days=60, exits="x")
    known = Known(
        customers=customers, firings=TABLES["firings"].unbound(), audiences=ibis.table(MEMBER, name="audiences"),
        members=ibis.table(MEMBER, name="members"), effects=ibis.table(EFFECT, name="effects"),
        readings=TABLES["triggers"].unbound(),
    )  # fmt: skip
    found = candidates(
        ibis.table(SIGNAL, name="signals"), [cart(state="pilot", caps=Caps(every_days=3, per_day=9)), tour],
        as_of=DAY, known=known,
    )  # fmt: skip
    assert "SHA2" in ibis.to_sql(found, dialect="pyspark").upper()
