"""Normalising columns: by an expression of the engine where that is exact, by Python on distinct values elsewhere.

All functions here go from `ROWS`, one row per text of a record, to `NORMAL_ROWS`, the same with value and status.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ibis
import ibis.expr.types as ir

from patron.identity.normalise.distinct import Asker
from patron.identity.normalise.value import Normal

ROWS = ("source", "record_id", "kind", "text", "land", "seen_on", "changed_on")
"""`land` is the ISO code of the country that the text is read in; empty where that is not known."""

NORMAL_ROWS = ("source", "record_id", "kind", "value", "text", "seen_on", "changed_on", "status")

PLAIN = "^[ -~]*$"
"""Printable ASCII: here lower case, blanks and patterns mean the same in every engine and in Python."""


def by_engine(
    rows: ir.Table,
    one: Callable[[str], Normal],
    *,
    value: Callable[[ir.StringValue], ir.StringValue],
    status: Callable[[ir.StringValue], ir.StringValue],
    asker: Asker,
    name: str,
) -> ir.Table:
    """Normalise plain texts by an expression, and what is left by the function that says the same of one text."""
    rest = rows.filter(~rows.text.re_search(PLAIN))
    return ibis.union(plain(rows, value=value, status=status), by_python(rest, one, asker=asker, name=name))


def plain(
    rows: ir.Table,
    *,
    value: Callable[[ir.StringValue], ir.StringValue],
    status: Callable[[ir.StringValue], ir.StringValue],
) -> ir.Table:
    """Normalise those texts that are plain."""
    found = rows.filter(rows.text.re_search(PLAIN)).mutate(value=lambda t: value(t.text))
    return found.mutate(status=status(found.value)).select(*NORMAL_ROWS)


def by_python(rows: ir.Table, one: Callable[[str], Normal], *, asker: Asker, name: str) -> ir.Table:
    """Ask a function about every distinct text."""
    known = asker.ask(rows.select(asked="text"), one, makes=("value", "status"), name=name)
    return rows.join(known, rows.text == known.asked).select(*NORMAL_ROWS)


def by_land(rows: ir.Table, one: Callable[[str, str], Normal], *, asker: Asker, name: str) -> ir.Table:
    """Ask a function about every distinct text and the country that it is read in."""
    asked = rows.select(asked="text", asked_land="land")
    known = asker.ask(asked, one, makes=("value", "status"), name=name)
    return rows.join(known, [rows.text == known.asked, rows.land == known.asked_land]).select(*NORMAL_ROWS)


def made_rows(records: ir.Table, kinds: Sequence[str]) -> ir.Table:
    """Return a row for each of some kinds from the columns ``KIND_value``, ``KIND_status`` and ``KIND_text``."""
    crossed = records.cross_join(ibis.memtable({"made_kind": list(kinds)}))  # one pass, however many kinds

    def of_kind(part: str) -> ir.Value:
        return ibis.cases(*((crossed.made_kind == kind, crossed[f"{kind}_{part}"]) for kind in kinds))

    made = crossed.select(
        "source", "record_id", "seen_on", "changed_on", kind="made_kind", value=of_kind("value"),
        status=of_kind("status"), text=of_kind("text"),
    )  # fmt: skip
    return made.filter(made.value.notnull()).select(*NORMAL_ROWS)
