"""What does a treatment bring among those whom a score puts first: the uplift of a share of people, and of every share.

In   `Ranked` people
Out  the difference of treated and control among the first k; and the curve over all shares, with its band

People of one score are taken in part where the cut falls among them, as on average over their orders.

Ref  Radcliffe (2007), Direct Marketing Analytics Journal, 14-21: the curve of treated responders less control's, scaled
     Gutierrez & Gérardy (2017), PMLR 67, section 4.1: cumulative gain
     scikit-uplift 0.5.1, sklift.metrics.uplift_at_k: the two ways to take the first k
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from patron.errors import ArgumentError
from patron.language import failure
from patron.stats.difference import Difference, Moments, NotEnough, difference
from patron.stats.uplift_area import qini_heights, uplift_heights
from patron.stats.uplift_ranking import Ranked

Floats = NDArray[np.float64]
Strategy = Literal["overall", "by_group"]
Height = Literal["uplift", "qini"]


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A curve over the share of people who are treated, the highest scores first."""

    share: Floats  # 0 to 1
    gain: Floats  # outcome per person that the treatment adds, when that share of people is treated
    low: Floats  # interval of each point; NaN where an arm has fewer than two people
    high: Floats
    chance: Floats  # the same for a score that ranks by chance: the straight line to the curve's end


def uplift_of_first(
    people: Ranked, k: float, *, strategy: Strategy = "overall", level: float = 0.95
) -> Difference | NotEnough:
    """Return the difference of treated and control among the first k by score.

    Parameters
    ----------
    people : Ranked
    k : int or float
        A number of people, or a share of them between 0 and 1.
    strategy : {"overall", "by_group"}
        The first k of all people; or the first k of each arm by itself (scikit-uplift's names).
    level : float
        How often intervals made this way hold the truth.

    Returns
    -------
    Difference or NotEnough
        Welch's, of these people as they stand.

    Raises
    ------
    ArgumentError
        A share or a number that is not inside what there is, or another strategy.
    """
    if strategy not in ("overall", "by_group"):
        raise failure(ArgumentError, "targeting.strategy", argument="strategy", came=strategy)
    if strategy == "overall":
        cut = _first(k, float(people.people[-1]))
        return difference(*(_moments(people, arm, cut, people.people) for arm in (True, False)), level=level)
    counts = (people.n_treated, people.n_control)
    arms = (_moments(people, arm, _first(k, float(n[-1])), n) for arm, n in zip((True, False), counts, strict=True))
    return difference(*arms, level=level)


def curve_of(people: Ranked, height: Height = "uplift", *, points: int = 100, level: float = 0.95) -> Curve:
    """Return the curve at evenly spaced shares of people.

    Parameters
    ----------
    people : Ranked
    height : {"uplift", "qini"}
        The gain per person, (y_t / n_t - y_c / n_c) (n_t + n_c) / N; or per treated person, (y_t - y_c n_t / n_c) over
        N_t.
    points : int
        How many shares above 0.
    level : float
        Of each point's interval, by itself.

    Raises
    ------
    ArgumentError
        Fewer than one point, or another height.

    Notes
    -----
    The band is Welch's for the difference among those who stand before the cut, times their share: who stands there
    is held as it came.
    """
    if points < 1 or height not in ("uplift", "qini"):
        raise failure(ArgumentError, "targeting.points", argument="points", came=points, height=height)
    size = float(people.people[-1])
    share = np.linspace(0.0, 1.0, points + 1)
    place = share * size
    near = _around(people, place)
    heights = (uplift_heights if height == "uplift" else qini_heights)(near)[0]
    scale = size if height == "uplift" else float(people.n_treated[-1])
    gain = _at(place, near.people, heights) / scale
    counted = place if height == "uplift" else _at(place, people.people, people.n_treated)
    spread = sum(_means(people, arm, place, people.people).variance for arm in (True, False))
    reach = float(ndtri(0.5 + level / 2)) * np.sqrt(spread) * counted / scale
    reach[0] = 0.0
    return Curve(share=share, gain=gain, low=gain - reach, high=gain + reach, chance=share * gain[-1])


def _around(people: Ranked, place: Floats) -> Ranked:
    """Return the running figures at the steps around some places alone: a curve is straight between two steps."""
    after = np.searchsorted(people.people, place)
    steps = np.unique(np.clip(np.concatenate([after - 1, after]), 0, len(people.people) - 1))
    names = ("people", "n_treated", "n_control", "y_treated", "y_control")
    return replace(people, **{name: getattr(people, name)[steps] for name in names})


def _first(k: float, size: float) -> float:
    """Return how many people are the first k."""
    cut = float(k) if isinstance(k, int) else math.floor(size * k + 1e-9)
    if not ((isinstance(k, int) and 0 < k <= size) or (not isinstance(k, int) and 0 < k <= 1)):
        raise failure(ArgumentError, "targeting.k", argument="k", came=k, allowed=int(size))
    return cut


@dataclass(frozen=True)
class _Means:
    """An arm's mean among the first people, its variance, and how many people it rests on (Kish's, where weighted)."""

    mean: Floats
    variance: Floats  # of the mean; NaN for fewer than two people
    people: Floats


def _means(people: Ranked, treated: bool, place: Floats, across: Floats) -> _Means:  # noqa: FBT001
    """Return an arm's mean among the people before each place of an axis."""
    n, y = (people.n_treated, people.y_treated) if treated else (people.n_control, people.y_control)

    def running(values: Floats) -> Floats:
        if people.step is not None:
            values = np.bincount(people.step, values, minlength=len(n)).astype(np.float64)
        return _at(place, across, np.cumsum(values))

    count = _at(place, across, n)
    weights, cross, squares = count, (total := _at(place, across, y)), total
    if people.weight is not None or not people.is_binary:  # else a square is the outcome itself
        squared = np.where(people.treated == treated, 1.0 if people.weight is None else people.weight**2, 0.0)
        weights, cross, squares = (running(squared * people.outcome**power) for power in range(3))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, effective = total / count, count**2 / weights
        rest = np.maximum(squares - 2 * mean * cross + mean**2 * weights, 0.0)
        variance = rest / count**2 * effective / (effective - 1)
    return _Means(mean, np.where(effective >= 2, variance, np.nan), effective)


def _moments(people: Ranked, treated: bool, cut: float, across: Floats) -> Moments:  # noqa: FBT001
    """Return moments of a whole number of people that have the mean and the variance of an arm's first."""
    found = _means(people, treated, np.array([cut]), across)
    mean, variance = float(found.mean[0]), float(found.variance[0])
    if math.isnan(variance):
        return Moments(0, 0.0, 0.0)
    n = max(2, round(float(found.people[0])))
    return Moments(n, mean * n, mean * mean * n + variance * n * (n - 1))


def _at(place: Floats, across: Floats, values: Floats) -> Floats:
    """Return values at places of an axis, straight from one step to the next, and from nought to the first."""
    after = np.minimum(np.searchsorted(across, place), len(across) - 1)
    low, start = (np.where(after > 0, steps[after - 1], 0.0) for steps in (across, values))
    share = (place - low) / (across[after] - low)
    return np.asarray(start + share * (values[after] - start), dtype=np.float64)
