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

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.models.replenishment_likelihood import SIZE, Rows, likelihood

Floats = NDArray[np.float64]

ROUNDS = 4  # of the catalogue's mean and variance
STEPS = (25, 12, 8, 30)  # of each round
LONGEST = 1.5  # step of a parameter
SETTLED = 1e-4  # a step this long is none
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
    centre, spread = START.copy(), LOOSE.copy()
    closed = np.bincount(rows.product, rows.weight * rows.k, minlength=products)
    own = np.bincount(rows.product, rows.weight * rows.y, minlength=products) / closed
    centre[0] = first = float(own.mean())
    theta = np.tile(centre, (products, 1))
    theta[:, 0] = own
    for steps in STEPS:
        theta, curvature = _climb(theta, rows, centre, spread, steps)
        covariance = np.asarray(np.linalg.inv(curvature), dtype=np.float64)
        known = np.concatenate([[first], START[1:]])
        centre = (TRUSTED * known + theta.sum(axis=0)) / (TRUSTED + products)
        varied = ((theta - centre) ** 2 + np.diagonal(covariance, axis1=1, axis2=2)).sum(axis=0)
        spread = np.sqrt((TRUSTED * LOOSE**2 + varied) / (TRUSTED + products))
    height, _ = likelihood(theta, rows)
    return Catalogue(
        theta=theta, covariance=covariance, centre=centre, spread=spread,
        log_likelihood=float((rows.weight * height).sum()),
    )  # fmt: skip


def _climb(theta: Floats, rows: Rows, centre: Floats, spread: Floats, steps: int) -> tuple[Floats, Floats]:
    """Take damped steps, each product by its own damping; return where they led, and the curvature there."""
    damping = np.full(len(theta), 1e-3)
    height, slope, curvature = _summed(theta, rows, centre, spread)
    for _ in range(steps):
        raised = curvature * (1 + damping[:, None, None] * np.eye(SIZE))
        step = np.clip(np.linalg.solve(raised, slope[:, :, None])[:, :, 0], -LONGEST, LONGEST)
        if np.abs(step).max() < SETTLED:
            break
        trial = _summed(theta + step, rows, centre, spread)
        better = trial[0] >= height
        theta = np.where(better[:, None], theta + step, theta)
        height = np.where(better, trial[0], height)
        slope = np.where(better[:, None], trial[1], slope)
        curvature = np.where(better[:, None, None], trial[2], curvature)
        damping = np.where(better, damping / 5, np.minimum(damping * 8 + 0.05, 1e6))
    return theta, curvature


def _summed(theta: Floats, rows: Rows, centre: Floats, spread: Floats) -> tuple[Floats, Floats, Floats]:
    """Return each product's log posterior, its slope, and the curvature."""
    heights, slopes = likelihood(theta, rows)
    products = len(theta)

    def total(values: Floats) -> Floats:
        sums: Floats = np.bincount(rows.product, rows.weight * values, minlength=products).astype(np.float64)
        return sums

    away = (theta - centre) / spread
    height = total(heights) - (away**2).sum(axis=1) / 2
    slope = np.column_stack([total(one) for one in slopes]) - away / spread
    curvature = np.empty((products, SIZE, SIZE))
    for i in range(SIZE):
        for j in range(i + 1):
            curvature[:, i, j] = curvature[:, j, i] = total(slopes[i] * slopes[j])
    curvature += np.diag(1 / spread**2)
    return height, slope, curvature
