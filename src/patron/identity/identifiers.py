"""What does each record say about who it is, so that equal means the same?

In   raw.RAW_CUSTOMERS, raw_people.RAW_IDENTIFIERS; or a wide table with one row per record
Out  contracts.person.IDENTIFIERS
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import ibis
import ibis.expr.types as ir

from patron.contracts.person import IDENTIFIERS
from patron.errors import ArgumentError
from patron.identity.keep import Keep, numbered
from patron.identity.normalise.address_rows import address_rows
from patron.identity.normalise.country import region
from patron.identity.normalise.distinct import Asker
from patron.identity.normalise.kinds import KINDS, normal_rows
from patron.identity.normalise.name_rows import apart_rows
from patron.identity.normalise.records import LISTED, Holding, Records, complete, holding, in_rows, of_kind, with_land
from patron.language import failure, listing

SOURCES = ("customers", "identifiers")
"""Raw tables that say who a record is."""


def identifiers(raw: Mapping[str, ir.Table], *, country: str | None, keep: Keep) -> ir.Table:
    """Normalise what the raw tables say of each record.

    Parameters
    ----------
    raw : mapping of str to Table
        ``customers`` (contracts.raw.RAW_CUSTOMERS), ``identifiers`` (contracts.raw_people.RAW_IDENTIFIERS), or both;
        ``raw_`` before the name does not matter, and other tables are left alone.
    country : str, optional
        In whose plan telephone numbers and postal codes are read where the record's own country does not say: an ISO
        code or a name.
    keep : callable
        Writes a table aside and returns it as written. The distinct values of most kinds pass through Python.

    Returns
    -------
    Table, one row per value of a record
        contracts.person.IDENTIFIERS. What does not link stays, with the reason as its status. Where given and family
        name are told apart, they make the whole name; otherwise the whole name is told apart.

    Raises
    ------
    ArgumentError
        Neither table is there, or the country is not known.
    """
    tables = {name.removeprefix("raw_"): table for name, table in raw.items()}
    if not any(name in tables for name in SOURCES):
        raise failure(
            ArgumentError, "normalise.no_table", argument="raw", came=listing(sorted(raw)), allowed=listing(SOURCES)
        )
    customers = None
    if "customers" in tables:
        known = tables["customers"].rename(record_id="customer_id", seen_on="acquired_on", changed_on="updated_on")
        customers = complete(known, source="customers")
    return _normalised(customers, tables.get("identifiers"), country=_land(country), keep=keep)


def record_identifiers(
    records: ir.Table, *, country: str | None, keep: Keep, own: Sequence[str] = (), source: str = "records"
) -> ir.Table:
    """Normalise a wide table.

    Parameters
    ----------
    records : Table, one row per record (a record that comes several times has all of its values)
        ``record_id``, and any of ``source, seen_on, updated_on, birth_date, person_id, email, phone, name, given_name,
        family_name, street, city, region, postal_code, country, device_id, loyalty_id``.
    country : str, optional
        As for `identifiers`.
    keep : callable
        Writes a table aside and returns it as written.
    own : sequence of str
        Further columns that are ids of other systems.
    source : str
        What the source is called where the records do not say.

    Returns
    -------
    Table, one row per value of a record
        contracts.person.IDENTIFIERS.

    Raises
    ------
    ArgumentError
        The country is not known.
    """
    known = records.rename(changed_on="updated_on") if "updated_on" in records.columns else records
    told = complete(known, source=source, own=tuple(own))
    pairs = told.select("source", "record_id")
    counts = pairs.aggregate(rows=pairs.count(), records=pairs.nunique()).to_pyarrow().to_pylist()[0]
    return _normalised(
        told, None, country=_land(country), keep=keep, own=tuple(own), repeats=counts["rows"] != counts["records"]
    )


def _land(country: str | None) -> str:
    land = region(country) if country else ""
    if land is None:
        raise failure(ArgumentError, "normalise.country_unknown", argument="country", came=country)
    return land


def _normalised(
    wide: ir.Table | None, listed: ir.Table | None, *, country: str, keep: Keep, own: tuple[str, ...] = (),
    repeats: bool = False,
) -> ir.Table:  # fmt: skip
    held = holding(wide, own) if wide is not None else Holding()
    kinds = _kinds(listed) if listed is not None else {}
    asker = Asker(numbered(keep, "normalised"), rows=held.rows + sum(kinds.values()))
    # Written once: all kinds read them, and none has to work them out, or compile them, again.
    if wide is not None:
        wide = with_land(wide, held.columns, country=country, asker=asker)
    if listed is not None:
        listed = asker.keep("listed", in_rows(listed, wide, country=country))
    records = Records(wide, listed, own, held.alone, frozenset(kinds))
    parts = [*_of_one_text(records, asker), *_of_several(wide, held, asker)]
    if not parts:
        return IDENTIFIERS.empty()
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    told = rows.filter(rows.value != "").rename(given="text")
    return IDENTIFIERS.shape(_unique(told, records, asker, repeats=repeats))


def _of_one_text(records: Records, asker: Asker) -> Iterator[ir.Table]:
    for kind in KINDS:
        rows = of_kind(records, kind)
        if rows is not None:
            yield normal_rows(kind, rows, asker=asker)


def _of_several(wide: ir.Table | None, held: Holding, asker: Asker) -> Iterator[ir.Table]:
    if wide is not None and held.names:
        yield apart_rows(wide, asker=asker)
    if wide is not None and held.streets:
        yield address_rows(wide, asker=asker)


def _kinds(listed: ir.Table) -> dict[str, int]:
    """Return the kinds that identifiers in rows have, and how many rows each."""
    kinds = listed.select(kind=listed.kind.strip().lower())
    counts = kinds.group_by("kind").aggregate(rows=kinds.count()).to_pyarrow().to_pylist()
    return {row["kind"]: row["rows"] for row in counts}


def _unique(rows: ir.Table, records: Records, asker: Asker, *, repeats: bool) -> ir.Table:
    """Put several spellings of one value of a record together. One row per customer cannot have any."""
    if repeats or records.wide is None:
        return together(rows)
    if records.listed is None:
        return rows
    written = asker.keep("rows", rows)
    listed = written.source == LISTED
    return ibis.union(written.filter(~listed).select(*IDENTIFIERS.names),
                      together(written.filter(listed)).select(*IDENTIFIERS.names))  # fmt: skip


def together(rows: ir.Table) -> ir.Table:
    """Return one row per value of a record: its smallest spelling, first and last day."""
    return rows.group_by("source", "record_id", "kind", "value").aggregate(
        seen_on=rows.seen_on.min(),
        changed_on=rows.changed_on.max(),
        status=rows.status.min(),
        given=rows.given.min(),
    )
