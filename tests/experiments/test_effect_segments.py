"""Effects by what was known before: found where they were planted, nowhere where there are none."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import numpy as np
import pyarrow as pa
import pytest

from patron.contracts.effect import EFFECTS
from patron.errors import ArgumentError
from patron.experiments import effects, growth_by
from patron.experiments.effect import SEGMENTATIONS
from patron.experiments.growth_by import where

DAY = date(2024, 3, 1)
AS_OF = DAY + timedelta(days=60)
TIERS = ("top", "middle", "bottom")
VALUE = {"top": 60.0, "middle": 20.0, "bottom": 5.0}
FULL = (
    "orders", "revenue", "margin", "sold", "returned", "tickets", "unsubscribes", "promoted", "nps_answers", "eased",
    "effort_answers", "orders_turn", "revenue_turn", "margin_turn",
)  # fmt: skip


def units(n=6_000, *, seed=0, name="spring", effect=None, arms=("control", "treated"), half=0.0, **columns):
    """Return units by hand: a third of each tier, money that follows what was spent before, and planted effects.

    `effect` is what the treated of a tier bring more; `half` how much of it the second half of the time has more.
    """
    rng = np.random.default_rng(seed)
    arm = rng.integers(0, len(arms), n)
    tier = np.array(TIERS)[rng.integers(0, 3, n)]
    past = np.array([VALUE[t] for t in tier]) * rng.lognormal(0, 0.5, n)
    spent = past * rng.lognormal(0, 0.5, n)
    more = np.array([(effect or {}).get(t, 0.0) for t in tier]) * (arm > 0) * rng.lognormal(-0.5, 1, n)
    money = np.round(spent + more, 2)
    table = {
        "experiment": [name] * n, "drawn": [f"u{i}" for i in range(n)], "arm": np.array(arms)[arm],
        "contaminated": np.zeros(n, int), "mixed": np.zeros(n, bool), "by_household": np.zeros(n, bool),
        "assigned_on": [DAY] * n, "assigned_last": [DAY] * n, "last_day": [AS_OF] * n,
        "propensity": np.full(n, 1 / len(arms)), "size": np.ones(n, int), "bought": np.ones(n, int),
        **{column: np.zeros(n) for column in FULL}, "orders": np.ones(n, int), "margin": money, "revenue": 3 * money,
        "sold": 3 * money, "past_spend": past, "value_tier": tier,
        "channel": np.where(rng.random(n) < 0.5, "web", "app"),
        "margin_turn": half * more + rng.normal(0, 5, n),
        "tickets": (rng.random(n) < 0.05).astype(int), "unsubscribes": (rng.random(n) < 0.02).astype(int),
    }  # fmt: skip
    return pa.table({**table, **columns})


def plan(**facts):
    """Return the plan of one experiment."""
    return {"experiment": "spring", "arms": "control 0.5, treated 0.5", "kind": "experiment", **facts}


def read(table, *plans, as_of=AS_OF, segmentations=(), **options):
    """Return the effects of units by hand, of everybody unless told."""
    options["segmentations"] = segmentations
    experiments = ibis.memtable(pa.Table.from_pylist(list(plans) or [plan()]))
    found = EFFECTS.check(effects(ibis.memtable(table), experiments, as_of=as_of, **options))
    return found.to_pyarrow().to_pylist()


def one(rows, **wanted):
    """Return the only row that is like this; of everybody's margin by default."""
    wanted = {"metric": "margin", "segmentation": "all", **wanted}
    (row,) = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    return row


@pytest.fixture(scope="module")
def middle():
    """Return what is read where only the middle was moved, by 4 a customer."""
    return read(units(effect={"middle": 4.0}, seed=1), segmentations=SEGMENTATIONS)


def test_an_effect_is_found_in_the_tier_in_which_it_was_planted(middle):
    tiers = {row["segment"]: row for row in middle if row["segmentation"] == "value_tier" and row["metric"] == "margin"}
    assert set(tiers) == set(TIERS)
    assert tiers["middle"]["effect_low"] < 4 < tiers["middle"]["effect_high"]
    assert tiers["middle"]["q_value"] < 0.001
    assert min(tiers["top"]["q_value"], tiers["bottom"]["q_value"]) > 0.05
    assert abs(tiers["top"]["shrunk"]) < abs(tiers["top"]["effect"]) or tiers["top"]["effect"] > 0


def test_a_total_is_that_of_the_customers_who_were_treated(middle):
    everybody = one(middle)
    parts = [row for row in middle if row["segmentation"] == "value_tier" and row["metric"] == "margin"]
    assert everybody["total"] == pytest.approx(everybody["effect"] * everybody["n"])
    assert sum(row["n"] for row in parts) == everybody["n"]
    assert everybody["total_low"] < sum(row["total"] for row in parts) < everybody["total_high"]
    assert one(middle, metric="order_value")["total"] is None


def test_what_was_known_before_makes_it_surer(middle):
    row = one(middle)
    assert row["explained"] > 0.4
    assert row["effect_high"] - row["effect_low"] < 0.8 * 2 * 1.96 * np.sqrt(2 * 2 / 6_000) * 55


def test_growth_is_where_it_was_planted_and_pays_its_cost(middle):
    table = pa.Table.from_pylist(middle, schema=EFFECTS.schema.to_pyarrow())
    assert where(growth_by(table)) == ["middle"]
    cheap, dear = (pa.Table.from_pylist([plan(cost_per_contact=cost)]) for cost in (1.0, 40.0))
    assert where(growth_by(table, cheap)) == ["middle"]
    assert where(growth_by(table, dear)) == [], "more was brought, at a loss"
    assert set(where(growth_by(table, dear), "loses")) == set(TIERS)
    back = {row["segment"]: row for row in growth_by(table, cheap).to_pylist()}["middle"]
    assert back["back"] == pytest.approx(back["total"] / back["n"])


def test_hold_outs_are_not_counted_as_growth(middle):
    table = pa.Table.from_pylist(middle, schema=EFFECTS.schema.to_pyarrow())
    assert growth_by(table, pa.Table.from_pylist([plan(kind="holdout")])).num_rows == 0


def test_the_segments_of_a_run_are_read_where_it_is_known():
    table = units(tier=np.array(["gold", "basic"])[np.arange(6_000) % 2])
    known = read(table, segments_as_of={"spring": DAY}, segmentations=("tier",))
    assert {row["segment"] for row in known if row["segmentation"] == "tier"} == {"gold", "basic"}
    assert one(known)["segments_as_of"] == DAY
    unknown = read(table, segmentations=("tier",))
    assert not any(row["segmentation"] == "tier" for row in unknown)
    assert one(unknown)["segments_as_of"] is None


def test_several_arms_are_each_compared_with_control():
    table = units(effect=dict.fromkeys(TIERS, 12.0), arms=("nothing", "mail", "card"))
    rows = read(table, plan(arms="nothing 0.333, mail 0.333, card 0.334", control="nothing"))
    assert {row["arm"] for row in rows} == {"mail", "card"}
    assert all(one(rows, arm=arm)["effect_low"] > 0 for arm in ("mail", "card"))


def test_harm_to_a_guardrail_is_said():
    n = 6_000
    rng = np.random.default_rng(3)
    table = units(n, seed=3)
    treated = np.array(table["arm"].to_pylist()) == "treated"
    worse = (rng.random(n) < np.where(treated, 0.12, 0.04)).astype(int)
    rows = read(table.set_column(table.column_names.index("unsubscribes"), "unsubscribes", pa.array(worse)))
    harmed = one(rows, metric="unsubscribes")
    assert (harmed["role"], harmed["warning"]) == ("guardrail", "harm")
    assert one(rows)["role"] == "primary"
    assert "harm" not in {row["warning"] for row in rows if row["role"] != "guardrail"}
    chosen = read(table, plan(guardrails="margin", primary_metric="conversion"))
    assert one(chosen)["role"] == "guardrail"


@pytest.mark.parametrize(("half", "warning"), [(-0.9, "fading"), (0.9, "growing"), (0.0, None)])
def test_an_effect_that_fades_is_said(half, warning):
    assert one(read(units(effect=dict.fromkeys(TIERS, 8.0), half=half)))["warning"] == warning


def test_an_early_reading_is_marked_but_for_sequential_ones():
    later = AS_OF + timedelta(days=10)
    assert one(read(units(), plan(ends_on=later)))["warning"] == "early"
    assert one(read(units(), plan(ends_on=later, method="sequential")))["warning"] is None
    assert one(read(units(), plan(ends_on=AS_OF)))["warning"] is None
    assert one(read(units(), plan(planned_units=10_000)))["warning"] == "early"


def test_a_sequential_reading_is_wider():
    fixed, always = one(read(units())), one(read(units(), plan(method="sequential")))
    assert always["method"] == "sequential"
    assert always["effect"] == pytest.approx(fixed["effect"])
    assert always["effect_high"] - always["effect_low"] > 1.3 * (fixed["effect_high"] - fixed["effect_low"])


def test_a_sequential_reading_is_narrowest_at_the_planned_number_of_units():
    """6,000 units were drawn: planned for, they have a narrower interval than when 600,000 were."""
    ends = [one(read(units(), plan(method="sequential", planned_units=planned))) for planned in (6_000, 600_000)]
    narrow, wide = (row["effect_high"] - row["effect_low"] for row in ends)
    assert narrow < 0.8 * wide


def changed(table, **columns):
    """Return units with other values."""
    for name, values in columns.items():
        table = table.set_column(table.column_names.index(name), name, pa.array(values))
    return table


MIXED = np.arange(300) < 30
LATE = {"assigned_on": [AS_OF] * 300, "assigned_last": [AS_OF] * 300}


@pytest.mark.parametrize(
    ("columns", "facts", "status"),
    [
        ({}, {}, "read"),
        ({"arm": ["treated"] * 300}, {}, "no_control"),
        ({"arm": ["control"] * 300}, {}, "empty_arm"),
        ({"mixed": MIXED}, {}, "two_arms"),
        ({"contaminated": MIXED.astype(int)}, {}, "two_arms"),
        ({"propensity": np.where(MIXED, 0.2, 0.5)}, {}, "uneven_chances"),
        ({}, {"arms": "control 0.1, treated 0.9"}, "sample_ratio"),
        ({"margin": [5.0] * 300}, {}, "no_spread"),
        (LATE, {}, "too_early"),
        (LATE | {"last_day": [DAY] * 300}, {}, "too_early"),
        ({"last_day": [DAY] * 300}, {}, "assigned_late"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why_and_shows_no_figure(columns, facts, status):
    table = changed(units(300), **columns)
    row = one(read(table if "margin" not in columns else changed(table, past_spend=[1.0] * 300), plan(**facts)))
    assert row["status"] == status
    assert (row["effect"] is None) == (row["total"] is None) == (status != "read")
    assert row["p_value"] is None or status == "read"


def test_an_arm_that_was_planned_and_nobody_saw_has_a_row():
    rows = read(units(600), plan(arms="control 0.5, treated 0.5, card 0"))
    assert one(rows, arm="card")["status"] == "empty_arm"
    assert one(rows, arm="treated")["status"] == "read"


def test_missing_chances_and_shares_leave_the_arms_unjudged():
    row = one(read(changed(units(600), propensity=pa.nulls(600, pa.float64())), plan(arms="control, treated")))
    assert (row["sample_ratio_p"], row["status"]) == (None, "read")


def test_what_is_known_to_be_wrong_blocks():
    assert {row["status"] for row in read(units(300), blocked={"spring": "assigned_late"})} == {"assigned_late"}


def test_what_no_source_tells_is_not_a_zero():
    table = units(300).drop_columns(["tickets"])
    assert one(read(table, plan(primary_metric="complaints")), metric="complaints")["status"] == "no_source"
    assert not [row for row in read(table) if row["metric"] == "complaints"]
    with pytest.raises(ArgumentError, match="clicks"):
        read(table, plan(primary_metric="clicks"))


def test_answers_are_asked_of_those_who_answered():
    table = changed(units(2_000), nps_answers=np.repeat([1, 0], [80, 1_920]), promoted=np.tile([100.0, -100.0], 1_000))
    row = one(
        read(changed(table, promoted=np.where(np.arange(2_000) < 80, np.tile([100.0, -100.0], 1_000), 0.0))),
        metric="nps",
    )
    assert row["units"] + row["units_control"] == 80
    assert row["n"] + row["n_control"] == 2_000
    few = changed(table, nps_answers=np.repeat([1, 0], [20, 1_980]))
    assert one(read(few), metric="nps")["status"] == "too_few"


@pytest.mark.slow
def test_totals_hold_and_growth_is_nowhere_where_there_is_none():
    """A hundred experiments of each kind, read together: 95 % intervals of totals, and claims of growth."""
    names = [f"e{i:03d}" for i in range(100)]
    plans = [plan(experiment=name) for name in names]
    nothing = pa.concat_tables([units(800, seed=i, name=name) for i, name in enumerate(names)])
    found = read(nothing, *plans, segmentations=("value_tier",))
    totals = [row for row in found if row["metric"] == "margin"]
    held = [row["total_low"] <= 0 <= row["total_high"] for row in totals]
    assert len(held) == 400
    assert 0.92 <= np.mean(held) <= 0.98
    primary = [row["q_value"] for row in totals if row["segmentation"] == "all"]
    assert min(primary) > 0.05, "of a hundred experiments without an effect none is called a finding"
    claimed = 0
    for name in names:
        table = pa.Table.from_pylist(
            [row for row in found if row["experiment"] == name], schema=EFFECTS.schema.to_pyarrow()
        )
        growth = growth_by(table)
        claimed += bool(where(growth) or where(growth, "loses"))
    assert claimed <= 11, "one in twenty, and no more than luck makes of that"
