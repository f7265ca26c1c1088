"""How delivery stands: what waits for each destination, what came of the rest, and what holds it up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from patron.pipeline.destination_overview import DestinationNow, Health, overview
from patron.server.answer import UNCHANGED, answer
from patron.server.asking import Operator, check_whole
from patron.server.pages import AskedPage, cut
from patron.server.request import Served
from patron.server.shapes import page_of

router = APIRouter(tags=["actions"], responses=UNCHANGED)


class DestinationFacts(BaseModel):
    """One destination."""

    destination: str = Field(description="What the settings call it.")
    type: str | None = Field(description="Its kind; none where the settings do not name it any more.")
    channels: list[str] = Field(description="By which channels messages leave there.")
    health: Health = Field(
        description="works; paused or draining, as a person said; held, as it asked itself; open (left alone, because "
        "it failed several times), half_open (tried with one delivery); gone from the settings."
    )
    reason: str | None = Field(description="Of the last failure, or of what it asked for.", examples=["http_503"])
    open_until: datetime | None = Field(description="Nothing is handed over before.")
    failures: int = Field(description="How many calls failed one after the other.")
    next_due: datetime | None = Field(description="When the next delivery is due.")
    deliveries: dict[str, int] = Field(description="How many there are, by state.", examples=[{"waiting": 3}])
    reasons: dict[str, dict[str, int]] = Field(description="Why they are in that state, and how many.")


@router.get("/v1/deliveries", summary="How delivery stands", response_model=page_of(DestinationFacts, "DeliveriesPage"))
def deliveries(request: Request, services: Served, who: Operator, page: AskedPage) -> Response:
    """Return every destination with what waits for it, what came of the rest, and what holds it up."""
    check_whole(who)
    with services.state.engine.connect() as connection:
        found = overview(connection, services.settings.destinations, now=services.clock())
    rows = sorted(map(_facts, found), key=lambda row: str(row["destination"]))
    shown, following = cut(rows, lambda row: (row["destination"],), page)
    return answer(request, {"rows": shown, "next": following})


def _facts(one: DestinationNow) -> dict[str, Any]:
    return {
        "destination": one.name, "type": one.type, "channels": list(one.channels), "health": one.health,
        "reason": one.state.reason, "open_until": one.state.open_until, "failures": one.state.failures,
        "next_due": one.next_due, "deliveries": dict(one.deliveries), "reasons": one.reasons,
    }  # fmt: skip
