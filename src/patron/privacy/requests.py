"""What did persons ask for, until when must it be answered, and how was it?

In   the operational database's table requests, written here alone
Out  contracts.person.REQUESTS

Every act on a request and its entry in the audit are one transaction. What a person may simply have (opt-outs, no more
marketing) holds from the day on which she asked and is answered with that; nobody's identity has to be verified for it.
What may be refused (restriction, no profiling) holds from that day, too, until it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, Literal, get_args

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from sqlalchemy import Connection, Integer, Row, cast, func, insert, select, update

from patron.contracts import person
from patron.engines.database import writing
from patron.engines.state import State
from patron.engines.state_tables import REQUESTS
from patron.errors import ArgumentError
from patron.language import did_you_mean, failure
from patron.privacy import deadlines, rights
from patron.privacy.audit import append
from patron.privacy.corrections import correct
from patron.privacy.plan import Plan
from patron.privacy.pseudonyms import is_pseudonym, known_pseudonym, pseudonym

KINDS: tuple[str, ...] = next(column.values for column in person.REQUESTS.columns if column.name == "kind")

AT_ONCE = ("opt_out_sale", "limit_sensitive", "objection_marketing")
"""Holds and is answered as soon as it is asked for. California forbids to verify an identity for the first two; the
third is absolute (GDPR Article 21(3))."""

MEANWHILE = ("restriction", "objection_profiling")
"""Holds as soon as it is asked for, until somebody answers: a refusal with its reason ends it."""

UNANSWERED = ("open", "working")

Refusal = Literal["not_identified", "unfounded_or_excessive", "legal_obligation", "legal_claims", "overriding_interest"]
"""GDPR Articles 12(2), 12(5), 17(3)(b), 17(3)(e) and 21(1), and their Californian relatives."""

REFUSALS: tuple[str, ...] = get_args(Refusal)


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request as the register holds it."""

    request_id: str
    kind: str
    subject: str  # the customer; her pseudonym once erased
    law: str
    received_on: date
    due_on: date
    extended: bool
    status: str  # open, working, done, refused
    closed_on: date | None = None
    note: str | None = None
    plan: str | None = None
    certificate: str | None = None

    def __repr__(self) -> str:
        # What is logged or shown in a traceback names nobody.
        return f"Request({self.request_id}, {self.kind}, {self.status}, due {self.due_on})"

    @property
    def answered(self) -> bool:
        """Whether it is done or refused."""
        return self.status not in UNANSWERED

    @property
    def confirm_by(self) -> date | None:
        """Until when its receipt must be confirmed, where the law wants that."""
        return deadlines.confirmed_by(self.received_on, law=self.law)

    def late(self, as_of: date) -> bool:
        """Tell whether it was due before `as_of` and not answered by then."""
        return self.due_on < as_of and not (self.answered and self.closed_on is not None and self.closed_on <= as_of)


@dataclass(frozen=True)
class Register:
    """The requests of a project, by who works on them.

    Parameters
    ----------
    state : State
        The operational database.
    actor : str
        Who acts, for the audit.
    """

    state: State
    actor: str

    def open(self, kind: str, customer_id: str, *, known: bool, law: str, received_on: date, now: datetime) -> Request:
        """Take in a request, and let the right hold that it exercises.

        One of the same kind and law that the person made before and that is not answered yet is returned instead.

        Parameters
        ----------
        kind : str
            One of `KINDS`.
        customer_id : str
            Who asks.
        known : bool
            Whether anything is held of a customer with that id.
        law : str
            ``gdpr`` or ``ccpa``.
        received_on : date
            When it came.
        now : datetime
            The moment of this act, with a time zone.

        Raises
        ------
        ArgumentError
            The kind or law is unknown, the day lies ahead, or nobody of that id is known: then nothing is written.
        """
        if kind not in KINDS:
            raise failure(ArgumentError, "requests.kind_unknown", came=kind, hint=did_you_mean(kind, KINDS))
        due_on = deadlines.due_on(received_on, law=law, kind=kind)
        if received_on > now.astimezone(UTC).date() + timedelta(days=1):  # a day, for the zones east of Greenwich
            raise failure(ArgumentError, "requests.ahead", came=received_on, today=now.date())
        if not known:
            raise failure(ArgumentError, "requests.unknown_person", came=customer_id)
        with writing(self.state.engine) as connection:
            subject = pseudonym(connection, customer_id)
            if (same := _unanswered(connection, kind, customer_id, law)) is not None:
                return same
            facts = {"kind": kind, "law": law, "received_on": received_on, "due_on": due_on}
            request_id = self._number(connection, subject, facts, now)
            request = Request(
                request_id=request_id, kind=kind, subject=customer_id, law=law, received_on=received_on, due_on=due_on,
                extended=False, status="done" if kind in AT_ONCE else "open",
                closed_on=received_on if kind in AT_ONCE else None,
            )  # fmt: skip
            connection.execute(insert(REQUESTS).values(**vars(request)))
            if kind in rights.RIGHTS:
                rights.exercise(connection, customer_id, kind, since=received_on, request_id=request_id)
            return request

    def extend(self, request_id: str, *, on: date, now: datetime) -> Request:
        """Give a request the longer period of its law; the person must have been told so by `on`, with the reasons.

        Raises
        ------
        ArgumentError
            There is no such request, it is answered or extended already, is an opt-out, or its period is over.
        """
        with writing(self.state.engine) as connection:
            request = _find(connection, request_id)
            self._refuse_answered(request)
            if request.extended or request.kind in deadlines.OPT_OUTS or on > request.due_on:
                raise failure(ArgumentError, "requests.not_extendable", request=request_id, due=request.due_on, came=on)
            due_on = deadlines.due_on(request.received_on, law=request.law, kind=request.kind, extended=True)
            self._log(connection, request, "request.extended", {"due_on": due_on}, now)
            return _set(connection, request_id, extended=True, due_on=due_on)

    def close(
        self, request_id: str, *, on: date, now: datetime, note: str | None = None, certificate: str | None = None
    ) -> Request:
        """Note that a request was answered. Once is enough: what was done stays as it is, its certificate, too.

        Raises
        ------
        ArgumentError
            There is no such request, it was refused, or `on` is a day before it came.
        """
        with writing(self.state.engine) as connection:
            request = _find(connection, request_id)
            if request.status == "done":
                return request
            self._refuse_answered(request)
            self._check_day(request, on)
            digest = None if certificate is None else sha256(certificate.encode()).hexdigest()
            self._log(connection, request, "request.done", {"closed_on": on, "certificate": digest}, now)
            return _set(
                connection, request_id, status="done", closed_on=on, plan=None, certificate=certificate,
                note=request.note if note is None else note,
            )  # fmt: skip

    def refuse(self, request_id: str, *, reason: Refusal, on: date, now: datetime, note: str | None = None) -> Request:
        """Note that a request is refused, and end the right that held meanwhile.

        Parameters
        ----------
        request_id : str
            Which request.
        reason : str
            One of `REFUSALS`: it outlives an erasure.
        on : date
            When the person was told.
        now : datetime
            The moment of this act, with a time zone.
        note : str, optional
            More about it, in free words; it does not outlive an erasure.

        Raises
        ------
        ArgumentError
            There is no such request, it is answered, or being worked on, or the reason is unknown.
        """
        if reason not in REFUSALS:
            raise failure(ArgumentError, "requests.reason_unknown", came=reason, hint=did_you_mean(reason, REFUSALS))
        with writing(self.state.engine) as connection:
            request = _find(connection, request_id)
            self._refuse_answered(request)
            if request.status == "working":
                raise failure(ArgumentError, "requests.begun", request=request_id)
            self._check_day(request, on)
            if request.kind in MEANWHILE:
                rights.end(connection, request.subject, request.kind, until=on)
            self._log(connection, request, "request.refused", {"closed_on": on, "reason": reason}, now)
            said = reason if note is None else f"{reason}: {note}"
            return _set(connection, request_id, status="refused", closed_on=on, note=said)

    def correct(self, request_id: str, attribute: str, value: str, *, on: date, now: datetime) -> Request:
        """Note what is right, and that the request for it was answered. A request may correct several attributes.

        Raises
        ------
        ArgumentError
            There is no such request, it is not one for correction, it was refused, or a word is empty.
        """
        with writing(self.state.engine) as connection:
            request = _find(connection, request_id)
            if request.kind != "correction":
                raise failure(ArgumentError, "requests.other_kind", request=request_id, kind=request.kind)
            if request.status == "refused":
                self._refuse_answered(request)
            if is_pseudonym(request.subject):
                raise failure(ArgumentError, "requests.unknown_person", came=request.subject)
            self._check_day(request, on)
            correct(connection, request.subject, attribute, value, made_on=on, request_id=request_id)
            self._log(connection, request, "request.done", {"closed_on": on, "attribute": attribute}, now)
            return _set(connection, request_id, status="done", closed_on=on)

    def lift(self, customer_id: str, right: str, *, until: date, now: datetime) -> bool:
        """Note the last day of a right, because the person no longer exercises it; tell whether she did.

        Raises
        ------
        ArgumentError
            The right is unknown.
        """
        with writing(self.state.engine) as connection:
            ended = rights.end(connection, customer_id, right, until=until)
            if ended:
                subject = pseudonym(connection, customer_id)
                facts = {"right": right, "until": until}
                append(connection, actor=self.actor, action="right.ended", subject=subject, facts=facts, now=now)
            return ended

    def work(self, request_id: str, plan: Plan, *, now: datetime) -> Request:
        """Write down what is to be done, or how far it is; the first time is noted in the audit.

        Once the person is out of the database, a plan is kept without her.

        Raises
        ------
        ArgumentError
            There is no such request, or it is answered.
        """
        with writing(self.state.engine) as connection:
            request = _find(connection, request_id)
            self._refuse_answered(request)
            if request.status == "open":
                self._log(connection, request, "request.begun", {}, now)
            kept = plan.without_subject() if is_pseudonym(request.subject) else plan
            return _set(connection, request_id, status="working", plan=kept.to_json())

    def working(self) -> list[Request]:
        """Return the requests that were begun and not finished: what the next start goes on with."""
        return [request for request in self.all() if request.status == "working"]

    def find(self, request_id: str) -> Request:
        """Return a request.

        Raises
        ------
        ArgumentError
            There is no such request.
        """
        with self.state.engine.connect() as connection:
            return _find(connection, request_id)

    def of(self, ids: Iterable[str]) -> list[Request]:
        """Return the requests of these customers, in the order in which they came."""
        wanted = set(ids)
        return [request for request in self.all() if request.subject in wanted]

    def all(self) -> list[Request]:
        """Return every request, in the order in which they were taken in."""
        with self.state.engine.connect() as connection:
            found = [Request(**row._mapping) for row in connection.execute(select(REQUESTS))]
        return sorted(found, key=lambda request: int(request.request_id[2:]))

    def late(self, as_of: date) -> list[Request]:
        """Return the requests that should have been answered, the longest due first."""
        return sorted((r for r in self.all() if r.late(as_of)), key=lambda r: (r.due_on, r.request_id))

    def _number(self, connection: Connection, subject: str, facts: dict[str, object], now: datetime) -> str:
        """Note the request in the audit, whose turn also makes sure that nobody else takes the same number."""
        append(connection, actor=self.actor, action="request.opened", subject=subject, facts=facts, now=now)
        last = connection.execute(select(func.max(cast(func.substr(REQUESTS.c.request_id, 3), Integer)))).scalar()
        return f"R-{(last or 0) + 1}"

    def _log(
        self, connection: Connection, request: Request, action: str, facts: dict[str, object], now: datetime
    ) -> None:
        subject = known_pseudonym(connection, request.subject)
        if subject is None:
            erased = is_pseudonym(request.subject)
            subject = request.subject if erased else pseudonym(connection, request.subject)
        told = {"request": request.request_id, "kind": request.kind, **facts}
        append(connection, actor=self.actor, action=action, subject=subject, facts=told, now=now)

    def _refuse_answered(self, request: Request) -> None:
        if request.answered:
            raise failure(ArgumentError, "requests.answered", request=request.request_id, day=request.closed_on)

    def _check_day(self, request: Request, on: date) -> None:
        if on < request.received_on:
            raise failure(
                ArgumentError, "requests.too_early", request=request.request_id, came=on, allowed=request.received_on
            )


def requests(state: State, as_of: date) -> ir.Table:
    """Return contracts.person.REQUESTS: what had come by `as_of`, and how it stood at the end of that day."""
    with state.engine.connect() as connection:
        query = select(REQUESTS).where(REQUESTS.c.received_on <= as_of).order_by(REQUESTS.c.request_id)
        rows = [_as_of(Request(**row._mapping), as_of) for row in connection.execute(query)]
    return ibis.memtable(pa.Table.from_pylist(rows, schema=person.REQUESTS.schema.to_pyarrow()))


def _as_of(request: Request, as_of: date) -> dict[str, Any]:
    closed = request.closed_on is not None and request.closed_on <= as_of
    status = request.status if closed else "late" if request.due_on < as_of else "open"
    standing = {**vars(request), "status": status, "closed_on": request.closed_on if closed else None}
    return {name: standing[name] for name in person.REQUESTS.names}


def _unanswered(connection: Connection, kind: str, customer_id: str, law: str) -> Request | None:
    query = select(REQUESTS).where(
        REQUESTS.c.kind == kind, REQUESTS.c.subject == customer_id, REQUESTS.c.law == law,
        REQUESTS.c.status.in_(UNANSWERED),
    )  # fmt: skip
    row = connection.execute(query.order_by(REQUESTS.c.received_on)).first()
    return None if row is None else Request(**row._mapping)


def _find(connection: Connection, request_id: str) -> Request:
    row: Row[Any] | None = connection.execute(select(REQUESTS).where(REQUESTS.c.request_id == request_id)).one_or_none()
    if row is None:
        raise failure(ArgumentError, "requests.unknown", came=request_id)
    return Request(**row._mapping)


def _set(connection: Connection, request_id: str, **values: object) -> Request:
    connection.execute(update(REQUESTS).where(REQUESTS.c.request_id == request_id).values(**values))
    return _find(connection, request_id)
