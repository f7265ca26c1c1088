"""People who were erased stay away: their rows are emptied before anything is written, counted, and left out.

Who they are is asked of a function that comes from outside; where there is none, nothing here costs anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Protocol

import ibis
import ibis.expr.types as ir

from patron.contracts.raw_dealings import PROSPECT
from patron.sources.customer_ids import customer_id

IDS = ("customer_id", "email", "phone", "device_id", "loyalty_id")
"""What somebody is known by; fields and kinds of identifiers have the same names."""

_VISITOR = "anonymous_id"
_PROSPECT = "prospect_id"
_REFERRED = "referred_id"
_BETWEEN = "[,;|\t\"']+"


class Erased(Protocol):
    """Tell, of a column of trimmed values, which belong to somebody who was erased.

    `kind` is one of `IDS`. E-mail addresses are asked for in small letters, phone numbers in digits with a plus before
    them where one stood, all others as they came.
    """

    def __call__(self, column: ir.StringValue, *, kind: str) -> ir.BooleanValue:
        """Return the answer as an expression."""


def emptied(rows: ir.Table, erased: Erased, *, mapped: Sequence[str], orders: ir.Table | None = None) -> ir.Table:
    """Empty every field of the rows of erased people and add `erased`; what counts lines stays.

    Parameters
    ----------
    rows : Table
        `read.Read.table`.
    erased : Erased
        Who was erased.
    mapped : sequence of str
        The fields that have a column.
    orders : Table, optional
        ``order_id`` of the orders of erased people: their lines go with them. The id of an order stays in the rows
        that are emptied, for this and no other use.
    """
    if not {*IDS, _VISITOR, _PROSPECT, _REFERRED, "order_id"} & set(mapped):
        return rows.mutate(erased=ibis.literal(value=False))  # products, spend and rates are nobody's
    asked = rows.mutate(erased=reduce(or_, _answers(rows, erased, mapped), ibis.literal(value=False)))
    if orders is not None and "order_id" in mapped:
        asked = _with_orders(asked, orders)
    held = [name for name in mapped if name != "order_id"]
    return asked.mutate(**{name: ibis.ifelse(asked.erased, ibis.null("string"), asked[name]) for name in held})


def _answers(rows: ir.Table, erased: Erased, mapped: Sequence[str]) -> Iterator[ir.BooleanValue]:
    for name in (name for name in IDS if name in mapped):
        yield _belongs(rows[name], erased, kind=name)
    if _REFERRED in mapped:
        yield _belongs(rows[_REFERRED], erased, kind="customer_id")
    for name in sorted({"customer_id", _REFERRED} & set(mapped)):  # many shops have no other than the address
        yield _belongs(rows[name], erased, kind="email")
    if _VISITOR in mapped:
        yield _belongs(rows[_VISITOR], erased, kind="device_id")
    if _PROSPECT in mapped:
        named = ibis.literal(PROSPECT).concat(rows[_PROSPECT].strip())
        yield erased(named, kind="customer_id").fill_null(False)
        yield _belongs(rows[_PROSPECT], erased, kind="email")
    if {"kind", "value"} <= set(mapped):
        for kind in IDS[1:]:
            yield _belongs(_where(rows.kind.lower().strip() == kind, rows["value"]), erased, kind=kind)
    for name in mapped:  # with too many or too few columns, a value may stand under another's name
        yield _anybody(_where(rows.broken, rows[name]), erased)


def _where(holds: ir.BooleanValue, text: ir.StringValue) -> ir.StringValue:
    return ibis.ifelse(holds, text, ibis.null("string"))


def _belongs(text: ir.StringValue, erased: Erased, *, kind: str) -> ir.BooleanValue:
    bare = text.strip()
    spelt = {"customer_id": customer_id(bare), "email": bare.lower(), "phone": bare.re_replace("[^0-9+]", "")}
    return erased(spelt.get(kind, bare), kind=kind).fill_null(False)


def _anybody(text: ir.StringValue, erased: Erased) -> ir.BooleanValue:
    return _belongs(text, erased, kind="customer_id") | _belongs(text, erased, kind="email")


def _with_orders(rows: ir.Table, orders: ir.Table) -> ir.Table:
    theirs = orders.select(their_order=orders.order_id.strip(), theirs=ibis.literal(value=True)).distinct()
    trimmed = rows.mutate(trimmed_order=rows.order_id.strip())
    joined = trimmed.left_join(theirs, trimmed.trimmed_order == theirs.their_order)
    return joined.mutate(erased=joined.erased | joined.theirs.fill_null(False)).select(*rows.columns)


def without_undecoded(lines: ir.Table, erased: Erased) -> ir.Table:
    """Leave out the lines that nothing could decode and that hold a value of an erased person.

    Parameters
    ----------
    lines : Table
        ``file, row, content``.
    """
    words = lines.select("file", "row", word=lines.content.re_split(_BETWEEN).unnest())
    theirs = words.filter(_anybody(words.word, erased)).select("file", "row").distinct()
    return lines.anti_join(theirs, ["file", "row"])
