"""Of two random clocks that have not rung yet, which will ring first?

One rings at a rate lambda ~ Gamma(shape, a), the other, its rival, at a rate mu ~ Gamma(rival, b). The chance that the
rival is first is the mean of mu / (lambda + mu), and of the scales it depends on the ratio c = a / b alone. In closed
form it is a Gauss hypergeometric function,

    rival / (shape + rival) x 2F1(1, shape; shape + rival + 1; 1 - 1 / c),

the mean of f(B) = 1 / (1 - B + B / c) over B ~ Beta(shape, rival + 1), times that share. Here the mean is taken by the
trapezoid rule in y = logit B, which converges exponentially: a sum of positive terms of moderate size, whatever the
shapes. Nodes and weights depend on the shape alone, so many ratios at one shape cost one division a node.

Ref  Euler's integral of 2F1: NIST Digital Library of Mathematical Functions 15.6.1
     Trefethen & Weideman (2014), The exponentially convergent trapezoidal rule, SIAM Review 56(3), 385-458
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

DEPTH = 30.0  # what the rule leaves out is about exp(-30) of the whole
SHAPES = 512  # shapes that are tabulated at once
VISITED = 1 << 15  # nodes x ratios that are visited at once: they stay in fast memory
ROUNDED = 8  # numbers of nodes are multiples of it, so that shapes can be tabulated together


@dataclass(frozen=True, kw_only=True)
class Race:
    """The chance that the rival is first, and its slopes in shape, rival and the logarithm of the ratio."""

    chance: Floats
    by_shape: Floats
    by_rival: Floats
    by_log_ratio: Floats


def rival_first(shape: Floats, rival: float, ratio: Floats, *, span: tuple[float, float]) -> Floats:
    """Return the chance that the rival rings first.

    Parameters
    ----------
    shape : array of float
        Positive; many equal ones side by side are fast.
    rival : float
        Shape of the rival's rate, positive.
    ratio : array of float
        Scale of the one over that of the rival (a / b), positive; as long as `shape`.
    span : (float, float)
        Between which all ratios lie. A chance depends on its own shape and ratio and on the span, not on the others.

    Returns
    -------
    array of float
        To about 1e-13 of its size.

    Examples
    --------
    >>> chance = rival_first(np.array([3.0, 3.0]), 1.0, np.array([1.0, 1e9]), span=(1.0, 1e9))
    >>> round(float(chance[0]), 12), round(float(chance[1]), 6)  # on equal scales 1 / (3 + 1)
    (0.25, 1.0)
    """
    result = np.empty(len(shape))
    for rows, k, weights, value in _values(shape, rival, ratio, span):
        np.multiply(value, weights[0][:, None], out=value)
        # Node after node even for one row, which `sum` would add in pairs: a last digit does not depend on the others.
        total = value.sum(axis=0) if value.shape[1] > 1 else value.cumsum(axis=0)[-1]
        result[rows] = rival / (k + rival) * total
    return np.minimum(result, 1.0)


def race(shape: Floats, rival: float, ratio: Floats, *, span: tuple[float, float]) -> Race:
    """Return the same with its slopes, to about 1e-11; the last one to 1e-12 times the shape.

    Examples
    --------
    >>> even = race(np.array([3.0]), 1.0, np.array([1.0]), span=(1.0, 1.0))  # rival / (shape + rival)
    >>> round(float(even.by_shape[0]), 9), round(float(even.by_rival[0]), 9)
    (-0.0625, 0.1875)
    """
    chance, by_shape, by_rival, by_log_ratio = np.empty((4, len(shape)))
    for rows, k, weights, value in _values(shape, rival, ratio, span):
        mean, by_k, by_m, times_b = weights @ value
        total = k + rival
        share = rival / total
        chance[rows] = share * mean
        by_shape[rows] = share * (by_k - mean / total)
        by_rival[rows] = share * (by_m + mean * k / (rival * total))
        by_log_ratio[rows] = share * (k - (k / ratio[rows] + rival) * times_b)
    return Race(
        chance=np.minimum(chance, 1.0), by_shape=by_shape, by_rival=by_rival, by_log_ratio=by_log_ratio
    )  # fmt: skip


def _values(
    shape: Floats, rival: float, ratio: Floats, span: tuple[float, float]
) -> Iterator[tuple[slice, float, Floats, Floats]]:
    """Yield rows of one shape, that shape, the weights of its nodes (means, nodes) and f there (nodes, rows)."""
    starts = np.r_[0, np.flatnonzero(np.diff(shape)) + 1, len(shape)] if len(shape) else np.zeros(1, dtype=np.intp)
    inverse, room = 1 / ratio, np.empty(0)
    for numbers, nodes in _tabulated(shape[starts[:-1]], rival, span):
        count = nodes.b.shape[1]
        at_once = max(VISITED // count, 1)
        if len(room) < count * at_once:
            room = np.empty(count * at_once)
        for place, number in enumerate(numbers.tolist()):
            b, rest = nodes.b[place, :, None], nodes.rest[place, :, None]
            start, end = int(starts[number]), int(starts[number + 1])
            for low in range(start, end, at_once):
                rows = slice(low, min(low + at_once, end))
                value = room[: count * (rows.stop - low)].reshape(count, -1)
                np.multiply(b, inverse[rows], out=value)
                value += rest
                np.divide(1.0, value, out=value)
                yield rows, float(shape[start]), nodes.weights[place], value


@dataclass(frozen=True, kw_only=True)
class _Nodes:
    """For each shape: B and 1 - B at its nodes, and the weights of f's mean, its slopes in both shapes, and B f's."""

    b: Floats
    rest: Floats
    weights: Floats  # shapes, means, nodes


def _tabulated(shape: Floats, rival: float, span: tuple[float, float]) -> Iterator[tuple[NDArray[np.intp], _Nodes]]:
    """Yield which shapes need equally many nodes, and these nodes."""
    low, high = _ends(shape, rival, span)
    counts = np.ceil((high - low) / _step(shape, rival) / ROUNDED).astype(np.intp) * ROUNDED + 1
    for count in np.unique(counts).tolist():
        alike = np.flatnonzero(counts == count)
        for start in range(0, len(alike), SHAPES):
            chosen = alike[start : start + SHAPES]
            yield chosen, _tabulate(shape[chosen], rival, low[chosen], high[chosen], count)


def _tabulate(shape: Floats, rival: float, low: Floats, high: Floats, count: int) -> _Nodes:
    step = (high - low) / (count - 1)
    y = low[:, None] + step[:, None] * np.arange(count)
    log_b, log_rest = -np.logaddexp(0, -y), -np.logaddexp(0, y)
    height = shape[:, None] * log_b + (rival + 1) * log_rest
    weight = np.exp(height - height.max(axis=1, keepdims=True))
    # Left of the first node f is 1 and the weight a pure exponential: their sum in closed form, and its slope.
    beyond = np.minimum(shape * step, 700.0)
    weight[:, 0] /= -np.expm1(-beyond)
    by_shape = log_b.copy()
    by_shape[:, 0] -= step / np.expm1(beyond)
    weight /= weight.sum(axis=1, keepdims=True)
    slopes = [by - (weight * by).sum(axis=1, keepdims=True) for by in (by_shape, log_rest)]
    b = np.exp(log_b)
    weights = np.stack([weight, weight * slopes[0], weight * slopes[1], weight * b], axis=1)
    return _Nodes(b=b, rest=np.exp(log_rest), weights=weights)


def _ends(shape: Floats, rival: float, span: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return the ends of y, beyond which the weight times f is nothing, or f is 1 and the weight an exponential."""
    small, large = min(float(np.log(span[0])), 0.0), max(float(np.log(span[1])), 0.0)
    total = shape + rival + 1
    top = shape * np.log(shape / total) + (rival + 1) * np.log((rival + 1) / total)
    nothing, too = top - DEPTH + small, top - DEPTH - large
    low, high = nothing / shape, -too / (rival + 1)
    for _ in range(8):  # Newton's method from outside a concave function never crosses the root
        low += (nothing - _height(low, shape, total)) / (shape - total * special.expit(low))
        high += (too - _height(high, shape, total)) / (shape - total * special.expit(high))
    return np.maximum(low, small - DEPTH), high


def _step(shape: Floats, rival: float) -> Floats:
    """Return the step at which the rule's error is exp(-DEPTH).

    The error is the Fourier transform at 2 pi / step: that of f falls like exp(-pi omega), that of the weight is a
    product of two gamma functions of complex argument, whose logarithm is concave in omega.
    """
    shapes = np.stack([shape, np.full_like(shape, rival + 1)])
    start = DEPTH / np.pi
    omega = np.full_like(shape, start)
    for _ in range(6):  # after its first step Newton's method comes from beyond the root, so it never stops short
        at = shapes + 1j * omega
        fallen = (special.loggamma(shapes) - special.loggamma(at).real).sum(axis=0)
        omega += (DEPTH - fallen) / special.digamma(at).imag.sum(axis=0)
    return np.asarray(2 * np.pi / np.maximum(omega, start))


def _height(y: Floats, shape: Floats, total: Floats) -> Floats:
    """Return the logarithm of the weight at y."""
    return np.asarray(shape * y - total * np.logaddexp(0, y))
