"""Fit a response twice over: on all units for use, and on each half of them to be judged by the other half."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.models.feature_table import Feature
from patron.models.response_bins import Bins
from patron.models.response_judged import HeldOut, Seen, judge
from patron.models.response_learners import EffectModel, Recipe, grow_effect
from patron.models.response_scores import Forecasts, drawn_parts, forecasts, robust_scores
from patron.models.response_spline import Basis, Ridge, fit_ridges, learn_basis, sums_of
from patron.models.response_trial import Trial
from patron.models.response_weights import together, weights

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COMPARED = 20_000
"""Units on whom the two halves' models are compared: their mean squared difference needs no more."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How to fit: which learners, by which recipe, and what the outcome is worth."""

    learners: tuple[str, ...]
    recipe: Recipe
    held_out: bool
    worth: float
    costs: Floats
    seed: int
    threads: int

    @property
    def smooth(self) -> bool:
        """Whether a ridge is fitted: it is a learner, and the measure of what is not known."""
        return self.held_out or "ridge" in self.learners


@dataclass(frozen=True, kw_only=True)
class FittedEffects:
    """One entry an action in everything but `basis` and `baseline` (what a unit brings in control).

    `level` is the mean effect; a learner's words are weighed by `shares` around `centres`; `spread` is the variance of
    a prediction by the luck of the draw.
    """

    models: tuple[EffectModel, ...]
    basis: Basis | None
    baseline: Ridge | None
    level: tuple[float, ...]
    centres: tuple[tuple[float, ...], ...]
    shares: tuple[tuple[float, ...], ...]
    spread: tuple[float, ...]
    held_out: HeldOut | None


@dataclass(frozen=True, kw_only=True)
class ResponseParams:
    """A fitted response: what it reads, the arms, what was learned, and of how many."""

    features: tuple[Feature, ...]
    control: str
    actions: tuple[str, ...]
    learner: str
    units: int
    arms: tuple[int, ...]
    costs: tuple[float, ...]
    worth: float
    usual: float
    effects: FittedEffects


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What was learned of some rows."""

    found: Forecasts
    scores: Floats
    models: tuple[EffectModel, ...]
    baseline: Ridge | None

    @property
    def level(self) -> Floats:
        """The mean effect of each action."""
        return np.asarray((self.scores[:, 1:] - self.scores[:, :1]).mean(axis=0), dtype=np.float64)


class EffectFit:
    """One fit of one trial."""

    def __init__(self, trial: Trial, plan: Plan) -> None:
        self._trial, self._plan = trial, plan
        words = [place for place, one in enumerate(trial.table.features) if one.kind == "word"]
        self._bins = Bins(trial.matrix, words=words, threads=plan.threads)
        self._basis = learn_basis(trial.matrix, trial.table.features) if plan.smooth else None

    def run(self) -> FittedEffects:
        """Return what was learned."""
        rows, plan = len(self._trial.arm), self._plan
        whole = self._learn(np.arange(rows), folds=plan.recipe.folds)
        actions, learners = len(self._trial.actions), len(plan.learners)
        shares = np.full((actions, learners), 1 / learners)
        spread, judged = np.zeros(actions), None
        if plan.held_out:
            shares, spread, judged = self._judged()
        sample = self._trial.matrix[:: max(1, rows // COMPARED)]
        centres = [self._say(model, sample).mean(axis=0).tolist() for model in whole.models]
        return FittedEffects(
            models=whole.models, basis=self._basis, baseline=whole.baseline, level=tuple(whole.level.tolist()),
            centres=tuple(map(tuple, centres)), shares=tuple(map(tuple, shares.tolist())),
            spread=tuple(spread.tolist()), held_out=judged,
        )  # fmt: skip

    def _learn(self, rows: Ints, *, folds: int) -> _Part:
        """Learn from some rows alone."""
        trial, plan = self._trial, self._plan
        part = drawn_parts(len(rows), folds, seed=plan.seed + 1)
        found = forecasts(
            self._bins, trial.arm, trial.outcome, trial.chances, rows=rows, part=part, shape=plan.recipe.outcome,
            clip=plan.recipe.clip,
        )  # fmt: skip
        scores = robust_scores(found, trial.arm, trial.outcome)
        ridges: Sequence[Ridge | None] = [None] * trial.arms
        if self._basis is not None:
            targets = np.column_stack([scores[:, 1:] - scores[:, :1], scores[:, 0]])
            ridges = fit_ridges(sums_of(self._basis, trial.matrix[rows], targets))
        models = tuple(
            EffectModel(
                trees=grow_effect(
                    self._bins, found, scores, trial.arm, trial.outcome, action=action, learners=plan.learners,
                    shape=plan.recipe.effect,
                ),
                ridge=ridges[action - 1],
            )
            for action in range(1, trial.arms)
        )  # fmt: skip
        return _Part(found=found, scores=scores, models=models, baseline=ridges[-1])

    def _judged(self) -> tuple[Floats, Floats, HeldOut]:
        """Return each action's weights, the variance by the luck of the draw, and what the rule brings."""
        trial, plan = self._trial, self._plan
        half = drawn_parts(len(trial.arm), 2, seed=plan.seed)
        rows = [np.flatnonzero(half == side) for side in (0, 1)]
        parts = [self._learn(mine, folds=2) for mine in rows]
        said = [[self._say(model, trial.matrix[rows[1 - side]]) for model in parts[side].models] for side in (0, 1)]
        effects = [part.scores[:, 1:] - part.scores[:, :1] for part in parts]
        actions = range(len(trial.actions))
        # The weights that judge a half come from the other half, so that its own outcomes do not choose them.
        own = [[weights(said[1 - side][one], effects[side][:, one]) for one in actions] for side in (0, 1)]
        both = np.array([[own[side][one] for one in actions] for side in (0, 1)])
        shares = both.mean(axis=0)
        spread = [self._spread(parts, one, shares[one]) for one in actions]
        expected = [
            np.column_stack([self._weighed(said[1 - side][one], own[1 - side][one], parts[1 - side].level[one])
                             for one in actions])
            for side in (0, 1)
        ]  # fmt: skip
        return shares, np.array(spread), self._compared(parts, expected)

    def _weighed(self, said: Floats, shares: Floats, level: float) -> Floats:
        return together(said, said.mean(axis=0), shares, level)

    def _spread(self, parts: Sequence[_Part], action: int, shares: Floats) -> float:
        """Return a quarter of the mean squared difference of two halves: the variance of their mean."""
        matrix = self._trial.matrix[:: max(1, len(self._trial.matrix) // COMPARED)]
        one, other = (
            self._weighed(self._say(part.models[action], matrix), shares, part.level[action]) for part in parts
        )
        return float(np.mean((one - other) ** 2) / 4)

    def _compared(self, parts: Sequence[_Part], effects: Sequence[Floats]) -> HeldOut:
        """Judge both halves together."""
        trial, worth = self._trial, self._plan.worth
        rows = np.concatenate([part.found.rows for part in parts])
        seen = Seen(
            arm=trial.arm[rows], outcome=trial.outcome[rows] * worth,
            chances=np.concatenate([part.found.chances for part in parts]),
            expected=np.concatenate([part.found.expected for part in parts]) * worth,
        )  # fmt: skip
        return judge(seen, np.concatenate(effects) * worth, self._plan.costs, actions=trial.actions)

    def _say(self, model: EffectModel, matrix: NDArray[np.float32]) -> Floats:
        return model.say(self._plan.learners, matrix, self._basis, threads=self._plan.threads)
