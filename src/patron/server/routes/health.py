"""Is the server alive, and can it work?"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from patron.errors import PatronError
from patron.server.parts import Checked
from patron.server.request import Served
from patron.server.services import Services

router = APIRouter(tags=["server"])

State = Literal["ok", "missing", "failing"]


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """What the server needs, and whether it is there."""

    ready: bool
    database: State
    run: State = Field(description="Whether a run is published; without one, events are taken in all the same.")
    parts: dict[str, State] = Field(description="What runs beside the requests in this process.")


@router.get("/health", summary="Whether the process answers", response_model=Health)
def health() -> Health:
    """Answer, and look at nothing else: a load balancer asks this often."""
    return Health()


@router.get(
    "/ready",
    summary="Whether the server can work",
    response_model=Ready,
    responses={503: {"model": Ready, "description": "The database or a part of the server does not answer."}},
)
def ready(services: Served, response: Response) -> Ready:
    """Look at the database, the published run, and what runs beside the requests."""
    parts: dict[str, State] = {
        kind.__name__: "ok" if part.alive() else "failing"
        for kind, part in services.parts.items()
        if isinstance(part, Checked)
    }
    database = _database(services)
    able = database == "ok" and "failing" not in parts.values()
    if not able:
        response.status_code = 503
    return Ready(ready=able, database=database, run=_run(services), parts=parts)


def _database(services: Services) -> State:
    try:
        with services.state.engine.connect() as connection:
            connection.execute(select(1))
    except SQLAlchemyError:
        return "failing"
    return "ok"


def _run(services: Services) -> State:
    if services.project.store.last_id() is None:
        return "missing"
    try:
        services.published()
    except PatronError:
        return "failing"
    return "ok"
