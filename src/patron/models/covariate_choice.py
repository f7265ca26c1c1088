"""Does it help to know how a customer began?

The chosen model is fitted anew with the customers' covariates as of the earlier day of the look back, and kept with
them where these tell customers apart beyond chance (likelihood-ratio test), and what came was foretold no worse. Then
who has no purchases of her own to judge by is expected to do as those who began alike, not as all.

That the forecast must be clearly better, as between two kinds of model, would be too much to ask: a covariate moves the
means of groups, of which each customer's own purchases say little. Of 8,000 customers, a fifth of whom buy 2.7 times as
often as the others, it gains .001 of .757 in the logarithmic score, with a standard error half as large.

Ref  as `log_score.py` and `with_covariates.py`
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import ibis.expr.types as ir

from patron.contracts.customer import COVARIATE_NAMES
from patron.errors import ArgumentError, FitError, NotEnoughData
from patron.models.covariate_learning import differing
from patron.models.log_score import log_chance, what_came
from patron.models.lookback import Lookback
from patron.models.purchase_choice import Choice
from patron.models.purchase_model import PurchaseModel
from patron.models.with_covariates import KINDS, WithCovariates

BEYOND_CHANCE = 0.001
"""The p-value of the likelihood-ratio test: a run in a thousand takes covariates that mean nothing."""

LEAST_SHARE = 0.02
"""Of the customers, behind a level of its own: a shop's hundred rare categories would each cost a coefficient."""


def choose_covariates(choice: Choice, history: ir.Table, lookback: Lookback | None) -> Choice:
    """Return the choice with covariates, where they pay.

    Parameters
    ----------
    choice : Choice
        Of `choose_purchases`. What it had too little to test, is not tested here either.
    history : Table
        Keeps the contract HISTORY, with any columns of contracts.customer.COVARIATES.
    lookback : Lookback, optional
        As for `choose_purchases`, its history with the same columns.
    """
    known = tuple(name for name in COVARIATE_NAMES if name in history.columns)
    if lookback is None or not choice.log_scores or type(choice.model) not in KINDS.values():
        return choice
    names = differing(lookback.history, known, least_share=LEAST_SHARE)
    earlier = _first_fitted(choice.model, names, lookback.history)
    if earlier is None:
        return choice
    without, score = _log_scores(earlier, lookback)
    scores = choice.log_scores | {earlier.short_name: score}
    if score < without or earlier.likelihood_ratio_.p_value > BEYOND_CHANCE:
        return replace(choice, log_scores=scores)
    now = _fitted(choice.model, earlier.purchases, history)
    return Choice(model=now or choice.model, log_scores=scores)


def _first_fitted(model: PurchaseModel, names: tuple[str, ...], history: ir.Table) -> WithCovariates | None:
    """Fit with as many of the covariates as the data bear: all of them, else the first that can be."""
    fits = (_fitted(model, formula, history) for formula in _formulas(names))
    return next((fitted for fitted in fits if fitted is not None), None)


def _formulas(names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if len(names) > 1:
        yield names
    yield from ((name,) for name in names)


def _fitted(model: PurchaseModel, names: tuple[str, ...], history: ir.Table) -> WithCovariates | None:
    formula = " + ".join(names)
    dropout = formula if model.has_dropout_ else None
    try:
        return WithCovariates(model, formula, dropout=dropout, least_share=LEAST_SHARE).fit(history)
    except (FitError, NotEnoughData):
        return None
    except ArgumentError as error:
        if "column" not in error.data:  # of a covariate: it says what another one says, or is one level today
            raise
        return None


def _log_scores(earlier: WithCovariates, lookback: Lookback) -> Iterator[float]:
    """Yield what the same model scored without and with covariates, mean a customer."""
    came = what_came(earlier.prepared(lookback.history), lookback, by=earlier.pattern_columns)
    share = came.patterns.customers / came.patterns.total
    for model in (earlier.without_, earlier):
        yield float(share @ log_chance(model, came, float(lookback.horizon_days)))
