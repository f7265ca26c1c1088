"""What to do with somebody who is here now: in the places of a page, an app or a conversation; and the next action."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from patron.decisions.on_request import Placement, read_choices
from patron.engines.decision_log_state import decisions_since
from patron.engines.moments import stored
from patron.language import say
from patron.pipeline.next_said import said_next
from patron.privacy import Purpose
from patron.server.access import Permission, Who, needs
from patron.server.access.audit import audit_read
from patron.server.answer import answer, written
from patron.server.asking import Viewer, check_whole, seen_customer
from patron.server.decisions.answering import NEXT, Asked, answer_placements, logged, what_next
from patron.server.decisions.counter import Counter
from patron.server.decisions.log import DecisionLog
from patron.server.decisions.subject import Subject, subject_of
from patron.server.decisions.worded import sent
from patron.server.refused import refused
from patron.server.request import Served
from patron.server.services import Services

router = APIRouter(tags=["decisions"])

Decider = Annotated[Who, Depends(needs(Permission.DECIDE))]
"""Who may ask what to do with a customer."""

PLAIN = r"^[^\x00-\x1f\x7f]+$"
Word = Annotated[str, Field(min_length=1, max_length=200, pattern=PLAIN)]
Id = Annotated[str, Field(min_length=1, max_length=512, pattern=PLAIN)]
Gpc = Annotated[str | None, Header(alias="Sec-GPC", description="Global Privacy Control: 1 refuses sale and sharing.")]

READ_AT_ONCE = 100_000
"""Decisions that one reading rests on at most: the first of its days."""


class PlacementAsked(BaseModel):
    """One place to fill."""

    model_config = ConfigDict(extra="forbid")

    name: Word = Field(description="Its name: what is learned of it is learned by this name.", examples=["home"])
    kind: Literal["message", "offer", "products", "banner"] = Field(description="What is shown there.")
    n: int = Field(1, ge=1, le=50, description="How many products.")
    options: list[Word] = Field(
        default_factory=list, max_length=20, description="The names of the banners that the page has for it."
    )

    @model_validator(mode="after")
    def _fits(self) -> PlacementAsked:
        if self.kind == "banner" and not self.options:
            raise ValueError(say("on_request.no_banners"))
        return self


class Context(BaseModel):
    """Where it is shown."""

    model_config = ConfigDict(extra="forbid")

    product_id: Word | None = Field(None, description="The product that the page is about.")
    category: Word | None = Field(None, description="The category that the page is about.")
    exclude: list[Word] = Field(default_factory=list, max_length=500, description="Products that are not to be shown.")
    session_id: Id | None = Field(None, description="The visit, where several people share a browser.")


class DecisionsAsked(BaseModel):
    """Who is asked about, and what is to be filled."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "user_id": "C000001", "placements": [{"name": "home", "kind": "products", "n": 4}],
                    "context": {"category": "tea"},
                }
            ]
        },
    )  # fmt: skip

    user_id: Id | None = Field(None, description="The shop's own id of a customer.")
    anonymous_id: Id | None = Field(None, description="The browser or installation.")
    customer_id: Id | None = Field(None, description="The customer's id in Patron's tables.")
    placements: list[PlacementAsked] = Field(min_length=1, max_length=20, description="What is to be filled.")
    context: Context = Field(default_factory=Context)
    purpose: Literal["profiling", "advertising"] = Field(
        "profiling", description="What the places are for: the shop's own pages, or advertising for others."
    )
    request_id: Word | None = Field(
        None, description="A name of this request: asked again with it, the same is given and written down once."
    )

    @model_validator(mode="after")
    def _whole(self) -> DecisionsAsked:
        names = [one.name for one in self.placements]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(say("on_request.twice", came=twice))
        return self


class ProductGiven(BaseModel):
    """A product, and why it is there."""

    product_id: str
    name: str | None
    category: str | None
    price: float | None = Field(description="What a unit is sold for on average, in the shop's currency.")
    chance: float | None = Field(description="That it is in the next basket; of popular ones, the share who buy it.")
    why: str


class DecisionGiven(BaseModel):
    """What one placement gets."""

    decision_id: str = Field(description="Send it back with the events Decision Shown and Decision Clicked.")
    placement: str
    kind: str
    outcome: Literal["given", "held_out", "nothing"] = Field(
        description="`held_out`: show what you would show without Patron, so that the difference can be measured."
    )
    choice: str | None = Field(description="What was chosen among several: a trigger, a product, a banner.")
    propensity: float = Field(description="With which chance it was chosen.")
    personal: bool = Field(description="Whether it was made for this person.")
    not_personal: str | None = Field(description="Why not, in words.")
    trigger: str | None
    action: str | None
    subject: str | None
    offer: str | None
    discount: float | None
    price: float | None
    variant: str | None
    variant_propensity: float | None
    until: date | None
    products: list[ProductGiven]
    reason: str
    sentence: str = Field(description="Why, in words.")


class DecisionsGiven(BaseModel):
    """What is to be shown."""

    customer_id: str | None = Field(description="Who it is, where the published run knows her.")
    run_id: str
    as_of: date
    decisions: list[DecisionGiven]


class NextGiven(BaseModel):
    """What to do next for one customer: a row of the table `next_actions`, judged again by what holds now."""

    model_config = ConfigDict(extra="allow")

    decision_id: str
    customer_id: str
    does: str = Field(description="send, wait, held_out, refused, suggested or nothing.")
    sentence: str = Field(description="The same in words.")


class ReadingGiven(BaseModel):
    """What one rule of choosing would have brought in one placement."""

    placement: str
    rule: str = Field(description="`drawn`: as it was done; `best`: always the likeliest choice; `even`: each alike.")
    decisions: int
    people: int
    value: float | None = Field(description="Share of the decisions that would have been answered.")
    low: float | None = Field(description="Lower end of its 95 % interval.")
    high: float | None = Field(description="Upper end.")
    finding: str = Field(description="`read`, or why it cannot be read: `too_few`, `no_spread`.")


class ReadingsGiven(BaseModel):
    """What was learned of placements."""

    rows: list[ReadingGiven]


@router.post("/v1/decisions", summary="What to show somebody in each place", response_model=DecisionsGiven)
async def decide(asked: DecisionsAsked, services: Served, who: Decider, gpc: Gpc = None) -> Response:
    """Fill the placements of a page, an app or a conversation, for a customer, a user or a browser."""
    return await services.part(Counter).in_turn(decided, asked, services, who, gpc)


def decided(asked: DecisionsAsked, services: Services, who: Who, gpc: str | None) -> Response:
    """Return the answer to one request; in a thread that decides.

    Raises
    ------
    Refused
        Nobody is asked about, or somebody whom the asker may not see; or decisions cannot be written down now.
    """
    ids = {"user_id": asked.user_id, "anonymous_id": asked.anonymous_id, "customer_id": asked.customer_id}
    if not any(ids.values()):
        raise refused(422, "on_request.nobody")
    subject = _subject(services, ids, session_id=asked.context.session_id, gpc=gpc == "1")
    _check_seen(who, subject)
    wanted = Asked(
        asked_by=who.actor, ids=ids, placements=[_placement(one, asked.context) for one in asked.placements],
        purpose=Purpose(asked.purpose), repeat=asked.request_id, left_out=asked.context.exclude,
    )  # fmt: skip
    made = answer_placements(wanted, subject, services.part(Counter))
    services.part(DecisionLog).put([logged(one, wanted, subject) for one in made])
    run, contact = subject.standing.published, services.settings.contact
    content = {
        "customer_id": subject.customer_id, "run_id": run.run_id, "as_of": run.as_of,
        "decisions": [sent(one, contact=contact, currency=run.run.manifest.currency) for one in made],
    }  # fmt: skip
    return Response(written(content), media_type="application/json")


@router.get("/v1/customers/{customer_id}/next", summary="What to do next for a customer", response_model=NextGiven)
def next_of_customer(
    request: Request, services: Served, who: Decider,
    customer_id: Annotated[
        str, Path(min_length=1, max_length=200, description="Her id, or that of any record.", examples=["C000001"])
    ],
) -> Response:  # fmt: skip
    """Return the next action as the run decided it, unless something has come between: an order, a no, a hold-out."""
    known = seen_customer(services.published(), who, customer_id)
    return _next(request, services, who, {"customer_id": known, "user_id": None, "anonymous_id": None})


@router.get("/v1/next", summary="What to do next for whoever is behind an id", response_model=NextGiven)
def next_of_visitor(
    request: Request, services: Served, who: Decider,
    user_id: Annotated[str | None, Query(max_length=512, description="The shop's own id of a customer.")] = None,
    anonymous_id: Annotated[str | None, Query(max_length=512, description="The browser or installation.")] = None,
) -> Response:  # fmt: skip
    """Return the next action for the customer behind a user's or a browser's id."""
    if not (user_id or anonymous_id):
        raise refused(422, "on_request.nobody")
    return _next(
        request, services, who, {"customer_id": None, "user_id": user_id or None, "anonymous_id": anonymous_id or None}
    )


@router.get("/v1/decisions/results", summary="What other rules of choosing would have brought",
            response_model=ReadingsGiven)  # fmt: skip
def results(
    request: Request, services: Served, who: Viewer,
    answered: Annotated[
        Literal["clicked", "ordered"], Query(description="What counts as an answer.")
    ] = "clicked",
    days: Annotated[int, Query(ge=1, le=3650, description="Of the last so many days.")] = 28,
    placement: Annotated[str | None, Query(max_length=200, description="Of one placement alone.")] = None,
) -> Response:  # fmt: skip
    """Read off the logged choices, each with its chance, what the best choice or an even one would have brought."""
    check_whole(who)
    since = stored(services.clock() - timedelta(days=days))
    with services.state.engine.connect() as connection:
        rows = [
            {**row, "person": _person(row), "answered": row[f"{answered}_at"] is not None}
            for row in decisions_since(connection, since, placement=placement, limit=READ_AT_ONCE)
            if row["outcome"] == "given"
        ]
    least = services.settings.privacy.smallest_cell
    found = [vars(one) for one in read_choices(rows) if one.people >= least]
    return answer(request, {"rows": found})


def _next(request: Request, services: Services, who: Who, ids: dict[str, str | None]) -> Response:
    subject = _subject(services, ids)
    _check_seen(who, subject)
    if subject.customer_id is None:
        raise refused(404, "on_request.not_seen")
    audit_read(services, who, subject.customer_id, "next")
    asked = Asked(asked_by=who.actor, ids=ids, placements=[Placement(name=NEXT, kind=NEXT)])
    row, made = what_next(asked, subject)
    services.part(DecisionLog).put([logged(made, asked, subject)])
    currency = subject.standing.published.run.manifest.currency
    sentence = said_next(row, services.settings.contact, currency=currency)
    return answer(request, {**row, "decision_id": made.decision_id, "sentence": sentence})


def _subject(
    services: Services, ids: dict[str, str | None], *, session_id: str | None = None, gpc: bool = False
) -> Subject:
    standing, now = services.part(Counter).standing(), services.clock()
    with services.state.engine.connect() as connection:
        return subject_of(connection, standing, now=now, gpc=gpc, session_id=session_id, **ids)


def _check_seen(who: Who, subject: Subject) -> None:
    """Refuse a customer whom the asker may not see; somebody unknown is seen by those who may see all."""
    row: dict[str, Any] = {} if subject.customer_id is None else {"customer_id": subject.customer_id}
    if not who.sees(row):
        raise refused(404, "on_request.not_seen")


def _placement(one: PlacementAsked, context: Context) -> Placement:
    return Placement(
        name=one.name, kind=one.kind, n=one.n, options=tuple(dict.fromkeys(one.options)),
        product_id=context.product_id, category=context.category,
    )  # fmt: skip


def _person(row: dict[str, Any]) -> str:
    """Return who a decision was for; whoever is not known is somebody else each time."""
    return str(row["customer_id"] or row["user_id"] or row["anonymous_id"] or row["decision_id"])
