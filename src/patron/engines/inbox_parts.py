"""What was collected from the inbox, in files that are never changed but by erasure, retention and merging.

``<project>/.patron/inbox/raw/`` holds the calls as they came, a Parquet file a range of their numbers::

    raw/000000000001-000000004096.parquet        number, message_id, source, received_at, payload, gpc
    events/000000000001-000000004096.parquet     what the same calls say as rows of the source `events`

The raw file of a range is put in its place last, in one step. So a range is collected as soon as its raw file stands,
and not before: what a killed collection left of a range counts for nothing, and is written again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from patron.engines.atomic import PRIVATE_FOLDER, aside, sync

RAW = "raw"
"""The folder of the calls as they came."""

FOLDER = "inbox"
"""The folder of all parts in a project's own folder."""

_NAME = re.compile(r"(\d{12})-(\d{12})\.parquet")
_DIGITS = 12
_OBEYED = "erased"  # a file that holds the digest of the list of the erased which the parts obey


@dataclass(frozen=True, order=True)
class Part:
    """One range of numbers, both ends in it."""

    first: int
    last: int

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"{self.first:0{_DIGITS}}-{self.last:0{_DIGITS}}.parquet"


@dataclass(frozen=True)
class Parts:
    """The parts in one folder, which need not be there yet."""

    folder: Path

    def collected(self) -> list[Part]:
        """Return the ranges that are collected, in their order.

        One that lies within another was merged into it, by a process that was killed before it could take it away.
        """
        kept: list[Part] = []
        for part in sorted(self._standing(), key=lambda one: (one.first, -one.last)):
            if not kept or part.last > kept[-1].last:
                kept.append(part)
        return kept

    @property
    def newest(self) -> int:
        """The greatest number that is collected, 0 where nothing is."""
        return max((part.last for part in self.collected()), default=0)

    def files(self, kind: str) -> list[Path]:
        """Return the files of one kind (`RAW`, or a source's name) in the order of their numbers."""
        places = (self.folder / kind / part.name for part in self.collected())
        return [place for place in places if place.exists()]

    def kinds(self) -> list[str]:
        """Return the kinds of which there are files."""
        return sorted(one.name for one in self.folder.iterdir() if one.is_dir()) if self.folder.exists() else []

    def write(self, part: Part, tables: Mapping[str, pa.Table]) -> None:
        """Write what a range says; it counts as collected once this returns.

        Parameters
        ----------
        part : Part
            The range.
        tables : mapping of kind to Table
            With `RAW`; a kind without rows gets no file.

        Raises
        ------
        OSError
            The disk is full, or the folder may not be written to; nothing is collected then.
        """
        for kind in sorted(tables, key=lambda name: name == RAW):  # the raw calls last: they are what counts
            if tables[kind].num_rows or kind == RAW:
                put(self.folder / kind / part.name, tables[kind])

    def clear(self) -> None:
        """Take away what a killed collection or merge left: parts that do not count."""
        counted = {part.name for part in self.collected()}
        for kind in self.kinds():
            for file in (self.folder / kind).iterdir():
                if file.name not in counted:
                    file.unlink(missing_ok=True)

    def merge(self, *, rows: int, size: int) -> None:
        """Put neighbouring small parts together, as long as one holds no more than `rows` calls of `size` bytes.

        Of a merge that is killed either the whole or the old parts count, never both.
        """
        groups: list[list[Part]] = []
        held = (0, 0)
        for part in self.collected():
            more = _extent(self.folder / RAW / part.name)
            both = (held[0] + more[0], held[1] + more[1])
            if groups and both[0] <= rows and both[1] <= size:
                groups[-1].append(part)
                held = both
            else:
                groups.append([part])
                held = more
        for group in groups:
            if len(group) > 1:
                self._put_together(group)
        self.clear()

    def _put_together(self, group: Sequence[Part]) -> None:
        whole = Part(group[0].first, group[-1].last)
        for kind in sorted(self.kinds(), key=lambda name: name == RAW):
            files = [file for part in group if (file := self.folder / kind / part.name).exists()]
            if files:
                put(
                    self.folder / kind / whole.name,
                    pa.concat_tables(map(pq.read_table, files), promote_options="default"),
                )

    def obeys(self, digest: str) -> bool:
        """Tell whether nobody stands in a part whom the list of the erased of this digest names."""
        if not self.collected():
            return True
        place = self.folder / _OBEYED
        return place.exists() and place.read_text(encoding="ascii").strip() == digest

    def obey(self, digest: str) -> None:
        """Note that nobody stands in a part whom the list of the erased of this digest names."""
        if self.folder.exists():
            with aside(self.folder / _OBEYED, owned=True) as beside:
                beside.write_text(f"{digest}\n", encoding="ascii")

    def _standing(self) -> Iterator[Part]:
        for file in (self.folder / RAW).glob("*.parquet"):
            found = _NAME.fullmatch(file.name)
            if found is not None:
                yield Part(int(found[1]), int(found[2]))


def _extent(file: Path) -> tuple[int, int]:
    """Return the rows of a file, and what they take in memory."""
    metadata = pq.read_metadata(file)
    groups = range(metadata.num_row_groups)
    return metadata.num_rows, sum(metadata.row_group(group).total_byte_size for group in groups)


def put(place: Path, table: pa.Table) -> None:
    """Write a table as a file that is there whole or not at all, for its owner only."""
    if not place.parent.exists():
        place.parent.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
        sync(place.parent.parent)
    with aside(place, owned=True) as beside:
        pq.write_table(table, beside)
