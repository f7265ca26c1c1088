"""How much does each level of each trait add to the log-odds to be ideal, as far as the data can tell?

A logistic regression with a ridge for each trait, whose strength the data choose: the one under which the outcomes are
most probable (empirical Bayes). A trait that tells nothing is drawn to zero, one that tells much is hardly drawn at
all, and nobody has to guess a penalty.

Ref  MacKay (1992), The evidence framework applied to classification networks, Neural Computation 4(5), 720-736: the
     fixed point for each group of weights, from the effective number of parameters (section 3)
     Le Cessie & van Houwelingen (1992), Ridge estimators in logistic regression, Applied Statistics 41(1), 191-201
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import special

from patron.models.distinct import distinct_rows
from patron.models.propensity import level

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Codes = NDArray[np.int16]

ROUNDS, NEWTON = 40, 20
SETTLED = 0.02  # a change of the logarithm of the ridges by less
HIGHEST, LOWEST = 1e6, 1e-2
START = 5.0
ARRIVED = 1e-8


@dataclass(frozen=True, kw_only=True)
class Weights:
    """What was learned: of each trait a weight per level, 0 for somebody of whom the trait is not known.

    Weights are logarithms of density ratios: over the people who are not ideal their exponentials have the mean 1, so
    that not to know a trait says neither yes nor no.
    """

    intercept: float
    levels: tuple[tuple[float, ...], ...]
    ridges: tuple[float, ...]


@dataclass(frozen=True)
class _Patterns:
    """People counted by what is known of them: a design of centred columns, how many, how many of them ideal."""

    design: Floats  # (patterns, 1 + levels), a column of ones first
    people: Floats
    ideal: Floats
    traits: Ints  # of each column but the first, the place of its trait


def learn_weights(codes: Codes, ideal: Floats, sizes: Sequence[int]) -> Weights:
    """Fit the regression.

    Parameters
    ----------
    codes : array of shape (people, traits)
        Levels from 0; -1 where not known.
    ideal : array of shape (people,)
        1 or 0.
    sizes : sequence of int
        How many levels each trait has.
    """
    counted = _counted(codes, ideal, sizes)
    ridges = np.full(len(sizes), START)
    weights = np.zeros(counted.design.shape[1])
    weights[0] = special.logit(np.clip(ideal.mean(), 1e-6, 1 - 1e-6))
    for _ in range(ROUNDS):
        weights, bend = _newton(counted, weights, ridges)
        again = _ridges(weights, bend, ridges, counted.traits)
        moved = float(np.abs(np.log(again / ridges)).max(initial=0.0))
        ridges = again
        if moved < SETTLED:
            break
    weights, _ = _newton(counted, weights, ridges)
    levels = [_around_others(codes[:, trait], ideal, part) for trait, part in enumerate(_parts(weights, sizes))]
    found = Weights(intercept=0.0, levels=tuple(levels), ridges=tuple(ridges.tolist()))
    return replace(found, intercept=level(contributions(codes, found).sum(axis=1), ideal))


def contributions(codes: Codes, weights: Weights) -> Floats:
    """Return what each trait adds to each person's log-odds; 0 where it is not known.

    Returns
    -------
    array of shape (people, traits)
        With the intercept a row sums to the log-odds.
    """
    added = np.zeros(codes.shape)
    for trait, levels in enumerate(weights.levels):
        added[:, trait] = np.append(levels, 0.0)[codes[:, trait]]
    return added


def _counted(codes: Codes, ideal: Floats, sizes: Sequence[int]) -> _Patterns:
    number, shown_by = distinct_rows([codes[:, trait].astype(np.float64) for trait in range(codes.shape[1])])
    different = codes[shown_by]
    people = np.bincount(number, minlength=len(shown_by)).astype(np.float64)
    columns, traits = [np.ones((len(different), 1))], []
    for trait, size in enumerate(sizes):
        known = different[:, trait] >= 0
        each = np.eye(size)[different[:, trait]]
        mean = np.average(each[known], axis=0, weights=people[known])
        columns.append(np.where(known[:, None], each - mean, 0.0))
        traits += [trait] * size
    return _Patterns(
        np.hstack(columns),
        people,
        np.bincount(number, ideal, len(shown_by)).astype(np.float64),
        np.array(traits, dtype=np.int64),
    )


def _newton(counted: _Patterns, weights: Floats, ridges: Floats) -> tuple[Floats, Floats]:
    """Return the weights at the top of the penalised likelihood, and its bend there."""
    penalty = np.concatenate([[0.0], ridges[counted.traits]])
    height = _height(counted, weights, penalty)
    for _ in range(NEWTON):
        slope, bend = _slope_and_bend(counted, weights, penalty)
        step = np.linalg.solve(bend, slope)
        size = 1.0
        while (reached := _height(counted, weights + size * step, penalty)) < height - 1e-12 and size > 1e-4:
            size /= 2
        weights, gained, height = weights + size * step, reached - height, reached
        if gained < ARRIVED:
            break
    return weights, _slope_and_bend(counted, weights, penalty)[1]


def _slope_and_bend(counted: _Patterns, weights: Floats, penalty: Floats) -> tuple[Floats, Floats]:
    chance = special.expit(counted.design @ weights)
    slope = counted.design.T @ (counted.ideal - counted.people * chance) - penalty * weights
    spread = counted.people * chance * (1 - chance)
    return slope, (counted.design.T * spread) @ counted.design + np.diag(penalty)


def _height(counted: _Patterns, weights: Floats, penalty: Floats) -> float:
    score = counted.design @ weights
    likelihood = counted.ideal * score - counted.people * np.logaddexp(0, score)
    return float(likelihood.sum()) - float(penalty @ weights**2) / 2


def _ridges(weights: Floats, bend: Floats, ridges: Floats, traits: Ints) -> Floats:
    """Return MacKay's next ridges: what the data settle of a trait's weights, over their squares."""
    spread = np.diag(np.linalg.inv(bend))[1:]
    sizes = np.bincount(traits, minlength=len(ridges))
    settled = sizes - ridges * np.bincount(traits, spread, minlength=len(ridges))
    squares = np.bincount(traits, weights[1:] ** 2, minlength=len(ridges))
    return np.clip(np.maximum(settled, 1e-9) / np.maximum(squares, 1e-15), LOWEST, HIGHEST)


def _parts(weights: Floats, sizes: Sequence[int]) -> list[Floats]:
    """Return the weights of each trait's levels."""
    return [weights[1 + start : 1 + end] for start, end in pairwise(np.cumsum([0, *sizes]).tolist())]


def _around_others(codes: NDArray[np.int16], ideal: Floats, weights: Floats) -> tuple[float, ...]:
    """Shift the weights of a trait so that over those who are not ideal their exponentials have the mean 1."""
    others = codes[(codes >= 0) & (ideal == 0)]
    shift = np.log(np.exp(weights[others]).mean()) if len(others) else 0.0
    return tuple((weights - shift).tolist())
