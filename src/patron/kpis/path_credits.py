"""What does each path owe to each of its channels?

The same model's division as `attribution`, path by path, so that it can be added up by anything that is known of a
path: the segment of the customer, the value that is expected of her, the margin of the order.

A rule of thumb and Shapley's value of the game of paths divide each path by themselves. A Markov chain does not: it
says only what each channel has in all. Its paths are divided such that the channels add up to that (iterative
proportional fitting, beginning with even shares).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from patron.kpis.attribution import check_moments, checked_terms, with_conversions
from patron.kpis.channel_totals import Pairs, Terms, by_paths, channel_totals, pairs_of, path_shares
from patron.kpis.counted_paths import Codes, Floats, Ints, Paths, distinct, sums
from patron.kpis.read_paths import Batch, read_paths
from patron.stats.raking import rake

CLOSE = 1e-9
"""What channels may miss of their totals, as a share of all, and still count as adding up."""


@dataclass(frozen=True, kw_only=True)
class PathCredits:
    """Each path's credits, and how much of all had to go to channels that are not on the path.

    `table` has one row per path with a conversion and channel with a credit: ``path_id`` (of a counted table ``path``,
    as it came, each different one once), ``channel``, ``credit`` of its conversions and ``value_credit`` of its value;
    both add up to one over a path.
    `outside` and `value_outside` are shares of all conversions and of all value: 0 where the model's totals can be had
    by dividing each path among its own channels alone. They cannot where, say, a channel's own paths bring more than
    the model gives it.
    """

    table: pa.Table
    outside: float
    value_outside: float


def path_credits(
    paths: Any, *, model: str, order: int = 1, half_life_days: float = 7.0, ends: float = 0.4,
    direct: Sequence[str] = ("direct",), worth: str = "paths", seed: int = 0,
) -> PathCredits:  # fmt: skip
    """Divide each path among its channels, such that all paths together give what `attribution` gives each channel.

    Parameters
    ----------
    paths, model, order, half_life_days, ends, direct, worth, seed
        As `attribution` takes them; one model.

    Raises
    ------
    ContractError, ArgumentError, NotEnoughData
        As `attribution` raises them.

    Examples
    --------
    >>> seen = pa.table({"path": ["mail > search", "search"], "conversions": [2, 1]})
    >>> path_credits(seen, model="linear").table.select(["path", "channel", "credit"]).to_pylist()[0]
    {'path': 'mail > search', 'channel': 'mail', 'credit': 0.5}
    """
    terms = checked_terms([model], order, half_life_days, ends, direct, worth, seed)
    batches = list(read_paths(paths))
    if model == "time_decay":
        for batch in batches:
            check_moments(batch.paths)
        with_conversions([batch.paths for batch in batches])
        tables = [_aged(batch, terms) for batch in batches]
        return PathCredits(table=pa.concat_tables(tables), outside=0.0, value_outside=0.0)
    whole = with_conversions([distinct(batch.paths) for batch in batches])
    divided = _divided(whole, model, terms)
    keys = pa.chunked_array([batch.keys for batch in batches])
    chosen = _told(batches, whole)
    table = _spread(divided, divided.of[whole.path_of], chosen, keys, whole.channels, batches[0].name)
    return PathCredits(table=table, outside=divided.outside, value_outside=divided.value_outside)


@dataclass(frozen=True, kw_only=True)
class _Divided:
    """Credits of groups of like paths, in the order of groups; `of` is each different path's group."""

    of: Ints
    group: Ints
    channel: Ints | Codes
    credit: Floats
    value_credit: Floats
    outside: float = 0.0
    value_outside: float = 0.0


@dataclass(frozen=True, kw_only=True)
class _Raked:
    pairs: Pairs
    outside: float


def _divided(paths: Paths, model: str, terms: Terms) -> _Divided:
    if by_paths(model, terms):
        pairs = path_shares(paths, model, terms)
        once = pairs if model == "shapley" else pairs_of(paths, pairs.share)
        each = np.arange(paths.size)
        return _Divided(of=each, group=once.path, channel=once.channel, credit=once.share, value_credit=once.share)
    totals = channel_totals(paths, model, terms)
    sets = _sets(paths)
    credit = _raked(sets, sets.conversions, totals.conversions)
    money = _raked(sets, sets.money(), totals.value) if sets.money().any() else credit
    size = len(paths.channels)
    keys = [raked.pairs.path * size + raked.pairs.channel for raked in (credit, money)]
    every, at = np.unique(np.concatenate(keys), return_inverse=True)
    first, second = at[: len(keys[0])], at[len(keys[0]) :]
    return _Divided(
        of=sets.path_of, group=every // size, channel=every % size,
        credit=sums(first, credit.pairs.share, len(every)),
        value_credit=sums(second, money.pairs.share, len(every)),
        outside=credit.outside, value_outside=money.outside,
    )  # fmt: skip


def _told(batches: Sequence[Batch], whole: Paths) -> Ints:
    """Return which of the paths that were read are told of: those with a conversion; of counted ones each once."""
    if batches[0].name == "path":
        first = np.unique(whole.path_of, return_index=True)[1]
        return np.sort(first[whole.conversions > 0])
    return np.flatnonzero(np.concatenate([batch.paths.conversions for batch in batches]) > 0)


def _sets(paths: Paths) -> Paths:
    """Return the different sets of channels that paths touch: those of one set are divided alike."""
    own = pairs_of(paths)
    starts = np.searchsorted(own.path, np.arange(paths.size + 1))
    return distinct(replace(paths, codes=own.channel.astype(np.int32), starts=starts))


def _raked(sets: Paths, weight: Floats, wanted: Floats) -> _Raked:
    """Divide sets so that the channels add up; what their own sets cannot give is taken from the other sets."""
    group, channel = sets.owner, sets.codes.astype(np.int64)
    share, missed = rake(group, channel, weight, wanted)
    pairs = Pairs(path=group, channel=channel, share=share)
    if np.abs(missed).sum() <= CLOSE * weight.sum():
        return _Raked(pairs=pairs, outside=0.0)
    over = missed > 0
    kept = np.divide(wanted, wanted + missed, out=np.ones_like(wanted), where=over)[channel]
    freed = np.bincount(group, share * (1.0 - kept), sets.size)
    lacking = np.flatnonzero(missed < 0)
    lent = missed[lacking] / missed[lacking].sum()
    giving = np.flatnonzero(freed > 0)
    more = Pairs(
        path=np.repeat(giving, len(lacking)), channel=np.tile(lacking, len(giving)),
        share=(freed[giving, None] * lent).ravel(),
    )  # fmt: skip
    every = Pairs(
        path=np.concatenate([group, more.path]), channel=np.concatenate([channel, more.channel]),
        share=np.concatenate([share * kept, more.share]),
    )  # fmt: skip
    size = len(sets.channels)
    strange = ~np.isin(more.path * size + more.channel, group * size + channel)
    return _Raked(pairs=every, outside=float((weight[more.path] * more.share)[strange].sum() / weight.sum()))


def _aged(batch: Batch, terms: Terms) -> pa.Table:
    """Divide each path by itself: no two are alike in the age of their touches."""
    each, shares = np.arange(batch.paths.size), path_shares(batch.paths, "time_decay", terms).share
    pairs = pairs_of(batch.paths, shares)
    divided = _Divided(of=each, group=pairs.path, channel=pairs.channel, credit=pairs.share, value_credit=pairs.share)
    led = np.flatnonzero(batch.paths.conversions > 0)
    return _spread(divided, each, led, pa.chunked_array([batch.keys]), batch.paths.channels, batch.name)


def _spread(
    divided: _Divided, group_of: Ints, chosen: Ints, keys: pa.ChunkedArray, channels: Sequence[str], name: str
) -> pa.Table:  # fmt: skip
    """Give each chosen path the credits of its group."""
    held = (divided.credit > 0) | (divided.value_credit > 0)
    group, channel = divided.group[held], divided.channel[held]
    starts = np.searchsorted(group, np.arange(int(divided.group.max()) + 2))
    own = group_of[chosen]
    many = np.diff(starts)[own]
    begin = np.repeat(starts[own] - np.concatenate([[0], np.cumsum(many)[:-1]]), many)
    cells = np.arange(many.sum()) + begin
    each = np.flatnonzero(held)[cells]
    return pa.table({
        name: keys.take(pa.array(np.repeat(chosen, many))),
        "channel": pa.array(channels, pa.string()).take(pa.array(channel[cells])),
        "credit": divided.credit[each], "value_credit": divided.value_credit[each],
    })  # fmt: skip
