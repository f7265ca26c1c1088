"""What is a rate or a mean in each of thousands of cells, most of them small, that lie in groups of one whole?

Empirical Bayes over the tree whole -> group -> cell: a group's mean is drawn to that of the whole, a cell's to that of
its group, each as far as its own size leaves it to chance. How much groups, and cells within their groups, truly differ
is estimated by moments; since that is itself uncertain, all is worked out at several quantiles of it and averaged, so
that intervals do not shrink to nothing where chance happens to explain all differences.

Ref  Paule & Mandel (1982), Journal of Research of the National Bureau of Standards 87(5), 377-385: the variance between
     groups is where the weighted sum of squares equals its degrees of freedom
     Viechtbauer (2007), Statistics in Medicine 26, 37-52, section 3.1: the same sum gives quantiles of that variance
     Kleinman (1973), Proportions with extraneous variance, JASA 68, 46-54: moments of the beta-binomial
     Morris (1983), Parametric empirical Bayes inference, JASA 78, 47-55: intervals that know what is estimated
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from patron.errors import ArgumentError
from patron.language import failure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

QUANTILES = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Of the variance between, each the middle of a fifth."""

BISECTIONS = 40
TINY = 1e-12
ENDS = (0.025, 0.975)


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """One estimate for each cell, with the ends of its 95 % interval."""

    estimate: Floats
    deviation: Floats  # of the truth about the estimate
    low: Floats
    high: Floats
    whole: float  # the mean of the whole
    between_groups: float  # standard deviation of the groups' true means
    between_cells: float  # of the cells' true values within their group


@dataclass(frozen=True, kw_only=True)
class _Top:
    """The groups' means, each drawn to the whole."""

    mean: Floats
    variance: Floats
    whole: float
    between: float


def pooled_means(means: ArrayLike, variances: ArrayLike, groups: ArrayLike, *, center: float | None = None) -> Pooled:
    """Draw each cell's mean to its group's, and the groups' to that of the whole.

    Parameters
    ----------
    means : array of float
        One a cell; of a cell of which nothing is known anything finite.
    variances : array of float
        Sampling variance of each, positive; infinite where nothing is known of the cell.
    groups : array of int
        Which group each cell lies in, from 0.
    center : float, optional
        The mean of the truth where it is known, as of differences; then there are no groups.

    Raises
    ------
    ArgumentError
        Unequal lengths, values that are not finite, or variances that are not positive.

    Examples
    --------
    >>> pooled = pooled_means([1.0, 9.0, 5.0], [1.0, 1.0, np.inf], [0, 0, 0])
    >>> pooled.estimate.round(1).tolist(), bool(pooled.deviation[2] > pooled.deviation[0])
    ([1.1, 8.9, 5.0], True)
    """
    own, noise, group = _checked(means, variances, groups)
    known = np.isfinite(noise)
    if (noise <= 0).any():
        raise failure(ArgumentError, "micro.pooled", argument="variances", came=int((noise <= 0).sum()))
    if not known.any():
        return _nothing(len(own))
    group = _grouped(group, known) if center is None else np.zeros_like(group)
    cells = _Cells(own=own, noise=noise, group=group, known=known, size=int(group.max()) + 1, center=center)
    parts, tops = [], []
    ends = [_gamma_end(cells.free, cells.varies, 1 - share) for share in QUANTILES]
    betweens = [_reached(cells.spread, end, cells.scale * 1e3) for end in ends]
    for between, up in product(betweens, QUANTILES if center is None else QUANTILES[:1]):
        top = cells.top(between, up)
        kept = np.where(known, between / (between + noise), 0.0)
        around = np.where(known, kept * np.where(known, noise, 0.0), between)
        above = top.mean[group], top.variance[group]
        parts.append((kept * own + (1 - kept) * above[0], around + (1 - kept) ** 2 * above[1]))
        tops.append((top.whole, top.between, between))
    estimate, deviation = _mixed(parts)
    half = special.ndtri(ENDS[1]) * deviation
    return _pooled(estimate, deviation, (estimate - half, estimate + half), tops)


@dataclass(frozen=True, kw_only=True)
class _Cells:
    """Means of cells in groups."""

    own: Floats
    noise: Floats
    group: Ints
    known: NDArray[np.bool_]
    size: int  # groups
    center: float | None

    @property
    def free(self) -> int:
        """Degrees of freedom: no mean is estimated where the center is given."""
        return int(self.known.sum()) - (0 if self.center is not None else len(np.unique(self.group[self.known])))

    @cached_property
    def varies(self) -> float:
        """Variance of the weighted sum of squares: 2 a cell where means are normal, more as skewed money makes it."""
        between = _reached(self.spread, _gamma_end(self.free, 2.0 * self.free, 0.5), self.scale * 1e3)
        weight = 1 / (between + self.noise)
        squares = (weight * (self.own - self._middle(weight)[self.group]) ** 2)[self.known]
        return self.free * max(2.0, float(squares.var()))

    @property
    def scale(self) -> float:
        """How large a variance may be at all."""
        about = float(self.own[self.known].mean()) if self.center is None else self.center
        return max(float(((self.own[self.known] - about) ** 2).mean()), float(self.noise[self.known].mean()))

    def spread(self, between: float) -> float:
        """Return the weighted sum of squares, which falls as the variance between cells rises."""
        weight = 1 / (between + self.noise)
        return float((weight * (self.own - self._middle(weight)[self.group]) ** 2)[self.known].sum())

    def top(self, between: float, quantile: float) -> _Top:
        """Return the groups' means, given how much their cells differ."""
        if self.center is not None:
            fixed = np.full(self.size, self.center)
            return _Top(mean=fixed, variance=np.zeros(self.size), whole=self.center, between=0.0)
        weight = np.where(self.known, 1 / (between + self.noise), 0.0)
        total = np.bincount(self.group, weight, self.size)
        return _top(self._middle(weight), 1 / np.maximum(total, TINY / self.scale), total > 0, quantile)

    def _middle(self, weight: Floats) -> Floats:
        if self.center is not None:
            return np.full(self.size, self.center)
        total = np.maximum(np.bincount(self.group, weight, self.size), TINY / self.scale)
        return np.asarray(np.bincount(self.group, weight * self.own, self.size) / total)


def pooled_shares(counts: ArrayLike, sizes: ArrayLike, groups: ArrayLike) -> Pooled:
    """Draw each cell's share to its group's, and the groups' to that of the whole; cells are beta-binomial.

    Parameters
    ----------
    counts, sizes : array of float
        How many of each cell did it, and how many there are; a cell may be empty.
    groups : array of int
        Which group each cell lies in, from 0.

    Raises
    ------
    ArgumentError
        Unequal lengths, values that are not finite, or counts that are not between 0 and the size.

    Examples
    --------
    >>> pooled = pooled_shares([20, 60, 1], [100, 100, 1], [0, 0, 0])
    >>> pooled.estimate.round(2).tolist()  # of one customer alone all is not believed
    [0.21, 0.6, 0.8]
    """
    did, many, group = _checked(counts, sizes, groups)
    if (did < 0).any() or (did > many).any():
        raise failure(ArgumentError, "micro.pooled", argument="counts", came=int(((did < 0) | (did > many)).sum()))
    known = many > 0
    if not known.any():
        return _nothing(len(did), share=True)
    shares = _Shares(did=did, many=many, group=_grouped(group, known), known=known)
    free, varies = shares.freedom
    parts, tops = [], []
    betweens = [_reached(shares.spread, _gamma_end(free, varies, 1 - share), 0.999) for share in QUANTILES]
    for between, up in product(betweens, QUANTILES):
        top = shares.top(between, up)
        above = np.clip(top.mean, TINY, 1 - TINY)[shares.group]
        strength = (1 - between) / max(between, TINY)  # of the group, in customers
        middle = (strength * above + did) / (strength + many)
        doubt = (strength / (many + strength)) ** 2 * top.variance[shares.group]
        parts.append((middle, middle * (1 - middle) / (strength + many + 1) + doubt))
        tops.append((top.whole, top.between, between * top.whole * (1 - top.whole)))
    estimate, deviation = _mixed(parts)
    return _pooled(estimate, deviation, _beta_ends(estimate, deviation), tops)


@dataclass(frozen=True, kw_only=True)
class _Shares:
    """Shares of cells in groups; what varies between cells is a share of p (1 - p), as in the beta-binomial."""

    did: Floats
    many: Floats
    group: Ints
    known: NDArray[np.bool_]

    @cached_property
    def rate(self) -> Floats:
        """Each group's share, kept off 0 and 1 by one customer who is like all."""
        shop = (self.did.sum() + 0.5) / (self.many.sum() + 1)
        size = int(self.group.max()) + 1
        did, many = (np.bincount(self.group, one, size) for one in (self.did, self.many))
        return np.asarray((did + shop) / (many + 1))

    @cached_property
    def freedom(self) -> tuple[float, float]:
        """Mean and variance of the weighted sum of squares, where the cells of a group do not differ."""
        free = float(self.known.sum() - len(np.unique(self.group[self.known])))
        each = (self.rate * (1 - self.rate))[self.group]
        tails = (1 - 6 * each) / (np.maximum(self.many, 1) * each)  # excess kurtosis of a binomial share
        return free, max(float((2 + tails)[self.known].mean()) * free, 0.05 * free)

    def spread(self, between: float) -> float:
        """Return the weighted sum of squares, which falls as the share that varies between cells rises."""
        weight, _, middle = self._weighted(between)
        own = self.did / np.maximum(self.many, 1.0)
        return float((weight * (own - middle[self.group]) ** 2 / (self.rate * (1 - self.rate))[self.group]).sum())

    def top(self, between: float, quantile: float) -> _Top:
        """Return the groups' shares, given how much their cells differ."""
        _, total, middle = self._weighted(between)
        return _top(middle, self.rate * (1 - self.rate) / np.maximum(total, TINY), total > 0, quantile)

    def _weighted(self, between: float) -> tuple[Floats, Floats, Floats]:
        noise = 1 / np.maximum(self.many, 1.0)
        weight = np.where(self.known, 1 / (between + (1 - between) * noise), 0.0)
        total = np.bincount(self.group, weight, len(self.rate)).astype(np.float64)
        summed = np.bincount(self.group, weight * self.did * noise, len(self.rate))
        return weight, total, np.asarray(summed / np.maximum(total, TINY))


def _checked(values: ArrayLike, others: ArrayLike, groups: ArrayLike) -> tuple[Floats, Floats, Ints]:
    own, other = np.asarray(values, dtype=np.float64), np.asarray(others, dtype=np.float64)
    group = np.asarray(groups, dtype=np.int64)
    if own.ndim != 1 or own.shape != other.shape or own.shape != group.shape:
        raise failure(ArgumentError, "micro.pooled_shapes", came=f"{own.shape} / {other.shape} / {group.shape}")
    wrong = int((~np.isfinite(own) | np.isnan(other)).sum())
    if wrong:
        raise failure(ArgumentError, "micro.pooled", argument="values", came=wrong)
    return own, other, group


def _grouped(group: Ints, known: NDArray[np.bool_]) -> Ints:
    """Return the groups; one for all where no group has two cells, so that nothing tells cells from their groups."""
    many = np.bincount(group[known])
    return group if (many > 1).any() else np.zeros_like(group)


def _top(middle: Floats, noise: Floats, known: NDArray[np.bool_], quantile: float) -> _Top:
    """Draw the groups' means to the whole, at a quantile of how much they differ."""
    own, own_noise = middle[known], noise[known]
    if len(own) < 2:
        mean, variance = np.where(known, middle, own[0]), np.where(known, noise, own_noise[0])
        return _Top(mean=mean, variance=variance, whole=float(own[0]), between=0.0)

    def spread(between: float) -> float:
        weight = 1 / (between + own_noise)
        return float((weight * (own - weight @ own / weight.sum()) ** 2).sum())

    most = max(float(np.var(own)), float(own_noise.mean())) * 1e3
    between = _reached(spread, _gamma_end(len(own) - 1, 2.0 * (len(own) - 1), 1 - quantile), most)
    weight = 1 / (between + own_noise)
    whole, doubt = float(weight @ own / weight.sum()), float(1 / weight.sum())
    kept = np.where(known, between / (between + noise), 0.0)
    around = np.where(known, kept * noise, between)
    mean = kept * np.where(known, middle, 0.0) + (1 - kept) * whole
    return _Top(mean=mean, variance=around + (1 - kept) ** 2 * doubt, whole=whole, between=between)


def _gamma_end(mean: float, variance: float, quantile: float) -> float:
    """Return a quantile of a positive sum by its first two moments; with 2 x mean it is chi-square's."""
    if mean <= 0:
        return 0.0
    shape = mean**2 / variance
    return float(special.gammaincinv(shape, quantile)) * variance / mean


def _reached(spread: Callable[[float], float], wanted: float, most: float) -> float:
    """Return the variance at which a falling sum of squares reaches `wanted`; 0 where it begins below."""
    if wanted <= 0 or spread(0.0 + TINY * most) <= wanted:
        return 0.0
    low, high = TINY * most, most
    for _ in range(BISECTIONS):  # on the log scale: variances may be small beside the largest
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if spread(middle) > wanted else (low, middle)
    return float(np.sqrt(low * high))


def _mixed(parts: list[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of an equal mixture."""
    means, variances = (np.stack(column) for column in zip(*parts, strict=True))
    return means.mean(axis=0), np.sqrt(variances.mean(axis=0) + means.var(axis=0))


def _beta_ends(estimate: Floats, deviation: Floats) -> tuple[Floats, Floats]:
    """Return the ends of the beta distribution that has this mean and deviation."""
    inside = np.clip(estimate, TINY, 1 - TINY)
    strength = np.maximum(inside * (1 - inside) / np.maximum(deviation**2, TINY) - 1, 1e-3)
    low, high = (special.betaincinv(inside * strength, (1 - inside) * strength, end) for end in ENDS)
    return np.minimum(low, estimate), np.maximum(high, estimate)


def _pooled(estimate: Floats, deviation: Floats, ends: tuple[Any, Any], tops: Sequence[tuple[float, ...]]) -> Pooled:
    whole, groups, cells = np.mean(tops, axis=0)
    return Pooled(
        estimate=estimate, deviation=deviation, low=np.asarray(ends[0]), high=np.asarray(ends[1]), whole=float(whole),
        between_groups=float(np.sqrt(groups)), between_cells=float(np.sqrt(cells)),
    )  # fmt: skip


def _nothing(cells: int, *, share: bool = False) -> Pooled:
    """Return what is known where nobody was watched: nothing."""
    blank = np.full(cells, np.nan)
    ends = (np.zeros(cells), np.ones(cells)) if share else (np.full(cells, -np.inf), np.full(cells, np.inf))
    return Pooled(
        estimate=blank, deviation=blank, low=ends[0], high=ends[1], whole=np.nan, between_groups=np.nan,
        between_cells=np.nan,
    )  # fmt: skip
