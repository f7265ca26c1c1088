"""How likely is it that a customer does something within a horizon, and why?

Gradient boosted trees on features as of a day, and a curve that turns their chances into those that come true. Rows of
several days are told apart by time: the curve is learned on the last day, from trees that had seen only days a horizon
earlier, whose outcomes were known by then. Rows of one day are told apart by customers. The curve takes the level of
that last day off before it learns the shape: which level a day has is the season's affair, and the trees know the
season (docs/decisions/0026).

Ref  Friedman (2001), Annals of Statistics 29(5), 1189-1232: boosted trees (see `trees.py`)
     Niculescu-Mizil & Caruana (2005), Predicting good probabilities with supervised learning, ICML: why a curve, and
     why on rows that the trees have not seen
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any, Self

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import optimize, special

from patron.errors import ArgumentError, NotEnoughData, NotFitted
from patron.language import failure
from patron.models.estimator import fitted_state, frozen, read_json
from patron.models.feature_table import (
    Feature,
    FeatureTable,
    columns_of,
    features_of,
    given_back,
    read_features,
    read_outcome,
)  # fmt: skip
from patron.models.leakage import check_leaks
from patron.models.reasons import in_words
from patron.models.trees import Trees, fit_trees
from patron.privacy.sensitive import screen
from patron.stats.calibrators import Calibrator, choose_calibrator

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]

MIN_OUTCOMES = 100
"""Customers who did it, and as many who did not: with fewer, a tenth of them says nothing about its own chance."""

MOST_ROWS = 200_000
"""Rows to learn from; of more every n-th is taken. Trees of eight leaves learn nothing from more."""

MOST_REASONS = 10
THREADS = 2


def level(scores: Floats, outcome: Floats) -> float:
    """Return what has to be added to log-odds so that they add up to the number of those who did it.

    Examples
    --------
    >>> round(level(np.zeros(4), np.array([0.0, 0, 0, 1])), 3)  # log(1/3)
    -1.099
    """
    wanted = float(np.clip(outcome.mean(), 1e-6, 1 - 1e-6))
    return float(optimize.brentq(lambda shift: float(special.expit(scores + shift).mean()) - wanted, -40, 40))


def learn_curve(scores: Floats, outcome: Floats) -> Calibrator:
    """Learn the shape of the curve from scores of rows that the trees had not seen, with their level taken off."""
    return choose_calibrator(special.expit(scores + level(scores, outcome)), outcome)


def thinned(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return every n-th row, so many that no more than `MOST_ROWS` are left."""
    return rows[:: max(1, -(-len(rows) // MOST_ROWS))]


@dataclass(frozen=True, kw_only=True)
class PropensityParams:
    """A fitted model: what it foretells, what it reads, its trees and its curve, and what it was learned from."""

    target: str
    horizon: int
    features: tuple[Feature, ...]
    trees: str
    calibrator: Calibrator
    calibrated_on: str  # `later days` or `other customers`
    customers: int
    rows: int
    outcomes: int
    first_day: str | None
    last_day: str | None


class Propensity:
    """The probability that a customer does something within a horizon.

    Parameters
    ----------
    target : str
        What is foretold, in one word: ``buys``.
    horizon : int
        Within how many days.
    seed : int
        Of the trees. The same rows in any order, the same seed: the same model, to the last digit.
    threads : int
        At most; the result does not depend on it.
    allowed : collection of str
        Specially protected attributes that may be features all the same (the setting ``privacy.sensitive``).

    Examples
    --------
    >>> model = Propensity("buys", horizon=90)
    >>> model
    Propensity('buys', horizon=90)
    """

    def __init__(
        self, target: str, *, horizon: int, seed: int = 1, threads: int = THREADS, allowed: Collection[str] = ()
    ) -> None:
        if not (isinstance(target, str) and target.isidentifier() and target == target.lower()):
            raise failure(ArgumentError, "propensity.target", came=target)
        if isinstance(horizon, bool) or not isinstance(horizon, int) or horizon < 1:
            raise failure(ArgumentError, "propensity.horizon", came=horizon)
        self.target, self.horizon = target, horizon
        self.seed, self.threads, self.allowed = seed, threads, allowed
        self._state: PropensityParams | None = None
        self._trees: Trees | None = None

    def fit(self, features: Any, outcome: Any, *, earlier: Propensity | None = None) -> Self:
        """Learn from features as of some days, and what came within the horizon after them.

        Parameters
        ----------
        features : Table, one row per customer and day
            Ibis, Arrow, pandas or Polars: ``customer_id``, ``as_of`` where there are several days, and a column per
            feature (numbers, words, or days up to `as_of`). What is missing stays missing.
        outcome : array, or Table
            1 where the customer did it, else 0: in the order of the rows, or with the columns ``customer_id`` (and
            ``as_of``) and ``outcome``.
        earlier : Propensity, optional
            The same model learned from days that end a horizon before the last one: then its scores of the last day
            teach the curve, and nothing is fitted twice.

        Raises
        ------
        NotEnoughData
            Fewer than 100 rows have the outcome, or have it not.
        LeakError
            A feature knows the answer.
        SettingsError
            A feature's name says that it is specially protected.
        ContractError, ArgumentError
            The tables are not what they should be.
        """
        table = read_features(features)
        came = read_outcome(outcome, table)
        screen((one.name for one in table.features), allowed=self.allowed, where=f"models.{self.target}")
        check_enough(came)
        check_leaks(table.matrix[table.order], came[table.order], table.features)
        matrix, came, days = table.matrix[table.order], came[table.order], table.days[table.order]
        rows = np.arange(len(came))
        trees = self._grown(table, matrix, came, thinned(rows))
        scores, seen, how = self._unseen(table, matrix, came, days, earlier)
        self._trees = trees
        self._state = PropensityParams(
            target=self.target, horizon=self.horizon, features=table.features, trees=trees.text,
            calibrator=learn_curve(scores, seen), calibrated_on=how,
            customers=len(table.customers.unique()), rows=len(came), outcomes=int(came.sum()),
            first_day=_day(days.min()), last_day=_day(days.max()),
        )  # fmt: skip
        return self

    def predict(self, features: Any) -> Any:
        """Return each row's probability.

        Returns
        -------
        array of shape (rows,), or Table
            In row order; for Ibis features that table with the column ``probability``.
        """
        state, table = self._read(features, "predict")
        chances = state.calibrator.apply(special.expit(self._asked().score(table.matrix)))
        return given_back(table, {"probability": pa.array(chances)}, chances)

    def raw_score(self, features: Any) -> Floats:
        """Return each row's log-odds by the trees alone, before the curve."""
        _, table = self._read(features, "raw_score")
        return self._asked().score(table.matrix)

    def contributions(self, features: Any) -> Floats:
        """Return what each feature adds to a row's log-odds, and last what is said of nobody in particular.

        Returns
        -------
        array of shape (rows, features + 1)
            A row sums to its `raw_score`. The order is that of `features_`.
        """
        _, table = self._read(features, "contributions")
        return self._asked().contributions(table.matrix)

    def reasons(self, features: Any, *, top: int = 3) -> Any:
        """Return why each probability is what it is, in words, the weightiest reason first.

        Parameters
        ----------
        features : Table
            As for `predict`.
        top : int
            How many reasons a row.

        Returns
        -------
        array of shape (rows, top), or Table
            Sentences, None where no more is worth saying; for Ibis features that table with the columns ``reason_1``,
            ``reason_2``, ...
        """
        if not 1 <= top <= MOST_REASONS:
            raise failure(ArgumentError, "propensity.top", came=top, allowed=MOST_REASONS)
        _, table = self._read(features, "reasons")
        words = in_words(table, self._asked().contributions, top=top)
        columns = {f"reason_{rank}": column for rank, column in enumerate(words, start=1)}
        plain = None if isinstance(features, ir.Table) else _side_by_side(words)
        return given_back(table, columns, plain)

    def reason_columns(self, features: Any, *, top: int = 3) -> list[pa.Array]:
        """Return what `reasons` returns as Arrow columns, one a rank: less memory for very many customers."""
        _, table = self._read(features, "reason_columns")
        return in_words(table, self._asked().contributions, top=top)

    @property
    def params_(self) -> PropensityParams:
        """What was fitted, and from what."""
        return self._fitted("params_")

    @property
    def features_(self) -> tuple[str, ...]:
        """The features' names, in the order of the columns of `contributions`."""
        return tuple(one.name for one in self._fitted("features_").features)

    @property
    def importance_(self) -> dict[str, float]:
        """Each feature's share of all that the trees' splits gained, the largest first."""
        shares = dict(zip(self.features_, self._asked().importance().tolist(), strict=True))
        return dict(sorted(shares.items(), key=lambda one: (-one[1], one[0])))

    @property
    def customers_(self) -> int:
        """How many customers it was fitted on."""
        return self._fitted("customers_").customers

    def to_json(self) -> str:
        """Return the fitted model as JSON text; the trees stand in it as the library's own text."""
        state = self._fitted("to_json")
        facts = asdict(state) | {"features": columns_of(state.features)}
        return json.dumps({"model": "Propensity", **facts}, indent=2, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the model that `to_json` described; it predicts exactly as before.

        Raises
        ------
        ArgumentError
            The text describes another model, or none.
        """
        facts = read_json(text, cls.__name__)
        try:
            curve = {name: frozen(value) for name, value in facts.pop("calibrator").items()}
            state = PropensityParams(
                features=features_of(facts.pop("features")), calibrator=Calibrator(**curve), **facts
            )
            model = cls(state.target, horizon=state.horizon)
        except (TypeError, KeyError, AttributeError) as error:
            raise failure(ArgumentError, "models.json_broken", model=cls.__name__, came=repr(error)) from error
        model._state, model._trees = state, Trees(state.trees, threads=model.threads)
        return model

    def __repr__(self) -> str:
        inside = f"{self.target!r}, horizon={self.horizon}"
        if self._state is None:
            return f"Propensity({inside})"
        return f"<Propensity {inside}; {self._state.customers} customers>"

    def _grown(self, table: FeatureTable, matrix: Matrix, came: Floats, rows: NDArray[np.int64]) -> Trees:
        words = [place for place, feature in enumerate(table.features) if feature.kind == "word"]
        return fit_trees(matrix[rows], came[rows], words=words, seed=self.seed, threads=self.threads)

    def _unseen(
        self, table: FeatureTable, matrix: Matrix, came: Floats, days: NDArray[np.datetime64],
        earlier: Propensity | None,
    ) -> tuple[Floats, Floats, str]:  # fmt: skip
        """Return scores of rows that the trees behind them had not seen, and the rows' outcomes."""
        last = thinned(np.flatnonzero(days == days.max()) if not np.isnat(days).any() else np.arange(len(days)))
        if earlier is not None:
            return self._by_earlier(earlier, table, last), came[last], "later days"
        before = np.flatnonzero(days <= days.max() - np.timedelta64(self.horizon, "D"))
        if _enough(came[before]) and _enough(came[last]):
            return self._grown(table, matrix, came, thinned(before)).score(matrix[last]), came[last], "later days"
        return *self._of_others(table, matrix, came), "other customers"

    def _of_others(self, table: FeatureTable, matrix: Matrix, came: Floats) -> tuple[Floats, Floats]:
        """Score each half of the customers by trees that have seen the other half."""
        half = _half(table)
        scores, kept = np.empty(len(came)), thinned(np.arange(len(came)))
        for side in (0, 1):
            seen, asked = kept[half[kept] != side], kept[half[kept] == side]
            scores[asked] = self._grown(table, matrix, came, seen).score(matrix[asked])
        return scores[kept], came[kept]

    def _by_earlier(self, earlier: Propensity, table: FeatureTable, rows: NDArray[np.int64]) -> Floats:
        """Score some sorted rows by another model, which may have learned fewer words of a feature."""
        known = earlier.params_
        ours, theirs = ([one.name for one in features] for features in (table.features, known.features))
        if (known.target, known.horizon, theirs) != (self.target, self.horizon, ours):
            raise failure(
                ArgumentError, "propensity.earlier", came=known.target, days=known.horizon,
                allowed=f"{self.target}, {self.horizon}",
            )  # fmt: skip
        same = known.features == table.features
        matrix = table.matrix if same else read_features(table.source, known=known.features).matrix
        return earlier._asked().score(matrix[table.order[rows]])

    def _read(self, features: Any, asked: str) -> tuple[PropensityParams, FeatureTable]:
        state = self._fitted(asked)
        return state, read_features(features, known=state.features)

    def _fitted(self, asked: str) -> PropensityParams:
        return fitted_state(self._state, model="Propensity", asked=asked)

    def _asked(self) -> Trees:
        self._fitted("trees")
        if self._trees is None:
            raise failure(NotFitted, "models.not_fitted", model="Propensity", asked="trees")
        return self._trees


def check_enough(outcome: Floats) -> None:
    """Refuse outcomes of which there are too few.

    Raises
    ------
    NotEnoughData
        With `came` (how many did it) and `rows` in its data.
    """
    if not _enough(outcome):
        raise failure(NotEnoughData, "propensity.few", rows=len(outcome), came=int(outcome.sum()), allowed=MIN_OUTCOMES)


def _enough(outcome: Floats) -> bool:
    return min(int(outcome.sum()), len(outcome) - int(outcome.sum())) >= MIN_OUTCOMES


def _half(table: FeatureTable) -> NDArray[np.int64]:
    """Return 0 or 1 for each sorted row: whether its customer stands at an even place in the order of the ids."""
    ids = table.customers.take(pa.array(table.order)).dictionary_encode()
    words = np.asarray(ids.dictionary.to_pylist(), dtype=object)
    rank = np.empty(len(words), dtype=np.int64)
    rank[np.argsort(words, kind="stable")] = np.arange(len(words))
    return np.asarray(rank[ids.indices.to_numpy(zero_copy_only=False)] % 2, dtype=np.int64)


def _side_by_side(words: list[pa.Array]) -> NDArray[np.object_]:
    return np.column_stack([np.asarray(column.to_pylist(), dtype=object) for column in words])


def _day(day: np.datetime64) -> str | None:
    return None if np.isnat(day) else str(day)
