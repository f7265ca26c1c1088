"""Mathematics on arrays; knows nothing of tables."""

from __future__ import annotations

from patron.stats.difference import Difference, Moments, NotEnough, difference, relative_difference
from patron.stats.forecast_error import Figure, bias, error_against, mean_absolute_error
from patron.stats.maximise import Maximum, maximise
from patron.stats.pit import distance_from_uniform, randomised_pit
from patron.stats.ranking import Groups, gini, gini_gain, group_means, quantile_groups
from patron.stats.sample_ratio import sample_ratio
from patron.stats.shrinkage import Shrunk, between_variance, shrink
from patron.stats.special import count_until_dropout, log_chance_to_stay

__all__ = [
    "Difference",
    "Figure",
    "Groups",
    "Maximum",
    "Moments",
    "NotEnough",
    "Shrunk",
    "between_variance",
    "bias",
    "count_until_dropout",
    "difference",
    "distance_from_uniform",
    "error_against",
    "gini",
    "gini_gain",
    "group_means",
    "log_chance_to_stay",
    "maximise",
    "mean_absolute_error",
    "quantile_groups",
    "randomised_pit",
    "relative_difference",
    "sample_ratio",
    "shrink",
]
