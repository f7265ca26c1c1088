"""Everything that is held of one person, put together for herself.

Her rows of every table of the published run and of the database, where they come from, and how decisions about her
are made: what GDPR Article 15 and California Civil Code 1798.110 want told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from patron.contracts import PURPOSES, TABLES
from patron.engines.run_folder import Run, table_names
from patron.engines.state import State
from patron.engines.state_tables import METADATA
from patron.errors import ArgumentError
from patron.language import failure, say
from patron.pipeline.erased_batches import batches
from patron.pipeline.erased_inbox import calls_of, with_browsers
from patron.pipeline.erased_rows import Hers, opened
from patron.pipeline.erased_whom import whom
from patron.privacy.access import Access, Held, Logic
from patron.privacy.requests import Register
from patron.privacy.state_store import PERSONAL
from patron.privacy.stores import Subject

if TYPE_CHECKING:
    from patron.pipeline.project import Project

_OURS = ("pseudonyms",)
"""What names her for the audit's sake only; told to her it would no longer hide her."""

_DECIDING = ("forecasts", "propensities", "memberships", "assignments", "consents", "households")
"""Tables that hold what is concluded or decided about her."""


def held(project: Project, customer_id: str, *, made_on: date) -> Access:
    """Put together what is held of a person.

    Parameters
    ----------
    project : Project
        The project, with a published run.
    customer_id : str
        The customer's id, or that of any record of hers.
    made_on : date
        The day of the answer.

    Raises
    ------
    ArgumentError
        Nothing is held of her.
    RunError
        There is no run yet, or it is sealed with a key that is not here.
    """
    run = project.last()
    with project.state() as state:
        subject = with_browsers(whom(project.store, customer_id), state, project.parts)
        tables = [*_tables(run, subject), *_state_tables(state, subject), *_calls(state, subject, project)]
        recipients = _recipients(state, subject)
    if not any(table.rows for table in tables):
        raise failure(ArgumentError, "requests.unknown_person", came=customer_id)
    settings = project.settings
    return Access(
        shop=settings.name,
        customer_id=subject.customer_id,
        made_on=made_on,
        tables=tables,
        sources=_sources(run),
        logic=_logic({table.name for table in tables if table.rows}),
        purposes=_purposes(project),
        recipients=recipients,
        retention=_retention(project),
    )


def _tables(run: Run, subject: Subject) -> Iterator[Held]:
    hers = Hers(subject, {})
    for name in (*TABLES, *(name for name in table_names(run.folder) if name not in TABLES)):
        rows = list(_rows(run, name, hers)) if name in table_names(run.folder) else []
        if rows and name in TABLES:
            yield Held.of(TABLES[name], rows)
        elif rows:
            yield Held(name=name, meaning="", columns={}, rows=tuple(rows))


def _rows(run: Run, name: str, hers: Hers) -> Iterator[dict[str, Any]]:
    for file in run.files(name):
        for batch in batches(file):
            if not hers.columns(batch.schema.names):
                return
            own = batch.filter(hers.mask(batch))
            columns = {column: values.to_pylist() for column, values in opened(own, whole=True).items()}
            yield from (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))


def _state_tables(state: State, subject: Subject) -> Iterator[Held]:
    with state.engine.connect() as connection:
        for name, columns in PERSONAL.items():
            if name in _OURS:
                continue
            table = METADATA.tables[name]
            found = select(table).where(or_(*(table.c[column].in_(subject.ids) for column in columns)))
            rows = tuple(dict(row._mapping) for row in connection.execute(found))
            if rows:
                meaning = say(f"held.state.{name}")
                columns_of = dict.fromkeys(table.c.keys(), "")
                yield Held(name=f"state_{name}", meaning=meaning, columns=columns_of, rows=rows)
    asked = [replace(one, plan=None, certificate=None) for one in Register(state, "patron").of(subject.ids)]
    rows = tuple({key: value for key, value in vars(one).items() if value is not None} for one in asked)
    if rows:
        yield Held(name="state_requests", meaning=say("held.state.requests"), columns={}, rows=rows)


def _calls(state: State, subject: Subject, project: Project) -> Iterator[Held]:
    """Yield what was sent to the server about her, as it came."""
    by_place: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for place, row in calls_of(subject, state, project.parts):
        told = row.payload.decode("utf-8", "replace")
        by_place[place].append(
            {"received_at": row.received_at, "kind": row.kind, "source": row.source, "payload": told}
        )
    for place, rows in sorted(by_place.items()):
        yield Held(name=place, meaning=say(f"held.{place}"), columns={}, rows=tuple(rows))


def _sources(run: Run) -> list[str]:
    files = sorted(key.partition(": ")[::2] for key in run.manifest.inputs)
    return [say("held.source", source=source, file=file) for source, file in files]


def _logic(filled: set[str]) -> list[Logic]:
    told = [name for name in _DECIDING if name in filled]
    return [Logic(title=say(f"held.logic.{name}.title"), text=say(f"held.logic.{name}.text")) for name in told]


def _purposes(project: Project) -> list[str]:
    policy = project.settings.privacy.policy()
    bases = {purpose: getattr(policy, purpose) for purpose in PURPOSES}
    return [
        say("held.purpose", purpose=say(f"held.purpose.{purpose}"), basis=say(f"held.basis.{basis or 'settled'}"))
        for purpose, basis in bases.items()
    ]


def _recipients(state: State, subject: Subject) -> list[str]:
    table, members, arms = (METADATA.tables[name] for name in ("assignments", "experiment_members", "experiment_arms"))
    treated = select(table.c.audience).where(table.c.customer_id.in_(subject.ids), table.c.arm == "treated")
    same = (arms.c.experiment == members.c.experiment) & (arms.c.arm == members.c.arm)
    listed = select(members.c.experiment, members.c.arm).join(arms, same)
    listed = listed.where(members.c.customer_id.in_(subject.ids), arms.c.place > 0)  # the control is in no list
    with state.engine.connect() as connection:
        names = {*connection.execute(treated).scalars()}
        names |= {f"{row.experiment}-{row.arm}" for row in connection.execute(listed)}
    return [say("held.recipient", audience=name) for name in sorted(names)] or [say("held.no_recipient")]


def _retention(project: Project) -> list[str]:
    windows = project.settings.privacy.retention
    told = [say("held.window", table=name, days=days) for name, days in sorted(windows.items())]
    return [*told, say("held.until_erased")]
