"""What each customer is expected to do next."""

from __future__ import annotations

from patron.models.backtest import backtest
from patron.models.bg_nbd import BgNbd
from patron.models.forecasts import forecasts
from patron.models.gamma_gamma import GammaGamma
from patron.models.lifetime_value import LifetimeValue
from patron.models.lookback import Lookback, outcome
from patron.models.mbg_nbd import MbgNbd
from patron.models.mean_spend import MeanSpend
from patron.models.propensity import Propensity
from patron.models.recalibration import Recalibration
from patron.models.recent_history import recent_history
from patron.models.value_model import fit_value_model, seen_by

__all__ = [
    "BgNbd",
    "GammaGamma",
    "LifetimeValue",
    "Lookback",
    "MbgNbd",
    "MeanSpend",
    "Propensity",
    "Recalibration",
    "backtest",
    "fit_value_model",
    "forecasts",
    "outcome",
    "recent_history",
    "seen_by",
]
