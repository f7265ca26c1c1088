"""What was collected from the server, as sources of a run beside those of its files.

Each kind of part is read as a source of its own, ``inbox_events`` beside ``events``, so that what was read, kept and
refused is counted for each; what is kept of both stands in one raw table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from patron.contracts import TABLES
from patron.contracts.raw_messages import MOMENTS
from patron.engines.exact_path import exact_path
from patron.sources.collected.row import MOMENT_PATTERN
from patron.sources.collected.rows import COLUMNS, NUMBER
from patron.sources.collected.settled import Settling, local_day, owners_of, settled
from patron.sources.files import SourceFile
from patron.sources.spec import FormatSpec, SourceSpec

PREFIX = "inbox_"
"""Opens the name of a source that was collected."""

FORMAT = FormatSpec(dates=[MOMENT_PATTERN])
"""How the parts write moments."""


def named(source: str) -> str:
    """Return what the collected rows of a source are called where sources are counted."""
    return f"{PREFIX}{source}"


@dataclass(frozen=True)
class Collection:
    """The parts that a run reads, by source; the ones of a source in the order of their numbers."""

    files: Mapping[str, Sequence[SourceFile]]
    connection: BaseBackend
    zone: str
    staging: Path

    @classmethod
    def of(
        cls, found: Mapping[str, Sequence[SourceFile]], *, connection: BaseBackend, zone: str, staging: Path
    ) -> Collection:
        """Pick the collected sources out of everything that was found."""
        files = {source: found[named(source)] for source in COLUMNS if found.get(named(source))}
        return cls(files, connection, zone, staging)

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources of which there is something."""
        return tuple(self.files)

    def last_day(self, *, today: date) -> date | None:
        """Return the last day on which something was done, or said of a customer, up to today."""
        moments = {"events": "occurred_at", "customers": "updated_on"}
        told = [self._parts(source)[name] for source, name in moments.items() if source in self.files]
        days = [local_day(one, self.zone).name("day").as_table() for one in told]
        known = [one.filter(one.day <= ibis.literal(today)).day.max() for one in days]
        found = [self.connection.to_pyarrow(one).as_py() for one in known]
        return max((day for day in found if day is not None), default=None)

    def staged(self, source: str, *, as_of: date) -> SourceFile:
        """Write the rows of a source as one file that is read as files of sources are, in the order of the calls."""
        rows = settled(source, self._parts(source), Settling(as_of=as_of, zone=self.zone, owners=self._owners(as_of)))
        order = [rows[name] for name in (NUMBER, *(name for name in COLUMNS[source] if name in rows.columns))]
        self.staging.mkdir(parents=True, exist_ok=True)
        path = self.staging / f"{named(source)}.parquet"
        self.connection.to_parquet(rows.order_by(order), exact_path(path))
        return SourceFile(path, f".patron/inbox/{source}", named(source))

    def spec(self, source: str, beside: SourceSpec | None) -> SourceSpec:
        """Return how the rows of a source are read; what a shop excludes of its files it excludes here, too."""
        return SourceSpec(path=named(source), format=FORMAT, exclude=beside.exclude if beside else None)

    def _parts(self, source: str) -> ir.Table:
        # Parts of earlier versions lack columns that came later.
        return self.connection.read_parquet([exact_path(file.path) for file in self.files[source]], union_by_name=True)

    def _owners(self, as_of: date) -> ir.Table | None:
        if "events" not in self.files:
            return None
        return owners_of(self._parts("events"), as_of=as_of, zone=self.zone)


def beside(source: str, given: ir.Table, collected: ir.Table) -> ir.Table:
    """Return one raw table of what files gave and what was collected.

    Parameters
    ----------
    source : str
        One of `rows.COLUMNS`.
    given, collected : Table
        Both in the shape of the raw table's contract.
    """
    return TABLES[f"raw_{source}"].shape(_BESIDE[source](given, collected))


def _customers(given: ir.Table, collected: ir.Table) -> ir.Table:
    """Put one record a customer: what files say of her stands first, what they do not say the server may know."""
    own = [name for name in given.columns if name != "customer_id"]
    more = collected.rename({f"more_{name}": name for name in collected.columns})
    both = given.left_join(more, given.customer_id == more.more_customer_id)
    filled = {name: ibis.coalesce(both[name], both[f"more_{name}"]) for name in own}
    filled["updated_on"] = ibis.greatest(
        ibis.coalesce(both.updated_on, both.more_updated_on), ibis.coalesce(both.more_updated_on, both.updated_on)
    )
    known = both.select("customer_id", **filled)
    return known.union(collected.anti_join(given, "customer_id").select(known.columns))


def _events(given: ir.Table, collected: ir.Table) -> ir.Table:
    """Leave out what was sent and is delivered by a file, too, under the same id."""
    return given.union(collected.anti_join(given, "event_id").select(given.columns))


def _identifiers(given: ir.Table, collected: ir.Table) -> ir.Table:
    """Keep each identifier of a customer once, from the first day on which it was seen."""
    both = given.union(collected.select(given.columns))
    return both.group_by("customer_id", "kind", "value").aggregate(seen_on=both.seen_on.min())


def _messages(given: ir.Table, collected: ir.Table) -> ir.Table:
    """Put the moments of one message together; what a file says of it otherwise stands first."""
    told = ("channel", "campaign", "message", "variant", "cost")
    both = given.mutate(place=ibis.literal(0)).union(
        collected.select(given.columns).mutate(place=ibis.literal(1))
    )  # fmt: skip
    return both.group_by("message_id", "customer_id").aggregate(
        **{name: both[name].min() for name in MOMENTS},
        **{name: both[name].argmin(both.place, where=both[name].notnull()) for name in told},
    )


def _consents(given: ir.Table, collected: ir.Table) -> ir.Table:
    """Keep every statement."""
    return given.union(collected.select(given.columns))


_BESIDE: Mapping[str, Callable[[ir.Table, ir.Table], ir.Table]] = {
    "customers": _customers,
    "events": _events,
    "identifiers": _identifiers,
    "messages": _messages,
    "consents": _consents,
}
