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
Ints = NDArray[np.intp]

DEPTH = 30.0  # what the rule leaves out is about exp(-30) of the whole
SHAPES = 512  # shapes that are tabulated at once
VISITED = 1 << 15  # nodes x ratios that are visited at once: they stay in fast memory
CROWD = 16  # ratios at one shape from which on they are visited together
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
    [mean] = _means(shape, rival, ratio, span, means=1)
    return np.asarray(np.minimum(rival / (shape + rival) * mean, 1.0))


def race(shape: Floats, rival: float, ratio: Floats, *, span: tuple[float, float]) -> Race:
    """Return the same with its slopes, to about 1e-11; the last one to 1e-12 times the shape.

    Examples
    --------
    >>> even = race(np.array([3.0]), 1.0, np.array([1.0]), span=(1.0, 1.0))  # rival / (shape + rival)
    >>> round(float(even.by_shape[0]), 9), round(float(even.by_rival[0]), 9)
    (-0.0625, 0.1875)
    """
    mean, by_shape, by_rival, times_b = _means(shape, rival, ratio, span, means=4)
    total = shape + rival
    share = rival / total
    return Race(
        chance=np.minimum(share * mean, 1.0),
        by_shape=share * (by_shape - mean / total),
        by_rival=share * (by_rival + mean * shape / (rival * total)),
        by_log_ratio=share * (shape - (shape / ratio + rival) * times_b),
    )


def _means(shape: Floats, rival: float, ratio: Floats, span: tuple[float, float], *, means: int) -> Floats:
    """Return the means of f, of its slopes in shape and rival, and of B f, or only the first (means, rows)."""
    starts = np.flatnonzero(np.r_[True, shape[1:] != shape[:-1]][: len(shape)])
    sizes = np.diff(np.r_[starts, len(shape)])
    group = np.repeat(np.arange(len(starts)), sizes)
    result, inverse = np.empty((means, len(shape))), 1 / ratio
    for numbers, nodes in _tabulated(shape[starts], rival, span):
        crowded = sizes[numbers] >= CROWD
        for place, number in zip(np.flatnonzero(crowded), numbers[crowded], strict=True):
            of_shape = slice(starts[number], starts[number] + sizes[number])
            _visit_one(nodes, int(place), inverse[of_shape], out=result[:, of_shape])
        place_of = np.full(len(starts), -1)
        place_of[numbers[~crowded]] = np.flatnonzero(~crowded)
        rows = np.flatnonzero(place_of[group] >= 0)
        result[:, rows] = _visit_many(nodes, place_of[group[rows]], inverse[rows], means=means)
    return result


def _visit_one(nodes: _Nodes, place: int, inverse: Floats, *, out: Floats) -> None:
    """Write the means at many ratios of one shape."""
    b, rest, weights = nodes.b[place, :, None], nodes.rest[place, :, None], nodes.weights[place, : len(out)]
    room = np.empty((len(b), min(VISITED // len(b) + 1, len(inverse))))
    for rows in _blocks(len(inverse), room.shape[1]):
        value = room[:, : rows.stop - rows.start]
        np.multiply(b, inverse[rows], out=value)
        value += rest
        np.divide(1.0, value, out=value)
        out[:, rows] = weights @ value if len(out) > 1 else _added(np.multiply(weights.T, value, out=value))


def _visit_many(nodes: _Nodes, place: Ints, inverse: Floats, *, means: int) -> Floats:
    """Return the means at ratios that each have a shape of their own, or nearly."""
    result = np.empty((means, len(inverse)))
    for rows in _blocks(len(inverse), VISITED // nodes.b.shape[1] + 1):
        tables = nodes.b, nodes.rest, *(nodes.weights[:, mean] for mean in range(means))
        b, rest, *weights = (np.take(table.T, place[rows], axis=1) for table in tables)
        value = 1.0 / (b * inverse[rows] + rest)
        result[:, rows] = [_added(weight * value) for weight in weights]
    return result


def _blocks(end: int, size: int) -> Iterator[slice]:
    return (slice(start, min(start + size, end)) for start in range(0, end, size))


def _added(terms: Floats) -> Floats:
    """Return each row's sum over the nodes.

    One row would be added in pairs by `sum`; node after node its last digit does not depend on how many rows there are.
    """
    return np.asarray(terms.sum(axis=0) if terms.shape[1] > 1 else terms.cumsum(axis=0)[-1])


@dataclass(frozen=True, kw_only=True)
class _Nodes:
    """For each shape: B and 1 - B at its nodes, and the weights of f's mean, its slopes in both shapes, and B f's."""

    b: Floats
    rest: Floats
    weights: Floats  # shapes, means, nodes


def _tabulated(shape: Floats, rival: float, span: tuple[float, float]) -> Iterator[tuple[Ints, _Nodes]]:
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
