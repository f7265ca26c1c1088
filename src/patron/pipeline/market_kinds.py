"""Our customers of each kind that the reference population names: counted in the engine, a few kinds at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_, or_

import ibis
import ibis.expr.types as ir

from patron.engines.constant import constant
from patron.models.market_size import Kind, Ours
from patron.pipeline.market_settings import Population, segment_name

AT_A_TIME = 40
"""Kinds of one query."""

RANGE = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)\s*(?:-|to|–)\s*(-?[0-9]+(?:\.[0-9]+)?)")
EXACT = "decimal(28, 6)"  # a sum of floats would depend on the order of the rows
SQUARES = "decimal(38, 4)"
ALL = "all"


def ours_of(people: ir.Table) -> Ours:
    """Return the sums over all our customers.

    Parameters
    ----------
    people : Table, one row per customer
        ``predicted_value, ideal`` (1 or 0).
    """
    row = people.aggregate(
        customers=people.count(), ideal=people.ideal.sum().fill_null(0), value=_total(people.predicted_value)
    ).to_pyarrow().to_pylist()[0]  # fmt: skip
    return Ours(customers=int(row["customers"]), ideal=int(row["ideal"]), value=float(row["value"]))


def kinds_of(
    people: ir.Table, population: Sequence[Population], *, numeric: Mapping[str, bool], costs: Mapping[str, float]
) -> list[Kind]:
    """Count our customers of each kind.

    Parameters
    ----------
    people : Table, one row per customer
        ``predicted_value, ideal`` and a column per trait.
    population : sequence of Population
        The kinds.
    numeric : mapping of str to bool
        Which traits are numbers; one that is not here is known of nobody, or of everybody's profile.
    costs : mapping of str to float
        What a new customer cost, by channel and for `all`.
    """
    kinds: list[Kind] = []
    for start in range(0, len(population), AT_A_TIME):
        part = population[start : start + AT_A_TIME]
        sums = {
            key: value for place, one in enumerate(part) for key, value in _sums(people, one, place, numeric).items()
        }
        row = people.aggregate(**sums).to_pyarrow().to_pylist()[0]
        kinds += [_kind(one, row, place, costs) for place, one in enumerate(part)]
    return kinds


def _sums(people: ir.Table, one: Population, place: int, numeric: Mapping[str, bool]) -> dict[str, ir.Value]:
    told = reduce(and_, (people[trait].notnull() for trait in one.where))
    fits = reduce(
        and_, (_fits(people[trait], wanted, numeric=numeric.get(trait, False)) for trait, wanted in one.where.items())
    )
    hit = (told & fits).fill_null(False)
    value = ibis.ifelse(hit, people.predicted_value, constant(0.0))
    return {
        f"told_{place}": told.cast("int64").sum(),
        f"known_{place}": hit.cast("int64").sum(),
        f"ideal_{place}": ibis.ifelse(hit, people.ideal, 0).sum(),
        f"value_{place}": _total(value),
        f"squares_{place}": (value * value).round(4).cast(SQUARES).sum().cast("float64").fill_null(constant(0.0)),
    }


def _fits(column: ir.Value, wanted: Sequence[str], *, numeric: bool) -> ir.BooleanValue:
    """Tell who has one of some values; of numbers a value may be a range, both ends included."""
    if not numeric:
        return column.isin(list(wanted))
    return reduce(or_, (_within(column, one) for one in wanted))


def _within(column: ir.Value, wanted: str) -> ir.BooleanValue:
    found = RANGE.fullmatch(wanted.strip())
    try:
        low, high = (float(found[1]), float(found[2])) if found else (float(wanted), float(wanted))
    except ValueError:  # a word, which no number is
        return ibis.literal(value=False)
    return (column >= constant(low)) & (column <= constant(high))


def _kind(one: Population, row: Mapping[str, float], place: int, costs: Mapping[str, float]) -> Kind:
    channels = one.where.get("channel", ())
    own = costs.get(channels[0]) if len(channels) == 1 else None
    return Kind(
        segment=segment_name(one), traits=tuple(sorted(one.where)), people=one.people, source=one.source,
        dated=one.dated, told=_whole(row, f"told_{place}"), known=_whole(row, f"known_{place}"),
        ideal=_whole(row, f"ideal_{place}"), value=float(row[f"value_{place}"] or 0.0),
        squares=float(row[f"squares_{place}"] or 0.0), cost_each=costs.get(ALL) if own is None else own,
    )  # fmt: skip


def _total(value: ir.Value) -> ir.Value:
    return value.round(6).cast(EXACT).sum().cast("float64").fill_null(constant(0.0))


def _whole(row: Mapping[str, float], name: str) -> int:
    return int(row[name] or 0)
