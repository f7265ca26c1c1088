"""Everything that is known of one customer, each attribute with its day, source, purpose and expiry.

In   the tables of one run, whichever there are
Out  `Attribute`, a few hundred at most

Tables with one row a customer give an attribute a column; their contract says unit and purpose. The golden record, the
traits, with all values that stand, and the memberships give one a row. An attribute is shown where its customer allows
its use for what it is there for, and as long as it may be used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.contracts import TABLES, Contract
from patron.contracts.experience import EXPERIENCE, TOLD_BY
from patron.errors import ArgumentError
from patron.language import failure
from patron.privacy import Guard, permitted
from patron.privacy.purpose import purpose_of

DATED = {
    "rating": "last_review_on", "last_rating": "last_review_on", "nps_score": "nps_on", "nps_group": "nps_on",
    "ces_score": "ces_on", "csat_score": "csat_on", "loyalty_tier": "loyalty_on", "loyalty_points": "loyalty_on",
}  # fmt: skip
"""Columns that are of an earlier day than the run's, and the column that says which."""

_SOURCES = {column: source for source, columns in TOLD_BY.items() for column in columns}

SEGMENT, GOLDEN, TRAITS, VALUES = "memberships", "golden_records", "traits", "trait_values"
ROWS = (SEGMENT, GOLDEN, TRAITS, VALUES)
"""Tables that give an attribute a row."""


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """One thing that is known of a customer."""

    name: str
    value: Any
    unit: str  # of a number; empty for what has none
    table: str  # of the run
    source: str  # who says so: a source, `own` for what the shop's rows say, else the table
    dated: date | None  # as of which day; none where nobody tells
    purpose: str
    expires_on: date | None = None  # last day on which it may be used
    match_rate: float | None = None  # share of customers of whom this source tells it


def whole_view(
    tables: Mapping[str, ir.Table], customer_id: str, *, as_of: date, today: date | None = None,
    purpose: str | None = None, guard: Guard | None = None,
) -> tuple[Attribute, ...]:  # fmt: skip
    """Return everything that is known of one customer and may be used.

    Parameters
    ----------
    tables : mapping of str to Table
        Of one run, by name. Tables with one row a customer and those named above are read, the others are not.
    customer_id : str
        The customer; not the id of a source's record.
    as_of : date
        The run's day, of which most attributes are.
    today : date, optional
        The day on which it is looked at, by which licences have ended; by default `as_of`.
    purpose : str, optional
        One of `patron.contracts.PURPOSES`: only what may be used for it. Traits were given for one purpose and are of
        no other use; everything else is the shop's own. Without it each attribute counts for its own table's purpose.
    guard : Guard, optional
        What customers allow (`patron.privacy.guard`). Without one nothing is known, and nothing is left out.

    Returns
    -------
    tuple of Attribute
        By table, in the order of the work. What is missing is not there.

    Raises
    ------
    ArgumentError
        No table that is read knows the customer.
    SettingsError
        The purpose is unknown.
    """
    if purpose is not None:
        purpose_of(purpose, stage="evaluation")
    known, found = False, []
    for name, table in tables.items():
        contract = TABLES.get(name)
        if contract is None or not (contract.key == ("customer_id",) or name in ROWS):
            continue
        rows: list[dict[str, Any]] = table.filter(table.customer_id == customer_id).to_pyarrow().to_pylist()
        known = known or bool(rows)
        found += [one for row in rows for one in _attributes(contract, row, as_of)]
    if not known:
        raise failure(ArgumentError, "identity.subject_unknown", came=customer_id)
    found = _once(found)
    usable = [one for one in found if one.expires_on is None or one.expires_on >= (today or as_of)]
    if purpose is not None:
        usable = [one for one in usable if one.table not in (TRAITS, VALUES) or one.purpose == purpose]
    allowed = {one: _allows(customer_id, one, guard) for one in {purpose or one.purpose for one in usable}}
    return tuple(one for one in usable if allowed[purpose or one.purpose])


def _once(found: list[Attribute]) -> list[Attribute]:
    """Leave out the values of attributes that are told already as the newest ones."""
    newest = {(one.name, one.value) for one in found if one.table == TRAITS}
    return [one for one in found if one.table != VALUES or (one.name, one.value) not in newest]


def _allows(customer_id: str, purpose: str, guard: Guard | None) -> bool:
    """Tell whether the customer may be used for a purpose."""
    hers = ibis.memtable({"customer_id": [customer_id]})
    return bool(permitted(hers, purpose=purpose, stage="evaluation", guard=guard).count().to_pyarrow().as_py())


def _attributes(contract: Contract, row: dict[str, Any], as_of: date) -> Iterator[Attribute]:
    """Yield what one row of a table says."""
    given: dict[str, Any] = {"table": contract.name, "purpose": contract.purpose, "unit": ""}
    if contract.name == SEGMENT:
        yield Attribute(name=row["segmentation"], value=row["segment"], source=SEGMENT, dated=as_of, **given)
    elif contract.name == GOLDEN:
        yield Attribute(name=row["attribute"], value=row["value"], source=row["source"], dated=row["dated"], **given)
    elif contract.name == VALUES:
        if row["replaced_on"] is None:  # else it is what was known once
            own = given | {name: row[name] for name in ("purpose", "dated", "expires_on", "value")}
            yield Attribute(name=row["trait"], source=row["source"] or row["provenance"], **own)
    elif contract.name == TRAITS:
        own = given | {name: row[name] for name in ("purpose", "dated", "expires_on", "match_rate", "value")}
        yield Attribute(name=row["trait"], source=row["source"] or row["provenance"], **own)
    else:
        yield from _columns(contract, row, as_of, given)


def _columns(contract: Contract, row: dict[str, Any], as_of: date, given: dict[str, Any]) -> Iterator[Attribute]:
    days = set(DATED.values()) | {"customer_id", "as_of"}
    for column in contract.columns:
        value = row[column.name]
        if value is None or column.name in days:
            continue
        dated = row.get(DATED.get(column.name, ""), as_of)
        source = _SOURCES.get(column.name, contract.name) if contract.name == EXPERIENCE.name else contract.name
        yield Attribute(name=column.name, value=value, source=source, dated=dated, **given | {"unit": column.unit})
