"""How far is a model's forecast off for customers of each kind, and by what factor is it put right?

A model of purchases assumes much about customers whom it has never seen: that all of them leave in the same manner, buy
without seasons, and stay as they are. What it is off by shows one horizon ago: the model is asked for that day, and a
Poisson regression on the pattern (x, t_x, T) learns the factor between its forecast and what came. The spend gets one
factor for all.

The factor belongs to a customer as seen on that day, through as many days as there were then. So it is asked for with
the pattern of a window of that length (`recent_history.py`), not with all that is known by now.

In   the history at an earlier origin, and the orders and value that came since (`lookback.py`)
Ref  Cox (1958), Two further applications of a model for binary regression, Biometrika 45, 562-565: recalibration
     Steyerberg (2019), Clinical Prediction Models, 2nd ed., chapter 20: updating a model that is off in a new setting
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from patron.errors import ArgumentError
from patron.language import failure
from patron.models.estimator import read_json
from patron.stats.poisson_regression import poisson_regression

Floats = NDArray[np.float64]

FEATURES = (
    "level", "log_forecast", "never_back", "log_repeats", "log_own_gap", "log_silence", "silence",
    "never_back_x_silence", "log_repeats_x_silence", "fresh", "never_back_x_fresh", "warm", "never_back_x_warm",
    "log_repeats_x_warm",
)  # fmt: skip
GOES_ON = ("log_silence", "silence", "never_back_x_silence")
"""Features that keep their slope beyond what was learned, where it falls: who is silent for longer than anyone could be
a horizon ago is still less likely to return, never more."""

MIN_ORDERS = 100  # fewer that came tell nothing of fourteen weights
LEAST = 0.001  # of the mean forecast: nobody who has bought is expected to bring less before the factor
FRESH_DAYS = 15.0  # over which the last order's freshness fades
WARM_DAYS = 60.0  # the same, slower
GAP_DAYS = 30.0  # added to the span of the orders, so that a first order has a gap of its own
MOST = 20.0  # a factor beyond this, either way, is not believed


def features(x: Floats, t_x: Floats, T: Floats, expected: Floats, horizon: float) -> Floats:
    """Return what the factor depends on besides its level, shape (patterns, features).

    Times are in days; `expected` is positive.
    """
    days = T - t_x
    never, repeats, silence = (x == 0).astype(np.float64), np.log1p(x), days / horizon
    fresh, warm = np.exp(-days / FRESH_DAYS), np.exp(-days / WARM_DAYS)
    gap = np.log((t_x + GAP_DAYS) / (x + 1))
    return np.column_stack([
        np.log(expected), never, repeats, gap, np.log1p(days), silence, never * silence, repeats * silence,
        fresh, never * fresh, warm, never * warm, repeats * warm,
    ])  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What came of each pattern of a history within a horizon; one entry a pattern, but for the spend."""

    x: Floats
    t_x: Floats
    T: Floats
    customers: Floats
    expected: Floats  # orders of one customer, by the model
    orders: Floats  # that came, of all customers of the pattern
    squared_orders: Floats  # sum of their squares


@dataclass(frozen=True, kw_only=True)
class Recalibration:
    """Factors on a model's expected orders and expected spend, learned one horizon ago.

    Notes
    -----
    Features are cut at the range in which they were learned, so that a pattern beyond it gets the factor of the range's
    end; but for the silence (`GOES_ON`).
    """

    horizon: float
    window: float  # longest T that it was learned from
    least: float  # orders: a forecast below is lifted to it, since the model is never as sure of a loss as it says
    weights: tuple[float, ...]  # of FEATURES
    centre: tuple[float, ...]  # of all but the level
    scale: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    spend: float
    customers: int

    @classmethod
    def learn(cls, lesson: Lesson, *, horizon: float, spend: float = 1.0) -> Self | None:
        """Learn the factors of the orders from what came.

        Parameters
        ----------
        lesson : Lesson
            Of one origin.
        horizon : float
            In days: of the forecasts, and of what came.
        spend : float
            The factor of the spend (`spend_factor`).

        Returns
        -------
        Recalibration, or None
            None where fewer than 100 orders came, or were expected.
        """
        told = lesson.customers * lesson.expected
        if min(lesson.orders.sum(), told.sum()) < MIN_ORDERS:
            return None
        least = LEAST * float(told.sum() / lesson.customers.sum())
        lifted = np.maximum(lesson.expected, least)
        columns = features(lesson.x, lesson.t_x, lesson.T, lifted, horizon)
        centre = np.average(columns, axis=0, weights=lesson.customers)
        spread = np.sqrt(np.average((columns - centre) ** 2, axis=0, weights=lesson.customers))
        scale = np.where(spread > 1e-9, spread, 1.0)
        found = poisson_regression(
            _with_level((columns - centre) / scale), lesson.orders, lesson.customers * lifted,
            dispersion=_dispersion(lesson),
        )  # fmt: skip
        return cls(
            horizon=float(horizon),
            window=float(lesson.T.max()),
            least=least,
            weights=tuple(found.weights.tolist()),
            centre=tuple(centre.tolist()),
            scale=tuple(scale.tolist()),
            low=tuple(columns.min(axis=0).tolist()),
            high=tuple(columns.max(axis=0).tolist()),
            spend=float(spend),
            customers=int(lesson.customers.sum()),
        )

    @property
    def params_(self) -> dict[str, float]:
        """The weights by feature (0 is no correction), and the factor of the spend."""
        return dict(zip(FEATURES, self.weights, strict=True)) | {"spend": self.spend}

    def factors(self, x: Floats, t_x: Floats, T: Floats, expected: Floats) -> Floats:
        """Return the factor of each pattern's orders.

        Parameters
        ----------
        x, t_x, T : array of float
            As seen through the last `window` days.
        expected : array of float
            The model's orders within the `horizon` that the factors were learned for, by all that is known.
        """
        lifted = np.maximum(expected, self.least)
        columns = features(x, t_x, T, lifted, self.horizon)
        beyond = np.where(np.isin(FEATURES[1:], GOES_ON), np.inf, self.high)
        log_factor = np.minimum(self._log_factor(columns, self.high), self._log_factor(columns, beyond))
        lift = np.divide(lifted, expected, out=np.ones_like(lifted), where=expected > 0)
        return np.asarray(lift * np.exp(np.clip(log_factor, -np.log(MOST), np.log(MOST))), dtype=np.float64)

    def _log_factor(self, columns: Floats, high: ArrayLike) -> Floats:
        inside = np.clip(columns, self.low, high)
        standard = _with_level((inside - np.array(self.centre)) / np.array(self.scale))
        return np.asarray(standard @ np.array(self.weights), dtype=np.float64)

    def to_json(self) -> str:
        """Return it as plain JSON text."""
        return json.dumps({"model": "Recalibration", **asdict(self)}, indent=2, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return what `to_json` described; it corrects exactly as before.

        Raises
        ------
        ArgumentError
            The text describes something else, or nothing.
        """
        facts = read_json(text, cls.__name__)
        kept: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in facts.items()}
        try:
            return cls(**kept)
        except TypeError as error:
            raise failure(ArgumentError, "models.json_broken", model=cls.__name__, came=str(error)) from error


def spend_factor(*, value: float, told: float, squares: float) -> float:
    """Return the factor between the value that came and the orders that came x their expected spend.

    It is drawn towards 1 as far as chance could explain it: (f - 1)^2 against its sampling variance.

    Parameters
    ----------
    value : float
        Sum of what came.
    told : float
        Sum of the orders that came x their customer's expected spend.
    squares : float
        Sum over customers of the squared difference between the two.

    Examples
    --------
    >>> [round(spend_factor(value=110.0, told=100.0, squares=squares), 3) for squares in (0.0, 100.0, 1e6)]
    [1.1, 1.05, 1.0]
    """
    if min(value, told) <= 0:
        return 1.0
    off = value / told - 1
    return 1 + off * off**2 / (off**2 + squares / told**2) if off else 1.0


def _dispersion(lesson: Lesson) -> float:
    """Return the variance of the orders around the forecast over its mean; at least that of Poisson."""
    told = lesson.customers * lesson.expected
    squares = lesson.squared_orders - 2 * lesson.expected * lesson.orders + told * lesson.expected
    return max(1.0, float(squares.sum() / told.sum()))


def _with_level(columns: Floats) -> Floats:
    return np.column_stack([np.ones(len(columns)), columns])
