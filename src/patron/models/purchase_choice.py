"""Which model of the purchases fits a shop best?

All candidates are fitted as of a day one look back ago and asked how likely each number of purchases was that came
since (the logarithmic score of the whole distribution, not of its mean). The likeliest of today's fits is kept unless
another foretold what came better by more than chance explains: so no run changes
the model for nothing. Without a look back, or with few customers, the likelihood alone decides.

Ref  Gneiting & Raftery (2007), Strictly proper scoring rules, prediction, and estimation, Journal of the American
     Statistical Association 102(477), 359-378: the logarithmic score, section 4
"""

from __future__ import annotations

from dataclasses import dataclass, field

import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from patron.errors import FitError, NotEnoughData
from patron.models.bg_nbd import BgNbd
from patron.models.lookback import Lookback
from patron.models.mbg_nbd import MbgNbd
from patron.models.patterns import Patterns, read_patterns
from patron.models.purchase_model import COLUMNS, PurchaseModel

Floats = NDArray[np.float64]

SIMPLEST: tuple[type[PurchaseModel], ...] = (BgNbd, MbgNbd)
CANDIDATES: tuple[type[PurchaseModel], ...] = (*SIMPLEST,)
MANY = 1_000  # customers: fewer do not tell more than the simplest candidates apart
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
        As `BgNbd.fit`, when no candidate can be fitted.
    """
    kinds = CANDIDATES if patterns.total >= MANY else SIMPLEST
    fitted = _fitted(kinds, patterns)
    likeliest = max(fitted, key=lambda model: model.log_likelihood_)
    if lookback is None or len(fitted) < 2 or patterns.total < MANY:
        return Choice(model=likeliest)
    scores = _log_scores([type(model) for model in fitted], lookback)
    best = _best(type(likeliest), scores)
    return Choice(
        model=next(model for model in fitted if type(model) is best),
        log_scores={kind.short_name: mean for kind, (mean, _) in scores.means(best).items()},
    )


def _fitted(kinds: tuple[type[PurchaseModel], ...], patterns: Patterns) -> list[PurchaseModel]:
    """Fit those that can be fitted.

    A young or loyal shop has no dropout that the data could show: its chance runs to zero, and takes both of its
    parameters along. What is left is a proper model of its own, the NBD.
    """
    found: list[PurchaseModel] = []
    refused: dict[type[PurchaseModel], FitError] = {}
    for kind in kinds:
        try:
            found.append(kind().fit_patterns(patterns))
        except FitError as error:
            refused[kind] = error
    if found:
        return found
    ends = refused[SIMPLEST[-1]].data.get("values")
    if isinstance(ends, dict) and ends["a"] < NOBODY_LEAVES * ends["b"]:
        return [BgNbd(dropout=False).fit_patterns(patterns)]
    raise refused[SIMPLEST[-1]]


@dataclass(frozen=True, kw_only=True)
class _Scores:
    """The log chance that each model gave to what came, by pattern and count."""

    customers: Floats
    log_chance: dict[type[PurchaseModel], Floats]

    def means(self, than: type[PurchaseModel]) -> dict[type[PurchaseModel], tuple[float, float]]:
        """Return each model's mean score a customer, and the standard error of its gain over another's."""
        total = self.customers.sum()
        base = self.log_chance.get(than)
        found = {}
        for kind, chance in self.log_chance.items():
            gain = chance - (chance if base is None else base)
            mean = float(self.customers @ gain / total)
            error = float(np.sqrt(self.customers @ (gain - mean) ** 2)) / float(total)
            found[kind] = (float(self.customers @ chance / total), error)
        return found


def _best(kept: type[PurchaseModel], scores: _Scores) -> type[PurchaseModel]:
    """Return the best on what came; `kept` where no other is clearly better."""
    means = scores.means(kept)
    # One that could not be fitted on the earlier day has proved nothing: then the best of the others is taken.
    base = means[kept][0] if kept in means else -np.inf
    clear = {kind: mean for kind, (mean, error) in means.items() if mean - base > CLEARLY * error}
    return max(clear, key=lambda kind: clear[kind], default=kept)


def _log_scores(kinds: list[type[PurchaseModel]], lookback: Lookback) -> _Scores:
    """Fit the models as of the earlier day and score what came since."""
    came = _what_came(lookback)
    patterns = read_patterns(lookback.history, COLUMNS)
    chances: dict[type[PurchaseModel], Floats] = {}
    for kind in kinds:
        try:
            model = kind().fit_patterns(patterns)
        except (FitError, NotEnoughData):
            continue
        chances[kind] = log_chance(model, came, float(lookback.horizon_days))
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
