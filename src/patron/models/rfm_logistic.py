"""The peer: a logistic regression on recency, frequency and money alone.

What anybody would try first, and what trees have to beat: three columns on the log scale.

Ref  Hughes (1994), Strategic Database Marketing: recency, frequency, monetary value
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import special

from patron.stats.logistic_regression import logistic_regression

Floats = NDArray[np.float64]

COLUMNS = ("days_since_last", "purchase_days", "revenue")


def rfm_logistic(learned: Mapping[str, Floats], outcome: Floats, asked: Mapping[str, Floats]) -> Floats:
    """Return the probabilities of `asked`, learned from other rows.

    Parameters
    ----------
    learned, asked : mapping of str to array
        The columns ``days_since_last, purchase_days, revenue``.
    outcome : array of 0 and 1
        Of the rows of `learned`.
    """
    columns, others = _logs(learned), _logs(asked)
    centre, size = columns.mean(axis=0), np.maximum(columns.std(axis=0), 1e-9)
    weights = logistic_regression((columns - centre) / size, outcome)
    return np.asarray(special.expit(weights[0] + (others - centre) / size @ weights[1:]), dtype=np.float64)


def _logs(columns: Mapping[str, Floats]) -> Floats:
    return np.column_stack([np.sign(columns[name]) * np.log1p(np.abs(columns[name])) for name in COLUMNS])
