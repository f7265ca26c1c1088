"""Which complete journeys are the most frequent, and how many go a certain way?

In   any table of events, as `journey_map` takes it
Out  contracts.journey.JOURNEY_PATHS, or how many journeys a pattern is found in

A journey is written as a text of letters, one for each step, in the engine; journeys that are alike are counted there,
and a pattern is found there as a regular expression. No person's journey comes to Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from patron.contracts.journey import JOURNEY_PATHS
from patron.errors import NotEnoughData
from patron.identity.keep import Keep, in_memory
from patron.journeys.moves import CLUSTERS, moves, step_names
from patron.journeys.pattern import FIRST_LETTER, letter, regular_expression
from patron.journeys.read import read_steps
from patron.journeys.tally import DIVISION
from patron.language import failure
from patron.stats.clustered_rate import Rates, clustered_rate

LONGEST = 200
"""Steps of a journey that are read. Of a longer one no path is told; patterns are looked for in so many."""

MOST = 20
SHOWN = " > "


def frequent_paths(
    events: Any, *, by: str | Sequence[str] | None = None, as_of: date | None = None, within_days: int | None = None,
    most: int = MOST, keep: Keep = in_memory,
) -> pa.Table:  # fmt: skip
    """Return the most frequent complete journeys.

    Parameters
    ----------
    events, by, as_of, within_days, keep
        As `journey_map` takes them.
    most : int
        Paths of each segment.

    Returns
    -------
    Table
        Keeps the contract JOURNEY_PATHS.

    Raises
    ------
    ContractError, ArgumentError, NotEnoughData
        As `journey_map` raises them.
    """
    rows, names = whole_journeys(events, by=by, as_of=as_of, within_days=within_days, keep=keep)
    return paths_of(rows, names, most=most)


def path_share(
    events: Any, pattern: str, *, by: str | Sequence[str] | None = None, as_of: date | None = None,
    within_days: int | None = None, keep: Keep = in_memory,
) -> pa.Table:  # fmt: skip
    """Return in how many journeys a pattern is found, such as ``cart > not support* > order``.

    Parameters
    ----------
    events, by, as_of, within_days, keep
        As `journey_map` takes them.
    pattern : str
        In the language of `patron.journeys.pattern`.

    Returns
    -------
    Table, one row per segment
        ``segmentation, segment``; ``journeys``; ``found`` (journeys with the pattern), ``people`` (of these),
        ``share`` with ``share_low`` and ``share_high``; ``value_found`` and ``value_others``: mean money of a journey.

    Raises
    ------
    ArgumentError
        The pattern cannot be read, or names a step that nobody took.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from datetime import datetime
    >>> seen = pa.table({
    ...     "customer_id": ["a", "a", "b", "b", "b"],
    ...     "event": ["cart", "order", "cart", "call", "order"],
    ...     "at": [datetime(2024, 1, day) for day in (1, 2, 1, 3, 4)],
    ... })
    >>> path_share(seen, "cart > not call* > order").select(["journeys", "found", "share"]).to_pylist()
    [{'journeys': 2, 'found': 1, 'share': 0.5}]
    """
    rows, names = whole_journeys(events, by=by, as_of=as_of, within_days=within_days, keep=keep)
    wanted = regular_expression(pattern, names)
    marked = rows.mutate(hit=rows.path.re_search(wanted))
    counted = marked.group_by(*DIVISION, "cluster").aggregate(
        journeys=marked.count(), found=marked.count(where=marked.hit),
        cents=_cents(marked, marked.hit), other_cents=_cents(marked, ~marked.hit),
    )  # fmt: skip
    hits = marked.filter(marked.hit)
    people = hits.group_by(*DIVISION).aggregate(people=hits.who.nunique()).to_pyarrow().to_pylist()
    many = {(row["segmentation"], row["segment"]): row["people"] for row in people}
    return _shares(counted.to_pyarrow().to_pylist(), many)


def whole_journeys(
    events: Any, *, by: str | Sequence[str] | None, as_of: date | None, within_days: int | None, keep: Keep
) -> tuple[ir.Table, tuple[str, ...]]:
    """Return the complete journeys, once for each segment, and the steps behind their letters."""
    columns = [by] if isinstance(by, str) else list(by or ())
    read = read_steps(events, by=columns, as_of=as_of)
    names = step_names(read.steps)
    groups = [f"by_{place}" for place in range(len(columns))]
    if not names:
        raise failure(NotEnoughData, "journeys.none", **read.left_out)
    rows = moves(read.steps, names=names, groups=groups, within_days=within_days, whole=True).rows
    last = as_of or rows.day.max().to_pyarrow().as_py()
    made = keep("journeys", complete(rows, names, as_of=last, within_days=within_days, groups=groups))
    parts = [made.mutate(segmentation=ibis.literal("all"), segment=ibis.literal("all"))]
    parts += [
        made.filter(made[group].notnull()).mutate(segmentation=ibis.literal(name), segment=made[group])
        for group, name in zip(groups, columns, strict=True)
    ]
    divided = ibis.union(*parts) if columns else parts[0]
    if not int(made.count().to_pyarrow().as_py()):
        raise failure(NotEnoughData, "journeys.none", **read.left_out)
    return divided.drop(*groups), names


def complete(
    rows: ir.Table, names: Sequence[str], *, as_of: date, within_days: int | None, groups: Sequence[str] = ()
) -> ir.Table:
    """Return one row per journey whose end is known: who, part, path, steps, seconds and money."""
    letters = ibis.literal("".join(letter(place) for place in range(len(names) + 1)))
    shown = ibis.ifelse(rows.place < LONGEST, rows.step, len(names))
    told = rows.filter(rows.place <= LONGEST)
    told = told.mutate(letter=letters.substr(shown.cast("int64"), 1))
    made = told.group_by("who", "cluster", "journey").aggregate(
        letters=ibis.struct({"place": told.place, "letter": told.letter}).collect()
    )
    spelt = made.select("who", "journey", "cluster", path=made.letters.sort().map(lambda one: one["letter"]).join(""))
    whole = rows.group_by("who", "journey").aggregate(
        steps=rows.count(), value=rows["value"].sum().cast("decimal(18, 2)"), last=rows.day.max(),
        seconds=rows.second.max() - rows.second.min(), **{name: rows[name].min() for name in groups},
    )  # fmt: skip
    if within_days is not None:
        whole = whole.filter(whole["last"] <= ibis.literal(as_of) - ibis.interval(days=within_days))
    joined = whole.inner_join(spelt, [whole.who == spelt.who, whole.journey == spelt.journey])
    return joined.select("who", "cluster", "path", "steps", "value", "seconds", *groups)


def paths_of(rows: ir.Table, names: Sequence[str], *, most: int = MOST) -> pa.Table:
    """Return the most frequent paths of each segment of `rows`, which are those of `complete` with the segments."""
    short = rows.filter(rows.steps <= LONGEST)
    counted = short.group_by(*DIVISION, "path").aggregate(
        times=short.count(), people=short.who.nunique(), seconds=short.seconds.median().cast("float64"),
        value=short["value"].sum(), steps=short.steps.max(),
    )  # fmt: skip
    place = ibis.row_number().over(ibis.window(group_by=DIVISION, order_by=[counted.times.desc(), counted.path]))
    found = counted.mutate(place=place)
    top = found.filter(found.place < most).to_pyarrow().sort_by(
        [("segmentation", "ascending"), ("segment", "ascending"), ("place", "ascending")]
    )  # fmt: skip
    best = rows.mutate(path=ibis.ifelse(rows.path.isin(top["path"].to_pylist() or [""]), rows.path, ""))
    counts = best.group_by(*DIVISION, "path", "cluster").aggregate(times=best.count()).to_pyarrow()
    parts, totals = _parts(counts, (*DIVISION, "path")), _parts(counts, DIVISION)
    made = [_path(row, names, parts, totals) for row in top.to_pylist()]
    return pa.Table.from_pylist(made, schema=JOURNEY_PATHS.schema.to_pyarrow())


def _path(row: dict[str, Any], names: Sequence[str], parts: Any, totals: Any) -> dict[str, Any]:
    division = row["segmentation"], row["segment"]
    rates = _rate(parts[(*division, row["path"])], totals[division], row["people"])
    return {
        "segmentation": division[0], "segment": division[1], "rank": row["place"] + 1,
        "path": SHOWN.join(names[ord(one) - FIRST_LETTER] for one in row["path"]), "steps": row["steps"],
        "people": row["people"], "times": row["times"], "share": float(rates.rate[0]),
        "share_low": float(rates.low[0]), "share_high": float(rates.high[0]), "median_hours": row["seconds"] / 3600,
        "value": row["value"],
    }  # fmt: skip


def _parts(counted: pa.Table, key: Sequence[str]) -> dict[tuple[str, ...], Any]:
    """Return the counts of each key by part of the people."""
    found: dict[tuple[str, ...], Any] = {}
    for row in counted.to_pylist():
        cells = found.setdefault(tuple(row[name] for name in key), np.zeros(CLUSTERS))
        cells[row["cluster"]] += row["times"]
    return found


def _rate(done: Any, trials: Any, people: int) -> Rates:
    squares = ([(done**2).sum()], [(done * trials).sum()], [(trials**2).sum()])
    return clustered_rate([done.sum()], [trials.sum()], people=[max((trials > 0).sum(), people)], squares=squares)


def _cents(rows: ir.Table, where: ir.BooleanValue) -> ir.Value:
    money = ibis.ifelse(where, rows["value"], 0)
    return (money.sum() * 100).cast("decimal(38, 0)").cast("int64")


def _shares(counted: list[dict[str, Any]], people: dict[tuple[str, str], int]) -> pa.Table:
    """Return the share of journeys with the pattern by segment."""
    rows = []
    for division in sorted({(row["segmentation"], row["segment"]) for row in counted}):
        mine = [row for row in counted if (row["segmentation"], row["segment"]) == division]
        done, trials = (np.array([float(row[name]) for row in mine]) for name in ("found", "journeys"))
        rates, many = _rate(done, trials, people.get(division, 0)), float(trials.sum() - done.sum())
        cents = [sum(row[name] for row in mine) / 100 for name in ("cents", "other_cents")]
        rows.append(
            {
                "segmentation": division[0], "segment": division[1], "journeys": int(trials.sum()),
                "found": int(done.sum()), "people": people.get(division, 0), "share": float(rates.rate[0]),
                "share_low": float(rates.low[0]), "share_high": float(rates.high[0]),
                "value_found": cents[0] / done.sum() if done.sum() else None,
                "value_others": cents[1] / many if many else None,
            }
        )  # fmt: skip
    return pa.Table.from_pylist(rows)
