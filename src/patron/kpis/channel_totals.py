"""What each model gives each channel of counted paths."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from patron.errors import ArgumentError
from patron.kpis.counted_paths import Codes, Floats, Ints, Paths, sums
from patron.kpis.path_chain import coalition_gains, path_chain
from patron.kpis.touch_shares import RULES, touch_shares
from patron.language import failure
from patron.stats.removal_effects import removal_effects
from patron.stats.shapley import shapley

MOST = 100
"""Channels up to which the game on the chain is worked out: for so many it takes ten seconds."""

WORTHS = ("paths", "chain")


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a model is told: see `attribution`."""

    order: int = 1
    half_life_days: float = 7.0
    ends: float = 0.4
    direct: Sequence[str] = ("direct",)
    worth: str = "paths"
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Conversions and value of each channel, and beside a sampled model the standard error of its conversions."""

    conversions: Floats
    value: Floats
    error: Floats | None = None


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Paths with their channels, in the order of paths, and the channel's share in the path; they add up to one."""

    path: Ints
    channel: Ints | Codes
    share: Floats


def by_paths(model: str, terms: Terms) -> bool:
    """Tell whether a model divides each path by itself, so that channels are the sums of paths."""
    return model in RULES or (model == "shapley" and terms.worth == "paths")


def path_shares(paths: Paths, model: str, terms: Terms) -> Pairs:
    """Return how a model that divides each path by itself does it.

    Shapley's value of the game whose coalitions win the conversions of the paths that stay inside of them is an even
    division of each path's conversions among its channels (Zhao, Mahboobi & Bagheri 2018, their simplified formula).
    """
    if model == "shapley":
        return pairs_of(paths)
    shares = touch_shares(paths, model, half_life_days=terms.half_life_days, ends=terms.ends, direct=terms.direct)
    return Pairs(path=paths.owner, channel=paths.codes, share=shares)


def pairs_of(paths: Paths, shares: Floats | None = None) -> Pairs:
    """Return each path with each of its channels once; of touches' shares the sum, else an even share of each."""
    shape = (paths.size, len(paths.channels))
    given = np.ones(len(paths.codes)) if shares is None else shares
    cells = csr_array((given.copy(), paths.codes.copy(), paths.starts.copy()), shape=shape)
    cells.sum_duplicates()  # in place, so of copies
    many = np.diff(cells.indptr)
    return Pairs(
        path=np.repeat(np.arange(paths.size), many), channel=cells.indices,
        share=np.repeat(1.0 / many, many) if shares is None else cells.data,
    )  # fmt: skip


def channel_totals(paths: Paths, model: str, terms: Terms) -> Totals:
    """Return what a model gives each channel: nothing below 0, together all conversions and all value."""
    conversions, value = float(paths.conversions.sum()), float(paths.money().sum())
    if by_paths(model, terms):
        led, size = paths.converted, len(paths.channels)
        pairs = path_shares(led, model, terms)
        parts = [sums(pairs.channel, pairs.share * gain[pairs.path], size) for gain in (led.conversions, led.money())]
        return Totals(conversions=_adding_up(parts[0], conversions), value=_adding_up(parts[1], value))
    effects, error = _by_chain(paths, model, terms)
    return Totals(
        conversions=_adding_up(effects[:, 0], conversions), value=_adding_up(effects[:, 1], value),
        error=None if error is None else error * conversions / effects[:, 0].sum(),
    )  # fmt: skip


def _by_chain(paths: Paths, model: str, terms: Terms) -> tuple[Floats, Floats | None]:
    size = len(paths.channels)
    if model == "markov":
        return removal_effects(path_chain(paths, order=terms.order), size), None
    if size > MOST:
        raise failure(ArgumentError, "attribution.many", came=size, most=MOST)
    chain = path_chain(paths)
    shares, error = shapley(lambda who: coalition_gains(chain, who), size, seed=terms.seed)
    return np.maximum(shares, 0.0), None if error is None else error[:, 0]


def _adding_up(parts: Floats, total: float) -> Floats:
    """Scale parts to a total, and leave the last rounding with the largest."""
    came = math.fsum(parts)
    if not came:
        return np.zeros_like(parts)
    scaled = parts * (total / came)
    scaled[np.argmax(scaled)] += total - math.fsum(scaled)
    return scaled
