"""Which model of the amounts fits a history: the Gamma-Gamma, one that depends on the frequency, or the mean alone?

In   contracts.customer.HISTORY
"""

from __future__ import annotations

from typing import Any

from patron.errors import FitError, NotEnoughData
from patron.models.gamma_gamma import GammaGamma
from patron.models.mean_spend import MeanSpend
from patron.models.spend_independence import Independence, independence_of
from patron.models.spend_likelihood import Repeaters, read_repeaters


def fit_spend(history: Any) -> tuple[GammaGamma | MeanSpend, Independence | None]:
    """Fit the Gamma-Gamma, test what it assumes, and give it up where that is broken.

    Returns
    -------
    GammaGamma, SpendByFrequency or MeanSpend
        `SpendByFrequency` where the verdict is `dependent`; `MeanSpend` where no Gamma-Gamma with a mean can be fitted.
    Independence, or None
        None where it could not be tested.

    Raises
    ------
    NotEnoughData
        No repeat has a positive amount.
    ArgumentError
        The history holds values that cannot be.
    """
    try:
        repeaters = read_repeaters(history, model="Gamma-Gamma")
    except NotEnoughData:
        return MeanSpend().fit(history), None
    found = _tested(repeaters)
    try:
        spend = found.chosen if found else None
        spend = spend or GammaGamma().fit_repeaters(repeaters)
        _ = spend.population_spend_
    except FitError:
        return MeanSpend().fit(history), found
    return spend, found


def _tested(repeaters: Repeaters) -> Independence | None:
    try:
        return independence_of(repeaters)
    except FitError:
        return None
