"""What one live message is expected to bring is what a table says of the same message."""

from __future__ import annotations

from datetime import date

import ibis
import pytest

from patron.contracts.action import ACTION_EFFECTS
from patron.contracts.trigger import TRIGGERS
from patron.decisions.triggers import Known, Trigger
from patron.decisions.triggers.live_candidate import Fired, cap_on, live_candidate, piloted, with_way_given
from patron.decisions.triggers.live_value import LiveValues
from patron.decisions.triggers.trigger import Caps
from patron.decisions.triggers.valued import valued

DAY = date(2026, 3, 1)


def effect(**said):
    base = dict.fromkeys(ACTION_EFFECTS.names)
    return base | {
        "signal": "cart_abandoned", "action": "remind", "channel": "email", "segmentation": "all", "segment": "all",
        "family": "intent", "customers": 100, "reachable": 100, "window_days": 30, "cost": 0.1, "gain": 1.0,
        "gain_low": 0.5, "gain_high": 1.5, "stake": 50.0, "evidence": "assumed",
    } | said  # fmt: skip


EFFECTS = [
    effect(),
    effect(segmentation="rfm", segment="champions", evidence="measured", gain=3.0, gain_low=2.0, gain_high=4.0),
    effect(segmentation="tier", segment="gold", gain=2.0, gain_low=1.9, gain_high=2.1),
    effect(signal="lapse_risk", gain=0.4, gain_low=0.1, gain_high=0.9, stake=None),
    effect(channel="sms", cost=0.2, gain=0.8, gain_low=0.0, gain_high=1.0),
]


def trigger(**said):
    return Trigger(**{"name": "cart", "state": "scaled", "signal": "cart_abandoned", "action": "remind"} | said)


SEGMENTS = ((), (("tier", "gold"),), (("rfm", "champions"), ("tier", "gold")))
STAKES = (10.0, 80.0, 9000.0)
SIGNALS, ACTIONS = ("cart_abandoned", "lapse_risk", "something_else"), ("remind", "dance")


def by_table(triggers, people):
    """Return what `valued` says of a message of each trigger to each of the people: their stake and segments."""
    ready = ibis.memtable(
        [{"customer_id": who, "trigger": one.name, "subject_kind": "cart", "subject": "", "fired_on": DAY,
          "fresh_until": DAY, "strength": 1.0, "stake": stake, "entered_on": DAY, "sent": 0, "sent_on": None,
          "step": None, "place": 0, "due_on": DAY, "expires_on": DAY, "capped": None, "yields_to": None}
         for one in triggers for who, (stake, _) in people.items()],
        schema=ibis.schema({
            "customer_id": "string", "trigger": "string", "subject_kind": "string", "subject": "string",
            "fired_on": "date", "fresh_until": "date", "strength": "float64", "stake": "float64", "entered_on": "date",
            "sent": "int64", "sent_on": "date", "step": "string", "place": "int64", "due_on": "date",
            "expires_on": "date", "capped": "string", "yields_to": "string",
        }),
    )  # fmt: skip
    members = ibis.memtable(
        [{"customer_id": who, "segmentation": name, "segment": segment}
         for who, (_, segments) in people.items() for name, segment in segments]
    )  # fmt: skip
    effects = ibis.memtable(EFFECTS, schema=ACTION_EFFECTS.schema)
    known = Known(customers=ibis.memtable({"customer_id": list(people)}), effects=effects, members=members)
    rows = valued(ready, triggers, known=known).to_pyarrow().to_pylist()
    return {(row["trigger"], row["customer_id"]): row for row in rows}


def test_one_message_is_valued_as_in_a_table():
    triggers = [
        trigger(name=f"{signal}-{action}", signal=signal, action=action) for signal in SIGNALS for action in ACTIONS
    ]
    people = {f"{stake}-{place}": (stake, own) for stake in STAKES for place, own in enumerate(SEGMENTS)}
    expected, values = by_table(triggers, people), LiveValues.of(EFFECTS, ())
    assert len(expected) == len(triggers) * len(people)
    for (name, who), row in expected.items():
        one, (stake, segments) = next(one for one in triggers if one.name == name), people[who]
        found = values.value(one, action=one.action, channel="email", stake=stake, own_cost=None,
                             segments=frozenset(segments))  # fmt: skip
        assert (found.value, found.low, found.high, found.cost) == pytest.approx(
            tuple(row[part] for part in ("value", "value_low", "value_high", "cost"))
        ), (name, who)
        assert found.evidence == row["evidence"]


def test_what_its_own_holdout_showed_comes_first():
    read = dict.fromkeys(TRIGGERS.names) | {
        "trigger": "cart", "iteration": 2, "reading": "read", "sent_each": 2.0, "expected": 3.0, "expected_low": 1.0,
        "expected_high": 5.0,
    }  # fmt: skip
    values = LiveValues.of(EFFECTS, [read])
    asked = {"action": "remind", "channel": "email", "stake": 80.0, "own_cost": 0.3}
    found = values.value(trigger(iteration=2), **asked)
    assert (found.value, found.low, found.high, found.cost, found.evidence) == (1.5, 0.5, 2.5, 0.3, "measured")
    assert values.value(trigger(iteration=3), **asked).evidence == "assumed"  # another iteration is another thing


def test_a_pilot_fires_for_its_share():
    pilot = Trigger(name="cart", state="pilot", pilot=0.3)
    inside = sum(piloted(pilot, f"customer-{one}") for one in range(2000))
    assert 500 < inside < 700
    assert all(piloted(Trigger(name="cart", state="scaled"), f"customer-{one}") for one in range(50))


@pytest.mark.parametrize(
    ("caps", "sent_on", "in_iteration", "today", "expected"),
    [
        (Caps(every_days=7), [date(2026, 2, 23)], 1, 0, "every"),
        (Caps(every_days=7), [date(2026, 2, 22)], 1, 0, None),
        (Caps(per_customer=2), [], 2, 0, "per_customer"),
        (Caps(per_customer=2), [DAY], 1, 0, None),
        (Caps(per_day=3), [], 0, 3, "per_day"),
        (Caps(per_day=3), [], 0, 2, None),
        (Caps(), [DAY], 9, 9, None),
    ],
)
def test_the_caps_of_a_trigger(caps, sent_on, in_iteration, today, expected):
    one = trigger(caps=caps)
    assert cap_on(one, sent_on=sent_on, in_iteration=in_iteration, sent_today=today, today=DAY) == expected


def test_one_trigger_steps_back_before_another_that_may_speak():
    first, second = trigger(), Trigger(name="gift", state="scaled", gives_way_to=("cart",))
    fired = Fired(customer_id="ann", subject_kind="none", subject="", place=0, fired_on=DAY, expires_on=DAY)
    value = LiveValues.of((), ()).value(first, action="remind", channel="email", stake=10.0, own_cost=None)
    rows = [live_candidate(one, fired, "email", value) for one in (first, second)]
    known = {"cart": first, "gift": second}
    assert [row["yields_to"] for row in with_way_given(rows, known)] == [None, "cart"]
    rows[0]["capped"] = "every"
    assert [row["yields_to"] for row in with_way_given(rows, known)] == [None, None]
