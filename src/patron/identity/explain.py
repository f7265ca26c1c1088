"""Why are these records one customer, and what keeps others apart?

In   contracts.person.LINKS, MATCH_KEYS, IDENTIFIERS of one run
Out  `Explanation`: one customer's records and edges, small enough to be read
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis.expr.types as ir

from patron.errors import ArgumentError
from patron.language import failure

SHORT = 8
"""So many digits of a key are shown; `remember_unmerge` understands them."""

MOST_RECORDS = 1_000
"""Of a customer with more records the first are explained."""


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A record carries a key."""

    record_id: str
    rule: str
    key: str
    seen_on: date | None
    records: int  # how many carry it
    used: bool
    reason: str | None  # shared, births, apart or giant, where it does not link

    @property
    def short_key(self) -> str:
        """The key's first digits."""
        return self.key[:SHORT]


@dataclass(frozen=True, kw_only=True)
class Tie:
    """A record belongs to the customer."""

    source: str
    record_id: str
    rule: str
    key: str | None
    linked_on: date | None
    confidence: float


@dataclass(frozen=True, kw_only=True)
class Held:
    """A value of a record, as it was written."""

    record_id: str
    kind: str
    given: str
    status: str  # used; blocked or invalid where it makes no key


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """What two records have in common that does not link them."""

    why: str  # shared, births, apart, giant; blocked or invalid for a value that makes no key
    rule: str | None = None
    key: str | None = None
    records: int | None = None
    kind: str | None = None  # of a value that is blocked or invalid


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """One customer: which records, and all edges between them and their keys."""

    customer_id: str
    ties: tuple[Tie, ...]
    edges: tuple[Edge, ...]
    records: int  # how many the customer has; more than in `ties` where there are too many to show
    held: tuple[Held, ...] = ()

    @property
    def record_ids(self) -> tuple[str, ...]:
        """The records, each once."""
        return tuple(sorted({tie.record_id for tie in self.ties}))

    def chain(self, left_id: str, right_id: str) -> tuple[Edge, ...]:
        """Return the shortest way from one record to another: edges in pairs that share a key.

        Empty where no used edges lead there, or both are the same.

        Raises
        ------
        ArgumentError
            A record is none of the customer's.
        """
        for record_id in (left_id, right_id):
            if record_id not in self.record_ids:
                raise failure(ArgumentError, "identity.not_of_customer", came=record_id, customer=self.customer_id)
        return _shortest([edge for edge in self.edges if edge.used], left_id, right_id)


def explain(links: ir.Table, match_keys: ir.Table, identifiers: ir.Table | None = None, *, subject: str) -> Explanation:
    """Explain one customer.

    Parameters
    ----------
    links, match_keys : Table
        contracts.person.LINKS and MATCH_KEYS of one run.
    identifiers : Table, optional
        contracts.person.IDENTIFIERS: also what each record says of the person.
    subject : str
        A customer's id, or the id of any of its records.

    Raises
    ------
    ArgumentError
        There is no such customer or record.
    """
    customer_id = _customer(links, subject)
    of_customer = links.filter(links.customer_id == customer_id)
    records = of_customer.record_id.nunique().to_pyarrow().as_py()
    shown = of_customer.select("record_id").distinct().order_by("record_id").limit(MOST_RECORDS)
    ids = shown.to_pyarrow()["record_id"].to_pylist()
    ties = of_customer.filter(of_customer.record_id.isin(ids)).select(
        "source", "record_id", "rule", "key", "linked_on", "confidence"
    )
    return Explanation(
        customer_id=customer_id,
        ties=tuple(Tie(**row) for row in _rows(ties, "record_id", "source")),
        edges=_edges(match_keys, ids),
        records=records,
        held=_held(identifiers, ids) if identifiers is not None else (),
    )


def obstacles(
    match_keys: ir.Table, left_id: str, right_id: str, *, identifiers: ir.Table | None = None
) -> tuple[Obstacle, ...]:
    """Return what two records have in common and are yet not linked by.

    Parameters
    ----------
    match_keys : Table
        contracts.person.MATCH_KEYS.
    left_id, right_id : str
        Two records.
    identifiers : Table, optional
        contracts.person.IDENTIFIERS: also values that both have and that may not link anybody.

    Returns
    -------
    tuple of Obstacle
        Empty where they have nothing in common.
    """
    edges = _edges(match_keys, (left_id, right_id))
    held: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        held[edge.key].append(edge)
    found = [
        Obstacle(
            why=next(edge.reason for edge in pair if edge.reason), rule=pair[0].rule, key=key, records=pair[0].records
        )
        for key, pair in held.items()
        if len(pair) == 2 and not all(edge.used for edge in pair)
    ]
    return (*found, *(_useless(identifiers, left_id, right_id) if identifiers is not None else ()))


def _customer(links: ir.Table, subject: str) -> str:
    """Return the customer that is meant: a record's before one of that name, for ids and names are one set."""
    rows = links.filter((links.record_id == subject) | (links.customer_id == subject))
    found = _rows(rows.select("record_id", "customer_id").distinct(), "record_id")
    if not found:
        raise failure(ArgumentError, "identity.subject_unknown", came=subject)
    own = [row["customer_id"] for row in found if row["record_id"] == subject]
    return str(own[0] if own else subject)


def _edges(match_keys: ir.Table, record_ids: Sequence[str]) -> tuple[Edge, ...]:
    edges = match_keys.filter(match_keys.record_id.isin(list(record_ids)))
    return tuple(Edge(**row) for row in _rows(edges, "record_id", "rule", "key"))


def _held(identifiers: ir.Table, record_ids: Sequence[str]) -> tuple[Held, ...]:
    of_records = identifiers.filter(identifiers.record_id.isin(list(record_ids)))
    values = of_records.select("record_id", "kind", "given", "status").distinct()
    return tuple(Held(**row) for row in _rows(values, "record_id", "kind", "given"))


def _rows(table: ir.Table, *order: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.order_by(*order).to_pyarrow().to_pylist()
    return rows


def _useless(identifiers: ir.Table, left_id: str, right_id: str) -> Iterable[Obstacle]:
    """Return the kinds of which both have a value that may not link."""
    both = identifiers.filter(identifiers.record_id.isin([left_id, right_id]) & (identifiers.status != "used"))
    counts = both.group_by("kind", "value", "status").aggregate(records=both.record_id.nunique())
    common = counts.filter(counts.records == 2).select("kind", "status").distinct()
    return [Obstacle(why=row["status"], kind=row["kind"]) for row in _rows(common, "kind", "status")]


def _shortest(edges: Iterable[Edge], left_id: str, right_id: str) -> tuple[Edge, ...]:
    """Walk from record to key to record, breadth first; the order of edges makes the answer one."""
    of_record: dict[str, list[Edge]] = defaultdict(list)
    of_key: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        of_record[edge.record_id].append(edge)
        of_key[edge.key].append(edge)
    ways: dict[str, tuple[Edge, ...]] = {left_id: ()}
    waiting = deque([left_id])
    while waiting and right_id not in ways:
        here = waiting.popleft()
        for out in of_record[here]:
            for back in of_key[out.key]:
                if back.record_id not in ways:
                    ways[back.record_id] = (*ways[here], out, back)
                    waiting.append(back.record_id)
    return ways.get(right_id, ())
