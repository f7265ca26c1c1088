"""What actions bring, by hand, from trials, from responses; each number with how it is known."""

from __future__ import annotations

import math
from decimal import Decimal

import ibis
import numpy as np
import pytest

from decisions.opportunity_tables import ahead, fired, member, table
from patron.contracts import TABLES
from patron.contracts.signal import LIBRARY
from patron.decisions import ACTIONS, Action, Trial, action_effects, action_named, answering
from patron.decisions.opportunity.cells import base, counted, fresh, placed
from patron.decisions.opportunity.gains import Tried, effects_of, gained
from patron.errors import ArgumentError
from patron.language import has

ONE = Action(name="remind", kind="reminder", families=("abandonment",), lift=0.2, spread=0.1)
OFFER = Action(name="discount", kind="offer", families=("abandonment",), lift=0.2, spread=0.1, offer=0.1)

SIGNALS = [
    fired("ann", "cart_abandoned", subject="tea", value=Decimal(80), strength=0.5),
    fired("ann", "cart_abandoned", subject="cup", value=Decimal(20), strength=1.0),
    fired("bob", "cart_abandoned", value=Decimal(30)),
    fired("cat", "birthday"),
]
FORECASTS = [ahead("ann", 12.0, 240.0), ahead("bob", 6.0, 60.0), ahead("cat", 1.0, 10.0)]
MEMBERS = [member("ann", "top"), member("bob", "bottom"), member("cat", "top")]


def effects(signals=SIGNALS, forecasts=FORECASTS, members=MEMBERS, **options):
    options = {"channels": {"email": 0.5}, "actions": (ONE,)} | options
    found = action_effects(
        table("signals", signals), table("memberships", members), table("forecasts", forecasts), **options
    )
    rows = TABLES["action_effects"].check(found).to_pyarrow().to_pylist()
    return {(row["signal"], row["segment"], row["action"], row["channel"]): row for row in rows}


def whole(**options):
    return effects(**options)["cart_abandoned", "all", "remind", "email"]


def test_the_gain_by_hand():
    row = whole()
    ann, bob = (1 - math.exp(-orders * 30 / 365) for orders in (12, 6))
    assert row["customers"] == row["reachable"] == 2, "ann left two carts and is one customer"
    assert row["probability"] == pytest.approx((ann + bob) / 2)
    assert row["probability"] * row["value"] == pytest.approx((240 + 60) / 2 * 30 / 365), "what they bring in 30 days"
    assert row["gain"] == pytest.approx(0.2 * 150 * 30 / 365 - 0.5)
    assert row["stake"] == pytest.approx((40 + 30) / 2), "of the larger cart its chance times its money"
    assert row["reach"] == pytest.approx((row["gain"] + 0.5) / 35)
    assert row["gain_low"] < 0 < row["gain"] < row["gain_high"]
    tags = [row[f"{name}_evidence"] for name in ("probability", "effect", "value", "cost")]
    assert tags == ["modelled", "assumed", "modelled", "measured"]
    assert (row["evidence"], row["effect_source"], row["cost_source"]) == ("assumed", "prior", "settings")


def test_an_offer_costs_on_every_order_those_that_come_anyway_among_them():
    row = effects(actions=(OFFER,))["cart_abandoned", "all", "discount", "email"]
    spend = row["value"] * 2 * row["probability"]  # a customer's, for goods cost half of what is paid
    assert row["cost"] == pytest.approx(0.5 + 0.1 * spend * 1.2)
    assert row["gain"] == pytest.approx(0.2 * row["probability"] * row["value"] - row["cost"])
    assert row["gain"] < whole()["gain"]


def test_segments_channels_and_who_may_be_reached():
    open_to = ibis.memtable({"customer_id": ["ann", "ann", "bob"], "channel": ["email", "sms", "email"]})
    found = effects(channels={"email": 0.5, "sms": None}, reachable=open_to)
    assert {key[1] for key in found} == {"all", "top", "bottom"}
    by_sms = found["cart_abandoned", "all", "remind", "sms"]
    assert (by_sms["customers"], by_sms["reachable"]) == (2, 1)
    assert by_sms["probability"] == pytest.approx(1 - math.exp(-12 * 30 / 365)), "of those who can be reached"
    assert by_sms["cost_evidence"] == "assumed"
    nobody = found["cart_abandoned", "bottom", "remind", "sms"]
    assert nobody["reachable"] == 0
    assert nobody["probability"] == by_sms["probability"], "where nobody can be, as the whole signal"


def test_the_chance_is_the_propensity_where_there_is_one():
    chances = [
        {"customer_id": who, "target": target, "horizon_days": days, "probability": 0.19, "grade": "A", "model": "m"}
        for who in ("ann", "bob")
        for target, days in (("buys", 60), ("buys", 365), ("lapses", 30))
    ]
    row = whole(propensities=table("propensities", chances))
    assert row["probability"] == pytest.approx(0.1), "1 - .81 ** (30 / 60)"
    assert row["probability_source"] == "propensities"
    assert row["probability"] * row["value"] == pytest.approx(150 * 30 / 365), "what they bring stays as forecast"


TRIAL = Trial(
    experiment="spring", effect=0.5, standard_error=0.02, window_days=30, action="remind", channel="email",
    signal="cart_abandoned", family="abandonment", probability=0.3, value=25.0,
)  # fmt: skip


def test_a_trial_of_this_very_thing_measures_it():
    row = whole(trials=[TRIAL])
    assert row["effect"] == pytest.approx(0.5, abs=0.02)
    assert (row["probability"], row["value"]) == (pytest.approx(0.3), pytest.approx(25.0))
    assert {row[f"{name}_evidence"] for name in ("probability", "value", "effect")} == {"measured"}
    assert row["evidence"] == "measured"
    assert row["effect_source"] == "spring"
    assert row["weight"] > 0.9


def test_a_trial_of_a_relative_models_it_and_of_a_stranger_hardly_moves_it():
    other = Trial(**{**vars(TRIAL), "signal": "browse_abandoned"})
    row = whole(trials=[other])
    assert row["effect_evidence"] == "modelled"
    assert 0.25 < row["effect"] < 0.5
    assert row["probability_evidence"] == "modelled"
    stranger = Trial(experiment="old", effect=0.5, standard_error=0.02, window_days=30)
    assert 0.2 < whole(trials=[stranger])["effect"] < row["effect"]


def test_a_trial_over_other_days_tells_the_effect_but_no_base():
    long = Trial(**{**vars(TRIAL), "window_days": 200})
    row = whole(trials=[long])
    assert row["effect_evidence"] == "measured"
    assert row["probability_evidence"] == "modelled"


def test_segments_of_a_trial_are_not_counted_beside_its_whole():
    parts = [Trial(**{**vars(TRIAL), "segmentation": "tier", "segment": name, "effect": effect})
             for name, effect in (("top", 0.1), ("bottom", 0.9))]  # fmt: skip
    found = effects(trials=[TRIAL, *parts])
    assert found["cart_abandoned", "top", "remind", "email"]["effect"] == pytest.approx(0.1, abs=0.05)
    assert found["cart_abandoned", "bottom", "remind", "email"]["effect"] == pytest.approx(0.9, abs=0.05)
    assert found["cart_abandoned", "all", "remind", "email"]["effect"] == pytest.approx(0.5, abs=0.02)


def test_responses_person_by_person_tell_it_where_no_trial_measured_it():
    told = [
        {"customer_id": who, "experiment": "list", "action": "treated", "metric": "margin", "window_days": 60,
         "effect": effect, "effect_low": effect - 2, "effect_high": effect + 2, "group": "cannot_tell"}
        for who, effect in (("ann", 6.0), ("bob", 2.0))
    ]  # fmt: skip
    other = Trial(experiment="list", effect=0.3, standard_error=0.3, window_days=60, action="remind", channel="email")
    found = effects(trials=[other], responses=table("responses", told))
    row = found["cart_abandoned", "top", "remind", "email"]
    assert row["gain"] == pytest.approx(3.0 - 0.5), "six in 60 days is three in 30"
    assert (row["effect_evidence"], row["effect_source"]) == ("modelled", "list")
    assert found["cart_abandoned", "bottom", "remind", "email"]["gain"] == pytest.approx(1.0 - 0.5)


def test_intervals_hold_the_doubt_about_effect_and_base():
    sure, unsure = whole(trials=[TRIAL], base_error=0.9), whole(base_error=0.9)
    assert sure["gain_high"] - sure["gain_low"] < 0.6, "a control group's base has no error of a forecast"
    assert (
        unsure["gain_high"] - unsure["gain_low"]
        > whole(base_error=0.0)["gain_high"] - whole(base_error=0.0)["gain_low"]
    )


def test_planted_gains_are_covered():
    """Trials of effects that vary as the prior says: the interval of the gain holds the truth."""
    rng = np.random.default_rng(3)
    chance, value, many, size = 0.2, 25.0, 400, 4000
    cell = {
        "signal": "cart_abandoned", "segmentation": "all", "segment": "all", "channel": "email", "action": "remind",
        "kind": "reminder", "family": "abandonment", "offer": 0.0, "window_days": 30, "customers": 9, "reachable": 9,
        "probability": 0.1, "value": 20.0, "spend": 40.0, "basis": "margin", "stake": None,
        "probability_source": "forecasts",
    }  # fmt: skip
    held = 0
    for lift in rng.normal(ONE.lift, ONE.spread, many):
        treated, control = rng.binomial(size, [chance * (1 + lift), chance]) / size
        error = math.sqrt(treated * (1 - treated) / size + control * (1 - control) / size) / control
        shown = {"effect": treated / control - 1, "standard_error": error, "probability": control, "value": value}
        tried = Tried(trials=[Trial(**{**vars(TRIAL), **shown})], costs={"email": (0.5, "measured", "settings")})
        row = gained(cell, effects_of([cell], (ONE,), tried)[0], tried, base_error=0.25)
        held += row["gain_low"] <= chance * lift * value - 0.5 <= row["gain_high"]
    assert 0.92 < held / many < 0.98


def test_nothing_fires_nothing_is_known_and_who_has_no_forecast():
    assert effects(signals=[]) == {}
    assert effects(forecasts=[]) == {}
    found = effects(signals=[*SIGNALS, fired("dan", "cart_abandoned")])
    row = found["cart_abandoned", "all", "remind", "email"]
    assert (row["customers"], row["probability"]) == (3, pytest.approx(whole()["probability"]))


def test_the_order_of_rows_changes_no_digit():
    many = [fired(f"c{place}", "cart_abandoned", value=Decimal(place)) for place in range(300)]
    foretold = [ahead(f"c{place}", 0.1 * place, 1.1 * place) for place in range(300)]
    assert effects(signals=many, forecasts=foretold) == effects(signals=many[::-1], forecasts=foretold[::-1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"channels": {}}, "'channels' is empty"),
        ({"channels": {"email": -1.0}}, "costs -1.0; 0 or more"),
        ({"channels": {"email": math.nan}}, "costs nan; 0 or more"),
        ({"window_days": 0}, "'window_days' is 0"),
        ({"base_error": -0.1}, "'base_error' is -0.1"),
    ],
)
def test_bad_input(options, message):
    with pytest.raises(ArgumentError, match=message):
        effects(**options)


def test_the_catalogue_answers_every_signal_of_the_library():
    unanswered = {name for name, (family, _, _) in LIBRARY.items() if not answering(name, family)}
    assert unanswered == set()
    assert len({action.name for action in ACTIONS}) == len(ACTIONS)
    for action in ACTIONS:
        assert has(f"actions.{action.name}.title"), action.name
        assert has(f"actions.{action.name}.do"), action.name
        assert action.spread > 0
    assert action_named("gift").offer == 0.05
    with pytest.raises(ArgumentError, match="no action 'bribe'"):
        action_named("bribe")


def test_the_cells_compile_for_spark():
    ibis.pyspark  # noqa: B018 - loads the dialect's options
    rows = placed(fresh(TABLES["signals"].unbound()), TABLES["memberships"].unbound(), ("tier",))
    bases = base(
        TABLES["forecasts"].unbound(), window_days=30, propensities=TABLES["propensities"].unbound()
    )  # fmt: skip
    assert "tier" in ibis.to_sql(counted(rows, bases, ("email",), None), dialect="pyspark")
