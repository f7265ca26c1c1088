"""Which channel led to which conversions?

From the paths of touches that did and did not lead to a conversion, every model gives each channel its part. No part is
below nothing, and all parts together are all conversions and all their value. A model divides what happened; what a
channel caused only an experiment can tell.

Ref  Anderl, Becker, von Wangenheim & Schumann (2016), Mapping the customer journey, International Journal of Research
     in Marketing 33(3), 457-474: Markov chains of any order, removal effect
     Zhao, Mahboobi & Bagheri (2018), Shapley value methods for attribution modeling in online advertising,
     arXiv:1804.05327: the game of paths
     Singal, Besbes, Desir, Goyal & Iyengar (2022), Shapley meets uniform, Management Science 68(10), 7457-7479: the
     game on a chain
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from patron.contracts.touch import MODELS
from patron.errors import ArgumentError, NotEnoughData
from patron.kpis.channel_totals import WORTHS, Terms, Totals, channel_totals
from patron.kpis.counted_paths import Paths, distinct, merged
from patron.kpis.read_paths import read_paths
from patron.language import NOTHING, did_you_mean, failure, listing

COLUMNS = ("model", "channel", "conversions", "value", "share", "standard_error")


def attribution(
    paths: Any, *, model: str | Sequence[str], order: int = 1, half_life_days: float = 7.0, ends: float = 0.4,
    direct: Sequence[str] = ("direct",), worth: str = "paths", seed: int = 0,
) -> pa.Table:  # fmt: skip
    """Divide conversions and their value among the channels that came before them.

    Parameters
    ----------
    paths : Table
        Ibis, Arrow, pandas or Polars. Either one row per path: ``path`` (a list of channels, or text such as
        ``"mail > search"``), ``conversions``, and where known their ``value`` in all and ``nulls``, how often the path
        led nowhere. Or one row per touch: ``path_id``, ``at`` (a moment or a day), ``channel``, and beside each touch
        what became of its path: ``converted`` (true, or how many times) and where known ``value``.
    model : str or sequence of str
        ``first``, ``last``, ``last_non_direct``, ``linear``, ``time_decay`` (of touches alone: it needs moments),
        ``position``, ``markov``, ``shapley``.
    order : int
        Of the Markov chain: how many of the last touches the next one depends on.
    half_life_days : float
        Of time decay.
    ends : float
        Of position: what the first touch has, and the last one, from 0 to 0.5.
    direct : sequence of str
        The channels that the last non-direct touch passes over.
    worth : {"paths", "chain"}
        What a coalition of channels wins in Shapley's game: the conversions of those paths that touch no other channel;
        or what the Markov chain of the first order wins when every path ends that comes to any other channel.
    seed : int
        Of the orders that are drawn for a game on the chain of more than 12 channels.

    Returns
    -------
    Table, one row per model and channel
        ``model, channel``; ``conversions``; ``value``, none where the table has none; ``share`` of all conversions;
        ``standard_error`` of ``conversions`` where orders were drawn, else none: nothing was left to chance.

    Raises
    ------
    ContractError
        A column is missing.
    ArgumentError
        The table is of no known kind, an option or a value in it is not allowed, time decay is asked of counted
        paths, or the game on the chain of more than 100 channels.
    NotEnoughData
        There is no conversion.

    Examples
    --------
    >>> seen = pa.table({"path": ["mail > search", "search"], "conversions": [2, 1], "nulls": [0, 7]})
    >>> found = attribution(seen, model=["last", "markov"])
    >>> found.select(["model", "channel", "conversions"]).to_pylist()[0]
    {'model': 'last', 'channel': 'search', 'conversions': 3.0}
    """
    models = [model] if isinstance(model, str) else list(dict.fromkeys(model))
    terms = checked_terms(models, order, half_life_days, ends, direct, worth, seed)
    counted: list[Paths] = []
    aged: list[tuple[tuple[str, ...], Totals]] = []
    for batch in read_paths(paths):
        if "time_decay" in models:
            check_moments(batch.paths)
            aged.append((batch.paths.channels, channel_totals(batch.paths, "time_decay", terms)))
        counted.append(distinct(batch.paths))
    whole = with_conversions(counted)
    found = {one: _together(whole, aged) if one == "time_decay" else channel_totals(whole, one, terms)
             for one in models}  # fmt: skip
    return pa.concat_tables([_rows(whole, one, totals) for one, totals in found.items()])


def checked_terms(
    models: Sequence[str], order: int, half_life_days: float, ends: float, direct: Sequence[str], worth: str, seed: int
) -> Terms:
    """Return what the models are told.

    Raises
    ------
    ArgumentError
        An option is not allowed.
    """
    for model in models:
        if model not in MODELS:
            raise failure(ArgumentError, "attribution.model", came=model, hint=did_you_mean(str(model), MODELS))
    if not models:
        raise failure(ArgumentError, "attribution.model", came=NOTHING, hint=did_you_mean("", MODELS))
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise failure(ArgumentError, "attribution.order", came=order)
    if not 0 < half_life_days < float("inf"):
        raise failure(ArgumentError, "attribution.half_life", came=half_life_days)
    if not 0 <= ends <= 0.5:
        raise failure(ArgumentError, "attribution.ends", came=ends)
    if worth not in WORTHS:
        raise failure(ArgumentError, "attribution.worth", came=worth, allowed=listing(WORTHS))
    passed = (direct,) if isinstance(direct, str) else tuple(direct)
    return Terms(order=order, half_life_days=half_life_days, ends=ends, direct=passed, worth=worth, seed=seed)


def check_moments(paths: Paths) -> None:
    """Say that time decay cannot be had without moments.

    Raises
    ------
    ArgumentError
        The paths came counted.
    """
    if paths.moments is None:
        raise failure(ArgumentError, "attribution.no_moments")


def with_conversions(counted: Sequence[Paths]) -> Paths:
    """Return all parts as one.

    Raises
    ------
    NotEnoughData
        No path led to a conversion.
    """
    if not counted:
        raise failure(NotEnoughData, "attribution.no_paths")
    whole = merged(counted)
    if not whole.conversions.sum():
        raise failure(NotEnoughData, "attribution.no_conversions", nulls=int(whole.nulls.sum()))
    return whole


def _together(whole: Paths, parts: Sequence[tuple[tuple[str, ...], Totals]]) -> Totals:
    """Add up what batches found, which may know different channels."""
    place = {name: number for number, name in enumerate(whole.channels)}
    conversions, value = np.zeros(len(place)), np.zeros(len(place))
    for names, totals in parts:
        own = [place[name] for name in names]
        conversions[own] += totals.conversions
        value[own] += totals.value
    return Totals(conversions=conversions, value=value)


def _rows(paths: Paths, model: str, totals: Totals) -> pa.Table:
    order = np.lexsort((np.arange(len(paths.channels)), -totals.conversions))
    nothing = pa.nulls(len(order), pa.float64())
    columns = {
        "model": pa.array([model] * len(order)),
        "channel": pa.array(paths.channels).take(pa.array(order)),
        "conversions": totals.conversions[order],
        "value": nothing if paths.value is None else totals.value[order],
        "share": totals.conversions[order] / paths.conversions.sum(),
        "standard_error": nothing if totals.error is None else totals.error[order],
    }
    return pa.table({name: columns[name] for name in COLUMNS})
