"""Erase a person: from the runs, the lists, the database, and for good.

Which stores there are is written here, once (`stores_of`); a place that holds data of persons and is no store among
them fails a test. What was begun is written down before anything is done, so that a killed erasure goes on at the next
start (`settle`), and a restored backup brings nobody back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from patron.engines.atomic import PRIVATE_FOLDER
from patron.engines.database import writing
from patron.engines.lock import hold
from patron.engines.state import State
from patron.errors import RunError
from patron.language import failure, say
from patron.pipeline import clock
from patron.pipeline.backup import beside_backups
from patron.pipeline.erased_again import begun, database_of, reapply, restored
from patron.pipeline.erased_elsewhere import DestinationsStore
from patron.pipeline.erased_inbox import InboxStore, with_browsers
from patron.pipeline.erased_lists import ListsStore
from patron.pipeline.erased_runs import RunsStore
from patron.pipeline.erased_whom import tombstones_of, whom
from patron.privacy.audit import head
from patron.privacy.certificate import Certificate
from patron.privacy.plan import Plan
from patron.privacy.pseudonyms import pseudonym
from patron.privacy.requests import Register, Request
from patron.privacy.state_store import StateStore, clean
from patron.privacy.stores import Erased, Found, Store, Subject, erase_from, find_in
from patron.privacy.tombstones import CUSTOMER_ID, Tombstones
from patron.sources.collected import PREFIX

if TYPE_CHECKING:
    from patron.pipeline.project import Project
    from patron.pipeline.settings import Settings

ACTOR = "patron"
LOCK_FILE = "erasure.lock"
TOMBSTONES = "tombstones"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True)
class TombstonesStore:
    """Who must not come back. It holds nobody: it is written first, so that no run loads her meanwhile."""

    tombstones: Tombstones
    certificate: str
    day: date
    name: str = TOMBSTONES

    def find(self, subject: Subject) -> Found:  # noqa: ARG002
        """Return nothing: tokens name nobody."""
        return Found()

    def erase(self, subject: Subject) -> Erased:
        """Add her tokens, and tell how many by kind."""
        return Erased(self.name, self.tombstones.add(self.certificate, tombstones_of(subject), day=self.day))


@dataclass(frozen=True)
class ModelsStore:
    """Parameters of models, which name nobody."""

    name: str = "models"

    def find(self, subject: Subject) -> Found:  # noqa: ARG002
        """Return nothing: a parameter is a sum over all customers."""
        return Found()

    def erase(self, subject: Subject) -> Erased:  # noqa: ARG002
        """Leave them, and say why."""
        return Erased(self.name, exempt={"parameters": say("erasure.models")})


def stores_of(project: Project, state: State, *, request: str = "", now: datetime | None = None) -> tuple[Store, ...]:
    """Return every place that holds data of persons, in the order in which they are erased."""
    return (
        RunsStore(project, request), ListsStore(state, project.own), ModelsStore(),
        DestinationsStore(state, now or clock.now()),
        InboxStore(state, project.parts, project.store.alone), StateStore(state),
    )  # fmt: skip


def erase(
    project: Project,
    customer_id: str,
    *,
    law: str = "gdpr",
    today: date | None = None,
    now: datetime | None = None,
    actor: str = ACTOR,
) -> Certificate:
    """Erase a person from everything that the project holds.

    Parameters
    ----------
    project : Project
        The project.
    customer_id : str
        The customer's id, or that of any record of hers.
    law : str
        Under which law she asked: ``gdpr`` or ``ccpa``. A request that is open already keeps its own.
    today : date, optional
        The day of the erasure; by default the day that it is in the project's time zone.
    now : datetime, optional
        The moment, with a time zone, for the audit.
    actor : str
        Who does it, for the audit.

    Returns
    -------
    Certificate
        What was erased where. Asked for again it is the same.

    Raises
    ------
    ArgumentError
        Nothing is held of such a person; nothing is written then.
    RunError
        A run is being made, or a store could not be erased; the next start goes on with it.
    """
    day, moment, asked = today or clock.today(project.settings.timezone), now or clock.now(), _spelt(customer_id)
    with _alone(project), project.state() as state:
        work = _Work(project, state, Register(state, actor), day, moment)
        work.resume()
        if (known := work.certified(asked)) is not None:
            return known
        subject = with_browsers(whom(project.store, asked), state, project.parts)
        request = work.opened(subject, asked, law)
        certificate = work.carried_out(request, Plan(subject))
    beside_backups(project)
    return certificate


def found(project: Project, customer_id: str) -> dict[str, Found]:
    """Return what each store holds of a person, and change nothing."""
    with project.state() as state:
        subject = with_browsers(whom(project.store, _spelt(customer_id)), state, project.parts)
        return find_in(stores_of(project, state), subject)


def was_erased(project: Project, customer_id: str) -> bool:
    """Tell whether somebody of this id was erased before."""
    return project.erased.holds(CUSTOMER_ID, _spelt(customer_id))


def resume(project: Project, *, today: date | None = None, now: datetime | None = None) -> list[Certificate]:
    """Go on with every erasure that was begun and not finished."""
    day, moment = today or clock.today(project.settings.timezone), now or clock.now()
    with _alone(project), project.state() as state:
        return _Work(project, state, Register(state, ACTOR), day, moment).resume()


def settle(project: Project, settings: Settings | None = None) -> None:
    """Finish what was begun, and keep the erased away from restored runs and databases.

    Costs nothing worth counting where nobody was ever erased. While another process is erasing, or is making a run,
    nothing is done: the next start does it. `settings` saves reading them again.

    Raises
    ------
    RunError
        A store cannot be erased.
    """
    database = database_of(project, settings)
    if not (database is not None and begun(database)) and not restored(project, database):
        return
    try:
        hold(project.own / LOCK_FILE).release()
        with project.store.alone():
            pass
    except RunError:  # somebody is at work here
        return
    resume(project)
    with _alone(project), project.state() as state:
        reapply(project, state, now=clock.now())


@dataclass(frozen=True)
class _Work:
    """One erasure, or several that were begun."""

    project: Project
    state: State
    register: Register
    day: date
    now: datetime

    def resume(self) -> list[Certificate]:
        """Go on with what was begun."""
        working = [request for request in self.register.working() if request.kind == "erasure" and request.plan]
        return [self.carried_out(request, Plan.from_json(str(request.plan))) for request in working]

    def certified(self, asked: str) -> Certificate | None:
        """Return the certificate of somebody who was erased before."""
        known = self.project.erased.certificate_of(CUSTOMER_ID, asked)
        if known is None:
            return None
        name = known.partition(":")[2]
        for request in self.register.all():
            if request.kind == "erasure" and request.subject == name and request.certificate:
                return Certificate.from_json(request.certificate)
        raise failure(RunError, "erasure.certificate_lost", request=known.partition(":")[0])

    def opened(self, subject: Subject, asked: str, law: str) -> Request:
        """Return the request that she made already, or open one; nobody may be erased of whom nothing is held."""
        held = find_in(stores_of(self.project, self.state), subject)
        for request in self.register.of(subject.ids):
            if request.kind == "erasure" and not request.answered:
                return request
        known = any(one.total for one in held.values())
        return self.register.open("erasure", asked, known=known, law=law, received_on=self.day, now=self.now)

    def carried_out(self, request: Request, plan: Plan) -> Certificate:
        """Do what is left to do, and return the certificate."""
        done = plan.done
        if plan.subject is None:
            clean(self.state)
        else:
            done = self._erased(request, plan.subject, done)
        certificate = self._certificate(request, done)
        closed_on = max(self.day, request.received_on)
        self.register.close(request.request_id, on=closed_on, now=self.now, certificate=certificate.to_json())
        return certificate

    def _erased(self, request: Request, subject: Subject, done: tuple[Erased, ...]) -> tuple[Erased, ...]:
        number = request.request_id

        def note(erased: tuple[Erased, ...]) -> None:
            self.register.work(number, Plan(subject, erased), now=self.now)

        note(done)
        for other in self.register.of(subject.ids):  # what else she asked for has come to nothing
            if not other.answered and other.request_id != number:
                self.register.close(other.request_id, on=max(self.day, other.received_on), now=self.now)
        with writing(self.state.engine) as connection:
            name = pseudonym(connection, request.subject)
        obeyed = self.project.parts.obeys(self.project.erased.digest())
        first = TombstonesStore(self.project.erased, f"{number}:{name}", self.day)
        stores = (first, *stores_of(self.project, self.state, request=number, now=self.now))
        erased = erase_from(stores, subject, done=done, note=note)
        if obeyed:
            self.project.parts.obey(self.project.erased.digest())
        return erased

    def _certificate(self, request: Request, done: tuple[Erased, ...]) -> Certificate:
        kept = next((one.rows for one in done if one.store == TOMBSTONES), {})
        return Certificate(
            request_id=request.request_id,
            law=request.law,
            pseudonym=self.register.find(request.request_id).subject,
            received_on=request.received_on,
            erased_on=max(self.day, request.received_on),
            stores=tuple(one for one in done if one.store != TOMBSTONES),
            audit=head(self.state),
            tombstones=kept,
            notices=_own_files(self.project),
        )


def _own_files(project: Project) -> tuple[str, ...]:
    """List the files of the sources, which are the shop's own; what was collected is ours, and a store."""
    run = next(reversed(project.store.readable()), None)
    inputs = [key for key in run.manifest.inputs if not key.startswith(PREFIX)] if run else []
    files = sorted({key.partition(": ")[2] for key in inputs})
    return tuple(say("erasure.own_file", file=file) for file in files)


def _spelt(customer_id: str) -> str:
    """Write an id as loading writes it."""
    bare = customer_id.strip()
    return bare.lower() if _EMAIL.fullmatch(bare) else bare


@contextmanager
def _alone(project: Project) -> Iterator[None]:
    project.own.mkdir(PRIVATE_FOLDER, exist_ok=True)
    lock = hold(project.own / LOCK_FILE, waiting=lambda _holder: None)
    try:
        yield
    finally:
        lock.release()
