"""What trials tell of effects: own ones most, relatives less, in the measure of what they have in common."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.decisions.opportunity.pooled import SHARED, About, pooled

SPREAD = 0.1
BASE = {"family": "retention", "signal": "win_back", "action": "win_back", "kind": "news", "channel": "email"}


def about(**changed: str | None) -> About:
    return About(**{**BASE, "segmentation": "all", "segment": "all", **changed})  # type: ignore[arg-type]


def told(wanted: list[About], trials: list[About], effect: list[float], error: list[float]):
    flat = np.full(len(wanted), 0.05), np.full(len(wanted), SPREAD)
    if not trials:
        return pooled(wanted, *flat)
    return pooled(
        wanted, *flat, trials=trials, trial_mean=np.full(len(trials), 0.05), trial_spread=np.full(len(trials), SPREAD),
        effect=np.array(effect), error=np.array(error),
    )  # fmt: skip


def test_without_trials_the_prior_stands():
    found = told([about()], [], [], [])
    assert (found.effect[0], found.deviation[0], found.weight[0], found.teller[0]) == (0.05, SPREAD, 0, -1)


def test_a_sure_trial_replaces_the_prior_and_an_unsure_one_leaves_it():
    sure = told([about()], [about()], [0.4], [0.001])
    assert sure.effect[0] == pytest.approx(0.4, abs=0.002)
    assert sure.deviation[0] < 0.002
    unsure = told([about()], [about()], [0.4], [10.0])
    assert unsure.effect[0] == pytest.approx(0.05, abs=0.001)
    assert unsure.weight[0] < 0.001


def test_the_more_two_effects_have_in_common_the_more_one_tells_of_the_other():
    trial = about(segmentation="tier", segment="top")
    wanted = [
        about(segmentation="tier", segment="top"),
        about(segmentation="tier", segment="bottom"),
        about(signal="lapse_risk", segmentation="tier", segment="bottom"),
        about(signal="lapse_risk", action="protect", kind="care", segmentation="tier", segment="bottom"),
        about(family="growth", signal="s", action="a", kind="k", channel="post", segmentation="tier", segment="bottom"),
    ]
    found = told(wanted, [trial], [0.35], [0.02])
    assert list(found.weight) == sorted(found.weight, reverse=True)
    assert list(found.effect) == sorted(found.effect, reverse=True)
    assert found.effect[-1] > 0.05, "even a stranger tells of the shop"
    assert set(found.teller) == {0}


def test_who_wrote_nothing_down_tells_of_the_shop_alone():
    unknown = about(family=None, signal=None, action=None, kind=None, channel=None)
    found = told([about(), about()], [unknown], [0.35], [0.001])
    assert found.weight[0] <= SHARED[0][0] ** 2 + 0.1**2 + 0.01  # that of the shop, and of `all` as a segment


def drawn(rng: np.random.Generator, cells: list[About]) -> np.ndarray:
    """Draw true effects as the model says that they vary."""
    effect = np.full(len(cells), 0.05)
    for share, names in SHARED:
        parts = {tuple(getattr(one, name) for name in names) for one in cells}
        values = {part: rng.normal(0, SPREAD * np.sqrt(share)) for part in sorted(parts, key=str)}
        effect += np.array([values[tuple(getattr(one, name) for name in names)] for one in cells])
    return effect


CELLS = [
    about(family=family, signal=f"{family}{number}", action=f"{action}", kind=f"k{action[-1]}", channel=channel)
    for family in ("f1", "f2", "f3")
    for number in (1, 2)
    for action in ("a1", "a2")
    for channel in ("email", "sms")
]


def test_intervals_cover_the_truth_and_beat_both_the_prior_and_the_trials_alone():
    rng = np.random.default_rng(5)
    covered, errors = [], []
    for _ in range(150):
        truth = drawn(rng, CELLS)
        tried = rng.choice(len(CELLS), 10, replace=False)
        noise = rng.uniform(0.02, 0.15, len(tried))
        shown = truth[tried] + rng.normal(0, noise)
        found = told(CELLS, [CELLS[place] for place in tried], list(shown), list(noise))
        covered.append(np.abs(found.effect - truth) <= 1.96 * found.deviation)
        alone = np.full(len(CELLS), 0.05)
        alone[tried] = shown
        errors.append([np.mean((one - truth) ** 2) for one in (found.effect, np.full(len(CELLS), 0.05), alone)])
    ours, prior, own = np.mean(errors, axis=0)
    assert 0.93 < np.mean(covered) < 0.99
    assert ours < 0.8 * prior
    assert ours < 0.8 * own


def test_where_effects_vary_more_than_believed_trials_count_for_more():
    cells = CELLS[:8]
    near = told(cells, cells, [0.05] * 8, [0.1] * 8)
    far = told(cells, cells, [0.6, -0.5, 0.7, -0.6, 0.5, -0.4, 0.6, -0.5], [0.1] * 8)
    assert far.weight.min() > near.weight.max()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-1, 2), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_trials_changes_nothing(values, shuffled):
    places = list(range(len(values)))
    shuffled.shuffle(places)
    first = told(CELLS, CELLS[: len(values)], values, [0.05] * len(values))
    again = told(CELLS, [CELLS[place] for place in places], [values[place] for place in places], [0.05] * len(values))
    assert np.allclose(first.effect, again.effect)
    assert np.allclose(first.deviation, again.deviation)
    assert (first.weight >= 0).all()
    assert (first.weight <= 1).all()
