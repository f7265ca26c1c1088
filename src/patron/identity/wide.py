"""From one row per record to identifiers.

In   record_id, and any of a person's columns, as they were written
Out  contracts.person.IDENTIFIERS, and source, record_id, seen_on of every record
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.errors import ArgumentError
from patron.identity.identifiers import record_identifiers
from patron.identity.keep import Keep
from patron.identity.rules import Rules
from patron.language import did_you_mean, failure

SOURCE = "records"
"""Of records that name none."""

KINDS = (
    "address", "birth_date", "city", "country", "device_id", "email", "family_name", "given_name", "loyalty_id", "name",
    "person_id", "phone", "postal_code", "region", "street",
)  # fmt: skip
"""What normalising knows; a rule may ask for these whether or not there is such a column."""


def from_wide(table: ir.Table, *, rules: Rules, keep: Keep) -> tuple[ir.Table, ir.Table]:
    """Normalise a wide table.

    Parameters
    ----------
    table : Table, one row per record
        `resolve` names the columns. Those that are neither a person's nor asked for by a rule are left alone.
    rules : Rules
        Further kinds that they ask for are taken as ids of other systems.
    keep : callable
        Writes tables aside.

    Returns
    -------
    identifiers : Table
        contracts.person.IDENTIFIERS.
    people : Table
        ``source, record_id, seen_on`` of every record, also of those without any identifier.

    Raises
    ------
    ArgumentError
        There is no ``record_id``, or a rule asks for a kind that is no column.
    """
    if "record_id" not in table.columns:
        raise failure(
            ArgumentError, "identity.no_record_id", argument="records", hint=did_you_mean("record_id", table.columns)
        )
    own = sorted(rules.kinds.difference(KINDS))
    for kind in own:
        if kind not in table.columns:
            raise failure(ArgumentError, "identity.kind_unknown", came=kind, hint=did_you_mean(kind, table.columns))
    written = keep("wide", _typed(table))
    made = record_identifiers(written, country=None, keep=keep, own=own, source=SOURCE)
    return made, written.select("source", "record_id", "seen_on")


def _typed(table: ir.Table) -> ir.Table:
    """Return the table with text and days, and with a source and a first day."""
    days = {name: table[name].cast("date") for name in ("seen_on", "updated_on", "birth_date") if name in table.columns}
    texts = {name: table[name].cast("string") for name in table.columns if name not in days}
    added = {"source": ibis.literal(SOURCE), "seen_on": ibis.null("date")}
    return table.select(**{name: value for name, value in added.items() if name not in table.columns}, **texts, **days)
