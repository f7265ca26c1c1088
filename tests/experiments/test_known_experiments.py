"""Who is in which arm of what: browsers, hold-outs, experiments run elsewhere, and what is wrong with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts.experiment import ASSIGNMENTS, EXPERIMENT_FINDINGS, EXPERIMENTS
from patron.contracts.person import LINKS
from patron.contracts.raw_experiments import RAW_ASSIGNMENTS
from patron.contracts.raw_people import RAW_EVENTS
from patron.decisions.arms import arm_among
from patron.decisions.holdouts import Holdout, holds
from patron.engines.experiment_state import Registered, RegisteredArm
from patron.engines.holdout_state import HeldSince
from patron.experiments.browsers import browsers
from patron.experiments.elsewhere import control_of, elsewhere, elsewhere_arms
from patron.experiments.findings import Planned, arm_counts, findings
from patron.experiments.held import held, standing_holdouts
from patron.experiments.known import arms_of, experiment_tables, known_elsewhere, known_experiment
from patron.identity import events_with_customer, visitors

DAY = date(2024, 3, 1)
NOON = datetime.fromisoformat("2024-03-01T12:00:00")
LATER = DAY + timedelta(days=28)
PAGE = Registered(
    name="page", run_id="r", segment="all.all", unit="visitor", salt="experiment:page", started_on=DAY, ends_on=LATER,
    promised={"purpose": "marketing", "guardrails": ["complaints"], "primary_metric": "conversion",
              "method": "sequential"},
    arms=(RegisteredArm(arm="control", share=0.5), RegisteredArm(arm="short", share=0.5)),
)  # fmt: skip


def made(contract, rows):
    blank = dict.fromkeys(contract.names)
    return ibis.memtable(pa.Table.from_pylist([{**blank, **row} for row in rows], schema=contract.schema.to_pyarrow()))


def rows_of(table, *order):
    return table.order_by(*order).to_pyarrow().to_pylist()


def link(record, customer, *, source="assignments", rule="own_id"):
    return {"record_id": record, "source": source, "customer_id": customer, "rule": rule, "confidence": 1.0}


# Browsers

EVENT = st.tuples(st.sampled_from("ABCD"), st.sampled_from([None, "ann", "bob"]), st.integers(-3, 40))


def event(browser, customer, day):
    return {"anonymous_id": browser, "customer_id": customer, "event": "view",
            "occurred_at": NOON + timedelta(days=day)}  # fmt: skip


def on_browsers(events, *, as_of=LATER, experiment=PAGE):
    raw = made(RAW_EVENTS, events)
    links = made(LINKS, [link(who, who, source="events") for who in {e["customer_id"] for e in events} if who])
    known = links.union(visitors(raw, links, as_of=as_of))
    return browsers(events_with_customer(raw, known), experiment, as_of=as_of)


@settings(max_examples=15, deadline=None)
@given(st.lists(EVENT, min_size=1, max_size=12))
def test_a_browser_keeps_its_arm_after_signing_in(events):
    """Whoever signs in, whenever: the arm is that of the browser on which she was first seen in the experiment."""
    rows = [event(*each) for each in events]
    shares = PAGE.shares
    for row in on_browsers(rows).to_pyarrow().to_pylist():
        arms = {browser: arm_among(browser, salt=PAGE.salt, shares=shares) for browser in "ABCD"}
        own = {browser for browser, who, _ in events if who == row["customer_id"]}
        assert row["arm"] in {arms[browser] for browser in own}
        assert row["assigned_on"] >= DAY
        if len({arms[browser] for browser in own}) == 1:
            assert not row["contaminated"]


def test_before_she_signed_in_she_was_in_the_experiment_already():
    rows = [event("A", None, 1), event("A", "ann", 5)]
    (found,) = on_browsers(rows).to_pyarrow().to_pylist()
    assert found["arm"] == arm_among("A", salt=PAGE.salt, shares=PAGE.shares)
    assert found["assigned_on"] == DAY  # the day before she was first seen: her first day counts


def test_who_signs_in_after_the_run_is_not_known_yet():
    rows = [event("A", None, 1), event("A", "ann", 5)]
    assert on_browsers(rows, as_of=DAY + timedelta(days=4)).count().to_pyarrow().as_py() == 0


def test_two_browsers_of_one_person_in_different_arms_are_told():
    arms = {browser: arm_among(browser, salt=PAGE.salt, shares=PAGE.shares) for browser in "ABCDEFGH"}
    one, other = next((a, b) for a in arms for b in arms if arms[a] != arms[b])
    (found,) = on_browsers([event(other, "ann", 3), event(one, "ann", 2)]).to_pyarrow().to_pylist()
    assert (found["arm"], found["contaminated"]) == (arms[one], True)


def test_events_before_the_start_and_after_the_end_are_none_of_the_experiments():
    rows = [event("A", "ann", 0), event("B", "bob", 29)]
    assert on_browsers(rows, as_of=DAY + timedelta(days=40)).count().to_pyarrow().as_py() == 0


# Hold-outs


def profiles(**first):
    return ibis.memtable(
        pa.table({"customer_id": list(first), "first_order_on": pa.array(first.values(), pa.date32())})
    )


def since(day, share, name="global"):
    return HeldSince(name=name, since=day, share=share, salt=f"holdout:{name}")


def test_a_hold_out_holds_by_its_hash_from_its_day_on():
    people = {f"c{i}": DAY - timedelta(days=9) for i in range(300)} | {"new": DAY + timedelta(days=3)}
    found = ASSIGNMENTS.check(held(profiles(**people), standing_holdouts([since(DAY, 0.2)], as_of=LATER)))
    rows = {row["customer_id"]: row for row in found.to_pyarrow().to_pylist()}
    expected = {who: holds(who, [Holdout(name="global", share=0.2)]) for who in people}
    assert {who: row["arm"] for who, row in rows.items()} == {
        who: "control" if name else "treated" for who, name in expected.items()
    }
    assert rows["new"]["assigned_on"] == DAY + timedelta(days=3)
    assert {row["assigned_on"] for who, row in rows.items() if who != "new"} == {DAY}
    assert {row["propensity"] for row in rows.values() if row["arm"] == "control"} == {0.2}


def test_a_larger_share_begins_anew_and_marks_who_was_moved():
    people = profiles(**{f"c{i}": DAY for i in range(300)})
    change = DAY + timedelta(days=10)
    recorded = [since(DAY, 0.1), since(change, 0.3)]
    before = rows_of(held(people, standing_holdouts(recorded, as_of=DAY)), "customer_id")
    now = rows_of(held(people, standing_holdouts(recorded, as_of=LATER)), "customer_id")
    assert {row["assigned_on"] for row in now} == {change}
    for old, new in zip(before, now, strict=True):
        assert not (old["arm"] == "control" and new["arm"] == "treated")
        assert new["contaminated"] == (old["arm"] == "treated" and new["arm"] == "control")


def test_a_programmes_hold_out_is_read_among_those_whom_the_global_one_leaves():
    people = profiles(**{f"c{i}": DAY for i in range(300)})
    both = standing_holdouts([since(DAY, 0.3), since(DAY, 0.5, "programme:win")], as_of=LATER)
    rows = held(people, both).to_pyarrow().to_pylist()
    free = {row["customer_id"] for row in rows if row["experiment"] == "global" and row["arm"] == "treated"}
    assert {row["customer_id"] for row in rows if row["experiment"] == "programme:win"} == free


def test_a_hold_out_that_was_given_up_holds_no_more():
    assert standing_holdouts([since(DAY, 0.1), since(LATER, 0.0)], as_of=LATER) == {}
    assert list(standing_holdouts([since(DAY, 0.1), since(LATER, 0.0)], as_of=DAY)) == ["global"]


# Elsewhere


def put(who, arm, day=0, *, experiment="spring", **more):
    return {"experiment": experiment, "customer_id": who, "arm": arm,
            "assigned_at": NOON + timedelta(days=day), **more}  # fmt: skip


def test_experiments_run_elsewhere_are_told_by_the_runs_customers():
    raw = made(RAW_ASSIGNMENTS, [
        put("ann", "mail", propensity=0.9), put("ann2", "control", 1, propensity=0.1),
        put("bob", "control", 2, propensity=0.1),
        put(None, "mail", 3, anonymous_id="A"), put(None, "mail", 3, anonymous_id="B"), put("eve", "mail", 99),
    ])  # fmt: skip
    links = made(LINKS, [link("ann", "ann"), link("ann2", "ann"), link("bob", "bob"), link("eve", "eve"),
                         link("visitor:A", "kim", source="events", rule="visitor")])  # fmt: skip
    found = ASSIGNMENTS.check(elsewhere(raw, links, as_of=LATER, taken=["spring"]))
    names = ("customer_id", "arm", "contaminated", "experiment")
    assert [tuple(row[name] for name in names) for row in rows_of(found, "customer_id")] == [
        ("ann", "mail", True, "spring (elsewhere)"), ("bob", "control", False, "spring (elsewhere)"),
        ("kim", "mail", False, "spring (elsewhere)"),
    ]  # fmt: skip


def orders(rows):
    return ibis.memtable(pa.table({
        "customer_id": pa.array([who for who, _ in rows], pa.string()),
        "ordered_at": pa.array([NOON + timedelta(days=day) for _, day in rows], pa.timestamp("us")),
    }))  # fmt: skip


def judged(rows, bought=(), said=None):
    raw = made(RAW_ASSIGNMENTS, rows)
    links = made(LINKS, [link(who, who) for who in {row["customer_id"] for row in rows}])
    known = known_elsewhere(elsewhere_arms(raw, as_of=LATER), said)
    drawn = elsewhere(raw, links, as_of=LATER)
    experiments, found = experiment_tables([known], arm_counts(drawn, orders(list(bought)), as_of=LATER), as_of=LATER)
    (row,) = EXPERIMENTS.check(experiments).to_pyarrow().to_pylist()
    return row, {(one["finding"], one["arm"]): one for one in EXPERIMENT_FINDINGS.check(found).to_pyarrow().to_pylist()}


HALF = [put(f"c{i}", "mail" if i % 2 else "control", propensity=0.5, cost=Decimal("0.5000")) for i in range(200)]


def test_a_sound_experiment_has_no_findings():
    row, found = judged(HALF, [(f"c{i}", 0) for i in range(60)])
    assert found == {}
    assert (row["control"], row["arms"], row["status"], row["cost_per_contact"]) == (
        "control", "control 0.5, mail 0.5", "running", 0.5)  # fmt: skip
    assert row["customers"] == 200


def test_assignments_written_down_after_the_outcome_are_found():
    """Who had bought was called treated."""
    row, found = judged(HALF, [(f"c{i}", -1) for i in range(200) if i % 2 and i < 160])
    assert found["assigned_late", "all"]["value"] < 1e-3
    assert row["status"] == "faulty"


def test_false_alarms_of_late_assignment_come_at_their_level():
    """Of 300 sound experiments hardly one is called late: the level is one in a thousand."""
    counts = {f"e{n}": {} for n in range(300)}
    random = np.random.default_rng(5)
    for each in counts.values():
        for arm in ("control", "mail"):
            each[arm] = {"customers": 1_000, "mixed": 0, "buyers": int(random.binomial(1_000, 0.1))}
    plans = [Planned(experiment=name, arms=("control", "mail"), control="control", placebo=True) for name in counts]
    assert len(findings(plans, counts)) <= 3


def test_an_arm_that_nobody_saw_is_told_and_never_a_zero():
    row, found = judged(HALF, said={"arms": {"control": 0.4, "mail": 0.3, "card": 0.3}, "control": "control"})
    assert found["arm_unseen", "card"]["blocks"]
    assert row["status"] == "faulty"


def test_units_in_two_arms_are_told_and_many_of_them_block():
    row, found = judged([*HALF, put("c0", "mail", 1, propensity=0.5)])
    assert (found["two_arms", "all"]["units"], found["two_arms", "all"]["blocks"], row["status"]) == (
        1,
        False,
        "running",
    )
    row, found = judged([*HALF, *(put(f"c{i}", "mail", 1) for i in range(0, 60, 2))])
    assert (found["two_arms", "all"]["units"], row["status"]) == (30, "faulty")


def test_without_shares_or_a_control_that_is_said():
    row, found = judged([put(f"c{i}", "red" if i % 2 else "blue") for i in range(40)])
    assert {finding for finding, _ in found} == {"no_control", "no_shares"}
    assert row["arms"] == "blue, red"
    assert row["status"] == "faulty"
    row, _ = judged([put(f"c{i}", "red" if i % 2 else "blue") for i in range(40)], said={"control": "blue"})
    assert (row["control"], row["status"]) == ("blue", "running")


@pytest.mark.parametrize(
    ("arms", "control"), [(["mail", "Control"], "Control"), (["No mail", "x"], "No mail"), (["x"], None)]
)
def test_a_control_is_known_by_its_name(arms, control):
    assert control_of(arms) == control


def test_what_was_stopped_later_still_runs_on_an_earlier_day():
    stopped = replace(PAGE, stopped_on=LATER, stop_reason="It rained.")
    assert known_experiment(stopped, as_of=DAY).row["stopped_on"] is None
    row = known_experiment(stopped, as_of=LATER).row
    assert (row["stop_reason"], row["method"], row["primary_metric"]) == ("It rained.", "sequential", "conversion")
    assert arms_of(row["arms"]) == {"control": 0.5, "short": 0.5}


def test_who_was_drawn_into_two_arms_at_one_moment_goes_by_her_record_not_by_the_arms_names() -> None:
    rng = np.random.default_rng(5)
    drawn = [(f"{person:03d}-{copy}", f"p{person}", str(rng.choice(["control", "treated"])))
             for person in range(200) for copy in "ab"]  # fmt: skip
    raw = made(RAW_ASSIGNMENTS, [
        {"experiment": "x", "drawn_id": record, "customer_id": record, "arm": arm, "assigned_at": NOON}
        for record, _, arm in drawn
    ])  # fmt: skip
    links = made(LINKS, [link(record, person) for record, person, _ in drawn])
    found = {row["customer_id"]: row for row in rows_of(elsewhere(raw, links, as_of=LATER), "customer_id")}
    first = {person: arm for record, person, arm in drawn if record.endswith("a")}
    assert {person: row["arm"] for person, row in found.items()} == first
    torn = [row["arm"] for row in found.values() if row["contaminated"]]
    assert 0.3 < torn.count("control") / len(torn) < 0.7, "they buy more: in one arm they would look like an effect"
