"""Whom does an action move? Learned from an experiment, person by person, as far as the data can tell.

Every learner starts from what each arm would have brought, foretold by trees that have not seen the person, and
regresses scores that are right on average on the features: doubly robust trees, X trees and a ridge on splines, and by
default all three, weighed by what held-out people say of them. The trees are small and slow on purpose
(`response_learners.py`).

Ref  Künzel, Sekhon, Bickel & Yu (2019), PNAS 116(10), 4156-4165: X
     Kennedy (2023), Electronic Journal of Statistics 17(2), 3008-3049: doubly robust
     Athey & Wager (2021), Econometrica 89(1), 133-161: whom to treat, net of cost
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.errors import ArgumentError, NotFitted
from patron.language import failure, listing
from patron.models.estimator import NORMAL_95, fitted_state
from patron.models.feature_table import FeatureTable, given_back, read_features
from patron.models.response_fit import EffectFit, FittedEffects, Plan, ResponseParams
from patron.models.response_groups import GROUPS, best_action, groups
from patron.models.response_json import read, written
from patron.models.response_judged import HeldOut
from patron.models.response_learners import LEARNERS, RECIPE, Recipe
from patron.models.response_trial import Trial, read_trial, with_ids
from patron.models.response_weights import together

Floats = NDArray[np.float64]

THREADS = 2
NEGLIGIBLE = 0.1
"""Share of what control brings on average: a smaller effect is none, where an action has no cost to compare it with."""


@dataclass(frozen=True, kw_only=True)
class _Said:
    """What is said of some units: effects with their interval, one column an action, and what control brings."""

    effect: Floats
    low: Floats
    high: Floats
    baseline: Floats


class Response:
    """What actions change, person by person.

    Parameters
    ----------
    learner : {"ensemble", "doubly_robust", "x", "ridge"}
        The ensemble weighs the other three.
    control : str, optional
        The arm that the others are compared with; without it the one called ``control``, ``0`` or ``False``.
    costs : float, or mapping from action to float
        Of acting on one person, in money.
    worth : float
        Money that one unit of the outcome is worth: 1 where the outcome is money, the margin of an order where it is
        yes or no.
    held_out : bool
        Whether halves are fitted, too, to weigh the learners, to make intervals and to value the targeting. It doubles
        the work.
    recipe : Recipe
        How trees grow, parts for cross-fitting, and the least chance of an arm that is believed.
    seed, threads : int
        The same rows in any order, the same seed: the same model, with any number of threads.

    Examples
    --------
    >>> Response(costs=0.5)
    Response('ensemble')
    """

    def __init__(
        self, learner: str = "ensemble", *, control: str | None = None, costs: float | Mapping[str, float] = 0.0,
        worth: float = 1.0, held_out: bool = True, recipe: Recipe = RECIPE, seed: int = 1, threads: int = THREADS,
    ) -> None:  # fmt: skip
        if learner not in LEARNERS:
            raise failure(ArgumentError, "response.learner", came=learner, allowed=listing(LEARNERS))
        for name, came, fine in (
            ("folds", recipe.folds, recipe.folds >= 2), ("clip", recipe.clip, 0 < recipe.clip < 0.5),
            ("worth", worth, bool(np.isfinite(worth)) and worth > 0),
        ):  # fmt: skip
            if not fine:
                raise failure(ArgumentError, f"response.{name}", came=came)
        self.learner, self.control, self.costs, self.worth = learner, control, costs, float(worth)
        self.held_out, self.recipe, self.seed, self.threads = held_out, recipe, seed, threads
        self._state: ResponseParams | None = None

    def fit(self, features: Any, *, treatment: Any, outcome: Any, propensity: Any = None) -> Self:
        """Learn from units that got one of several arms.

        Parameters
        ----------
        features : Table, one row a unit
            Ibis, Arrow, pandas or Polars: a column per feature (numbers, words, or days up to ``as_of``), and
            ``customer_id`` where there are ids. All of them known when the arm was drawn.
        treatment, outcome : str, or array
            A column's name, or one value a row: which arm, and what came after it (0 and 1, or a number).
        propensity : None, float, str, array, or mapping from action to one of these
            The chance of the action. None: estimated from the features by cross-fitting, clipped.

        Raises
        ------
        NotEnoughData
            Everybody is in one arm, an arm has fewer than 200 units, or the outcome is the same for all.
        ArgumentError
            A value is missing, a chance is 0 or 1, a column or an action is unknown, a length does not fit.
        LeakError
            A feature knows the outcome or the arm.
        """
        trial = read_trial(features, treatment=treatment, outcome=outcome, propensity=propensity, control=self.control)
        costs = self._costs(trial.actions)
        plan = Plan(
            learners=LEARNERS[self.learner], recipe=self.recipe, held_out=self.held_out, worth=self.worth,
            costs=np.array(costs), seed=self.seed, threads=self.threads,
        )  # fmt: skip
        self._state = ResponseParams(
            features=trial.table.features, control=trial.control, actions=trial.actions, learner=self.learner,
            units=len(trial.arm), arms=tuple(np.bincount(trial.arm).tolist()), costs=costs, worth=self.worth,
            usual=_usual(trial), effects=EffectFit(trial, plan).run(),
        )  # fmt: skip
        return self

    def predict(self, features: Any) -> Any:
        """Return what each action changes in the outcome, per unit.

        Returns
        -------
        array of shape (rows, actions), or Table
            In row order, the actions in the order of `actions_`; for Ibis features that table with a column
            ``effect_<action>`` for each.
        """
        state, table = self._read(features, "predict")
        effect = self._effects(state, table)
        columns = {f"effect_{name}": pa.array(effect[:, place]) for place, name in enumerate(state.actions)}
        return given_back(table, columns, effect)

    def interval(self, features: Any) -> tuple[Floats, Floats]:
        """Return the lower and the upper end of the effects' 95 % intervals, each of shape (rows, actions).

        Raises
        ------
        NotFitted
            The fit held nobody out.
        """
        said = self._say(features, "interval")
        return said.low, said.high

    def groups(self, features: Any) -> NDArray[np.object_]:
        """Return each unit's group for each action, an array of shape (rows, actions).

        ``would_be_won`` and ``driven_away``: the interval lies above or below nought. ``buys_anyway`` and
        ``not_moved``: it lies within what is worth no action; who is expected to bring at least what control brings on
        average buys anyway. Else ``cannot_tell``, which is usually the largest.
        """
        said = self._say(features, "groups")
        return np.array(GROUPS, dtype=object)[self._grouped(self._fitted("groups"), said)]

    def best(self, features: Any) -> NDArray[np.object_]:
        """Return the action that brings each unit most, net of its cost; None where none brings anything."""
        state, table = self._read(features, "best")
        gains = self._effects(state, table) * state.worth - np.array(state.costs)
        return np.array([None, *state.actions], dtype=object)[best_action(gains)]

    def responses(self, features: Any) -> pa.Table:
        """Return all that is said of each unit, one row a unit and action.

        Returns
        -------
        Table
            ``customer_id, action, effect, effect_low, effect_high, group, cost, gain, best, rank``: `gain` is in
            money, net of the cost; `best` marks the unit's own best action that gains; `rank` counts from 1 by gain,
            for each action by itself.
        """
        state, table = self._read(features, "responses")
        said = self._said(state, table)
        gains = said.effect * state.worth - np.array(state.costs)
        chosen, grouped = best_action(gains), self._grouped(state, said)
        parts = []
        for place, action in enumerate(state.actions):
            order = np.argsort(-gains[:, place], kind="stable")
            rank = np.empty(len(order), dtype=np.int64)
            rank[order] = np.arange(1, len(order) + 1)
            parts.append(pa.table({
                "customer_id": table.customers, "action": pa.array([action] * len(order), pa.string()),
                "effect": said.effect[:, place], "effect_low": said.low[:, place], "effect_high": said.high[:, place],
                "group": np.array(GROUPS)[grouped[:, place]], "cost": np.full(len(order), state.costs[place]),
                "gain": gains[:, place], "best": chosen == place + 1, "rank": rank,
            }))  # fmt: skip
        return pa.concat_tables(parts)

    @property
    def actions_(self) -> tuple[str, ...]:
        """The actions, in the order of the columns of `predict`."""
        return self._fitted("actions_").actions

    @property
    def features_(self) -> tuple[str, ...]:
        """The features' names."""
        return tuple(one.name for one in self._fitted("features_").features)

    @property
    def mean_effect_(self) -> dict[str, float]:
        """What each action changes on average."""
        state = self._fitted("mean_effect_")
        return dict(zip(state.actions, state.effects.level, strict=True))

    @property
    def weights_(self) -> dict[str, dict[str, float]]:
        """How much each learner is believed, by action."""
        state = self._fitted("weights_")
        names = LEARNERS[state.learner]
        pairs = zip(state.actions, state.effects.shares, strict=True)
        return {action: dict(zip(names, shares, strict=True)) for action, shares in pairs}

    @property
    def held_out_(self) -> HeldOut:
        """What targeting by the model would bring, told by units that it had not seen."""
        found = self._fitted("held_out_").effects.held_out
        if found is None:
            raise failure(NotFitted, "response.no_interval", asked="held_out_")
        return found

    @property
    def customers_(self) -> int:
        """How many units it was fitted on."""
        return self._fitted("customers_").units

    @property
    def params_(self) -> ResponseParams:
        """What was fitted, and from what."""
        return self._fitted("params_")

    def to_json(self) -> str:
        """Return the fitted model as JSON text; trees stand in it as the library's own text."""
        return written(self._fitted("to_json"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the model that `to_json` described; it predicts exactly as before.

        Raises
        ------
        ArgumentError
            The text describes another model, or none.
        """
        state = read(text)
        model = cls(
            state.learner, control=state.control, costs=dict(zip(state.actions, state.costs, strict=True)),
            worth=state.worth, held_out=state.effects.held_out is not None,
        )  # fmt: skip
        model._state = state
        return model

    def __repr__(self) -> str:
        if self._state is None:
            return f"Response({self.learner!r})"
        return f"<Response {self.learner!r}: {', '.join(self._state.actions)}; {self._state.units} units>"

    def _costs(self, actions: tuple[str, ...]) -> tuple[float, ...]:
        if isinstance(self.costs, Mapping):
            known = {str(name): one for name, one in self.costs.items()}
            if set(known) != set(actions):
                raise failure(ArgumentError, "response.costs", came=listing(known), allowed=listing(actions))
            found = tuple(float(known[name]) for name in actions)
        else:
            found = (float(self.costs),) * len(actions)
        if not all(np.isfinite(one) and one >= 0 for one in found):
            raise failure(ArgumentError, "response.costs_range", came=listing(map(str, found)))
        return found

    def _fitted(self, asked: str) -> ResponseParams:
        return fitted_state(self._state, model="Response", asked=asked)

    def _read(self, features: Any, asked: str) -> tuple[ResponseParams, FeatureTable]:
        state = self._fitted(asked)
        table = read_features(with_ids(features), known=state.features)
        return state, replace(table, source=features) if isinstance(features, ir.Table) else table

    def _learned(self, state: ResponseParams, table: FeatureTable) -> list[Floats]:
        """Return what each learner says, for each action an array of shape (rows, learners)."""
        names, basis = LEARNERS[state.learner], state.effects.basis
        return [model.say(names, table.matrix, basis, threads=self.threads) for model in state.effects.models]

    def _effects(self, state: ResponseParams, table: FeatureTable) -> Floats:
        return _weighed(state.effects, self._learned(state, table))

    def _say(self, features: Any, asked: str) -> _Said:
        return self._said(*self._read(features, asked))

    def _said(self, state: ResponseParams, table: FeatureTable) -> _Said:
        found = state.effects
        if found.held_out is None or found.basis is None or found.baseline is None:
            raise failure(NotFitted, "response.no_interval", asked="interval")
        learned = self._learned(state, table)
        effect, baseline = _weighed(found, learned), np.empty(table.rows)
        variance, smooth = np.empty(effect.shape), np.empty(effect.shape)
        ridges = [one for model in found.models if (one := model.ridge) is not None]
        for part, columns in found.basis.blocks(table.matrix):
            baseline[part] = found.baseline.mean(columns)
            for place, ridge in enumerate(ridges):
                variance[part, place], smooth[part, place] = ridge.variance(columns), ridge.mean(columns)
        trees = [place for place, name in enumerate(LEARNERS[state.learner]) if name != "ridge"]
        for place, said in enumerate(learned):
            apart = said[:, trees].mean(axis=1) - smooth[:, place] if trees else np.zeros(table.rows)
            variance[:, place] += apart**2 + found.spread[place]
        reach = NORMAL_95 * np.sqrt(variance)
        return _Said(effect=effect, low=effect - reach, high=effect + reach, baseline=baseline)

    def _grouped(self, state: ResponseParams, said: _Said) -> NDArray[np.int64]:
        """Return the place of each unit's group for each action."""
        found = np.empty(said.effect.shape, dtype=np.int64)
        for place, cost in enumerate(state.costs):
            negligible = cost / state.worth if cost else NEGLIGIBLE * abs(state.usual)
            found[:, place] = groups(
                said.low[:, place], said.high[:, place], said.baseline, negligible=negligible, usual=state.usual
            )
        return found


def _weighed(found: FittedEffects, learned: list[Floats]) -> Floats:
    """Return the effects, one column an action."""
    parts = zip(learned, found.centres, found.shares, found.level, strict=True)
    return np.column_stack([together(said, np.array(at), np.array(by), level) for said, at, by, level in parts])


def _usual(trial: Trial) -> float:
    """Return what control brings on average, where its units are weighed by how seldom they are."""
    mine = trial.arm == 0
    weight = np.ones(int(mine.sum())) if trial.chances is None else 1 / trial.chances[mine, 0]
    return float(np.average(trial.outcome[mine], weights=weight))
