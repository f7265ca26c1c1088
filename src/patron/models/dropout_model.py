"""The estimator that BG/NBD and MBG/NBD share.

In   a history with `frequency`, `recency` and `T`, as counted patterns
"""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from patron.models import dropout
from patron.models.dropout import NAMES, DropoutParams
from patron.models.dropout_likelihood import (
    log_likelihood,
    log_likelihood_of_stayers,
    scores,
    starts,
    tabulate,
    thinned,
    with_stayers,
)
from patron.models.patterns import Patterns
from patron.models.purchase_counts import DropoutOutlook
from patron.models.purchase_model import PurchaseModel, columns_of
from patron.stats.maximise import maximise

Floats = NDArray[np.float64]


class DropoutModel(PurchaseModel):
    """Purchases at a gamma distributed rate until a dropout whose chance is beta distributed.

    Parameters
    ----------
    dropout : bool
        Whether customers leave. Without dropout (a is 0, b is 1) it is the NBD model, for a history in which the fit
        finds that nobody seems to leave.

    Notes
    -----
    A history's ``frequency``, ``recency`` and ``T`` may be in any unit of time; a horizon is in the same unit. With
    another unit alpha changes in proportion, r, a, b and all forecasts stay.
    """

    names = NAMES
    kind: ClassVar[type[DropoutParams]]

    def __init__(self, *, dropout: bool = True) -> None:
        self.dropout = dropout

    @classmethod
    def from_params(cls, *, r: float, alpha: float, a: float, b: float) -> Self:
        """Return a model with given parameters, as if known without error."""
        return cls._known(r=r, alpha=alpha, a=a, b=b)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the model that `to_json` described; it predicts exactly as before.

        Raises
        ------
        ArgumentError
            The text describes another model, or none.
        """
        model = super().from_json(text)
        model.dropout = model.has_dropout_
        return model

    @property
    def has_dropout_(self) -> bool:
        """Whether the fitted customers leave at all; without dropout both models are the NBD."""
        return self.params_["a"] > 0

    def fit_patterns(self, patterns: Patterns) -> Self:
        """Do as `fit`, on patterns that are counted already."""
        return self._fit_every(1, patterns)

    def _fit_every(self, k: int, patterns: Patterns) -> Self:
        """Fit with every k-th arrival a purchase."""
        purchases, time = self.check_enough(patterns)
        x, t_x, T = columns_of(patterns)
        unit = time / patterns.total
        columns = x, t_x / unit, T / unit, patterns.customers.astype(np.float64)
        height = log_likelihood if self.dropout else log_likelihood_of_stayers
        used = 4 if self.dropout else 2
        extra = self.kind.extra
        top = maximise(
            partial(height, tabulate(*columns, extra=extra, k=k)), names=NAMES[:used], size=float(patterns.total),
            starts=[start[:used] for start in starts(k * purchases, time / unit)],
            rough=thinned(height, columns, extra=extra, k=k),
        )  # fmt: skip
        return self._keep(
            with_stayers(top) if used == 2 else top, np.array([1.0, unit, 1.0, 1.0]),
            shift=-k * purchases * float(np.log(unit)), customers=patterns.total, left_out=0,
        )  # fmt: skip

    def alive(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        """Return the chance that each customer has not left by T."""
        return dropout.probability_alive(self._parameters(), x, t_x, T)

    def ahead(self, x: Floats, t_x: Floats, T: Floats, horizon: ArrayLike) -> Floats:
        """Return E[Y(t) | x, t_x, T], the purchases of the time `horizon` after T."""
        return dropout.expected_purchases(self._parameters(), x, t_x, T, horizon)

    def outlook(self, x: Floats, t_x: Floats, T: Floats, horizon: float) -> DropoutOutlook:
        """Return the distribution of the purchases within `horizon` after T."""
        return dropout.outlook(self._parameters(), x, t_x, T, horizon)

    def scores(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        """Return each customer's gradient of the log-likelihood on the log scale of the parameters."""
        return scores(self._parameters(), x, t_x, T)

    def _parameters(self) -> DropoutParams:
        params = self._fitted("parameters").params
        k = int(params.get("k", 1))
        return self.kind(k=k, **{name: params[name] for name in NAMES})
