"""How many periods will each subscription run, when holders differ but do not change?

Shifted beta-geometric: at the end of each period a holder leaves with a chance that stays the same and differs between
holders (beta). Retention rates rise with the time, because those who are quick to leave have left.

Ref  Fader & Hardie (2007), How to project customer retention, Journal of Interactive Marketing 21(1), 76-90
"""

from __future__ import annotations

from functools import partial
from typing import Self

import numpy as np
from numpy.typing import NDArray

from patron.models.renewals import Renewals
from patron.models.retention_model import RetentionModel
from patron.stats.maximise import Objective

Floats = NDArray[np.float64]


def log_likelihood(period: Floats, at_risk: Floats, lost: Floats, values: Floats) -> tuple[float, Floats]:
    """Return the log-likelihood of all renewals and its gradient in alpha and beta.

    The t-th renewal fails with chance alpha / (alpha + beta + t - 1), by equation 8.
    """
    alpha, beta = values
    stayed, all_of_it, kept = beta + period - 1, alpha + beta + period - 1, at_risk - lost
    height = lost.sum() * np.log(alpha) + (kept * np.log(stayed)).sum() - (at_risk * np.log(all_of_it)).sum()
    common = (at_risk / all_of_it).sum()
    return float(height), np.array([lost.sum() / alpha - common, (kept / stayed).sum() - common])


class ShiftedBetaGeometric(RetentionModel):
    """The shifted beta-geometric model of subscriptions; see `RetentionModel` for the tables.

    Examples
    --------
    >>> model = ShiftedBetaGeometric.from_params(alpha=0.668, beta=3.806)  # the paper's high end customers
    >>> model.survival([1, 7, 12]).round(3).tolist()
    [0.851, 0.489, 0.378]
    >>> model.retention_rate([1, 2]).round(3).tolist()
    [0.851, 0.878]
    """

    names = ("alpha", "beta")
    title = "the shifted beta-geometric model"
    short_name = "shifted_beta_geometric"

    @classmethod
    def from_params(cls, *, alpha: float, beta: float) -> Self:
        """Return a model with given parameters, as if known without error."""
        return cls._known(alpha=alpha, beta=beta)

    def _objective(self, renewals: Renewals) -> Objective:
        return partial(log_likelihood, renewals.period, renewals.at_risk, renewals.lost)

    def _starts(self, churn: float) -> list[list[float]]:
        return [[size * churn, size * (1 - churn)] for size in (1.0, 5.0, 50.0)]
