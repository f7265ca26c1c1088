"""At which price for each limit do customers' own best options use up just what there is?

The dual of the allocation is to find the prices of money, of places in channels and of goods at which the sum of what
everybody's best option brings net of them, plus what the limits are worth, is least. It is convex and has as many
unknowns as there are limits, however many customers there are. Its corners are rounded by a temperature that falls in
steps (the best of a customer's options becomes a soft best), so that a quasi-Newton method finds its way; the last step
is near enough to the true corners for the prices. They are learned from a part of the customers first: what is off by
a share e in the prices costs about e^2 of the value.

Ref  Fisher (1981), The Lagrangian relaxation method for solving integer programming problems, Management Science 27(1)
     Nesterov (2005), Smooth minimization of non-smooth functions, Mathematical Programming 103
     Basu, Ghoting, Mazumder & Pan (2020), ECLIPSE: an extreme-scale linear program solver for web-applications, ICML
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from patron.decisions.budget.choices import Choices, Floats, Ints
from patron.decisions.budget.kinds import NOISE

TEMPERATURES = (0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003)
"""In units of the mean value of customers' best options."""

FEW, MANY = 4_000, 40_000
"""Customers of the two parts that prices are learned from."""

NEWTON, MOST_NEWTON, CLOSE = 4, 64, 1e-5
"""Steps at most by which prices that a part of the customers gave are set right for all, for how many limits at most,
and how near to the limits is near enough."""


def spread(customers: int, most: int) -> Ints:
    """Return every so many customers, `most` at most, evenly over all."""
    return np.arange(customers) if customers <= most else (np.arange(most) * customers) // most


def dual_prices(choices: Choices, *, start: Floats | None = None) -> Floats:
    """Return a price for each limit, in value per unit of it, at or near the least of the dual."""
    few = choices.part(spread(choices.customers, FEW))
    prices = np.zeros(len(choices.limits)) if start is None else start
    prices = _cooled(few, prices, TEMPERATURES if start is None else TEMPERATURES[2:])
    if choices.customers <= FEW:
        return prices
    many = choices.part(spread(choices.customers, MANY))
    prices = _cooled(many, prices, TEMPERATURES[-2:])
    return prices if choices.customers <= MANY else _set_right(choices, many, prices)


def _cooled(choices: Choices, prices: Floats, temperatures: tuple[float, ...]) -> Floats:
    """Follow the least of the rounded dual as the temperature falls."""
    unit = _unit(choices)
    if unit == 0:
        return np.zeros(len(prices))
    scale = unit * choices.customers / _sizes(choices)
    found = prices / scale
    for temperature in temperatures:
        answer = minimize(
            _rounded, found, args=(choices, scale, temperature * unit), jac=True, method="L-BFGS-B",
            bounds=[(0.0, None)] * len(found), options={"maxiter": 60, "ftol": 1e-10, "gtol": 1e-7},
        )  # fmt: skip
        found = answer.x
    return np.asarray(found * scale)


def _unit(choices: Choices) -> float:
    """Return the mean of what customers' best options would bring if nothing were scarce."""
    return float(choices.best(np.zeros(len(choices.limits)))[1].mean()) if choices.customers else 0.0


def _sizes(choices: Choices) -> Floats:
    """Return the size of each limit; a limit of nought counts as large as there are customers."""
    return np.where(choices.limits > NOISE, choices.limits, choices.customers)


def _rounded(found: Floats, choices: Choices, scale: Floats, temperature: float) -> tuple[float, Floats]:
    """Return the rounded dual and its slope, both per customer and in units of the mean best option."""
    prices = found * scale
    value, used = rounded(choices, prices, temperature)
    norm = float(scale[0] * _sizes(choices)[0])
    return value / norm, (choices.limits - used) * scale / norm


def rounded(choices: Choices, prices: Floats, temperature: float) -> tuple[float, Floats]:
    """Return the dual with soft choices, and what they use of each limit on average."""
    top, chance = soft(choices, prices, temperature)
    counts = np.bincount(choices.kind, chance, minlength=choices.uses.shape[0])
    used = np.append(chance @ choices.cost, choices.uses.T @ counts)
    return float(prices @ choices.limits + top), used


def soft(choices: Choices, prices: Floats, temperature: float) -> tuple[float, Floats]:
    """Return the sum of customers' soft best, and the chance with which each option is taken."""
    left = choices.reduced(prices)
    starts, owner = choices.starts[:-1], choices.owner
    top = np.maximum(np.maximum.reduceat(left, starts), 0.0)
    weight = np.exp((left - top[owner]) / temperature)
    nothing = np.exp(-top / temperature)
    total = np.add.reduceat(weight, starts) + nothing
    # Net of what the temperature alone adds, so that values at different temperatures can be compared.
    return float((top + temperature * np.log(total)).sum()), weight / total[owner]


def _set_right(choices: Choices, many: Choices, prices: Floats) -> Floats:
    """Return prices at which all customers, and not a part of them, use up what there is.

    Newton steps: what is used is counted over all customers, how it answers to prices is taken from the part.
    """
    best, least = prices, np.inf
    for _ in range(NEWTON):
        picks, net = choices.best(prices)
        bound = choices.bound(prices, net)
        if bound >= least:
            break
        best, least = prices, bound
        over = choices.used(picks) - choices.limits
        free = (prices > 0) | (over > 0)
        if len(prices) > MOST_NEWTON or np.abs(over[free] / _sizes(choices)[free]).max(initial=0.0) < CLOSE:
            break
        curvature = _curvature(many, prices, TEMPERATURES[-2] * _unit(many))[np.ix_(free, free)]
        curvature *= choices.customers / many.customers
        step = np.zeros(len(prices))
        step[free] = np.linalg.lstsq(curvature, over[free], rcond=1e-12)[0]
        prices = np.maximum(prices + step, 0.0)
    return best


def _curvature(choices: Choices, prices: Floats, temperature: float) -> Floats:
    """Return how what is used answers to prices: the covariance of each customer's soft choice, over temperature."""
    _, chance = soft(choices, prices, temperature)
    rows = np.flatnonzero(chance > 1e-6)
    taken = np.column_stack([choices.cost[rows], choices.uses[choices.kind[rows]].toarray()])
    weight, owner = chance[rows], choices.owner[rows]
    mean = np.column_stack(
        [np.bincount(owner, weight * column, minlength=choices.customers) for column in taken.T]
    )  # fmt: skip
    return np.asarray((taken.T @ (weight[:, None] * taken) - mean.T @ mean) / temperature)
