"""How many purchases will each customer make, and has the customer left at some moment that nobody saw?

Pareto/NBD: a customer buys at a Poisson rate that differs between customers (gamma), during a lifetime that ends at a
rate which differs too (gamma). Unlike BG/NBD a customer can leave at any moment, not only right after a purchase.

Ref  Schmittlein, Morrison & Colombo (1987), Counting your customers: who are they and what will they do next?,
     Management Science 33(1), 1-24
     Fader, Hardie & Lee (2005), RFM and CLV: using iso-value curves for customer base analysis, Journal of Marketing
     Research 42(4), 415-430: discounted expected residual transactions (equation 2)
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from patron.models import pareto_nbd_scores
from patron.models.covariate_effects import CovariateEffects, Effect
from patron.models.estimator import check_number
from patron.models.pareto_nbd_counts import ParetoNbdOutlook, outlook
from patron.models.pareto_nbd_likelihood import by_cell, objective, scores, starts, thinned
from patron.models.pareto_nbd_scores import ParetoNbdParams
from patron.models.patterns import Patterns
from patron.models.purchase_model import PurchaseModel, columns_of
from patron.stats.maximise import maximise

Floats = NDArray[np.float64]


class ParetoNbd(PurchaseModel):
    """The Pareto/NBD model of purchases and lifetimes; see `PurchaseModel` for the units.

    Examples
    --------
    >>> model = ParetoNbd.from_params(r=0.553, alpha=10.578, s=0.606, beta=11.669)  # the paper's, in weeks
    >>> import pyarrow
    >>> customer = pyarrow.table({"frequency": [26], "recency": [30.857], "T": [31.0]})
    >>> round(float(model.probability_alive(customer)[0]), 3)
    0.998
    >>> round(float(model.expected_purchases(customer, horizon=52)[0]), 2)
    25.46
    """

    names = ("r", "alpha", "s", "beta")
    title = "Pareto/NBD"
    short_name = "pareto_nbd"
    covariate_effects = CovariateEffects(
        purchases=(Effect(coefficient="gamma1", parameter="alpha", sign=-1.0),),
        dropout=(Effect(coefficient="gamma2", parameter="beta", sign=-1.0),),
        tabulate=by_cell,
    )

    @classmethod
    def from_params(cls, *, r: float, alpha: float, s: float, beta: float) -> Self:
        """Return a model with given parameters, as if known without error."""
        return cls._known(r=r, alpha=alpha, s=s, beta=beta)

    def fit_patterns(self, patterns: Patterns) -> Self:
        """Do as `fit`, on patterns that are counted already."""
        purchases, time = self.check_enough(patterns)
        x, t_x, T = columns_of(patterns)
        unit = time / patterns.total
        columns = x, t_x / unit, T / unit, patterns.customers.astype(np.float64)
        top = maximise(
            objective(*columns), names=self.names, size=float(patterns.total), starts=starts(purchases, time / unit),
            rough=thinned(*columns),
        )  # fmt: skip
        return self._keep(
            top, np.array([1.0, unit, 1.0, unit]), shift=-purchases * float(np.log(unit)), customers=patterns.total,
            left_out=0,
        )  # fmt: skip

    def discounted_residual_transactions(self, history: Any, *, discount_rate_per_unit: float) -> Any:
        """Return DERT, all purchases that a customer will ever make from now on, each discounted to now.

        Parameters
        ----------
        history : Table, one row per customer
            Columns ``frequency``, ``recency`` and ``T``.
        discount_rate_per_unit : float
            The continuous rate for one unit of T, above zero: log(1 + yearly rate) / 52 when T is in weeks.

        Returns
        -------
        array, or Table
            In row order; for an Ibis history that table with the column ``discounted_residual_transactions``.
        """
        rate = check_number("rate_per_unit", discount_rate_per_unit, open_ended=True)

        def dert(x: Floats, t_x: Floats, T: Floats) -> Floats:
            return pareto_nbd_scores.discounted_residual_transactions(self._parameters(), x, t_x, T, rate)

        return self._score("discounted_residual_transactions", dert, history)

    def alive(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        """Return the chance that each customer has not left by T."""
        return pareto_nbd_scores.probability_alive(self._parameters(), x, t_x, T)

    def ahead(self, x: Floats, t_x: Floats, T: Floats, horizon: ArrayLike) -> Floats:
        """Return E[Y(t) | x, t_x, T], the purchases of the time `horizon` after T."""
        return pareto_nbd_scores.expected_purchases(self._parameters(), x, t_x, T, horizon)

    def outlook(self, x: Floats, t_x: Floats, T: Floats, horizon: float) -> ParetoNbdOutlook:
        """Return the distribution of the purchases within `horizon` after T."""
        return outlook(self._parameters(), x, t_x, T, horizon)

    def scores(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        """Return each customer's gradient of the log-likelihood on the log scale of the parameters."""
        return scores(self._parameters(), x, t_x, T)

    def _parameters(self) -> ParetoNbdParams:
        return ParetoNbdParams(**self._fitted("parameters").params)
