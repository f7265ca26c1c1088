"""Which column of one table meets which key of another, counted over the rows looked at."""

from __future__ import annotations

from dataclasses import dataclass

from ibis.backends import BaseBackend

from patron.sources.customer_ids import customer_id
from patron.sources.recognition.looked import Looked


@dataclass(frozen=True)
class Meeting:
    """How many rows of `left` hold a value in `column` that a row of `right` has in `key`."""

    left: Looked
    column: str
    right: Looked
    key: str
    filled: int
    met: int

    @property
    def share(self) -> float:
        """Of the rows that hold a value."""
        return self.met / self.filled if self.filled else 0.0


def meeting(left: Looked, column: str, right: Looked, key: str, *, connection: BaseBackend) -> Meeting:
    """Count how many rows of one table meet a row of another."""
    here, there = connection.table(left.table), connection.table(right.table)
    mine, theirs = left.sql(column), right.sql(key)
    # Addresses that are ids meet in any capitals, as they will when they are read.
    values = here.filter(here[mine].notnull()).group_by(value=customer_id(here[mine])).aggregate(n=lambda t: t.count())
    keys = there.filter(there[theirs].notnull()).select(value=customer_id(there[theirs])).distinct()
    known = keys.mutate(known=True)
    joined = values.left_join(known, "value")
    counts = joined.aggregate(filled=joined.n.sum(), met=joined.known.ifelse(joined.n, 0).sum())
    record = counts.to_pyarrow().to_pylist()[0]
    return Meeting(left, column, right, key, int(record["filled"] or 0), int(record["met"] or 0))


def best_key(
    left: Looked, column: str, right: Looked, *, candidates: tuple[str, ...], connection: BaseBackend
) -> Meeting | None:
    """Return how `column` meets that one of the other table's `candidates` which it meets most.

    Columns whose values differ in length from those of `column` cannot meet, and are not counted.
    """
    facts = left.columns[column]
    possible = [
        name
        for name in candidates
        if right.columns[name].shortest <= facts.longest and facts.shortest <= right.columns[name].longest
    ]
    meetings = [meeting(left, column, right, name, connection=connection) for name in possible]
    return max(meetings, key=lambda one: one.met, default=None)
