"""What do all experiments together tell of one action, by one channel, for one signal?

Effects are taken for draws of one normal process over what describes them. Two effects share a part of their variance
for everything that they have in common: the shop, the signal's family, the action and its kind, the channel, the very
same signal, action and channel, the segment. So a trial of the same family moves a guess more than one of another, and
a trial with a small error moves it more than one with a large. In one step, with weights that add up as they should:

    effect | trials ~ Normal(m + K C⁻¹ (y - m_t), k - K C⁻¹ K'),   C = K_tt + diag(se²)

How much effects vary, and how much of that is common at all, is learned too: the prior's variances are multiplied by
one factor, and the common part by another, averaged over a grid by how well each pair explains the trials and a prior.

Ref  Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, equations 2.25, 2.26 and 2.30
     Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., chapter 5: partial pooling
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

Floats = NDArray[np.float64]

FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""By how much the prior's variances may be off; weighed by a normal distribution of the logarithm."""

COMMON = {1.0: 0.5, 0.5: 0.3, 0.1: 0.2}
"""How much of what is thought to be in common may really be, and the prior of each; the rest is each effect's own."""

Shares = tuple[tuple[float, tuple[str, ...]], ...]

SHARED: Shares = (
    (0.15, ()),  # the shop: its customers answer or do not
    (0.20, ("family",)),
    (0.20, ("action",)),
    (0.10, ("kind",)),
    (0.10, ("channel",)),
    (0.15, ("signal", "action", "channel")),
    (0.05, ("segmentation", "segment")),
    (0.05, ("segmentation", "segment", "action")),
)
"""Which share of the prior's variance two effects have in common where they agree in all of these."""

OWN: Shares = (
    (0.9, ("family", "signal", "action", "kind", "channel")),
    (0.1, ("family", "signal", "action", "kind", "channel", "segmentation", "segment")),
)
"""The same where nothing but the very same signal, action and channel has anything in common."""


@dataclass(frozen=True, kw_only=True)
class About:
    """What describes an effect; what is not known agrees with nothing."""

    family: str | None
    signal: str | None
    action: str | None
    kind: str | None
    channel: str | None
    segmentation: str
    segment: str


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """What is believed of each effect."""

    effect: Floats
    deviation: Floats
    weight: Floats  # share of the prior's variance that the trials took away
    teller: NDArray[np.int64]  # which trial moves it most; -1 without trials


def pooled(
    wanted: Sequence[About],
    mean: Floats,
    spread: Floats,
    *,
    trials: Sequence[About] = (),
    trial_mean: Floats | None = None,
    trial_spread: Floats | None = None,
    effect: Floats | None = None,
    error: Floats | None = None,
) -> Pooled:
    """Return what is believed of each wanted effect.

    Parameters
    ----------
    wanted : sequence of About
        The effects that are asked for.
    mean, spread : array of float
        Mean and standard deviation of the prior of each.
    trials : sequence of About
        What was tried.
    trial_mean, trial_spread : array of float
        Their priors.
    effect, error : array of float
        What they showed, and its standard error.

    Examples
    --------
    >>> import numpy as np
    >>> mail = About(family="f", signal="s", action="a", kind="k", channel="c", segmentation="all", segment="all")
    >>> prior = np.array([0.1]), np.array([0.1])
    >>> sure = pooled([mail], *prior, trials=[mail], trial_mean=prior[0], trial_spread=prior[1],
    ...               effect=np.array([0.3]), error=np.array([0.001]))
    >>> sure.effect.round(2).tolist(), sure.weight.round(2).tolist()
    ([0.3], [1.0])
    """
    if not trials or trial_mean is None or trial_spread is None or effect is None or error is None:
        nothing = np.zeros(len(wanted))
        return Pooled(effect=mean, deviation=spread, weight=nothing, teller=np.full(len(wanted), -1))
    scales = np.outer(spread, trial_spread), np.outer(trial_spread, trial_spread)
    common = _alike(wanted, trials) * scales[0], _alike(trials, trials) * scales[1]
    own = _alike(wanted, trials, OWN) * scales[0], _alike(trials, trials, OWN) * scales[1]
    grid = [(factor, part) for factor in FACTORS for part in COMMON]
    found = [
        _given(
            factor, part * common[0] + (1 - part) * own[0], part * common[1] + (1 - part) * own[1], spread**2,
            effect - trial_mean, error**2,
        )
        for factor, part in grid
    ]  # fmt: skip
    prior = [np.log(COMMON[part]) - np.log(factor) ** 2 / 2 for factor, part in grid]
    fit = np.array([one[0] for one in found]) + np.array(prior)
    belief = np.exp(fit - fit.max())
    belief /= belief.sum()
    moved = sum(share * one[1] for share, one in zip(belief, found, strict=True))
    second = sum(share * (one[2] + one[1] ** 2) for share, one in zip(belief, found, strict=True))
    pull = sum(share * one[3] for share, one in zip(belief, found, strict=True))
    weight = sum(share * one[4] for share, one in zip(belief, found, strict=True))
    return Pooled(
        effect=np.asarray(mean + moved), deviation=np.sqrt(np.asarray(second - np.asarray(moved) ** 2)),
        weight=np.clip(np.asarray(weight), 0.0, 1.0), teller=np.abs(np.asarray(pull)).argmax(axis=1),
    )  # fmt: skip


def _given(
    factor: float, cross: Floats, among: Floats, variance: Floats, shown: Floats, noise: Floats
) -> tuple[float, Floats, Floats, Floats, Floats]:
    """Return fit, movement, variance, each trial's pull and the weight of all, for one factor of the variances."""
    total = factor * among + np.diag(noise)
    factored = cho_factor(total, lower=True)
    pull = cho_solve(factored, factor * cross.T).T
    explained = (pull * (factor * cross)).sum(axis=1)
    fit = -0.5 * float(shown @ cho_solve(factored, shown)) - float(np.log(np.diag(factored[0])).sum())
    left = np.maximum(factor * variance - explained, 0.0)
    return fit, pull @ shown, left, pull, explained / (factor * variance)


def _alike(left: Sequence[About], right: Sequence[About], shares: Shares = SHARED) -> Floats:
    """Return which share of their variance each pair has in common; of one with itself all."""
    found = np.zeros((len(left), len(right)))
    for share, names in shares:
        keys: dict[tuple[str | None, ...], int] = {}
        codes = [np.array([_code(one, names, keys) for one in side], dtype=np.int64) for side in (left, right)]
        same = (codes[0][:, None] == codes[1][None, :]) & (codes[0][:, None] >= 0)
        found += share * same
    if left is right:
        np.fill_diagonal(found, 1.0)
    return found


def _code(one: About, names: tuple[str, ...], keys: dict[tuple[str | None, ...], int]) -> int:
    values = tuple(getattr(one, name) for name in names)
    return -1 if None in values else keys.setdefault(values, len(keys))
