"""Whose data are to go: all records of a customer, and the values by which she must not come back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from functools import reduce
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from patron.contracts.raw_dealings import PROSPECT
from patron.engines.run_folder import Run, table_files
from patron.engines.store import Store
from patron.pipeline.erased_batches import batches
from patron.pipeline.erased_rows import opened
from patron.privacy.stores import VISITOR, Subject
from patron.privacy.tombstones import CUSTOMER_ID

KINDS = ("email", "phone", "device_id", "loyalty_id")
"""What a person is known by; kept in the plan of an erasure while it goes on."""

ONLY_HERS = "only:"
"""Opens the name of a kind whose values no other customer has: those may become tombstones."""

Row = Mapping[str, str | None]


def whom(store: Store, asked: str) -> Subject:
    """Return the customer to whom an id belongs: her own, that of any of her records, or what she was before.

    The newest run that knows the id decides; where none does, the id stands for itself. What she was called as a
    prospect is looked for in all runs: an older day may know the prospect, but not yet whose it is.

    Raises
    ------
    RunError
        The run is sealed with a key that is not here.
    """
    wanted = _became(store, asked) if asked.startswith(PROSPECT) else asked
    for run in _newest_first(store):
        asked_for = _rows(run.folder, "links", record_id={wanted}, customer_id={wanted})
        customer = next((row["customer_id"] for row in asked_for), None)
        if customer is not None:
            links = _rows(run.folder, "links", customer_id={customer})
            records = frozenset(str(row["record_id"]) for row in links)
            was = _prospects(store, records | {customer})
            return Subject(customer, records | was | {asked}, values_of(run.folder, records | {customer}))
    return Subject(asked, frozenset({asked}))


def _became(store: Store, asked: str) -> str:
    """Return the record that a prospect became; its own name where it became none."""
    for run in _newest_first(store):
        for row in _rows(run.folder, "raw_prospects", prospect_id={asked.removeprefix(PROSPECT)}):
            if row["customer_id"] is not None:
                return row["customer_id"]
    return asked


def _prospects(store: Store, records: frozenset[str]) -> frozenset[str]:
    """Return what the owners of records were called as prospects."""
    rows = (row for run in store.readable() for row in _rows(run.folder, "raw_prospects", customer_id=records))
    return frozenset(f"{PROSPECT}{row['prospect_id']}" for row in rows)


def tombstones_of(subject: Subject) -> dict[str, list[str]]:
    """Return what loading must not bring back, by kind, each as loading asks for it.

    Addresses and numbers that somebody else has, too, are left out: that person stays.
    """
    values = {kind: sorted(subject.values.get(f"{ONLY_HERS}{kind}", ())) for kind in ("email", "device_id")}
    # The ids of visits are no ids that loading asks for: by them a restored run is known.
    return {CUSTOMER_ID: list(subject.ids)} | {kind: known for kind, known in values.items() if known}


def _newest_first(store: Store) -> Iterator[Run]:
    runs, last = store.readable(), store.last_id()
    yield from (run for run in runs if run.manifest.run_id == last)
    yield from (run for run in reversed(runs) if run.manifest.run_id != last)


def values_of(folder: Path, records: frozenset[str]) -> dict[str, frozenset[str]]:
    """Return the values of records by kind: as they are normalised, and as they were written."""
    hers, others = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for row in _rows(folder, "identifiers", record_id=records):
        hers[str(row["kind"])] |= {*_spelt(row, "value"), *_spelt(row, "given")}
    wanted = {text for known in hers.values() for text in known}
    for row in _rows(folder, "identifiers", value=wanted, given=wanted):
        if row["record_id"] not in records:
            others[str(row["kind"])] |= {*_spelt(row, "value"), *_spelt(row, "given")}
    hers = defaultdict(set, {kind: hers[kind] for kind in KINDS if kind in hers})
    hers["device_id"] |= {one.removeprefix(VISITOR) for one in records if one.startswith(VISITOR)}
    values = {kind: frozenset(known) for kind, known in hers.items() if known}
    alone = {f"{ONLY_HERS}{kind}": frozenset(known - others[kind]) for kind, known in hers.items()}
    return values | {kind: known for kind, known in alone.items() if known}


def _spelt(row: Row, name: str) -> Iterator[str]:
    text = (row[name] or "").strip()
    if text:
        yield text.lower() if row["kind"] == "email" else text


def _rows(folder: Path, table: str, **any_of: Set[str]) -> Iterator[Row]:
    """Yield the rows of a table in which one of the columns holds one of its values."""
    names = ("record_id", "customer_id", "kind", "value", "given", "prospect_id")
    for file in table_files(folder, table):
        for batch in batches(file):
            columns = {name: column for name, column in opened(batch).items() if name in names}
            found = [pc.is_in(columns[name], pa.array(sorted(known), pa.string())) for name, known in any_of.items()]
            picked = reduce(pc.or_, found)
            kept = [column.filter(picked).to_pylist() for column in columns.values()]
            for values in zip(*kept, strict=True):
                yield dict(zip(columns, values, strict=True))
