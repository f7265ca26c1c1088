"""What the server was told as a store: a person's calls go from the inbox, the dead letters and the collected parts.

A call is hers when it names her: by one of her ids, by a browser that only she used, or, where it names no other
customer, by her address or number. A letter that could not be read is hers when one of these stands in it. The rows
that were made of her calls go with them; the files of parts stay, without her.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import Connection, Table, delete, select, text

from patron.engines.database import writing
from patron.engines.inbox_parts import RAW, Parts, put
from patron.engines.inbox_state import InboxRow, moment
from patron.engines.inbox_tables import DEAD_LETTERS, INBOX
from patron.engines.state import State
from patron.pipeline.collecting import named_by, raw_rows
from patron.pipeline.erased_rows import Hers
from patron.pipeline.erased_whom import ONLY_HERS
from patron.privacy.stores import VISITOR, Erased, Found, Subject
from patron.privacy.tombstones import Tombstones
from patron.sources.stream import StreamEvent, read_event

NAME = "inbox"

PAYLOADS = (INBOX, DEAD_LETTERS)
"""The tables whose rows name persons inside of what was sent, and in no column."""

LETTERS = "dead_letters"

COLLECTED = "inbox_raw"
"""The place of calls that were collected."""

_BATCH = 5_000
_IN_ONE = 500  # numbers named in one statement
_LONG = 6  # letters of a value that names somebody wherever it stands
_DEVICE = "device_id"
_TEXT = re.compile('"([^"]{1,512})"')  # in JSON that may be broken


@dataclass(frozen=True)
class InboxStore:
    """The inbox, its dead letters, and the parts that were collected of it."""

    state: State
    parts: Parts
    alone: Callable[[], AbstractContextManager[object]] = nullcontext  # no run is made meanwhile

    @property
    def name(self) -> str:
        """What the certificate calls it."""
        return NAME

    def find(self, subject: Subject) -> Found:
        """Count her calls, and the rows made of them, by place."""
        calls = _Calls(subject)
        rows: Counter[str] = Counter()
        with self.state.engine.connect() as connection:
            for table in PAYLOADS:
                rows[table.name] += sum(1 for _ in _hers_in(connection, table, calls))
        for file, mask in self._masks(calls):
            rows[f"inbox_{file.parent.name}"] += mask.true_count
        return Found({place: count for place, count in rows.items() if count})

    def erase(self, subject: Subject) -> Erased:
        """Delete her calls, and write every file that holds rows of hers anew without them.

        Raises
        ------
        RunError
            Another process is making a run.
        OSError
            A file cannot be written; again goes on with it.
        """
        calls = _Calls(subject)
        rows: Counter[str] = Counter()
        with self.alone():
            for file, mask in self._masks(calls):
                if mask.true_count:
                    rows[f"inbox_{file.parent.name}"] += mask.true_count
                    put(file, pq.read_table(file).filter(pc.invert(mask)))
        for table in PAYLOADS:
            with self.state.engine.connect() as connection:
                numbers = list(_hers_in(connection, table, calls))
            _delete(self.state, table, numbers)
            rows[table.name] += len(numbers)
        self._clean()
        return Erased(self.name, {place: count for place, count in rows.items() if count})

    def _masks(self, calls: _Calls) -> Iterator[tuple[Path, pa.Array]]:
        """Yield every file of a part with which of its rows are hers."""
        for part in self.parts.collected():
            raw = self.parts.folder / RAW / part.name
            numbers = {row.number for row in _raw(raw) if calls.hers(read_event(row))}
            # Made of her calls first: a raw file without them could no longer tell which rows those are.
            for kind in sorted(self.parts.kinds(), key=lambda one: one == RAW):
                file = self.parts.folder / kind / part.name
                if file.exists():
                    yield file, calls.mask(pq.read_table(file), numbers)

    def _clean(self) -> None:
        """Leave nothing of deleted rows in the pages of a server; SQLite's are cleaned with the whole database."""
        if self.state.engine.dialect.name != "sqlite":
            with self.state.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                for table in PAYLOADS:
                    connection.execute(text(f"VACUUM FULL {table.name}"))


def with_browsers(subject: Subject, state: State, parts: Parts) -> Subject:
    """Return the person with the browsers that only she was ever known on, also those that no run knows yet."""
    calls = _Calls(subject)
    hers, others = set[str](), set[str]()
    for event in events_held(state, parts):
        mine = event.user_id is not None and calls.names(event)
        browsers = {one for one in (event.anonymous_id, event.previous_id) if one is not None}
        if mine:
            hers |= browsers
        elif event.user_id is not None:
            others |= browsers
    alone = frozenset(hers - others)
    if not alone:
        return subject
    values = dict(subject.values)
    for kind in (_DEVICE, f"{ONLY_HERS}{_DEVICE}"):
        values[kind] = values.get(kind, frozenset()) | alone
    ids = subject.record_ids | {f"{VISITOR}{one}" for one in alone}
    return replace(subject, record_ids=frozenset(ids), values=values)


def events_held(state: State, parts: Parts) -> Iterator[StreamEvent]:
    """Yield every event that is held, collected or not, in no order."""
    for file in parts.files(RAW):
        yield from map(read_event, _raw(file))
    with state.engine.connect() as connection:
        yield from (read_event(row) for row in _rows(connection, INBOX))


def purge(state: State, parts: Parts, erased: Tombstones) -> None:
    """Take out whoever is on the list of the erased: restored parts and databases may have brought them back."""
    gone = erased.asker()
    if gone is None:
        return
    for part in parts.collected():
        raw = parts.folder / RAW / part.name
        numbers = [row.number for row in _raw(raw) if any(gone(*one) for one in named_by(read_event(row)))]
        for kind in sorted(parts.kinds(), key=lambda one: one == RAW) if numbers else ():
            file = parts.folder / kind / part.name
            if file.exists():
                table = pq.read_table(file)
                put(file, table.filter(pc.invert(pc.is_in(table.column("number"), pa.array(numbers, pa.int64())))))
    for table in PAYLOADS:
        with state.engine.connect() as connection:
            rows = _rows(connection, table)
            back = [row.number for row in rows if any(gone(*one) for one in _said_by(row, table))]
        _delete(state, table, back)
    parts.obey(erased.digest())


def calls_of(subject: Subject, state: State, parts: Parts) -> Iterator[tuple[str, InboxRow]]:
    """Yield what a person's calls said, each with the place where it stands: told to her, who asks what is held."""
    calls = _Calls(subject)
    for file in parts.files(RAW):
        yield from ((COLLECTED, row) for row in _raw(file) if calls.hers(read_event(row)))
    with state.engine.connect() as connection:
        for table in PAYLOADS:
            yield from ((table.name, row) for row in _rows(connection, table) if calls.holds(row, table))


@dataclass(frozen=True)
class _Calls:
    """Tells which calls are one person's."""

    subject: Subject

    @cached_property
    def _ids(self) -> frozenset[str]:
        return frozenset(self.subject.ids)

    @cached_property
    def _browsers(self) -> frozenset[str]:
        visitors = (one.removeprefix(VISITOR) for one in self.subject.ids if one.startswith(VISITOR))
        return frozenset(visitors) | self.subject.values.get(f"{ONLY_HERS}{_DEVICE}", frozenset())

    @cached_property
    def _written(self) -> frozenset[str]:
        known = (value for kind in ("email", "phone") for value in self.subject.values.get(kind, ()))
        return frozenset(value for value in known if len(value) >= _LONG)

    @cached_property
    def _anywhere(self) -> tuple[bytes, ...]:
        """What makes a letter hers wherever it stands: ids and browsers in quotes, values as they are."""
        quoted = (f'"{one}"' for one in (*self.subject.ids, *self._browsers))
        return tuple(word.encode() for word in (*quoted, *self._written))

    def names(self, event: StreamEvent) -> bool:
        """Tell whether the event says one of her ids."""
        said = (event.user_id, event.previous_id)
        return any(one is not None and _spelt(one) in self._ids for one in said)

    def hers(self, event: StreamEvent) -> bool:
        """Tell whether an event is hers."""
        if self.names(event):
            return True
        if event.user_id is not None:
            return False
        if event.anonymous_id in self._browsers:
            return True
        told = (values.get(name) for values in (event.traits, event.properties) for name in ("email", "phone"))
        return any(isinstance(one, str) and _spelt(one) in self._written for one in told)

    def holds(self, row: InboxRow, table: Table) -> bool:
        """Tell whether a row of the database is hers; of a letter that says nothing readable its bytes decide."""
        if self.hers(read_event(row)):
            return True
        return table.name == LETTERS and any(word in row.payload for word in self._anywhere)

    def mask(self, rows: pa.Table, numbers: set[int]) -> pa.Array:
        """Tell which rows of a file of a part are hers: made of her calls, or with her id or browser in a column."""
        mask = pc.is_in(rows.column("number").combine_chunks(), pa.array(sorted(numbers), pa.int64()))
        named = [name for name in rows.column_names if name in ("customer_id", "anonymous_id", "session_id")]
        if "customer_id" not in named or not rows.num_rows:
            return mask
        batch = rows.select(named).combine_chunks().to_batches()[0]
        return pc.or_(mask, Hers(self.subject, {}).mask(batch))


def _spelt(value: str) -> str:
    bare = value.strip()
    return bare.lower() if "@" in bare else bare


def _raw(file: Path) -> Iterator[InboxRow]:
    for batch in pq.ParquetFile(file).iter_batches(batch_size=_BATCH):
        yield from raw_rows(pa.Table.from_batches([batch]))


def _said_by(row: InboxRow, table: Table) -> Iterator[tuple[str, str]]:
    """Yield what may name somebody: what an event says, and of a letter, which may be no event, every text in it."""
    yield from named_by(read_event(row))
    if table.name == LETTERS:
        for word in _TEXT.findall(row.payload.decode("utf-8", "replace")):
            yield from ((kind, _spelt(word)) for kind in ("customer_id", "email", _DEVICE))


def _delete(state: State, table: Table, numbers: Sequence[int]) -> None:
    for start in range(0, len(numbers), _IN_ONE):
        with writing(state.engine) as connection:
            connection.execute(delete(table).where(table.c.number.in_(numbers[start : start + _IN_ONE])))


def _hers_in(connection: Connection, table: Table, calls: _Calls) -> Iterator[int]:
    return (row.number for row in _rows(connection, table) if calls.holds(row, table))


def _rows(connection: Connection, table: Table) -> Iterator[InboxRow]:
    """Yield the rows of a table of calls; a letter has no id of its own."""
    after = 0
    while True:
        found = connection.execute(
            select(table).where(table.c.number > after).order_by(table.c.number).limit(_BATCH)
        ).all()
        for row in found:
            facts = row._mapping
            yield InboxRow(
                number=facts["number"], message_id=facts.get("message_id", ""), source=facts["source"],
                kind=facts["kind"], received_at=moment(facts["received_at"]), payload=bytes(facts["payload"]),
                sent_at=None if facts["sent_at"] is None else moment(facts["sent_at"]), gpc=facts["gpc"],
                context=facts["context"],
            )  # fmt: skip
        if len(found) < _BATCH:
            return
        after = found[-1]._mapping["number"]
