"""Records as the kinds read them: one row per text, with the country that it is read in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from patron.identity.normalise.country import country as country_of
from patron.identity.normalise.distinct import Asker
from patron.identity.normalise.rows import ROWS
from patron.identity.normalise.value import USED

TEXTS = (
    "person_id", "email", "phone", "name", "given_name", "family_name", "street", "city", "region", "postal_code",
    "country", "device_id", "loyalty_id",
)  # fmt: skip

KNOWN = frozenset(TEXTS) | {"birth_date"}

OTHER = "other"
"""Stands for every kind that has no name here: ids of other systems."""

LISTED = "identifiers"
"""The source whose records come in rows, one a value."""


@dataclass(frozen=True)
class Records:
    """What is told of records: in columns, in rows, or both.

    Parameters
    ----------
    wide : Table, optional
        One row per record; a column for each of `TEXTS`, for ``birth_date`` and for `own`, and ``land``.
    listed : Table, optional
        `ROWS`.
    own : tuple of str
        Columns of `wide` that are ids of other systems.
    told : frozenset of str
        Columns of `wide` that are read by themselves and hold anything.
    kinds : frozenset of str
        Kinds that `listed` holds.
    """

    wide: ir.Table | None
    listed: ir.Table | None
    own: tuple[str, ...] = ()
    told: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()


def complete(records: ir.Table, *, source: str, own: tuple[str, ...] = ()) -> ir.Table:
    """Return a wide table with every column that may be told; empty texts become missing."""
    have = records.columns
    texts = {name: _text(records, name) for name in (*TEXTS, *own)}
    days = {
        name: records[name].cast("date") if name in have else ibis.null("date")
        for name in ("seen_on", "changed_on", "birth_date")
    }
    origin = records["source"].cast("string") if "source" in have else ibis.literal(source)
    return records.select(source=origin, record_id=records["record_id"].cast("string"), **days, **texts)


def _text(records: ir.Table, name: str) -> ir.StringValue:
    if name not in records.columns:
        return ibis.null("string")
    text = records[name].cast("string")
    return ibis.ifelse(text.strip() == "", ibis.null("string"), text)


@dataclass(frozen=True)
class Holding:
    """What a wide table holds: how many rows, which columns, which of them are read by themselves, and the rest."""

    rows: int = 0
    columns: frozenset[str] = frozenset()
    alone: frozenset[str] = frozenset()
    names: int = 0
    streets: int = 0


def holding(wide: ir.Table, own: tuple[str, ...]) -> Holding:
    """Look what there is, in one pass, so that nothing is asked about what is not."""
    columns = (*TEXTS, "birth_date", *own)
    counts = {f"any_{column}": wide[column].count() for column in columns}
    counts |= {f"alone_{column}": _is_told(wide, column).sum() for column in columns}
    counts |= {"names": (wide.given_name.notnull() & wide.family_name.notnull()).sum(), "rows": wide.count()}
    found = wide.aggregate(**counts).to_pyarrow().to_pylist()[0]
    return Holding(
        rows=int(found["rows"]),
        columns=frozenset(column for column in columns if found[f"any_{column}"]),
        alone=frozenset(column for column in columns if found[f"alone_{column}"]),
        names=int(found["names"] or 0),
        streets=int(found["any_street"]),
    )


def with_land(wide: ir.Table, held: frozenset[str], *, country: str, asker: Asker) -> ir.Table:
    """Write a wide table aside with the country that each record is in, or else `country`; only what it holds."""
    placed = wide.mutate(land=ibis.literal(country))
    if "country" in held:
        known = wide.filter(wide.country.notnull()).select("country")
        answers = asker.ask(known, country_of, makes=("value", "status"), name="countries")
        lands = answers.filter(answers.status == USED).select(land_text="country", known_land="value")
        joined = wide.left_join(lands, wide.country == lands.land_text)
        placed = joined.select(*wide.columns, land=ibis.coalesce(joined.known_land, ibis.literal(country)))
    base = ("source", "record_id", "seen_on", "changed_on", "land")
    written = asker.keep("wide", placed.select(*base, *(name for name in wide.columns if name in held)))
    lacking = {name: ibis.null(wide[name].type()) for name in wide.columns if name not in written.columns}
    return written.mutate(**lacking)


def in_rows(listed: ir.Table, wide: ir.Table | None, *, country: str) -> ir.Table:
    """Return identifiers that come one a row, each with the country that its record is in."""
    told = listed.filter(listed["value"].strip() != "")
    rows = told.select(
        source=ibis.literal(LISTED), record_id="customer_id", kind=told.kind.strip().lower(), text="value",
        seen_on="seen_on", changed_on=ibis.null("date"),
    )  # fmt: skip
    if wide is None:
        return rows.mutate(land=ibis.literal(country)).select(*ROWS)
    homes = wide.select(home_id="record_id", home="land")
    joined = rows.left_join(homes, rows.record_id == homes.home_id)
    return joined.select(*rows.columns, land=ibis.coalesce(joined.home, ibis.literal(country))).select(*ROWS)


def of_kind(records: Records, kind: str) -> ir.Table | None:
    """Return the texts of one kind, from columns and rows (`OTHER`: of all kinds without a name here), if any."""
    parts = [*_from_columns(records, kind), *_from_rows(records, kind)]
    return ibis.union(*parts) if len(parts) > 1 else parts[0] if parts else None


def _from_columns(records: Records, kind: str) -> Iterable[ir.Table]:
    wide = records.wide
    if wide is None:
        return
    for name in records.own if kind == OTHER else (kind,):
        if name in records.told:
            rows = wide.filter(_is_told(wide, name))
            text = rows[name].cast("string")
            yield rows.select(
                "source", "record_id", "seen_on", "changed_on", "land", kind=ibis.literal(name), text=text
            ).select(*ROWS)


def _from_rows(records: Records, kind: str) -> Iterable[ir.Table]:
    rows = records.listed
    if rows is None:
        return
    if kind == OTHER and records.kinds - KNOWN:
        yield rows.filter(rows.kind.notin(sorted(KNOWN)))
    elif kind in records.kinds and kind != OTHER:
        yield rows.filter(rows.kind == kind)


def _is_told(wide: ir.Table, kind: str) -> ir.BooleanValue:
    """Say where a column is read by itself: names that are told apart, and all beside a street, are read together."""
    told = wide[kind].notnull()
    if kind == "name":
        return told & (wide.given_name.isnull() | wide.family_name.isnull())
    if kind in ("given_name", "family_name"):
        return told & wide.name.isnull() & (wide.given_name.isnull() | wide.family_name.isnull())
    if kind in ("street", "city", "postal_code"):
        return told & wide.street.isnull()
    return told
