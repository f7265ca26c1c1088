"""Which parameters have the products of a catalogue, by their own purchases and, where these are few, by the others'?

The six parameters of a product (`replenishment_likelihood.py`) are normal between the products of the shop. Mean and
variance of that are estimated too (empirical Bayes, with Laplace's approximation of each product's posterior), so that
a product with ten intervals leans on the others and one with a thousand does not. All products climb at once:
damped Newton steps with the sum of the scores' outer products as curvature.

Ref  Berndt, Hall, Hall & Hausman (1974), Annals of Economic and Social Measurement 3(4), 653-665: the curvature
     Morris (1983), JASA 78(381), 47-55: parametric empirical Bayes
     Tierney & Kadane (1986), JASA 81(393), 82-86: Laplace's approximation
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.models.replenishment_likelihood import SIZE, Rows, likelihood

Floats = NDArray[np.float64]

STEPS = (12, *[4] * 24)  # of each round of the catalogue's mean and variance
LAST_STEPS = 60
LEARNED_FROM = 2_000  # products
LONGEST = 1.5  # step of a parameter
BLOCK = 10_000  # rows that are looked at together: what is computed of them stays in the processor's cache
SETTLED = 1e-3  # log-likelihood that a step should bring: with less a product has arrived
START = np.array([0.0, 0.5, np.log(0.2), np.log(0.2), -1.0, -2.0])  # of beta, S, T, p, q; mu is the shop's
LOOSE = np.array([1.0, 0.5, 0.7, 0.7, 1.5, 1.0])  # what a catalogue of one product varies by
TRUSTED = 4.0  # products that START and LOOSE count as


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """The fitted parameters of each product, their covariance, and what they are between the products."""

    theta: Floats  # shape (products, 6)
    covariance: Floats  # shape (products, 6, 6)
    centre: Floats
    spread: Floats
    log_likelihood: float


def fit_catalogue(rows: Rows, products: int) -> Catalogue:
    """Find all products' most likely parameters, given the catalogue's.

    Parameters
    ----------
    rows : Rows
        Of products 0 to `products` - 1, each with some closed intervals; sorted, so that sums do not depend on the
        order in which an engine gave them.
    """
    first = _own_middle(rows, products)
    centre, spread = _of_catalogue(*_sample(rows, first))
    theta, curvature = _climb(_begun(first, centre), rows, centre, spread, LAST_STEPS)
    covariance = np.asarray(np.linalg.inv(curvature), dtype=np.float64)
    height, _ = likelihood(theta, rows)
    return Catalogue(
        theta=theta, covariance=covariance, centre=centre, spread=spread,
        log_likelihood=float((rows.weight * height).sum()),
    )  # fmt: skip


def _own_middle(rows: Rows, products: int) -> Floats:
    """Return the mean logarithm of each product's closed intervals."""
    closed = np.bincount(rows.product, rows.weight * rows.k, minlength=products)
    return np.asarray(np.bincount(rows.product, rows.weight * rows.y, minlength=products) / closed, dtype=np.float64)


def _sample(rows: Rows, first: Floats) -> tuple[Rows, Floats]:
    """Return some of the products, evenly over their order: enough to know what a catalogue is like."""
    every = -(-len(first) // LEARNED_FROM)
    chosen = np.arange(len(first)) % every == 0
    return _of_products(rows, chosen), first[chosen]


def _of_catalogue(rows: Rows, first: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of the parameters between the products."""
    products = len(first)
    known = np.concatenate([[float(first.mean())], START[1:]])
    centre, spread = known, LOOSE
    theta = _begun(first, centre)
    for steps in STEPS:
        theta, curvature = _climb(theta, rows, centre, spread, steps)
        covariance = np.linalg.inv(curvature)
        centre = (TRUSTED * known + theta.sum(axis=0)) / (TRUSTED + products)
        varied = ((theta - centre) ** 2 + np.diagonal(covariance, axis1=1, axis2=2)).sum(axis=0)
        spread = np.sqrt((TRUSTED * LOOSE**2 + varied) / (TRUSTED + products))
    return centre, spread


def _begun(first: Floats, centre: Floats) -> Floats:
    """Return where products begin to climb: at the catalogue's middle, but for the own interval."""
    theta = np.tile(centre, (len(first), 1))
    theta[:, 0] += first - first.mean()
    return theta


def _climb(theta: Floats, rows: Rows, centre: Floats, spread: Floats, steps: int) -> tuple[Floats, Floats]:
    """Take damped steps, each product by its own damping; return where they led, and the curvature there.

    A product that has arrived is left out of the further ones, with its rows.
    """
    theta, damping = theta.copy(), np.full(len(theta), 1e-3)
    moving, some = np.arange(len(theta)), rows
    height, slope, curvature = _summed(theta, rows, centre, spread)
    for _ in range(steps):
        raised = curvature[moving] * (1 + damping[moving, None, None] * np.eye(SIZE))
        step = np.clip(np.linalg.solve(raised, slope[moving, :, None])[:, :, 0], -LONGEST, LONGEST)
        promised = (slope[moving] * step).sum(axis=1)
        trial = _summed(theta[moving] + step, some, centre, spread)
        better = trial[0] >= height[moving]
        up = moving[better]
        theta[up] += step[better]
        for known, new in zip((height, slope, curvature), trial, strict=True):
            known[up] = new[better]
        damping[moving] = np.where(better, damping[moving] / 5, np.minimum(damping[moving] * 8 + 0.05, 1e6))
        still = promised >= SETTLED
        if not still.any():
            break
        some, moving = _of_products(some, still), moving[still]
    return theta, curvature


def _of_products(rows: Rows, chosen: NDArray[np.bool_]) -> Rows:
    """Return the rows of some of the products, numbered anew."""
    if chosen.all():
        return rows
    kept = chosen[rows.product]
    place = np.cumsum(chosen) - 1
    columns = {name: column[kept] for name, column in vars(rows).items()}
    return Rows(**columns | {"product": place[columns["product"]]})


def _summed(theta: Floats, rows: Rows, centre: Floats, spread: Floats) -> tuple[Floats, Floats, Floats]:
    """Return each product's log posterior, its slope, and the curvature."""
    height, slope = np.empty(len(theta)), np.empty((len(theta), SIZE))
    curvature = np.empty((len(theta), SIZE, SIZE))
    for some, lines in _blocks(np.searchsorted(rows.product, np.arange(len(theta) + 1))):
        height[some], slope[some], curvature[some] = _sums(theta[some], _cut(rows, lines, some.start))
    away = (theta - centre) / spread
    return height - (away**2).sum(axis=1) / 2, slope - away / spread, curvature + np.diag(1 / spread**2)


def _sums(theta: Floats, rows: Rows) -> tuple[Floats, Floats, Floats]:
    """Return each product's log-likelihood, its slope, and the sum of the slopes' outer products."""
    heights, slopes = likelihood(theta, rows)
    starts = np.searchsorted(rows.product, np.arange(len(theta)))

    def total(values: Floats) -> Floats:
        return np.asarray(np.add.reduceat(values, starts, axis=-1), dtype=np.float64)

    weighted = slopes * rows.weight
    curvature = np.empty((len(theta), SIZE, SIZE))
    for i in range(SIZE):
        for j in range(i + 1):
            curvature[:, i, j] = curvature[:, j, i] = total(weighted[i] * slopes[j])
    return total(rows.weight * heights), total(weighted).T, curvature


def _blocks(starts: NDArray[np.int64]) -> Iterator[tuple[slice, slice]]:
    """Yield products that follow each other, with their rows: about `BLOCK` of them, and at least one product."""
    first, products = 0, len(starts) - 1
    while first < products:
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + BLOCK, side="right")) - 1)
        yield slice(first, last), slice(int(starts[first]), int(starts[last]))
        first = last


def _cut(rows: Rows, lines: slice, first: int) -> Rows:
    """Return some rows that follow each other, with the product `first` as number 0."""
    columns = {name: column[lines] for name, column in vars(rows).items()}
    return Rows(**columns | {"product": columns["product"] - first})
