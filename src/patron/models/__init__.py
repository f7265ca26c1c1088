"""What each customer is expected to do next."""

from __future__ import annotations

from patron.models.backtest import backtest
from patron.models.beta_discrete_weibull import BetaDiscreteWeibull
from patron.models.bg_bb import BgBb
from patron.models.bg_cnbd import BgCnbd
from patron.models.bg_nbd import BgNbd
from patron.models.bundles import bundles
from patron.models.customer_headroom import customer_headroom
from patron.models.customer_next_products import Offer, customer_next_products
from patron.models.customer_replenishments import customer_replenishments
from patron.models.demand import Demand
from patron.models.equity import equity
from patron.models.forecasts import forecasts
from patron.models.gamma_gamma import GammaGamma
from patron.models.gateways import gateways
from patron.models.habits import Habits
from patron.models.headroom import Headroom
from patron.models.headroom_backtest import headroom_backtest
from patron.models.lifetime_value import LifetimeValue
from patron.models.lookalike import Lookalike
from patron.models.lookback import Lookback, outcome
from patron.models.mbg_cnbd import MbgCnbd
from patron.models.mbg_nbd import MbgNbd
from patron.models.mean_spend import MeanSpend
from patron.models.next_product import NextProduct
from patron.models.pareto_nbd import ParetoNbd
from patron.models.plan_retention import PlanRetention, fit_plan_retention
from patron.models.price_response import PriceResponse
from patron.models.product_demand import product_demand
from patron.models.propensity import Propensity
from patron.models.prospect_value import prospect_value
from patron.models.recalibration import Recalibration
from patron.models.recent_history import recent_history
from patron.models.replenishment import Replenishment
from patron.models.response import Response
from patron.models.revenue_backtest import revenue_backtest
from patron.models.revenue_forecast import foresee, revenue_forecast
from patron.models.running_subscriptions import running_subscriptions
from patron.models.shifted_beta_geometric import ShiftedBetaGeometric
from patron.models.spend_by_frequency import SpendByFrequency
from patron.models.spend_independence import Independence, spend_independence
from patron.models.subscription_value import subscription_value
from patron.models.value_model import fit_value_model, seen_by
from patron.models.with_covariates import WithCovariates
from patron.models.with_subscribers import with_subscribers

__all__ = [
    "BetaDiscreteWeibull",
    "BgBb",
    "BgCnbd",
    "BgNbd",
    "Demand",
    "GammaGamma",
    "Habits",
    "Headroom",
    "Independence",
    "LifetimeValue",
    "Lookalike",
    "Lookback",
    "MbgCnbd",
    "MbgNbd",
    "MeanSpend",
    "NextProduct",
    "Offer",
    "ParetoNbd",
    "PlanRetention",
    "PriceResponse",
    "Propensity",
    "Recalibration",
    "Replenishment",
    "Response",
    "ShiftedBetaGeometric",
    "SpendByFrequency",
    "WithCovariates",
    "backtest",
    "bundles",
    "customer_headroom",
    "customer_next_products",
    "customer_replenishments",
    "equity",
    "fit_plan_retention",
    "fit_value_model",
    "forecasts",
    "foresee",
    "gateways",
    "headroom_backtest",
    "outcome",
    "product_demand",
    "prospect_value",
    "recent_history",
    "revenue_backtest",
    "revenue_forecast",
    "running_subscriptions",
    "seen_by",
    "spend_independence",
    "subscription_value",
    "with_subscribers",
]
