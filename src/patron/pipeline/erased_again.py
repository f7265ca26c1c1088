"""Backups that are restored bring back whom they hold. They are found by what they do not know, and emptied again.

A run says in its manifest which list of the erased it obeys; a database knows every erasure that was certified. Where
either knows less than the list beside `patron.yaml`, its ids are held against that list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import Engine, Select, select
from sqlalchemy.exc import SQLAlchemyError

from patron.engines.connect import connected
from patron.engines.database import open_still, writing
from patron.engines.draft import MANIFEST
from patron.engines.run_folder import ENDING
from patron.engines.state import State
from patron.engines.state_tables import AUDIT, METADATA, REQUESTS
from patron.pipeline.erased_batches import batches
from patron.pipeline.erased_elsewhere import DestinationsStore
from patron.pipeline.erased_inbox import purge
from patron.pipeline.erased_lists import ListsStore
from patron.pipeline.erased_rows import IDS, SEEN_BEFORE, as_prospects
from patron.pipeline.erased_runs import RunsStore
from patron.pipeline.erased_whom import values_of
from patron.privacy.audit import append
from patron.privacy.pseudonyms import is_pseudonym
from patron.privacy.state_store import PERSONAL, StateStore
from patron.privacy.stores import Subject

if TYPE_CHECKING:
    from patron.pipeline.project import Project
    from patron.pipeline.settings import Settings

REAPPLIED = "erasure.reapplied"
"""The audit's entry that a database which did not know an erasure obeys it by now."""

RESTORED = "restored"
"""Under which name a manifest notes what a restored run held."""

NOBODY = "\0"  # an id that no table holds

_MARK = b'"erased": "'


def database_of(project: Project, settings: Settings | None = None) -> str | Path | None:
    """Return where the operational database is; none while there is none."""
    target = (settings or project.settings).state or project.own / "state.db"
    return target if "://" in str(target) or Path(target).exists() else None


def begun(database: str | Path) -> bool:
    """Tell whether an erasure was begun and not finished."""
    with _reading(database) as engine:
        working = select(REQUESTS.c.request_id).where(REQUESTS.c.status == "working", REQUESTS.c.kind == "erasure")
        return bool(_first_column(engine, working.limit(1)))


def restored(project: Project, database: str | Path | None) -> bool:
    """Tell whether a run or the database does not know of an erasure."""
    if not project.erased.path.exists():
        return False
    return (
        bool(_unknowing(project))
        or bool(_missing(project, database))
        or not project.parts.obeys(project.erased.digest())
    )


def reapply(project: Project, state: State, *, now: datetime) -> None:
    """Erase those on the list of the erased from runs and a database that do not know it.

    Raises
    ------
    RunError
        A run is being made, or something cannot be erased.
    """
    if not project.erased.path.exists():
        return
    project.erased.asked()  # a list that cannot be read stops everything
    runs, missing = _unknowing(project), _missing(project, database_of(project))
    if missing or not project.parts.obeys(project.erased.digest()):
        with project.store.alone():
            purge(state, project.parts, project.erased)
    if runs:
        back = _erased_of(project, {one for folder in runs for one in _ids(folder)})
        RunsStore(project, RESTORED).erase(_together(back, runs))
    if missing:
        back = _erased_of(project, _state_ids(state))
        if back:
            ListsStore(state, project.own).erase(_together(back))
            DestinationsStore(state, now).erase(_together(back))
            StateStore(state).erase(_together(back))
        for certificate in missing:
            _note(state, certificate, len(back), now)


@contextmanager
def _reading(database: str | Path) -> Iterator[Engine]:
    """Yield the database as it is: neither made nor brought up to date."""
    engine = open_still(database)
    try:
        yield engine
    finally:
        engine.dispose()


def _first_column(engine: Engine, query: Select[Any]) -> list[Any]:
    try:
        with engine.connect() as connection:
            return list(connection.execute(query).scalars())
    except SQLAlchemyError:  # of a version before this one, or out of reach: opening it will tell
        return []


def _unknowing(project: Project) -> list[Path]:
    """Return the runs that do not say to obey the list as it is now."""
    digest, runs = project.erased.digest().encode(), project.store.folder
    manifests = sorted(runs.glob(f"[!.]*/{MANIFEST}"))
    return [file.parent for file in manifests if _MARK + digest not in file.read_bytes()]


def _missing(project: Project, database: str | Path | None) -> list[str]:
    """Return the certificates of erasures that the database does not know."""
    if database is None:
        return []
    lines = project.erased.path.read_bytes().split(b"\n")[1:-1]
    certificates = {str(json.loads(line)["certificate"]) for line in lines}
    with _reading(database) as engine:
        done = select(REQUESTS.c.subject).where(REQUESTS.c.kind == "erasure", REQUESTS.c.status == "done")
        reapplied = select(AUDIT.c.subject).where(AUDIT.c.action == REAPPLIED)
        known = {*_first_column(engine, done), *_first_column(engine, reapplied)}
    return sorted(one for one in certificates if one.partition(":")[2] not in known)


def _ids(folder: Path) -> Iterator[str]:
    """Yield the ids of persons, records, visitors and prospects in a run's tables, some of them several times."""
    for file in (*folder.glob(f"*{ENDING}"), *folder.glob(f"*/*{ENDING}")):
        names = [name for name in pq.read_schema(file).names if name in (*IDS, SEEN_BEFORE)]
        for batch in batches(file, names) if names else ():
            for name, column in zip(names, batch.columns, strict=True):
                ids = as_prospects(column) if name == SEEN_BEFORE else column
                yield from (one for one in pc.unique(ids).to_pylist() if one is not None)


def _state_ids(state: State) -> set[str]:
    places = {**PERSONAL, REQUESTS.name: ("subject",)}
    columns = [METADATA.tables[table].c[name] for table, names in places.items() for name in names]
    with state.engine.connect() as connection:
        found = (one for column in columns for one in connection.execute(select(column).distinct()).scalars())
        return {str(one) for one in found if one is not None}


def _erased_of(project: Project, ids: set[str]) -> set[str]:
    """Return those of the ids that were erased."""
    if not ids:
        return set()
    asked = ibis.memtable(pa.table({"id": pa.array(sorted(ids), pa.string())}))
    with connected("duckdb://", spill=project.own / "spill") as connection:
        back = connection.to_pyarrow(asked.filter(project.erased.erased(asked.id)))
    return set(back["id"].to_pylist())


def _together(ids: set[str], runs: Sequence[Path] = ()) -> Subject:
    """Return several people as one subject: all of their rows go."""
    first = min(ids, default=NOBODY)
    values: dict[str, frozenset[str]] = {}
    for folder in runs:
        for kind, known in values_of(folder, frozenset(ids)).items():
            values[kind] = values.get(kind, frozenset()) | known
    return Subject(first, frozenset(ids), values)


def _note(state: State, certificate: str, found: int, now: datetime) -> None:
    number, _, name = certificate.partition(":")
    if is_pseudonym(name):
        with writing(state.engine) as connection:
            facts = {"request": number, "ids": found}
            append(connection, actor="patron", action=REAPPLIED, subject=name, facts=facts, now=now)
