"""Parquet files without a person: written anew beside their place, a batch at a time, and put there in one step."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from patron.engines.atomic import aside, sync
from patron.errors import RunError
from patron.language import failure
from patron.pipeline.erased_batches import BATCH, batches
from patron.pipeline.erased_groups import Groups, groups_of
from patron.pipeline.erased_rows import Hers


def rows_of(file: Path, hers: Hers) -> tuple[int, int]:
    """Count the rows of a file that are hers, and those of others in a household that is called after her.

    Raises
    ------
    RunError
        The file is no whole Parquet file, or is sealed with a key that is not here.
    """
    own = named = 0
    try:
        columns = hers.columns(pq.read_schema(file).names)
        for batch in batches(file, columns) if columns else ():
            mask = hers.mask(batch)
            own += mask.true_count
            named += pc.and_not(hers.renames(batch), mask).true_count
    except (OSError, pa.ArrowException) as error:
        raise failure(RunError, "erasure.table_unreadable", file=f"{file.parent.name}/{file.name}") from error
    return own, named


def write_without(places: Sequence[Path], hers: Hers | None) -> None:
    """Write a file anew without her rows, without any where `hers` is none, and link it to all of its places."""
    first, *others = places
    groups = groups_of(first, hers) if hers is not None else Groups()
    with (
        pq.ParquetFile(first) as known,
        aside(first, owned=True) as beside,
        pq.ParquetWriter(beside, known.schema_arrow) as writer,
    ):
        if hers is not None:
            for batch in known.iter_batches(batch_size=BATCH):
                # Groups go by the names that they had, so what is said of them comes first.
                writer.write_batch(hers.without(groups.retold(batch)))
    for place in others:
        _link(first, place)


def _link(file: Path, place: Path) -> None:
    """Put a hard link to `file` in the place of another file, in one step; a copy where there are no links."""
    beside = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        beside.unlink(missing_ok=True)
        os.link(file, beside)
        beside.replace(place)
        sync(place.parent)
    except OSError:
        with aside(place, owned=True) as copy:
            copy.write_bytes(file.read_bytes())
    finally:
        beside.unlink(missing_ok=True)
