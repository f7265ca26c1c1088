"""What customers allow, what they ask for, and the audit, in which every act stands under the name of who did it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import select

from patron.engines.database import writing
from patron.engines.state_tables import AUDIT, CONSENT_STATEMENTS
from patron.errors import RunError
from patron.pipeline.erasure import found as held_of
from patron.privacy.audit import append, verify
from patron.privacy.pseudonyms import is_pseudonym, pseudonym
from patron.privacy.requests import Register
from patron.privacy.requests import Request as Asked
from patron.privacy.statements import Statement, write_statements
from patron.server.access import Who, audit_read
from patron.server.answer import answer
from patron.server.asking import PrivacyOfficer, seen_customer, today_of
from patron.server.pages import AskedPage, cursor_after, cut
from patron.server.refused import refused
from patron.server.request import Served
from patron.server.services import Services
from patron.server.shapes import page_of

router = APIRouter(tags=["privacy"])

Id = Annotated[str, Path(min_length=1, max_length=200, description="The customer's id, or that of any record of hers.")]
RequestId = Annotated[str, Path(max_length=20, pattern=r"^R-\d{1,12}$", description="Which request.", examples=["R-1"])]


class Said(BaseModel):
    """What a customer said about her data."""

    customer_id: str = Field(description="Who.", min_length=1, max_length=200)
    purpose: str = Field(description="For which purpose.", examples=["marketing"], max_length=50)
    channel: str = Field(default="all", description="For which channel; `all` for every one.", max_length=50)
    status: str = Field(description="`granted`, `denied` or `revoked`.", examples=["granted"], max_length=50)
    lawful_basis: str = Field(default="consent", description="On which basis of GDPR Article 6(1).", max_length=50)
    given_at: datetime | None = Field(default=None, description="When it was said; by default now.")
    text_version: str | None = Field(default=None, description="Which text was agreed to.", max_length=500)
    source: str | None = Field(default=None, description="Where it was said.", max_length=500)
    proof: str | None = Field(default=None, description="What proves it.", max_length=2000)


class Consents(BaseModel):
    """What holds of a customer, and what she said to the shop itself."""

    customer_id: str
    holds: list[dict[str, Any]] = Field(description="Rows of the table `consents` of the published run.")
    said: list[dict[str, Any]] = Field(description="Her statements, oldest first.")


class ToOpen(BaseModel):
    """A request of a person."""

    kind: str = Field(description="What she asks for.", examples=["access", "erasure"], max_length=50)
    customer_id: str = Field(description="Who asks.", min_length=1, max_length=200)
    law: str = Field(default="gdpr", description="Under which law: `gdpr` or `ccpa`.", max_length=20)
    received_on: date | None = Field(default=None, description="When it came; by default today.")


class ToAnswer(BaseModel):
    """How a request is answered."""

    answer: Literal["done", "refused", "extended"] = Field(description="What was done.")
    reason: str | None = Field(default=None, description="Of a refusal, why.", max_length=50)
    note: str | None = Field(default=None, description="More about it.", max_length=2000)
    on: date | None = Field(default=None, description="When; by default today.")


class RequestFacts(BaseModel):
    """One request as the register holds it."""

    request_id: str
    kind: str
    subject: str = Field(description="The customer; her pseudonym once she is erased.")
    law: str
    received_on: date
    due_on: date
    extended: bool
    status: str = Field(description="`open`, `working`, `done` or `refused`.")
    closed_on: date | None
    note: str | None
    late: bool = Field(description="Whether it was due and is not answered.")


class AuditState(BaseModel):
    """Whether the audit is as it was written."""

    intact: bool
    entries: int = Field(description="That are in order, up to the first that is not.")
    head: str = Field(description="Number and hash of the last entry: keep it elsewhere.")
    sentence: str


class AuditEntry(BaseModel):
    """One entry of the audit."""

    number: int
    made_at: datetime
    actor: str
    action: str
    subject: str | None = Field(description="Whom it is about, as a pseudonym.")
    facts: dict[str, Any]


@router.get("/v1/privacy/consents/{customer_id}", summary="What a customer allows", response_model=Consents)
def consents(request: Request, services: Served, who: PrivacyOfficer, customer_id: Id) -> Response:
    """Return what held on the day of the published run, and what she said to the shop itself."""
    published = services.published()
    known = seen_customer(published, who, customer_id)
    audit_read(services, who, known, "consents")
    ids = {known, customer_id, *published.records_of(known)}
    query = select(CONSENT_STATEMENTS).where(CONSENT_STATEMENTS.c.customer_id.in_(sorted(ids)))
    with services.state.engine.connect() as connection:
        ordered = query.order_by(CONSENT_STATEMENTS.c.given_at, CONSENT_STATEMENTS.c.id)
        said = [{k: v for k, v in row._mapping.items() if k != "id"} for row in connection.execute(ordered)]
    return answer(request, {"customer_id": known, "holds": published.rows("consents", known), "said": said})


@router.post("/v1/privacy/consents", summary="Note what a customer said", response_model=Said, status_code=201)
def state(request: Request, services: Served, who: PrivacyOfficer, said: Said) -> Response:
    """Note a statement of consent, which is never changed: who thinks otherwise states it anew."""
    known = _known(services, who, said.customer_id)
    zone = ZoneInfo(services.settings.timezone)
    given_at = said.given_at or services.clock()
    if given_at.tzinfo is not None:
        given_at = given_at.astimezone(zone).replace(tzinfo=None)
    statement = Statement(**(said.model_dump() | {"given_at": given_at}))
    facts = {"purpose": said.purpose, "channel": said.channel, "status": said.status}
    with writing(services.state.engine) as connection:
        write_statements(connection, [statement], today=today_of(services))
        subject = pseudonym(connection, known)
        append(connection, actor=who.actor, action="consent.stated", subject=subject, facts=facts, now=services.clock())
    return answer(request, said.model_dump() | {"given_at": given_at.replace(tzinfo=zone)}, status=201)


@router.get(
    "/v1/privacy/requests", summary="The requests of persons", response_model=page_of(RequestFacts, "RequestsPage")
)
def requests(
    request: Request, services: Served, who: PrivacyOfficer, page: AskedPage,
    late: Annotated[bool | None, Query(description="Only those that are late, or only the others.")] = None,
) -> Response:  # fmt: skip
    """Return every request, in the order in which they came."""
    today = today_of(services)
    rows = [_request(one, today) for one in _register(services, who).all()]
    asked = [row for row in rows if late is None or row["late"] is late]
    seen = [row for row in asked if who.rows is None or who.sees({"customer_id": row["subject"]})]
    found, following = cut(seen, lambda row: (int(row["request_id"][2:]),), page)
    audit_read(services, who, [row["subject"] for row in found if not is_pseudonym(row["subject"])], "requests")
    return answer(request, {"rows": found, "next": following})


@router.post("/v1/privacy/requests", summary="Take in a request", response_model=RequestFacts, status_code=201)
def open_request(request: Request, services: Served, who: PrivacyOfficer, asked: ToOpen) -> Response:
    """Take in a request; what it exercises holds from the day on which it came."""
    known = _known(services, who, asked.customer_id)
    today = today_of(services)
    made = _register(services, who).open(
        asked.kind, known, known=True, law=asked.law, received_on=asked.received_on or today, now=services.clock()
    )
    return answer(request, _request(made, today), status=201)


@router.post("/v1/privacy/requests/{request_id}/answer", summary="Note an answer", response_model=RequestFacts)
def answer_request(
    request: Request, services: Served, who: PrivacyOfficer, request_id: RequestId, given: ToAnswer
) -> Response:
    """Note that a request was answered, refused or given its longer period. Nobody is erased by words alone."""
    today = today_of(services)
    book, on = _register(services, who), given.on or today
    found = book.find(request_id)
    if who.rows is not None and not who.sees({"customer_id": found.subject}):
        raise refused(404, "read.no_such")
    if given.answer == "done" and found.kind == "erasure":
        raise refused(409, "read.erasure")
    acts: dict[str, Callable[[], Asked]] = {
        "done": lambda: book.close(request_id, on=on, now=services.clock(), note=given.note),
        "extended": lambda: book.extend(request_id, on=on, now=services.clock()),
        "refused": lambda: book.refuse(
            request_id, reason=given.reason or "", on=on, now=services.clock(), note=given.note  # type: ignore[arg-type]
        ),
    }  # fmt: skip
    return answer(request, _request(acts[given.answer](), today))


@router.get("/v1/privacy/audit", summary="Whether the audit is whole", response_model=AuditState)
def audit(request: Request, services: Served, who: PrivacyOfficer) -> Response:  # noqa: ARG001
    """Read the whole chain, and say where it was first edited."""
    found = verify(services.state)
    facts = {"intact": found.intact, "entries": found.entries, "head": str(found.head), "sentence": found.sentence}
    return answer(request, facts)


@router.get(
    "/v1/privacy/audit/entries", summary="Who did what, and when", response_model=page_of(AuditEntry, "AuditPage")
)
def entries(
    request: Request, services: Served, who: PrivacyOfficer, page: AskedPage,  # noqa: ARG001
    action: Annotated[str | None, Query(max_length=100, description="Only acts of this name.")] = None,
) -> Response:  # fmt: skip
    """Return the audit's entries, the newest first."""
    query = select(*(AUDIT.c[name] for name in AuditEntry.model_fields))
    if action is not None:
        query = query.where(AUDIT.c.action == action)
    after = page.after
    if after is not None:
        if len(after) != 1 or not isinstance(after[0], int):
            raise refused(422, "read.cursor")
        query = query.where(AUDIT.c.number < after[0])
    with services.state.engine.connect() as connection:
        found = connection.execute(query.order_by(AUDIT.c.number.desc()).limit(page.limit + 1))
        rows = [{**row._mapping, "facts": json.loads(row.facts)} for row in found]
    more, rows = len(rows) > page.limit, rows[: page.limit]
    return answer(request, {"rows": rows, "next": cursor_after((rows[-1]["number"],)) if more else None})


def _register(services: Services, who: Who) -> Register:
    return Register(services.state, who.actor)


def _request(one: Asked, today: date) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in RequestFacts.model_fields if name != "late"}
    return {**told, "late": one.late(today)}


def _known(services: Services, who: Who, asked: str) -> str:
    """Return the customer to whom an id belongs, also one whom only events know; of nobody nothing is noted.

    Raises
    ------
    Refused
        Nobody is known by it, or somebody whom the asker may not see.
    """
    try:
        known = services.published().customer_of(asked)
    except RunError:
        known = None
    if known is None and any(one.total for one in held_of(services.project, asked).values()):
        known = asked
    if known is None or not who.sees({"customer_id": known}):
        raise refused(404, "read.no_customer")
    return known
