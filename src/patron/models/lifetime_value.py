"""What will each customer be worth within a horizon, discounted to today?

Value = the sum over the horizon of discounted expected purchases x the expected amount of a purchase; the interval
holds one customer's own total. Given the history, how often (BG/NBD or MBG/NBD) and how much (Gamma-Gamma) are taken to
be independent; in the history itself how much may depend on how often (`SpendByFrequency`).

Ref  Fader, Hardie & Lee (2005), RFM and CLV: using iso-value curves, Journal of Marketing Research 42(4), 415-430
"""

from __future__ import annotations

import json
import math
from copy import copy
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from patron.engines.constant import constant
from patron.errors import ArgumentError, NotFitted
from patron.language import failure
from patron.models.bg_bb import BgBb
from patron.models.bg_cnbd import BgCnbd
from patron.models.bg_nbd import BgNbd
from patron.models.estimator import check_number, read_json
from patron.models.gamma_gamma import GammaGamma, spend_of_rows, spend_of_table
from patron.models.mbg_cnbd import MbgCnbd
from patron.models.mbg_nbd import MbgNbd
from patron.models.mean_spend import MeanSpend
from patron.models.pareto_nbd import ParetoNbd
from patron.models.patterns import SPENT, Patterns, read_patterns
from patron.models.purchase_counts import count_interval
from patron.models.purchase_model import COLUMNS, PurchaseModel, columns_of
from patron.models.recalibration import Recalibration
from patron.models.recent_history import RECENT, recent_columns
from patron.models.spend_by_frequency import SpendByFrequency
from patron.models.spend_independence import Independence
from patron.models.value_interval import total_quantiles
from patron.models.with_covariates import WithCovariates

Floats = NDArray[np.float64]

YEAR_DAYS = 365.0
PURCHASES: dict[str, type[PurchaseModel]] = {
    kind.__name__: kind for kind in (BgBb, BgCnbd, BgNbd, MbgCnbd, MbgNbd, ParetoNbd, WithCovariates)
}
SPENDS: dict[str, type[GammaGamma] | type[MeanSpend]] = {
    "GammaGamma": GammaGamma, "SpendByFrequency": SpendByFrequency, "MeanSpend": MeanSpend,
}  # fmt: skip


def daily_force(discount_rate: float) -> float:
    """Return the continuous rate a day of a discount rate a year: log(1 + rate) / 365."""
    return math.log1p(discount_rate) / YEAR_DAYS


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What is expected of each pattern of a history (x, t_x, T, and whether the spend is known)."""

    purchases: Floats
    discounted: Floats
    purchases_low: Floats
    purchases_high: Floats
    alive: Floats
    total_low: Floats  # of the discounted total, in units of the customer's own gamma'
    total_high: Floats


class LifetimeValue:
    """Purchases and spend together: the discounted value of each customer within a horizon.

    Parameters
    ----------
    discount_rate : float
        A year, as a share: 0.10 means that money in 365 days is worth 1 / 1.10 today. T and horizon are in days.
    spend : GammaGamma, SpendByFrequency or MeanSpend
        The model of the amounts; `MeanSpend` when a Gamma-Gamma cannot be fitted (there are no value intervals then).
    purchases : BgNbd, MbgNbd or WithCovariates
        The model of the purchases; BG/NBD when not given. With covariates a history has their columns besides.

    Attributes
    ----------
    purchases_ : BgNbd, MbgNbd or WithCovariates
    spend_ : GammaGamma, SpendByFrequency or MeanSpend
    log_scores_ : dict
        What each purchase model that was tried scored on what came of a look back (mean a customer); empty without one.
    recalibration_ : Recalibration or None
        Factors on what the two expect. A pattern's factor is that of the horizon it was learned for, whatever horizon
        is asked for; it counts for every day of it alike, so that the discount of a purchase stays the model's. It is
        looked up by the columns of `recent_history` where the history has them.
    independence_ : Independence or None
        What the test of the two being independent found, where `fit_value_model` made it; it is not saved.
    """

    def __init__(
        self, *, discount_rate: float = 0.10, spend: GammaGamma | MeanSpend | None = None,
        purchases: PurchaseModel | None = None,
    ) -> None:  # fmt: skip
        self.discount_rate = check_number("discount_rate", discount_rate)
        self.purchases_: PurchaseModel = BgNbd() if purchases is None else purchases
        self.log_scores_: dict[str, float] = {}
        self.recalibration_: Recalibration | None = None
        self.independence_: Independence | None = None
        self.spend_: GammaGamma | MeanSpend = GammaGamma() if spend is None else spend

    def fit(self, history: Any) -> Self:
        """Fit both models.

        Parameters
        ----------
        history : Table, one row per customer
            Columns ``frequency``, ``recency``, ``T`` (days) and ``monetary_value``.

        Raises
        ------
        NotEnoughData, FitError, ArgumentError
            As the two models do; also when the fitted amounts have no mean.
        """
        fitted = self.of(copy(self.purchases_).fit(history), type(self.spend_)().fit(history))
        self.purchases_, self.spend_, self.recalibration_ = fitted.purchases_, fitted.spend_, None
        return self

    @classmethod
    def of(
        cls, purchases: PurchaseModel, spend: GammaGamma | MeanSpend, *, discount_rate: float = 0.10,
        recalibration: Recalibration | None = None,
    ) -> Self:  # fmt: skip
        """Return the value model of two models that are fitted already."""
        _ = purchases.params_, spend.population_spend_
        model = cls(discount_rate=discount_rate, spend=spend, purchases=purchases)
        model.recalibration_ = recalibration
        return model

    @property
    def params_(self) -> dict[str, float]:
        """The parameters of both models."""
        return self.purchases_.params_ | self.spend_.params_

    @property
    def standard_errors_(self) -> dict[str, float]:
        """Their standard errors."""
        return self.purchases_.standard_errors_ | self.spend_.standard_errors_

    @property
    def confidence_intervals_(self) -> dict[str, tuple[float, float]]:
        """Their 95 % intervals."""
        return self.purchases_.confidence_intervals_ | self.spend_.confidence_intervals_

    @property
    def log_likelihood_(self) -> float:
        """The log-likelihoods of both models, added: the models are independent."""
        return self.purchases_.log_likelihood_ + self.spend_.log_likelihood_

    @property
    def customers_(self) -> int:
        """How many customers the purchases were fitted on."""
        return self.purchases_.customers_

    @property
    def left_out_(self) -> int:
        """How many of them the fit of the amounts left out."""
        return self.spend_.left_out_

    def predict(self, history: Any, *, horizon: float) -> Any:
        """Return each customer's discounted value within `horizon` days.

        Returns
        -------
        array, or Table
            In row order; for an Ibis history that table with the column ``predicted_value``.
        """
        patterns = self._read(history, horizon)
        _, discounted = self.expected(patterns, horizon=horizon)
        scored = patterns.restore(_orders=discounted)
        if patterns.source is None:
            return scored * self.spend_of(patterns)
        return scored.mutate(predicted_value=scored["_orders"] * self.spend_of(scored)).drop("_orders")

    def value_interval(self, history: Any, *, horizon: float, level: float = 0.95) -> Any:
        """Return the ends of an interval that holds a customer's discounted value with chance `level`.

        Returns
        -------
        array of two columns, or Table
            Low and high; for an Ibis history the columns ``value_low`` and ``value_high``.

        Raises
        ------
        NotFitted
            The spend is a `MeanSpend`, which knows no distribution.
        """
        patterns = self._read(history, horizon)
        outcome = self.outcome(patterns, horizon=horizon, level=check_number("level", level, high=1, open_ended=True))
        scored = patterns.restore(value_low=outcome.total_low, value_high=outcome.total_high)
        if patterns.source is None:
            return scored * np.asarray(self.scale(patterns))[:, None]
        scale = self.scale(scored)
        return scored.mutate(value_low=scored.value_low * scale, value_high=scored.value_high * scale)

    def expected(self, patterns: Patterns, *, horizon: float) -> tuple[Floats, Floats]:
        """Return each pattern's expected purchases within `horizon`, and the same with each discounted to now."""
        plain, discounted, factor = self._expected(patterns, horizon)
        return plain * factor, discounted * factor

    def _expected(self, patterns: Patterns, horizon: float) -> tuple[Floats, Floats, Floats]:
        """Return what the model of the purchases expects, and the factor that puts it right."""
        columns, force = columns_of(patterns), daily_force(self.discount_rate)
        purchases = self.purchases_.among(patterns)
        plain, discounted = purchases.ahead_discounted(*columns, horizon, force)
        learned = self.recalibration_
        if learned is None:
            return plain, discounted, np.ones_like(plain)
        same = horizon == learned.horizon
        usual = plain if same else purchases.ahead(*columns, learned.horizon)
        return plain, discounted, learned.factors(*_recent(patterns), usual)

    def outcome(self, patterns: Patterns, *, horizon: float, level: float = 0.95) -> Outcome:
        """Return all that is expected of each pattern that `read_patterns(..., spent=True)` counted."""
        plain, discounted, factor = self._expected(patterns, horizon)
        outlook = self.purchases_.among(patterns).outlook(*columns_of(patterns), horizon)
        if self.recalibration_ is not None:
            outlook = outlook.rescaled(factor)
        low, high = count_interval(outlook, level=level)
        total_low, total_high = np.full((2, len(plain)), np.nan)
        if isinstance(self.spend_, GammaGamma):
            known = np.where(patterns[SPENT] > 0, patterns["frequency"], 0.0)
            total_low, total_high = total_quantiles(outlook, known, self.spend_.parameters(), level=level)
        discount = np.divide(discounted, plain, out=np.ones_like(plain), where=plain > 0)
        return Outcome(
            purchases=plain * factor, discounted=discounted * factor, purchases_low=low, purchases_high=high,
            alive=outlook.alive, total_low=total_low * discount, total_high=total_high * discount,
        )  # fmt: skip

    def scale(self, source: Any) -> Any:
        """Return each customer's own gamma' = gamma + total spend of the repeats, of patterns in memory or a table.

        It is gamma of the customer's own frequency where the spend depends on that. It carries the factor of the spend,
        since all ends of intervals are multiples of it.
        """
        if not isinstance(self.spend_, GammaGamma):
            raise failure(NotFitted, "models.not_fitted", model="MeanSpend", asked="value_interval")
        frequency, _, total = _spend(source)
        return self.spend_.scale(frequency, total) * self._spend_factor()

    def to_json(self) -> str:
        """Return the fitted models as plain JSON text."""
        facts = {
            "model": "LifetimeValue",
            "discount_rate": self.discount_rate,
            "purchases": json.loads(self.purchases_.to_json()),
            "spend": json.loads(self.spend_.to_json()),
            "recalibration": self.recalibration_ and json.loads(self.recalibration_.to_json()),
        }
        return json.dumps(facts, indent=2, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the model that `to_json` described; it predicts exactly as before.

        Raises
        ------
        ArgumentError
            The text describes another model, or none.
        """
        facts = read_json(text, cls.__name__)
        try:
            spend = SPENDS[facts["spend"]["model"]].from_json(json.dumps(facts["spend"]))
            purchases = PURCHASES[facts["purchases"]["model"]].from_json(json.dumps(facts["purchases"]))
            learned = facts["recalibration"] and Recalibration.from_json(json.dumps(facts["recalibration"]))
            return cls.of(purchases, spend, discount_rate=facts["discount_rate"], recalibration=learned)
        except (KeyError, TypeError) as error:
            raise failure(ArgumentError, "models.json_broken", model=cls.__name__, came=repr(error)) from error

    def __repr__(self) -> str:
        return f"<LifetimeValue {self.purchases_!r}, {self.spend_!r}; {self.discount_rate:.1%} a year>"

    def _read(self, history: Any, horizon: float) -> Patterns:
        _ = self.params_
        check_number("horizon", horizon)
        return self.count(history)

    def count(self, history: Any) -> Patterns:
        """Count the patterns that the forecasts depend on; what is recent too where a recalibration asks for it."""
        recent = () if self.recalibration_ is None else recent_columns(history)
        return read_patterns(self.purchases_.prepared(history), (*self.purchases_.pattern_columns, *recent), spent=True)

    def _spend_factor(self) -> float:
        return 1.0 if self.recalibration_ is None else self.recalibration_.spend

    def spend_of(self, source: Any) -> Any:
        """Return the expected amount of each row, of patterns in memory or of a table."""
        if isinstance(self.spend_, MeanSpend):
            mean = self.spend_.population_spend_ * self._spend_factor()
            return mean if isinstance(source, Patterns) else constant(mean)
        return self.spend_.amount(*_spend(source)) * self._spend_factor()


def _spend(source: Any) -> tuple[Any, Any, Any]:
    """Return each row's frequency, how many amounts are known, and their total; of patterns in memory or of a table."""
    if isinstance(source, Patterns):
        return source.columns["frequency"], *spend_of_rows(source)
    return source.frequency.cast("float64"), *spend_of_table(source)


def _recent(patterns: Patterns) -> tuple[Floats, Floats, Floats]:
    """Return x, t_x and T of the recent days where the history tells them, else of all days."""
    x, t_x, T = (patterns[name] for name in (RECENT if RECENT[0] in patterns.values else COLUMNS))
    return x, t_x, T
