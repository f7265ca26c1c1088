"""What destinations tell of what was delivered: one route for all, each believed by its own signature."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from patron.activation.delivery import Called, FeedbackReader, Told
from patron.errors import AccessError
from patron.pipeline.hearing import hear
from patron.server.access.access import Access
from patron.server.access.needs import address_of, check_stranger
from patron.server.refused import refused
from patron.server.request import Served
from patron.server.services import Services

router = APIRouter(tags=["actions"])

LARGEST = 1024 * 1024  # bytes

Name = Annotated[str, Path(description="What the settings call the destination.", examples=["texts"])]

_UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, RecursionError)
"""What reading something that is in no form ends in, where its reader did not expect it."""


@router.post(
    "/v1/feedback/{destination}",
    summary="What a destination tells of what was delivered",
    status_code=204,
    response_class=Response,
    responses={204: {"description": "It was written down, or is about nothing of ours."}},
    openapi_extra={
        "requestBody": {
            "description": "In the destination's own format, signed as it signs.",
            "content": {
                "application/json": {"schema": {"type": "object", "additionalProperties": True}},
                "application/x-www-form-urlencoded": {"schema": {"type": "object", "additionalProperties": True}},
            },
        }
    },
)
async def feedback(request: Request, services: Served, destination: Name) -> Response:
    """Take what a destination tells: delivered, opened, clicked, bounced, complained, unsubscribed.

    There is no token: the request is believed by the destination's signature alone. The same told twice is one.
    """
    access = services.part(Access)
    check_stranger(request, access)
    section = services.settings.destinations.get(destination)
    reader = None if section is None else section.reader(destination)
    if reader is None:
        raise refused(404, "feedback.nobody", came=destination)
    body = await request.body()
    if len(body) > LARGEST:
        raise refused(413, "feedback.too_large")
    called = Called(
        method=request.method, url=str(request.url), headers=dict(request.headers), body=body, now=services.clock()
    )
    try:
        told = _read(reader, called)
    except AccessError as error:
        access.strangers.wait(address_of(request))
        raise refused(401, "feedback.unsigned") from error
    await run_in_threadpool(_heard, services, told, destination, called)
    return Response(status_code=204)


def _read(reader: FeedbackReader, called: Called) -> list[Told]:
    """Return what is told.

    Raises
    ------
    AccessError
        It is not signed as it should be.
    Refused
        422: it cannot be read.
    """
    try:
        return list(reader.read(called))
    except _UNREADABLE as error:  # a ContractError is a ValueError
        raise refused(422, "feedback.unreadable") from error


def _heard(services: Services, told: list[Told], destination: str, called: Called) -> None:
    hear(services.project, services.state, told, destination=destination, now=called.now)
