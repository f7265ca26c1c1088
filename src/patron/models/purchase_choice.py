"""Which model of the purchases fits a shop best?

All candidates are fitted as of a day one look back ago and asked how likely each number of purchases was that came
since (the logarithmic score of the whole distribution, not of its mean). The likelier of the two simplest is kept
unless another foretold what came better by more than chance explains: so no run changes the model for nothing. Without
a look back, or with few customers, nothing but these two is tried: a model that tells the past best may foretell worst.

Ref  Gneiting & Raftery (2007), Strictly proper scoring rules, prediction, and estimation, Journal of the American
     Statistical Association 102(477), 359-378: the logarithmic score, section 4
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field

import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from patron.errors import FitError, NotEnoughData
from patron.models.bg_cnbd import BgCnbd
from patron.models.bg_nbd import BgNbd
from patron.models.lookback import Lookback
from patron.models.mbg_cnbd import MbgCnbd
from patron.models.mbg_nbd import MbgNbd
from patron.models.pareto_nbd import ParetoNbd
from patron.models.patterns import Patterns, read_patterns
from patron.models.purchase_model import COLUMNS, PurchaseModel

Floats = NDArray[np.float64]

SIMPLEST: tuple[type[PurchaseModel], ...] = (BgNbd, MbgNbd)
RICHER: tuple[type[PurchaseModel], ...] = (ParetoNbd, BgCnbd, MbgCnbd)
MANY = 1_000  # customers: fewer do not tell the candidates apart
NOBODY_LEAVES = 1e-3  # odds of leaving after a purchase, below which a fit without a top is one without dropout
LEAST = 1e-12  # chance given to what a model holds for impossible
CLEARLY = 1.96  # standard errors by which another model must be better


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The model chosen, and what each candidate that could be fitted scored (mean log score a customer; by name)."""

    model: PurchaseModel
    log_scores: dict[str, float] = field(default_factory=dict)


def choose_purchases(patterns: Patterns, lookback: Lookback | None = None) -> Choice:
    """Fit the candidates and choose one.

    Parameters
    ----------
    patterns : Patterns
        Of the history as it is today.
    lookback : Lookback, optional
        The history of an earlier day, and what came since.

    Raises
    ------
    NotEnoughData, FitError
        As `BgNbd.fit`, when none of the simplest can be fitted.
    """
    simple = _simplest(patterns)
    likeliest = max(simple, key=lambda model: model.log_likelihood_)
    if lookback is None or patterns.total < MANY:
        return Choice(model=likeliest)
    candidates = [likeliest, *(model for model in simple if model is not likeliest), *_that_fit(RICHER, patterns)]
    scores = _log_scores(candidates, lookback)
    best = scores.best()
    return Choice(
        model=candidates[best],
        log_scores={candidates[place].short_name: mean for place, (mean, _) in scores.means(best).items()},
    )


def _simplest(patterns: Patterns) -> list[PurchaseModel]:
    """Fit the simplest models.

    A young or loyal shop has no dropout that the data could show: its chance runs to zero, and takes both of its
    parameters along. What is left is a proper model of its own, the NBD.
    """
    found, refused = _try(SIMPLEST, patterns)
    if found:
        return found
    ends = refused[-1].data.get("values")
    if isinstance(ends, dict) and ends["a"] < NOBODY_LEAVES * ends["b"]:
        return [BgNbd(dropout=False).fit_patterns(patterns)]
    raise refused[-1]


def _that_fit(kinds: tuple[type[PurchaseModel], ...], patterns: Patterns) -> list[PurchaseModel]:
    found, _ = _try(kinds, patterns)
    return found


def _try(kinds: tuple[type[PurchaseModel], ...], patterns: Patterns) -> tuple[list[PurchaseModel], list[FitError]]:
    """Return those that could be fitted, and why the others could not."""
    found: list[PurchaseModel] = []
    refused: list[FitError] = []
    for kind in kinds:
        try:
            found.append(kind().fit_patterns(patterns))
        except FitError as error:
            refused.append(error)
    return found, refused


@dataclass(frozen=True, kw_only=True)
class _Scores:
    """The log chance that each candidate gave to what came, by pattern and count; by the candidate's place."""

    customers: Floats
    log_chance: dict[int, Floats]

    def means(self, than: int) -> dict[int, tuple[float, float]]:
        """Return each candidate's mean score a customer, and the standard error of its gain over another's."""
        total = float(self.customers.sum())
        found = {}
        for place, chance in self.log_chance.items():
            gain = chance - self.log_chance.get(than, chance)
            mean = float(self.customers @ gain) / total
            error = float(np.sqrt(self.customers @ (gain - mean) ** 2)) / total
            found[place] = (float(self.customers @ chance) / total, error)
        return found

    def best(self) -> int:
        """Return the best on what came; the first where no other is clearly better."""
        means = self.means(0)
        # If the first could not be fitted on the earlier day it has proved nothing: the best of the others is taken.
        base = means[0][0] if 0 in means else -np.inf
        clear = {place: mean for place, (mean, error) in means.items() if mean - base > CLEARLY * error}
        return max(clear, key=lambda place: clear[place], default=0)


def _log_scores(candidates: list[PurchaseModel], lookback: Lookback) -> _Scores:
    """Fit models of the same kinds as of the earlier day and score what came since."""
    came = _what_came(lookback)
    patterns = read_patterns(lookback.history, COLUMNS)
    chances: dict[int, Floats] = {}
    for place, model in enumerate(candidates):
        try:
            earlier = copy(model).fit_patterns(patterns)
        except (FitError, NotEnoughData):
            continue
        chances[place] = log_chance(earlier, came, float(lookback.horizon_days))
    return _Scores(customers=came["customers"], log_chance=chances)


def log_chance(model: PurchaseModel, came: dict[str, Floats], horizon: float) -> Floats:
    """Return the log of the chance that a fitted model gave to each number of `orders` within `horizon`."""
    outlook = model.outlook(came["frequency"], came["recency"], came["T"], horizon)
    exactly = outlook.at_least(came["orders"]) - outlook.at_least(came["orders"] + 1)
    return np.log(np.maximum(exactly, LEAST))


def _what_came(lookback: Lookback) -> dict[str, Floats]:
    """Count the patterns of the earlier day together with the purchases since."""
    both = lookback.history.left_join(lookback.outcome, "customer_id").drop("customer_id_right")
    both = both.mutate(orders=both.orders.cast("float64").fill_null(0.0))
    return _sorted(both.group_by(*COLUMNS, "orders").aggregate(customers=both.count()))


def _sorted(table: ir.Table) -> dict[str, Floats]:
    """Read a small table in a fixed order of its rows."""
    arrow = table.to_pyarrow()
    columns = {name: np.asarray(arrow[name].to_numpy(), dtype=np.float64) for name in arrow.column_names}
    order = np.lexsort([columns[name] for name in reversed((*COLUMNS, "orders"))])
    return {name: values[order] for name, values in columns.items()}
