"""How many periods will each subscription run, when holders differ and each of them changes with time?

Beta discrete Weibull: as the shifted beta-geometric model, but a holder's own chance to leave rises (c above 1) or
falls (c below 1) with the time that he has stayed. At c = 1 the two are the same.

Ref  Fader, Hardie, Liu, Davin & Steenburgh (2018), "How to project customer retention" revisited: the role of duration
     dependence, Journal of Interactive Marketing 43, 1-16
"""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray

from patron.models.renewals import Renewals
from patron.models.retention import RetentionParams, log_likelihood
from patron.models.retention_model import RetentionModel
from patron.stats.maximise import Objective

Floats = NDArray[np.float64]


class BetaDiscreteWeibull(RetentionModel):
    """The beta discrete Weibull model of subscriptions; see `RetentionModel` for the tables.

    Examples
    --------
    >>> model = BetaDiscreteWeibull.from_params(alpha=0.259, beta=1.722, c=1.584)
    >>> model.survival([1, 4, 12]).round(3).tolist()
    [0.869, 0.593, 0.389]
    """

    names = ("alpha", "beta", "c")
    title = "the beta discrete Weibull model"
    short_name = "beta_discrete_weibull"

    @classmethod
    def from_params(cls, *, alpha: float, beta: float, c: float) -> Self:
        """Return a model with given parameters, as if known without error."""
        return cls._known(alpha=alpha, beta=beta, c=c)

    def _objective(self, renewals: Renewals) -> Objective:
        def height(values: Floats) -> tuple[float, Floats]:
            alpha, beta, c = (float(value) for value in values)
            params = RetentionParams(alpha=alpha, beta=beta, c=c)
            return log_likelihood(renewals.period, renewals.at_risk, renewals.lost, params)

        return height

    def _starts(self, churn: float) -> list[list[float]]:
        return [[size * churn, size * (1 - churn), c] for size, c in ((1.0, 1.0), (5.0, 1.0), (1.0, 1.5), (5.0, 0.7))]
