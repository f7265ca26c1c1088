"""One file that holds all of a project that could not be made again, taken while the server runs.

What is of one moment is taken under the locks of runs and erasures: a snapshot of the database, and links to the files
of the published run and of the collected events, which are replaced as a whole and never changed. Then the locks are
given back and the archive is written. The snapshot is taken before the links: an event stands in the database, in a
part, or in both (and is collected once all the same), never in neither.

Beside the archive lies the list of the erased, `erased.jsonl`, which each erasure brings up to date from then on: it
says who must not come back from any archive of that folder (`pipeline.restore`).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from patron.engines.archive import Packing, packing, reading
from patron.engines.atomic import PRIVATE_FOLDER, aside
from patron.engines.database import open_engine
from patron.engines.dump import Snapshot, snapshot
from patron.engines.exhausted import no_room
from patron.engines.lock import Holder, hold
from patron.engines.run_folder import all_files
from patron.engines.state import driver_reason
from patron.engines.store import POINTER
from patron.errors import RunError
from patron.language import failure
from patron.pipeline.erased_again import database_of
from patron.pipeline.settings import FILE
from patron.pipeline.settings_together import FOLDER
from patron.privacy.tombstones import TOMBSTONES_FILE

if TYPE_CHECKING:
    from patron.pipeline.project import Project

ENDING = ".patron.zip"
STATE, PROJECT = "state", "project"  # the two folders of an archive
LINKS = ".backup"  # in the project's own folder, while an archive is written
LOCK_FILE = "backup.lock"
ERASURE_LOCK = "erasure.lock"
KEYS = "*_key"
"""The project's own secrets in its own folder: of pseudonymous lists, of signed links."""

_STAMPED = re.compile(r"\d{8}T\d{6}Z" + re.escape(ENDING))


@dataclass(frozen=True, kw_only=True)
class Backup:
    """What was written."""

    file: Path
    bytes: int
    rows: int  # of the database
    tables: int
    run: str | None
    left_out: tuple[str, ...]  # keys that were not asked for
    removed: tuple[Path, ...]  # older archives


def backup(
    project: Project,
    to: Path,
    *,
    now: datetime,
    keys: bool = False,
    keep: int | None = None,
    waiting: Callable[[Holder], None] | None = None,
) -> Backup:
    """Write an archive, verify it, and only then remove older ones.

    Parameters
    ----------
    project : Project
    to : Path
        A folder that is there, in which the archive gets a name made of the moment; else the archive's own name.
    now : datetime
        With a time zone.
    keys : bool
        Whether the project's own secrets go in, too.
    keep : int, optional
        How many archives with names made of moments stay in the folder.
    waiting : callable, optional
        Told who is waited for: a run, an erasure, another backup.

    Raises
    ------
    RunError
        The database cannot be read, or the archive cannot be written; what stood there stands there as before.
    """
    file = to / f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}{ENDING}" if to.is_dir() else to
    told = waiting or (lambda _holder: None)
    project.own.mkdir(PRIVATE_FOLDER, exist_ok=True)
    lock = hold(project.own / LOCK_FILE, waiting=told)
    try:
        _clear(file.parent)
        facts: dict[str, Any] = {"made_at": now.astimezone(UTC).isoformat(), "patron": version("patron")}
        with _taken(project, facts, keys=keys, waiting=told) as (shot, files), packing(file, facts) as packed:
            facts["tables"] = {} if shot is None else dict(_tables(shot, packed))
            for name, source in files.items():
                packed.put_file(f"{PROJECT}/{name}", source)
        with reading(file) as archive:
            archive.verify()
        beside(project, file.parent)
    except (OSError, SQLAlchemyError) as error:
        raise _unwritten(file, error) from error
    finally:
        lock.release()
    removed = _pruned(file.parent, keep) if keep is not None and to.is_dir() else ()
    return Backup(
        file=file, bytes=file.stat().st_size, rows=sum(facts["tables"].values()), tables=len(facts["tables"]),
        run=facts["run"], left_out=() if keys else tuple(sorted(one.name for one in project.own.glob(KEYS))),
        removed=removed,
    )  # fmt: skip


def beside(project: Project, folder: Path) -> None:
    """Put the list of the erased as it is now beside the archives; an empty file says that nobody was erased.

    Raises
    ------
    RunError
        Another project's list lies there: its archives are none of ours.
    """
    theirs, ours = folder / TOMBSTONES_FILE, project.erased.path
    salt = ours.read_bytes().partition(b"\n")[0] if ours.exists() else b""
    known = theirs.read_bytes().partition(b"\n")[0] if theirs.exists() else b""
    if known and known != salt:
        raise failure(RunError, "operations.others_archives", folder=str(folder))
    with aside(theirs, owned=True) as copy:
        copy.write_bytes(ours.read_bytes() if ours.exists() else b"")


def beside_backups(project: Project) -> None:
    """Bring the list beside the project's archives up to date, where the settings say where these are.

    Raises
    ------
    RunError
        The folder cannot be written to, or another project's list lies there.
    """
    folder = project.settings.backup.to
    if folder is None or not project.erased.path.exists():
        return
    try:
        beside(project, project.folder / folder)
    except OSError as error:
        raise failure(RunError, "operations.list_not_copied", folder=folder, reason=str(error.strerror)) from error


@contextmanager
def _taken(
    project: Project, facts: dict[str, Any], *, keys: bool, waiting: Callable[[Holder], None]
) -> Iterator[tuple[Snapshot | None, dict[str, Path]]]:
    """Yield the database and the files as they were at one moment, and note in `facts` what they are."""
    with ExitStack() as held:
        links, shot = project.own / LINKS, None
        shutil.rmtree(links, ignore_errors=True)
        held.callback(shutil.rmtree, links, ignore_errors=True)
        with _still(project, waiting):
            target = database_of(project)
            if target is not None:
                engine = open_engine(target)
                held.callback(engine.dispose)
                shot = held.enter_context(snapshot(engine))
            files = _linked(project, links, keys=keys)
            facts["run"] = project.store.last_id()
        facts.update(name=project.settings.name, keys=keys, schema=None if shot is None else shot.version)
        yield shot, files


@contextmanager
def _still(project: Project, waiting: Callable[[Holder], None]) -> Iterator[None]:
    """Keep runs and erasures from changing anything for a moment."""
    erasing = hold(project.own / ERASURE_LOCK, waiting=waiting)
    try:
        with project.store.alone(waiting=waiting):
            yield
    finally:
        erasing.release()


def _linked(project: Project, links: Path, *, keys: bool) -> dict[str, Path]:
    """Return the files by their places in the project, as they are now: what is written to in place is copied."""
    run, files = project.store.last(), [project.folder / FILE, project.erased.path, project.store.folder / POINTER]
    copied = [*files, *(project.folder / FOLDER).glob("*/*.yaml"), *(project.own.glob(KEYS) if keys else ())]
    linked = [*(all_files(run.folder) if run else ()), *all_files(project.parts.folder)]
    found = {}
    for file in (*copied, *linked):
        if file.exists() and not file.name.endswith(".part"):
            name = file.relative_to(project.folder).as_posix()
            place = links / name
            place.parent.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
            _put(file, place, as_it_is=file in copied)
            found[name] = place
    return found


def _put(file: Path, place: Path, *, as_it_is: bool) -> None:
    """Link a file, or copy it where it is changed in place or the disk knows no links."""
    if not as_it_is:
        with suppress(OSError):
            place.hardlink_to(file)
            return
    shutil.copyfile(file, place)


def _tables(shot: Snapshot, packed: Packing) -> Iterator[tuple[str, int]]:
    """Write each table that holds a row, and yield its name and how many."""
    for table in shot.tables:
        rows = shot.rows(table)
        if rows:
            yield table.name, packed.put(f"{STATE}/{table.name}.parquet", partial(shot.write, table))


def _clear(folder: Path) -> None:
    """Remove what a killed backup left."""
    for part in folder.glob(f".*{ENDING}.*.part"):
        part.unlink(missing_ok=True)


def _pruned(folder: Path, keep: int) -> tuple[Path, ...]:
    """Remove all but the newest `keep` archives whose names are made of moments."""
    stamped = sorted(file for file in folder.iterdir() if _STAMPED.fullmatch(file.name))
    gone = tuple(stamped[: max(len(stamped) - keep, 0)])
    for file in gone:
        file.unlink()
    return gone


def _unwritten(file: Path, error: OSError | SQLAlchemyError) -> RunError:
    if isinstance(error, SQLAlchemyError):
        return failure(RunError, "operations.unreadable_state", reason=driver_reason(error))
    if no_room(error):
        return failure(RunError, "operations.disk_full", file=str(file))
    return failure(RunError, "operations.unwritable", file=str(file), reason=error.strerror or type(error).__name__)


__all__ = ["ENDING", "KEYS", "PROJECT", "STATE", "Backup", "backup", "beside", "beside_backups"]
