"""Which runs are there, what was each made from, and what do they take on the disk?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from patron.engines.manifest import Manifest
from patron.engines.run_folder import Run, all_files
from patron.engines.store import Store


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One run."""

    run_id: str
    as_of: date
    made_on: date
    published: bool
    compared_with: str | None
    replay_of: str | None
    only: str | None
    rows: int
    seconds: float
    bytes: int
    own_bytes: int
    changed: tuple[str, ...]


def listed(store: Store) -> list[Listed]:
    """Return the runs that can be read, in the order in which they were made.

    `own_bytes` is what only this run holds; the rest of `bytes` it shares with others. `changed` says what differs from
    the run made before: ``settings``, ``code`` or ``inputs``.
    """
    runs, last = store.readable(), store.last_id()
    before = [None, *(run.manifest for run in runs)]
    return [_listed(run, earlier, published=last) for run, earlier in zip(runs, before, strict=False)]


def _listed(run: Run, before: Manifest | None, *, published: str | None) -> Listed:
    manifest = run.manifest
    return Listed(
        run_id=manifest.run_id,
        as_of=manifest.as_of,
        made_on=made_on(manifest),
        published=manifest.run_id == published,
        compared_with=manifest.compared_with,
        replay_of=manifest.replay_of,
        only=manifest.only,
        rows=manifest.rows_kept,
        seconds=sum(step.seconds for step in manifest.steps.values()),
        bytes=run.bytes,
        own_bytes=freed_by([run.folder]),
        changed=_changed(before, manifest) if before else (),
    )


def made_on(manifest: Manifest) -> date:
    """Return the day on which a run was made; runs of the first version say only which day they took it for."""
    return manifest.made_at.date() if manifest.made_at else manifest.today


def freed_by(folders: Sequence[Path]) -> int:
    """Return the bytes that are free once the folders are gone: of files that no folder outside shares."""
    states = [file.stat() for folder in folders for file in all_files(folder)]
    links = Counter((state.st_dev, state.st_ino) for state in states)
    sizes = {(state.st_dev, state.st_ino): (state.st_size, state.st_nlink) for state in states}
    return sum(size for inode, (size, shared_by) in sizes.items() if links[inode] >= shared_by)


def _changed(before: Manifest, after: Manifest) -> tuple[str, ...]:
    pairs: Iterable[tuple[str, object, object]] = (
        ("settings", before.settings_hash, after.settings_hash),
        ("code", before.code_version, after.code_version),
        ("inputs", before.inputs, after.inputs),
    )
    return tuple(name for name, old, new in pairs if old != new)
