"""The learner of message variants: recovers what is true, proposes with known chances, and says how far it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from patron.decisions import OptionPrior, VariantLearner
from patron.decisions.learning.message_plan import drawn_messages
from patron.decisions.learning.option_effects import option_effects
from patron.decisions.learning.read_options import read_option, read_rule
from patron.errors import ArgumentError, ContractError

PARTS = {"headline": ["short", "long", "question"], "offer": ["none", "gift"]}
ODDS = {"short": 0.0, "long": 0.5, "question": -0.3, "none": 0.0, "gift": 0.6}


def truth(learner: VariantLearner, *, pair: float = 0.0) -> np.ndarray:
    names = [learner.parts.options(at) for at in range(learner.parts.count)]
    odds = [sum(ODDS[one] for one in chosen) + pair * (chosen == ("short", "gift")) for chosen in names]
    return np.asarray(expit(-3.0 + np.array(odds)))


def played(learner: VariantLearner, true: np.ndarray, *, sends: int, iterations: int, seed: int = 0) -> VariantLearner:
    rng = np.random.default_rng(seed)
    for _ in range(iterations):
        sent = np.bincount(drawn_messages(learner.plan.share[0], sends, generator=rng), minlength=learner.parts.count)
        learner.update_counts(sent, rng.binomial(sent, true))
    return learner


def test_the_best_combination_is_found_and_its_rate_is_right() -> None:
    learner = VariantLearner(PARTS, seed=3)
    true = truth(learner)
    status = played(learner, true, sends=4_000, iterations=5).status()
    assert status.best == {"headline": "long", "offer": "gift"}
    plan = learner.plan
    assert ((plan.low[0] <= true) & (true <= plan.high[0])).sum() >= 5
    assert status.best_rate == pytest.approx(true.max(), rel=0.15)
    assert status.first_rate == pytest.approx(true[0], rel=0.3)
    assert status.share_had > 0.9
    assert status.sends == 20_000


def test_a_pair_of_options_that_belong_together_is_found() -> None:
    learner = VariantLearner(PARTS, seed=3)
    true = truth(learner, pair=1.0)  # short and gift, best of all, though long is better elsewhere
    status = played(learner, true, sends=5_000, iterations=6).status()
    assert status.best == {"headline": "short", "offer": "gift"}


def test_the_first_plan_is_even_and_every_plan_keeps_its_floor() -> None:
    learner = VariantLearner(PARTS, seed=1, floor=0.12)
    assert learner.plan.share.tolist() == [[pytest.approx(1 / 6)] * 6]
    played(learner, truth(learner), sends=4_000, iterations=4)
    assert learner.plan.share.sum() == pytest.approx(1.0)
    assert learner.plan.share.min() >= 0.12 / 6 - 1e-12
    assert learner.plan.share.max() > 0.5


@pytest.mark.parametrize("at_once", [True, False])
def test_messages_are_sent_with_the_chances_that_are_told(at_once: bool) -> None:
    learner = played(VariantLearner(PARTS, seed=5), np.full(6, 0.05), sends=600, iterations=1)
    count = 6_000
    tables = [learner.propose(count)] if at_once else [learner.propose(1) for _ in range(count)]
    rows = pa.concat_tables(tables).to_pylist()
    seen: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        seen.setdefault((row["headline"], row["offer"]), []).append(row["propensity"])
    for chances in seen.values():
        assert len(set(chances)) == 1
        assert abs(len(chances) / count - chances[0]) < 5 * np.sqrt(chances[0] / count)


def test_the_same_history_proposes_the_same() -> None:
    results = {"headline": ["short", "long"], "offer": ["none", "gift"], "sends": [500, 500], "responses": [5, 40]}
    one, other = (VariantLearner(PARTS, seed=9).update(results) for _ in range(2))
    assert one.propose(50).equals(other.propose(50))
    assert not one.propose(50).equals(VariantLearner(PARTS, seed=10).update(results).propose(50))


@given(counts=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=6, max_size=6))
@settings(max_examples=25, deadline=None)
def test_any_counts_make_a_plan(counts: list[tuple[int, int]]) -> None:
    sends = np.array([max(pair) for pair in counts])
    responses = np.array([min(pair) for pair in counts])
    learner = VariantLearner(PARTS, seed=1).update_counts(sends, responses)
    share, status = learner.plan.share, learner.status()
    assert share.sum() == pytest.approx(1.0)
    assert (share > 0).all()
    assert (learner.plan.low <= learner.plan.high).all()
    assert status.next_gain >= -1e-9
    assert 0 <= status.share_had <= 1 + 1e-9
    assert status.reachable_rate >= status.best_rate - 1e-12


def test_a_table_of_any_kind_counts_alike_and_rows_are_single_messages() -> None:
    rows = {"headline": ["long", "long", "short"], "offer": ["gift", "gift", "none"], "responses": [True, False, False]}
    counted = {"headline": ["long", "short"], "offer": ["gift", "none"], "sends": [2, 1], "responses": [1, 0]}
    kinds: list[Any] = [rows, pa.table(rows), pl.DataFrame(rows), counted]
    totals = [VariantLearner(PARTS).update(one).counts for one in kinds]
    for sends, responses in totals:
        assert sends.tolist() == totals[0][0].tolist()
        assert responses.sum() == 1


def test_live_updates_keep_the_standing_plan_and_are_one_iteration() -> None:
    learner = VariantLearner(PARTS, seed=2)
    before = learner.plan.share
    one = {"headline": ["long"], "offer": ["gift"], "responses": [True]}
    for _ in range(3):
        learner.update(one, plan_again=False)
    assert learner.plan.share is before
    assert learner.status().sends == 3
    learner.update(one)
    assert learner.plan.share is not before
    assert len(learner.iterations) == 1
    assert learner.iterations[0].sends.sum() == 4


def test_segments_learn_apart_and_together() -> None:
    learner = VariantLearner(PARTS, seed=4, context=["gold", "new"])
    true = np.array([truth(learner), truth(learner)])
    true[1] = true[1][[3, 2, 1, 0, 5, 4]]  # the new answer to short and none
    rng = np.random.default_rng(1)
    for _ in range(5):
        sent = np.array(
            [np.bincount(drawn_messages(own, 5_000, generator=rng), minlength=6) for own in learner.plan.share]
        )
        learner.update_counts(sent, rng.binomial(sent, true))
    gold, new = learner.plan.recommended
    assert (gold, new) == (true[0].argmax(), true[1].argmax())
    proposed = learner.propose(3, context=["gold", "new", "gold"])
    assert proposed["segment"].to_pylist() == ["gold", "new", "gold"]
    with pytest.raises(ArgumentError):
        learner.propose(3)


def test_what_an_answer_is_worth_decides() -> None:
    results = {"headline": ["short"] * 2, "offer": ["none", "gift"], "sends": [20_000] * 2, "responses": [1_000, 1_400]}
    plain = VariantLearner({"headline": ["short"], "offer": ["none", "gift"]}, seed=1).update(results)
    dear = VariantLearner(
        {"headline": ["short"], "offer": ["none", "gift"]}, seed=1, worth={("offer", "gift"): 0.5}
    ).update(results)
    assert plain.status().best["offer"] == "gift"
    assert dear.status().best["offer"] == "none"


def test_past_triggers_are_believed_until_the_counts_speak() -> None:
    prior = OptionPrior(mean={("offer", "gift"): 0.4, ("offer", "none"): -0.4}, variance={("offer", "gift"): 0.01})
    learner = VariantLearner(PARTS, seed=1, prior=prior)
    has_gift = learner.parts.messages[:, 1] == 1
    assert 0.7 < learner.plan.share[0, has_gift].sum() <= 0.75  # half of the first messages test what the past said
    against = np.where(has_gift, 0.03, 0.05)
    played(learner, against, sends=5_000, iterations=4)
    assert learner.status().best["offer"] == "none"


def test_a_part_with_one_option_is_no_obstacle() -> None:
    learner = VariantLearner({**PARTS, "copy": ["only"]}, seed=1)
    played(learner, truth(VariantLearner(PARTS)), sends=2_000, iterations=2)
    rows = {row.option: row for row in option_effects(learner)}
    assert rows["only"].effect == 0.0
    assert rows["only"].chance_best == pytest.approx(1.0)
    assert rows["gift"].effect == pytest.approx(0.3, abs=0.15)
    assert np.isfinite([row.variance for row in rows.values()]).all()


def test_learning_stops_when_all_is_had_and_when_there_is_nothing_to_have() -> None:
    assert VariantLearner(PARTS, seed=1).status().reason == "begin"
    learner = played(VariantLearner(PARTS, seed=1), truth(VariantLearner(PARTS)), sends=20_000, iterations=4)
    assert learner.status().reason == "enough"
    alike = played(VariantLearner(PARTS, seed=1), np.full(6, 0.05), sends=50_000, iterations=8)
    assert alike.status().stop
    young = played(VariantLearner(PARTS, seed=1), truth(VariantLearner(PARTS)), sends=300, iterations=1)
    assert not young.status().stop
    assert young.status().next_gain > 0


def test_a_rule_is_read_by_the_inverse_of_its_chances() -> None:
    learner = VariantLearner({"offer": ["none", "gift"]}, seed=1)
    # By hand: 100 sent at even chances, expected 0: what came, doubled.
    learner.update_counts(np.array([50, 50]), np.array([10, 25]), share=np.array([0.5, 0.5]))
    one = learner.iterations[0]
    bare = type(one)(sends=one.sends, responses=one.responses, share=one.share, expected=np.zeros((1, 2)))
    read = read_rule([bare], np.array([0.0, 1.0]))
    assert read is not None
    assert read.rate == pytest.approx(25 / 50)
    variance = ((25 * 4) / 100 - 0.5**2) / 100
    assert read.high - read.rate == pytest.approx(1.959964 * np.sqrt(variance))
    assert read_rule([bare], np.array([1.0, 0.0])) is not None
    unknown = type(one)(sends=one.sends, responses=one.responses, share=np.full((1, 2), np.nan), expected=one.expected)
    assert read_rule([unknown], np.array([0.0, 1.0])) is None


def test_readings_hold_although_what_was_sent_followed_what_came() -> None:
    held = total = plain = 0
    for seed in range(60):
        learner = VariantLearner({"headline": ["a", "b", "c"], "offer": ["none", "gift"]}, seed=seed)
        true = np.array([0.05, 0.06, 0.05, 0.09, 0.04, 0.05])
        played(learner, true, sends=1_500, iterations=4, seed=seed)
        sends, responses = (counts[0] for counts in learner.counts)
        for part, size in enumerate((3, 2)):
            for option in range(size):
                has = learner.parts.messages[:, part] == option
                read = read_option(learner.parts, learner.iterations, part, option)
                assert read is not None
                held += read.low <= true[has].mean() <= read.high
                mean = responses[has].sum() / sends[has].sum()
                plain += abs(mean - true[has].mean()) <= 1.96 * np.sqrt(mean * (1 - mean) / sends[has].sum())
                total += 1
    assert held / total > 0.91
    assert plain / total < 0.87  # the company that an option was sent in counts for it


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"parts": {}}, "parts"),
        ({"parts": {"offer": []}}, "parts"),
        ({"parts": {"offer": ["none"]}}, "parts"),
        ({"parts": {"offer": ["none", "none"]}}, "parts"),
        ({"parts": {str(part): list("abcdefgh") for part in range(5)}}, "parts"),
        ({"parts": PARTS, "floor": 0.0}, "floor"),
        ({"parts": PARTS, "worth": {("offer", "card"): 1.0}}, "worth"),
        ({"parts": PARTS, "worth": {("offer", "gift"): -1.0}}, "worth"),
    ],
)
def test_what_cannot_be_learned_is_refused(given: dict[str, Any], what: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        VariantLearner(**given)
    assert caught.value.data["argument"] == what


@pytest.mark.parametrize(
    "results",
    [
        {"headline": ["short"], "offer": ["card"], "responses": [1]},
        {"headline": ["short"], "offer": ["gift"], "sends": [1], "responses": [2]},
        {"headline": ["short"], "offer": ["gift"], "sends": [-1], "responses": [-1]},
        {"headline": ["short"], "offer": ["gift"], "responses": [None]},
        {"headline": ["short"], "responses": [1]},
    ],
)
def test_results_that_cannot_be_are_refused_and_change_nothing(results: dict[str, Any]) -> None:
    learner = VariantLearner(PARTS)
    with pytest.raises((ArgumentError, ContractError)):
        learner.update(results)
    assert learner.counts[0].sum() == 0
    with pytest.raises(ArgumentError):
        learner.propose(0)
    with pytest.raises(ArgumentError):
        learner.update_counts([1, 2], [0, 0])
