"""One customer: who she is, what is expected of her, and what is to be done. Every read stands in the audit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from patron.client.answers import Customer
from patron.language import did_you_mean
from patron.pipeline.customer_view import customer_view
from patron.pipeline.known_by import Sign, known_by
from patron.pipeline.serving import Published
from patron.server.access import Who, audit_read
from patron.server.answer import UNCHANGED, answer
from patron.server.asking import Analyst, seen_customer
from patron.server.figures import FigureBook
from patron.server.live import person
from patron.server.pages import AskedPage, Paged, cursor_after, cut
from patron.server.refused import refused
from patron.server.request import Served
from patron.server.services import Services
from patron.server.shapes import page_of

router = APIRouter(tags=["customers"], responses=UNCHANGED)

CustomerId = Annotated[
    str, Path(min_length=1, max_length=200, description="Her id, or that of any record of hers.", examples=["C000001"])
]
Email = Annotated[str | None, Query(max_length=320, description="An e-mail address.", examples=["ann@example.com"])]
Phone = Annotated[str | None, Query(max_length=100, description="A telephone number, best with its country.")]
Segmentation = Annotated[
    str, Path(min_length=1, max_length=200, description="Which way of dividing.", examples=["rfm"])
]
Segment = Annotated[str, Path(min_length=1, max_length=200, description="The segment's name.", examples=["champions"])]

PROFILES = page_of(dict[str, Any], "ProfilesPage")

SINCE = ("kind", "event", "occurred_at", "product_id", "order_id", "amount", "currency", "channel", "decision_id")
"""What is told of an event since the run."""


@router.get("/v1/customers", summary="Who is known by an address or a number", response_model=PROFILES)
def customers(
    request: Request, services: Served, who: Analyst, page: AskedPage, email: Email = None, phone: Phone = None
) -> Response:
    """Return the profiles of the customers who are known by an e-mail address or a telephone number."""
    if (email is None) == (phone is None):
        raise refused(422, "read.one_sign")
    published = services.published()
    kind: Sign = "email" if email is not None else "phone"
    known = known_by(
        published.table("identifiers"), published.table("links"), kind=kind, text=email or phone or "",
        settings=services.settings.identity,
    )  # fmt: skip
    seen = [one for one in known if who.sees({"customer_id": one})]
    found, following = cut([{"customer_id": one} for one in seen], _place, page)
    return _profiles(request, services, who, [row["customer_id"] for row in found], following)


@router.get("/v1/customers/{customer_id}", summary="Everything about one customer", response_model=Customer)
def customer(request: Request, services: Served, who: Analyst, customer_id: CustomerId) -> Response:
    """Return the published run's view of a customer, and what happened since."""
    published = services.published()
    known = seen_customer(published, who, customer_id)
    audit_read(services, who, known, "profile")
    titles = services.part(FigureBook).of(published.run).titles
    view = customer_view(published, known, settings=services.settings, titles=titles)
    facts = {
        "customer_id": known, "run_id": published.run_id, "as_of": published.as_of,
        "currency": published.run.manifest.currency,
    }  # fmt: skip
    return answer(request, {**facts, **view, "live": _live(services, published, known)})


@router.get(
    "/v1/segments/{segmentation}/{segment}/customers", summary="The customers of a segment", response_model=PROFILES
)
def members(
    request: Request, services: Served, who: Analyst, page: AskedPage, segmentation: Segmentation, segment: Segment
) -> Response:
    """Return the profiles of a segment's customers, by their ids."""
    published = services.published()
    found, following = _members(published, who, segmentation, segment, page)
    if not found:
        _check_segment(services.part(FigureBook).of(published.run).segments, segmentation, segment)
    return _profiles(request, services, who, found, following)


def _check_segment(known: Mapping[str, Collection[str]], segmentation: str, segment: str) -> None:
    """Refuse a segment that the run does not know.

    Raises
    ------
    Refused
        With what was meant, perhaps.
    """
    if segmentation not in known:
        hint = did_you_mean(segmentation, known)
        raise refused(404, "read.no_segment", came=f"{segmentation}/{segment}", hint=hint)
    if segment not in known[segmentation]:
        hint = did_you_mean(segment, known[segmentation])
        raise refused(404, "read.no_segment", came=f"{segmentation}/{segment}", hint=hint)


def _members(
    published: Published, who: Who, segmentation: str, segment: str, page: Paged
) -> tuple[list[str], str | None]:
    """Return a page of the ids of a segment's customers, which the engine counts off; and the next cursor."""
    table = published.table("memberships")
    own = who.rows_of(table.filter((table.segmentation == segmentation) & (table.segment == segment)))
    after = page.after
    if after is not None:
        if len(after) != 1 or not isinstance(after[0], str):
            raise refused(422, "read.cursor")
        own = own.filter(own.customer_id > after[0])
    rows = own.select("customer_id").order_by("customer_id").limit(page.limit + 1).to_pyarrow().to_pylist()
    ids = [row["customer_id"] for row in rows]
    more = len(ids) > page.limit
    return ids[: page.limit], cursor_after((ids[page.limit - 1],)) if more else None


def _profiles(
    request: Request, services: Services, who: Who, ids: list[str], following: str | None
) -> Response:  # fmt: skip
    """Return the profiles of customers, after their reading stands in the audit."""
    audit_read(services, who, ids, "profile")
    published = services.published()
    rows = [published.row("profiles", one) or {"customer_id": one} for one in ids]
    return answer(request, {"rows": rows, "next": following})


def _live(services: Services, published: Published, customer_id: str) -> dict[str, Any] | None:
    """Return what happened since the run: what of the profile is another now, and the events."""
    with services.state.engine.connect() as connection:
        now = person(connection, published, customer_id=customer_id, now=services.clock())
    if not now.since:
        return None
    profile = published.row("profiles", customer_id) or {}
    changed = {name: value for name, value in now.row.live.items() if profile.get(name) != value}
    since = [{name: getattr(event, name) for name in SINCE} for event in now.since]
    return {"columns": changed, "since": since, "cart": dict(now.cart), "gpc": now.gpc}


def _place(row: Any) -> tuple[str]:
    return (row["customer_id"],)
