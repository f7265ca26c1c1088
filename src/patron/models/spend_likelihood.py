"""How likely are mean amounts, as one number with its gradient, fast?

Amounts vary around a mean of each customer's own, whose scale may depend on the frequency x: gamma(x) = gamma x
doubling^log2(x). With doubling = 1 it is the Gamma-Gamma. Most terms depend on x alone, so they are tabulated once and
summed over distinct values; what is left is one logarithm a pattern.

Ref  Fader & Hardie (2013), The Gamma-Gamma model of monetary value, equation 1a; gamma(x) is this project's own
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from patron.models.estimator import check_enough
from patron.models.patterns import read_patterns

Floats = NDArray[np.float64]

COLUMNS = ("frequency", "monetary_value")


@dataclass(frozen=True, kw_only=True)
class Repeaters:
    """The patterns of customers whose amounts are known: x of them with a mean, and how many customers show each."""

    x: Floats
    mean: Floats
    customers: Floats
    left_out: int = 0  # customers of the table whose amounts tell nothing

    @property
    def total(self) -> int:
        """How many customers there are."""
        return int(self.customers.sum())

    @property
    def unit(self) -> float:
        """The mean amount of all purchases, in money."""
        return float(self.customers @ (self.x * self.mean) / (self.customers @ self.x))


def read_repeaters(history: Any, *, model: str) -> Repeaters:
    """Count the patterns of those customers of a history who have a repeat purchase with a positive amount.

    Raises
    ------
    NotEnoughData
        They are fewer than 30, or all spend the same.
    ArgumentError
        The history holds values that cannot be.
    """
    patterns = read_patterns(history, COLUMNS, optional=("monetary_value",))
    spent = (patterns["frequency"] > 0) & (patterns["monetary_value"] > 0)
    x, mean = patterns["frequency"][spent], patterns["monetary_value"][spent]
    customers = patterns.customers[spent].astype(np.float64)
    size = int(customers.sum())
    check_enough(model, size, [("monetary_value", mean)])
    return Repeaters(x=x, mean=mean, customers=customers, left_out=patterns.total - size)


@dataclass(frozen=True, kw_only=True)
class Tables:
    """What of the patterns depends on x alone, and the totals of each pattern."""

    x: Floats
    level: Floats  # log2 of each x
    customers_x: Floats
    at_x: NDArray[np.intp]
    total: Floats
    customers: Floats
    log_mean: float  # sum over customers
    x_log_total: float  # sum over customers of x log(x mean)


def tabulate(repeaters: Repeaters, *, unit: float) -> Tables:
    """Tabulate patterns, their amounts in multiples of `unit`."""
    x, mean, customers = repeaters.x, repeaters.mean / unit, repeaters.customers
    distinct, at_x = np.unique(x, return_inverse=True)
    return Tables(
        x=distinct,
        level=np.log2(distinct),
        customers_x=np.bincount(at_x, customers).astype(np.float64),
        at_x=at_x,
        total=x * mean,
        customers=customers,
        log_mean=float(customers @ np.log(mean)),
        x_log_total=float((customers * x) @ np.log(x * mean)),
    )


def log_likelihood(tables: Tables, values: Floats) -> tuple[float, Floats]:
    """Return the log-likelihood of all repeaters and its gradient in p, q, gamma, doubling."""
    p, q, gamma, doubling = values
    x, n_x = tables.x, tables.customers_x
    number, shapes = n_x.sum(), p * x + q
    scale = gamma * doubling**tables.level
    log_scale = n_x @ np.log(scale)
    all_of_it = scale[tables.at_x] + tables.total
    by_x = np.bincount(tables.at_x, tables.customers * np.log(all_of_it), minlength=len(x))
    inverse = np.bincount(tables.at_x, tables.customers / all_of_it, minlength=len(x))
    height = (
        n_x @ (special.gammaln(shapes) - special.gammaln(p * x)) - number * special.gammaln(q) + q * log_scale
        + p * tables.x_log_total - tables.log_mean - shapes @ by_x
    )  # fmt: skip
    slope = special.digamma(shapes)
    pull = q * n_x - shapes * scale * inverse  # of the logarithm of each x's scale
    gradient = np.array([
        (n_x * x) @ (slope - special.digamma(p * x)) + tables.x_log_total - x @ by_x,
        n_x @ slope + log_scale - number * special.digamma(q) - by_x.sum(),
        pull.sum() / gamma,
        tables.level @ pull / doubling,
    ])  # fmt: skip
    return float(height), gradient


def log_likelihood_of_independent(tables: Tables, values: Floats) -> tuple[float, Floats]:
    """Return the same of amounts that do not depend on the frequency, with the gradient in p, q, gamma."""
    height, gradient = log_likelihood(tables, np.append(values, 1.0))
    return height, gradient[:3]
