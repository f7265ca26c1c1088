"""Which model of the purchases fits a shop best?

All candidates are fitted as of a day one look back ago and asked how likely each number of purchases was that came
since (the logarithmic score of the whole distribution, not of its mean). The likelier of the two simplest is kept
unless another foretold what came better by more than chance explains: so no run changes the model for nothing. Without
a look back, or with few customers, nothing but these two is tried: a model that tells the past best may foretell worst.

Ref  as `log_score.py`
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from patron.errors import FitError, NotEnoughData
from patron.models.bg_cnbd import BgCnbd
from patron.models.bg_nbd import BgNbd
from patron.models.log_score import Scores, log_chance, what_came
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
    """Return those that say something of their own: with k = 1 a model of regular buyers is one of the simplest."""
    found, _ = _try(kinds, patterns)
    return [model for model in found if model.params_.get("k") != 1]


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


def _log_scores(candidates: list[PurchaseModel], lookback: Lookback) -> Scores:
    """Fit models of the same kinds as of the earlier day and score what came since."""
    came = what_came(lookback.history, lookback)
    patterns = read_patterns(lookback.history, COLUMNS)
    chances: dict[int, Floats] = {}
    for place, model in enumerate(candidates):
        try:
            earlier = copy(model).fit_patterns(patterns)
        except (FitError, NotEnoughData):
            continue
        chances[place] = log_chance(earlier, came, float(lookback.horizon_days))
    return Scores(customers=came.patterns.customers.astype(np.float64), log_chance=chances)
