"""What records say of themselves, when most of them were read before.

In   the raw tables as they are, and as they were with the contracts.person.IDENTIFIERS that came of them
Out  contracts.person.IDENTIFIERS of all, of which only the records that came or changed were normalised

A record is normalised from its own rows alone, so one whose rows are the same has the same identifiers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from patron.identity.different import different
from patron.identity.identifiers import SOURCES, identifiers
from patron.identity.keep import Keep

_WHERE = ("file", "row")  # where a row stood, which is not what it says


@dataclass(frozen=True, kw_only=True)
class Identified:
    """What was read before.

    Parameters
    ----------
    raw : mapping
        The raw tables as they were, as `identifiers` takes them.
    country : str, optional
        What was said of the country then.
    identifiers : Table
        contracts.person.IDENTIFIERS: what came of it.
    """

    raw: Mapping[str, ir.Table]
    country: str | None
    identifiers: ir.Table


def identifiers_again(
    raw: Mapping[str, ir.Table], *, before: Identified, country: str | None, keep: Keep
) -> ir.Table:  # fmt: skip
    """Return what `identifiers` would return, in time that grows with what changed rather than with all there is.

    Parameters
    ----------
    raw, country, keep
        As for `identifiers`.
    before : Identified
        By the same code.

    Raises
    ------
    ArgumentError
        As `identifiers` does.
    """
    now, then = _of_sources(raw), _of_sources(before.raw)
    if before.country != country or set(now) != set(then) or not now:
        return identifiers(raw, country=country, keep=keep)
    changes = [different(_told(then[name]), _told(now[name])) for name in now]
    changed = keep("changed", ibis.union(*changes, distinct=True) if len(changes) > 1 else changes[0])
    fresh = {
        name: keep(f"fresh_{name}", table.semi_join(changed, [("customer_id", "record_id")]))
        for name, table in now.items()
    }
    kept = before.identifiers.anti_join(changed, "record_id")
    return ibis.union(kept, identifiers(fresh, country=country, keep=keep))


def _of_sources(raw: Mapping[str, ir.Table]) -> dict[str, ir.Table]:
    tables = {name.removeprefix("raw_"): table for name, table in raw.items()}
    return {name: tables[name] for name in SOURCES if name in tables}


def _told(table: ir.Table) -> ir.Table:
    return table.rename(record_id="customer_id").drop(*(name for name in _WHERE if name in table.columns))
