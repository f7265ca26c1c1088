"""What was begun with customers: frozen lists, experiments, triggers, and the messages that were decided on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import and_, or_, select

from patron.decisions.triggers.trigger import Trigger
from patron.engines.experiment_state import Registered
from patron.engines.experiment_state import experiments as registered
from patron.engines.moments import aware
from patron.engines.state import FrozenAudience
from patron.engines.timer_tables import SENDS
from patron.engines.trigger_state import trigger_events
from patron.pipeline.trigger_states import standing_triggers
from patron.server.access import audit_read
from patron.server.answer import UNCHANGED, answer
from patron.server.asking import Analyst, Viewer, check_whole, figures_of, today_of
from patron.server.pages import AskedPage, Place, cursor_after, cut
from patron.server.refused import refused
from patron.server.request import Served
from patron.server.services import Services
from patron.server.shapes import page_of

router = APIRouter(tags=["actions"], responses=UNCHANGED)

Name = Annotated[str, Path(min_length=1, max_length=200, description="Its name.")]
OfTrigger = Annotated[str | None, Query(max_length=200, description="Only those of this trigger.")]
Outcome = Annotated[str | None, Query(max_length=50, description="Only those of this outcome.", examples=["waiting"])]
OfCustomer = Annotated[str | None, Query(max_length=200, description="Only those to this customer.")]


class Audience(BaseModel):
    """A list that was frozen. Counts of too few people are withheld."""

    name: str = Field(description="Its name.")
    segmentation: str = Field(description="Which way of dividing.")
    segment: str = Field(description="Whom it holds.")
    purpose: str = Field(description="What it may be used for.")
    assigned_on: date = Field(description="When it was frozen.")
    run_id: str = Field(description="The run that it is of.")
    unit: str = Field(description="What was drawn: customers or households.")
    holdout: float = Field(description="Planned share of the control group.")
    programme: str | None = Field(description="The programme that it belongs to.")
    published: bool = Field(description="Whether its file stands where it was asked for.")
    treated: int | None = Field(description="How many are on it.")
    control: int | None = Field(description="How many were held out.")


class Arm(BaseModel):
    """One arm of an experiment."""

    arm: str
    share: float = Field(description="Planned.")
    customers: int | None = Field(description="How many; withheld where they are too few.")


class Experiment(BaseModel):
    """An experiment, as it was registered."""

    name: str = Field(description="Its name.")
    segment: str = Field(description="Among whom.")
    unit: str = Field(description="What was drawn.")
    run_id: str = Field(description="The run that it is of.")
    started_on: date
    ends_on: date
    stopped_on: date | None
    stop_reason: str | None
    arms: list[Arm] = Field(description="The control first.")


class ExperimentRead(BaseModel):
    """An experiment, and what the published run reads of it."""

    experiment: Experiment
    effects: list[dict[str, Any]] = Field(description="Rows of the table `effects`, over all of its customers.")
    findings: list[dict[str, Any]] = Field(description="Rows of the table `experiment_findings`.")


class TriggerNow(BaseModel):
    """A trigger, sequence or campaign of the settings, and how it stands."""

    trigger: str = Field(description="Its name.")
    form: str = Field(description="`trigger`, `sequence` or `campaign`.")
    state: str = Field(description="`draft`, `pilot`, `scaled`, `paused` or `retired`.")
    iteration: int = Field(description="Which one, from 1.")
    signal: str | None = Field(description="What it answers.")
    action: str = Field(description="What is done.")
    read: dict[str, Any] | None = Field(description="Its row of the table `triggers`; none before a run knows it.")


class SendNow(BaseModel):
    """A message that was decided on as something happened."""

    send_id: str
    customer_id: str
    trigger: str
    iteration: int
    step: str | None
    channel: str
    subject_kind: str
    subject: str
    offer: str | None
    variant: str | None
    decided_at: datetime
    send_at: datetime | None
    expires_at: datetime
    outcome: str
    reason: str | None
    held_by: str | None


@router.get("/v1/audiences", summary="The lists that were frozen", response_model=page_of(Audience, "AudiencesPage"))
def audiences(request: Request, services: Served, who: Viewer, page: AskedPage) -> Response:
    """Return every list, by the day on which it was frozen."""
    check_whole(who)
    rows = [_audience(one, services) for one in services.state.audiences()]
    found, following = cut(rows, lambda row: (row["assigned_on"], row["name"]), page)
    return answer(request, {"rows": found, "next": following})


@router.get("/v1/audiences/{name}", summary="One list", response_model=Audience)
def audience(request: Request, services: Served, who: Viewer, name: Name) -> Response:
    """Return one frozen list. Its customers are in its file alone."""
    check_whole(who)
    found = services.state.audience(name)
    if found is None:
        raise refused(404, "read.no_such")
    return answer(request, _audience(found, services))


@router.get("/v1/experiments", summary="The experiments", response_model=page_of(Experiment, "ExperimentsPage"))
def experiments(request: Request, services: Served, who: Viewer, page: AskedPage) -> Response:
    """Return every experiment, by the day on which it began."""
    check_whole(who)
    rows = sorted(
        (_experiment(one, services) for one in registered(services.state)),
        key=lambda row: (row["started_on"], row["name"]),
    )
    found, following = cut(rows, lambda row: (row["started_on"], row["name"]), page)
    return answer(request, {"rows": found, "next": following})


@router.get("/v1/experiments/{name}", summary="One experiment and its effects", response_model=ExperimentRead)
def experiment(request: Request, services: Served, who: Viewer, name: Name) -> Response:
    """Return one experiment, and what the published run reads of it."""
    check_whole(who)
    found = next((one for one in registered(services.state) if one.name == name), None)
    if found is None:
        raise refused(404, "read.no_such")
    figures = figures_of(services, who)
    read = {
        part: [row for row in figures.shown(table).rows if row["experiment"] == name]
        for part, table in (("effects", "effects"), ("findings", "experiment_findings"))
    }
    return answer(request, {"experiment": _experiment(found, services), **read})


@router.get(
    "/v1/triggers", summary="The triggers and how they stand", response_model=page_of(TriggerNow, "TriggersPage")
)
def triggers(request: Request, services: Served, who: Viewer, page: AskedPage) -> Response:
    """Return the triggers, sequences and campaigns of the settings, as they stand today."""
    check_whole(who)
    standing = standing_triggers(services.settings, trigger_events(services.state), as_of=today_of(services))
    known = {row["trigger"]: row for row in figures_of(services, who).shown("triggers").rows}
    rows = [_trigger(one, known) for one in sorted(standing, key=lambda one: one.name)]
    found, following = cut(rows, lambda row: (row["trigger"],), page)
    return answer(request, {"rows": found, "next": following})


@router.get("/v1/sends", summary="Messages that were decided on", response_model=page_of(SendNow, "SendsPage"))
def sends(
    request: Request, services: Served, who: Analyst, page: AskedPage, trigger: OfTrigger = None,
    outcome: Outcome = None, customer_id: OfCustomer = None,
) -> Response:  # fmt: skip
    """Return the messages that live triggers decided on, the newest first, with who was held out and who refused.

    A page may hold fewer rows than asked for where the asker may not see all customers.
    """
    asked = {"trigger": trigger, "outcome": outcome, "customer_id": customer_id}
    own = [SENDS.c[name] == value for name, value in asked.items() if value is not None]
    query = select(*(SENDS.c[name] for name in SendNow.model_fields)).where(*own, *_before(page.after))
    ordered = query.order_by(SENDS.c.decided_at.desc(), SENDS.c.send_id.desc()).limit(page.limit + 1)
    with services.state.engine.connect() as connection:
        rows = [dict(row._mapping) for row in connection.execute(ordered)]
    more, rows = len(rows) > page.limit, rows[: page.limit]
    seen = [_in_utc(row) for row in rows if who.sees({"customer_id": row["customer_id"]})]
    audit_read(services, who, [row["customer_id"] for row in seen], "sends")
    following = cursor_after((rows[-1]["decided_at"], rows[-1]["send_id"])) if more else None
    return answer(request, {"rows": seen, "next": following})


def _in_utc(row: dict[str, Any]) -> dict[str, Any]:
    """Return a message whose moments say that they are in UTC."""
    return {name: aware(value) if isinstance(value, datetime) else value for name, value in row.items()}


def _before(after: Place | None) -> list[Any]:
    """Return the condition that a message comes after a place of the list, which is older."""
    if after is None:
        return []
    if len(after) != 2 or not isinstance(after[0], datetime) or not isinstance(after[1], str):
        raise refused(422, "read.cursor")
    decided_at, send_id = after
    same = and_(SENDS.c.decided_at == decided_at, SENDS.c.send_id < send_id)
    return [or_(SENDS.c.decided_at < decided_at, same)]


def _trigger(one: Trigger, known: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "trigger": one.name, "form": one.form, "state": one.state, "iteration": one.iteration, "signal": one.signal,
        "action": one.action, "read": known.get(one.name),
    }  # fmt: skip


def _audience(one: FrozenAudience, services: Services) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in Audience.model_fields}
    return told | {name: _told(told[name], services) for name in ("treated", "control")}


def _experiment(one: Registered, services: Services) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in Experiment.model_fields if name != "arms"}
    arms = [{"arm": arm.arm, "share": arm.share, "customers": _told(arm.customers, services)} for arm in one.arms]
    return {**told, "arms": arms}


def _told(people: int, services: Services) -> int | None:
    """Return a count, unless it is about too few."""
    return people if not people or people >= services.settings.privacy.smallest_cell else None
