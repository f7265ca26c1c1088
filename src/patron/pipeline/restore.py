"""Put back what a backup holds: verified first, into an empty place, without those who were erased since.

Everything is unpacked and held to its checksums beside its place. Then the database is filled in one transaction, in
tables of the version that the backup was made with, and upgraded in the same one; and the project's own folder takes
its place by one rename. A restore that is killed leaves no project, or the whole one.

Two things a backup cannot know. Who was erased after it was made: that stands in the list of the erased, of which the
newest copy must be at hand (in the project's folder, beside the archive, or named); who is on it is erased from what
was restored before anything is done with it. And what was done after it was made: see `engines.restored_state`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from sqlalchemy import Connection, Engine, Table, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from patron.engines.archive import Archive, reading
from patron.engines.atomic import PRIVATE_FOLDER, aside, sync, sync_all
from patron.engines.carried_state import Rows, carry_over, newer
from patron.engines.database import described, open_engine, writing
from patron.engines.dump import ROWS_WITH_BYTES, drop_all, empty, holds_rows, load, order_of
from patron.engines.exhausted import no_room
from patron.engines.moments import stored
from patron.engines.restored_state import leave_behind
from patron.engines.state import STATE_FILE, driver_reason
from patron.engines.timer_tables import STREAM_LEASES
from patron.engines.upgrade import migrate
from patron.errors import ArgumentError, RunError, SettingsError
from patron.language import failure
from patron.pipeline.backup import PROJECT, STATE
from patron.pipeline.erasure import settle
from patron.pipeline.project import OWN_FOLDER, Project
from patron.pipeline.settings import FILE, Settings
from patron.pipeline.settings_file import read_settings
from patron.pipeline.settings_together import FOLDER as SAVED
from patron.privacy.audit import append
from patron.privacy.newest_list import newest_list
from patron.privacy.tombstones import TOMBSTONES_FILE

UNPACKED = ".restoring"
"""In the project's folder, while it is restored."""


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What was put back."""

    folder: Path
    made_at: datetime
    rows: int
    run: str | None
    erased: int  # on the list: they are nowhere in what was restored
    left_behind: Mapping[str, int]  # of `engines.restored_state`
    carried: Mapping[str, int]  # of `engines.carried_state`
    database: str


def restore(
    archive: Path,
    folder: Path,
    *,
    now: datetime,
    erased: Path | None = None,
    nobody_since: bool = False,
    force: bool = False,
    actor: str = "patron",
) -> Restored:
    """Restore a project.

    Parameters
    ----------
    archive : Path
        What `patron backup` wrote.
    folder : Path
        Where to. A `patron.yaml` that stands there is obeyed, also where it says that the database is another one;
        else that of the archive is put there.
    now : datetime
        With a time zone.
    erased : Path, optional
        The newest copy of the list of the erased. Those in the folder and beside the archive are read in any case.
    nobody_since : bool
        Says that nobody was erased since the backup was made; without it, some list beside the archive's own is needed.
    force : bool
        Replaces a project and a database that are there.
    actor : str
        Who does it, for the audit.

    Raises
    ------
    RunError
        The archive is damaged, or what it holds cannot be put there; everything is as it was before.
    ArgumentError
        Something is there already, or no newer list of the erased is.
    """
    unpacked = folder / UNPACKED
    try:
        with reading(archive) as opened:
            _free(folder, force=force)
            lists = newest_list(_lists(opened, archive, folder, erased, nobody_since=nobody_since))
            folder.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
            shutil.rmtree(unpacked, ignore_errors=True)
            _unpack(opened, unpacked)
            settings = read_settings(folder if (folder / FILE).exists() else unpacked / PROJECT)
            manifest = opened.manifest
            place = _Place(folder=folder, settings=settings, force=force, now=now, actor=actor)
            filled = _placed(place, manifest, lists)
    except (OSError, SQLAlchemyError) as error:
        raise _unrestored(folder, error) from error
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)
    settle(Project(folder.resolve()))
    return Restored(
        folder=folder, made_at=datetime.fromisoformat(manifest["made_at"]), run=manifest["run"], rows=filled.rows,
        erased=max(lists.count(b"\n") - 1, 0), left_behind=filled.left_behind, carried=filled.carried,
        database=described(settings.state or folder / STATE_FILE),
    )  # fmt: skip


def _free(folder: Path, *, force: bool) -> None:
    """Refuse a place in which a project stands already."""
    if (folder / OWN_FOLDER).exists() and any((folder / OWN_FOLDER).iterdir()) and not force:
        raise failure(ArgumentError, "operations.not_empty", folder=str(folder / OWN_FOLDER))


def _lists(
    opened: Archive, archive: Path, folder: Path, named: Path | None, *, nobody_since: bool
) -> Iterator[bytes]:  # fmt: skip
    """Yield every copy of the list of the erased that is at hand.

    Raises
    ------
    ArgumentError
        There is none but the archive's own, which knows nothing of what came after it.
    """
    places = [folder / TOMBSTONES_FILE, archive.parent / TOMBSTONES_FILE]
    if named is not None:
        if not named.is_file():
            raise failure(ArgumentError, "operations.no_list", file=str(named))
        places.append(named)
    there = [place for place in places if place.is_file()]
    if not there and not nobody_since:
        raise failure(ArgumentError, "operations.list_wanted", made_at=opened.manifest["made_at"])
    yield from (place.read_bytes() for place in there)
    name = f"{PROJECT}/{TOMBSTONES_FILE}"
    if name in opened.names:
        yield opened.zip.read(name)


def _unpack(opened: Archive, to: Path) -> None:
    """Write every member beside its place, each held to its checksum."""
    (to / PROJECT / OWN_FOLDER).mkdir(PRIVATE_FOLDER, parents=True)
    for name in opened.names:
        opened.extract(name, to / name)


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where to, and under which settings."""

    folder: Path
    settings: Settings
    force: bool
    now: datetime
    actor: str

    @property
    def unpacked(self) -> Path:
        return self.folder / UNPACKED / PROJECT

    @property
    def database(self) -> str | Path:
        """The database that is filled; one within the project's own folder, beside its place."""
        return self.settings.state or self.unpacked / STATE_FILE

    @property
    def before(self) -> str | Path:
        """The database that is there until then."""
        return self.settings.state or self.folder / STATE_FILE


def _placed(place: _Place, manifest: Mapping[str, Any], lists: bytes) -> _Filled:
    """Fill the database and put the files in their places."""
    own = place.folder / OWN_FOLDER
    if lists:  # first of all: from here on nobody on it comes back
        with aside(place.folder / TOMBSTONES_FILE, owned=True) as beside:
            beside.write_bytes(lists)
    filled = _Filled() if manifest["schema"] is None else _filled(place, manifest)
    sync_all(place.unpacked / OWN_FOLDER)
    if not (place.folder / FILE).exists():
        (place.unpacked / FILE).replace(place.folder / FILE)
        if (place.unpacked / SAVED).exists() and not (place.folder / SAVED).exists():
            (place.unpacked / SAVED).replace(place.folder / SAVED)
    if own.exists():
        own.replace(place.folder / UNPACKED / "replaced")
    (place.unpacked / OWN_FOLDER).replace(own)
    sync(place.folder)
    return filled


@dataclass(frozen=True)
class _Filled:
    """What a database was filled with."""

    rows: int = 0
    left_behind: Mapping[str, int] = field(default_factory=dict)
    carried: Mapping[str, int] = field(default_factory=dict)


def _filled(place: _Place, manifest: Mapping[str, Any]) -> _Filled:
    """Make the tables of the archive's version, fill them and upgrade them: all of it, or nothing."""
    made_at = datetime.fromisoformat(manifest["made_at"])
    since = _since(place, made_at)
    with _engine(place.database) as engine, writing(engine) as connection:
        drop_all(connection)
        migrate(connection, manifest["schema"])
        empty(connection)
        rows = sum(_loaded(connection, place, name) for name in order_of(connection) if name in manifest["tables"])
        migrate(connection)
        carried = carry_over(connection, since)
        left = leave_behind(connection, made_at=made_at, now=place.now, recognising=_recognising(place.settings))
        facts = {"made_at": manifest["made_at"], "rows": rows, "carried": sum(carried.values()), **left}
        append(connection, actor=place.actor, action="backup.restored", subject=None, facts=facts, now=place.now)
    return _Filled(rows, left, carried)


def _since(place: _Place, made_at: datetime) -> Mapping[Table, Rows]:
    """Return what the database that is replaced knows and the backup does not.

    Raises
    ------
    ArgumentError
        It holds something, and nobody said to replace it; or a server works with it.
    """
    if "://" not in str(place.before) and not Path(place.before).exists():
        return {}
    with _engine(place.before) as engine:
        with engine.connect() as connection:
            if not holds_rows(connection):
                return {}
            if not place.force:
                raise failure(ArgumentError, "operations.database_not_empty", database=described(place.before))
            _nobody_works(connection, place.now)
        return newer(engine, made_at=made_at)


def _nobody_works(connection: Connection, now: datetime) -> None:
    if not inspect(connection).has_table(STREAM_LEASES.name):
        return
    held = select(STREAM_LEASES.c.name).where(STREAM_LEASES.c.until > stored(now))
    if connection.execute(held.limit(1)).first() is not None:
        raise failure(ArgumentError, "operations.server_works")


def _loaded(connection: Connection, place: _Place, name: str) -> int:
    with pq.ParquetFile(place.folder / UNPACKED / STATE / f"{name}.parquet") as file:
        return load(connection, name, file.iter_batches(batch_size=ROWS_WITH_BYTES))


def _recognising(settings: Settings) -> list[str]:
    """Return the destinations that take what comes twice once; one that cannot be opened here is none of them."""
    found = []
    for name, section in settings.destinations.items():
        with suppress(SettingsError, NotImplementedError):
            destination = section.opened_as(name)
            destination.close()
            if destination.repeats == "recognised":
                found.append(name)
    return found


@contextmanager
def _engine(target: str | Path) -> Iterator[Engine]:
    engine = open_engine(target)
    try:
        yield engine
    finally:
        engine.dispose()


def _unrestored(folder: Path, error: OSError | SQLAlchemyError) -> RunError:
    if isinstance(error, SQLAlchemyError):
        return failure(RunError, "operations.not_filled", reason=driver_reason(error))
    if no_room(error):
        return failure(RunError, "operations.disk_full", file=str(folder))
    return failure(RunError, "operations.unwritable", file=str(folder), reason=error.strerror or type(error).__name__)


__all__ = ["Restored", "restore"]
