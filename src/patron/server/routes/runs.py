"""The runs that the project keeps: what each was made from, and which is published."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from patron.engines.store import Run
from patron.errors import RunError
from patron.server.answer import UNCHANGED, answer
from patron.server.asking import Viewer
from patron.server.pages import AskedPage, cut
from patron.server.refused import refused
from patron.server.request import Served
from patron.server.shapes import page_of

router = APIRouter(tags=["runs"], responses=UNCHANGED)

RunId = Annotated[str, Path(max_length=40, description="Which run.", examples=["20111209-0001"])]


class RunFacts(BaseModel):
    """One run."""

    run_id: str = Field(description="Its id.")
    as_of: date = Field(description="The last day that it knows.")
    made_at: datetime | None = Field(description="When it was published.")
    published: bool = Field(description="Whether it is the one that is read now.")
    only: str | None = Field(description="The step that was wanted, where it is no whole run.")
    replay_of: str | None = Field(description="The run that this one made again.")
    compared_with: str | None = Field(description="The earlier run that movements were measured against.")
    currency: str = Field(description="The currency of all amounts.")
    horizon_days: int = Field(description="How far ahead forecasts look.")
    rows_in: int
    rows_kept: int
    rows_rejected: int
    seconds: float = Field(description="How long its steps took.")
    notes: list[str] = Field(description="What a person should know of how it was made.")


@router.get("/v1/runs", summary="The runs", response_model=page_of(RunFacts, "RunsPage"))
def runs(request: Request, services: Served, who: Viewer, page: AskedPage) -> Response:  # noqa: ARG001
    """Return every run that can be read, the newest first."""
    store = services.project.store
    last, newest_first = store.last_id(), list(reversed(store.readable()))
    order = {run.manifest.run_id: -_number(run) for run in newest_first}
    rows = [_facts(run, last) for run in newest_first]
    found, following = cut(rows, lambda row: (order[row["run_id"]],), page)
    return answer(request, {"rows": found, "next": following})


@router.get("/v1/runs/{run_id}", summary="One run", response_model=RunFacts)
def run(request: Request, services: Served, who: Viewer, run_id: RunId) -> Response:  # noqa: ARG001
    """Return one run."""
    store = services.project.store
    try:
        found = store.run(run_id)
    except RunError as error:
        raise refused(404, "read.no_such") from error
    return answer(request, _facts(found, store.last_id()))


def _facts(run: Run, published: str | None) -> dict[str, Any]:
    manifest = run.manifest
    own = ("published", "seconds")
    told = {name: getattr(manifest, name) for name in RunFacts.model_fields if name not in own}
    seconds = round(sum(step.seconds for step in manifest.steps.values()), 1)
    return {**told, "published": manifest.run_id == published, "seconds": seconds}


def _number(run: Run) -> int:
    """Return a run's running number, which grows with every run."""
    return int(run.manifest.run_id.rpartition("-")[2])
