"""How well is each plan renewed, as far as its own renewals tell, and else those of all plans?

In   contracts.raw subscriptions
Ref  `shifted_beta_geometric.py`, `beta_discrete_weibull.py`
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from patron.errors import FitError, NotEnoughData
from patron.models.beta_discrete_weibull import BetaDiscreteWeibull
from patron.models.renewals import Renewals, as_table
from patron.models.retention_model import RetentionModel
from patron.models.shifted_beta_geometric import ShiftedBetaGeometric
from patron.models.subscription_renewals import count_renewals, renewals_of

ENOUGH = 100  # subscriptions of a plan that came to a renewal
ENOUGH_LOST = 20  # of them
TWICE = 3.841  # twice the gain in log-likelihood that a third parameter has to bring: the chi-square's 95 %
ALIKE = 1e6  # alpha + beta of holders who hardly differ
YEAR_DAYS = 365.0
NO_PLAN = ""


@dataclass(frozen=True, kw_only=True)
class PlanRetention:
    """The models of the plans with enough renewals, those of all plans with periods of one length, and a last resort.

    `daily_loss` is the share of subscriptions lost a day, for periods of a length whose renewals are too few.
    """

    plans: dict[tuple[str, int], RetentionModel]
    lengths: dict[int, RetentionModel]
    daily_loss: float

    def model_of(self, plan: str | None, period_days: int) -> tuple[RetentionModel, str]:
        """Return the best model for a plan and length of period, and what the column `model` calls it."""
        own = self.plans.get((plan or NO_PLAN, period_days))
        if own is not None:
            return own, own.short_name
        pooled = self.lengths.get(period_days)
        if pooled is not None:
            return pooled, f"{pooled.short_name}+pooled"
        lost = -math.expm1(-self.daily_loss * period_days)
        return ShiftedBetaGeometric.from_params(alpha=ALIKE * lost, beta=ALIKE * (1 - lost)), "constant_rate"


def fit_plan_retention(subscriptions: Any, *, as_of: date) -> PlanRetention:
    """Fit a model of retention to each plan, to all plans of a length of period, or take what little is known.

    Parameters
    ----------
    subscriptions : Table, one row per subscription
        Columns ``started_on``, ``ended_on``, ``period_days`` and, if there is one, ``plan``. Counted in one engine
        call.
    as_of : date
        The last day we may know about.

    Returns
    -------
    PlanRetention
        A plan has a model of its own from 100 subscriptions on that came to a renewal, 20 of them lost. The model is
        the shifted beta-geometric one, or the beta discrete Weibull where a likelihood ratio test at 5 % asks for it.

    Raises
    ------
    ContractError, ArgumentError
        The table lacks a column, holds values that cannot be, or nothing had started by the day.
    """
    rows = with_plan(as_table(subscriptions))
    groups = count_renewals(rows, as_of=as_of, by=("plan",))
    lengths = {days: _those(groups, "period_days", days) for days in _different(groups, "period_days")}
    own = {
        (plan, days): _best(renewals_of(_those(of_length, "plan", plan)), least=ENOUGH, lost=ENOUGH_LOST)
        for days, of_length in lengths.items()
        for plan in _different(of_length, "plan")
    }
    pooled = {days: _best(renewals_of(of_length)) for days, of_length in lengths.items()}
    return PlanRetention(
        plans={key: model for key, model in own.items() if model is not None},
        lengths={key: model for key, model in pooled.items() if model is not None},
        daily_loss=_daily_loss({days: renewals_of(of_length) for days, of_length in lengths.items()}),
    )


def with_plan(rows: ir.Table) -> ir.Table:
    """Return subscriptions whose plan is never null, and empty where there is none."""
    if "plan" not in rows.columns:
        return rows.mutate(plan=ibis.literal(NO_PLAN))
    return rows.mutate(plan=rows.plan.cast("string").fill_null(NO_PLAN))


def _best(renewals: Renewals, *, least: int = 0, lost: int = 0) -> RetentionModel | None:
    """Return the simplest model that the renewals do not contradict, or None where none can be fitted."""
    if renewals.customers < least or renewals.lost.sum() < lost:
        return None
    found: list[RetentionModel] = []
    for kind in (ShiftedBetaGeometric, BetaDiscreteWeibull):
        try:
            found.append(kind().fit_renewals(renewals))
        except (NotEnoughData, FitError):
            continue
    return max(found, key=lambda model: 2 * model.log_likelihood_ - TWICE * len(model.names), default=None)


def _daily_loss(renewals: dict[int, Renewals]) -> float:
    """Return the share lost a day, as if half a loss had been seen in one more year."""
    lost = sum(float(seen.lost.sum()) for seen in renewals.values())
    days = sum(float(seen.at_risk.sum()) * length for length, seen in renewals.items())
    return (lost + 0.5) / (days + YEAR_DAYS)


def _different(groups: pa.Table, column: str) -> list[Any]:
    return sorted(set(groups[column].to_pylist()))


def _those(groups: pa.Table, column: str, value: Any) -> pa.Table:
    return groups.filter(pc.equal(groups[column], value))
