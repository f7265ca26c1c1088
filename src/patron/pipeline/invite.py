"""Draw the sample of a survey from the published run, freeze it, and write the invitations.

The file is two things: what a survey tool sends by, and, named under ``sources.invitations``, what tells a later run
whose answer came back and who kept silent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from math import ceil
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.activation import Members, audience, members
from patron.activation.members import BOTH
from patron.activation.reachable import reachable
from patron.engines.run_folder import Run
from patron.engines.state import State
from patron.errors import NotEnoughData
from patron.experiments import invited_table
from patron.identity import with_customer
from patron.language import failure, number
from patron.pipeline.eligible import EVERYBODY, with_everyone
from patron.pipeline.guarding import guard_now
from patron.pipeline.project import Project
from patron.pipeline.voice_steps import asked_lately, sampled
from patron.privacy.pseudonymous import export_key
from patron.voice import SurveyQuestion, bands, questionnaire, stratified_sample
from patron.voice.sample import SALT
from patron.voice.surveys import TOTAL

COLUMNS = ("invitation_id", "customer_id", "asked_at", "survey", "channel", "segment", "questionnaire")
"""What a file of invitations says; the first five are those of the source `invitations`."""


@dataclass(frozen=True, kw_only=True)
class Invited:
    """A survey that was drawn."""

    name: str
    segment: str
    invited: int
    asked_lately: int  # who were left in peace
    expected_answers: int
    questions: tuple[SurveyQuestion, ...]
    file: Path


def invite(
    project: Project, *, segment: str, file: Path, today: date, name: str | None = None, people: int | None = None,
    channel: str | None = None, force: bool = False,
) -> Invited:  # fmt: skip
    """Invite customers of a segment to its survey.

    Parameters
    ----------
    project : Project
        With a published run.
    segment : str
        As for a list: ``rfm.champions``; or ``all``.
    file : Path
        Where the invitations go: ``.csv`` or ``.parquet``.
    today : date
        The day on which they are asked.
    name : str, optional
        What the survey is called; by default segment and day. A name can be used once.
    people : int, optional
        How many to invite; by default what the run's table `survey_plan` says.
    channel : str, optional
        By which way they are asked; without one only those whom every channel is open to.
    force : bool
        Replace `file` when it is there.

    Raises
    ------
    ArgumentError
        There is no such segment, the name is used, or nobody is to be drawn.
    NotEnoughData
        Nobody is left who may be asked today.
    RunError
        The file is there already, or cannot be written; no survey is remembered then.
    """
    run, connection = project.last(), project.connection
    tables = {
        table: run.table(table, connection)
        for table in ("memberships", "profiles", "forecasts", "survey_plan", "links", "raw_surveys", "raw_invitations")
    }
    chosen = members(
        with_everyone(tables["memberships"], tables["profiles"]), tables["profiles"], tables["forecasts"],
        segment=EVERYBODY if segment == TOTAL else segment, as_of=today, run_id=run.manifest.run_id,
    )  # fmt: skip
    plan = _plan(tables["survey_plan"], chosen)
    with project.state() as state:
        known = _guarded(chosen, run, project, state=state, channel=channel, today=today)
        allowed = reachable(known, purpose=project.settings.voice.purpose)
        rested = _rested(tables, state, as_of=today, rest_days=project.settings.voice.rest)
        free = allowed.anti_join(rested, "customer_id")
        left = _count(free)
        if not left:
            raise failure(
                NotEnoughData, "voice.nobody_left", segment=chosen.source, lately=number(_count(allowed)),
                days=project.settings.voice.rest,
            )  # fmt: skip
        size = ceil(plan["wanted"] / plan["expected_response"]) if people is None else people
        survey = name or f"survey-{chosen.segment.replace(BOTH, '-')}-{today:%Y-%m-%d}"
        drawn = stratified_sample(free, bands(tables["profiles"]), size=size, salt=SALT + survey)
        frozen = audience(
            _as_invitations(known, drawn, survey=survey, kind=plan["questionnaire"], key=export_key(project.own)),
            name=survey, file=file, state=state, holdout=0.0, purpose=project.settings.voice.purpose,
            salt=SALT + survey, force=force,
        )  # fmt: skip
    return Invited(
        name=survey, segment=chosen.source, invited=frozen.treated, asked_lately=_count(allowed) - left,
        expected_answers=round(frozen.treated * plan["expected_response"]),
        questions=questionnaire(plan["questionnaire"]), file=file,
    )  # fmt: skip


def _plan(plan: ir.Table, chosen: Members) -> dict[str, Any]:
    """Return the plan of the segment; that of all customers where it has none, as an overlap of several."""
    rows = {(row["segmentation"], row["segment"]): row for row in plan.to_pyarrow().to_pylist()}
    if not rows:
        raise failure(NotEnoughData, "voice.no_plan")
    found: dict[str, Any] = rows.get((chosen.segmentation, chosen.segment), rows[TOTAL, TOTAL])
    return found


def _guarded(chosen: Members, run: Run, project: Project, *, state: State, channel: str | None, today: date) -> Members:
    guard = guard_now(run, project.connection, state=state, settings=project.settings, today=today)
    return replace(chosen, guard=guard, channel=channel)


def _rested(tables: dict[str, ir.Table], state: State, *, as_of: date, rest_days: int) -> ir.Table:
    surveys, invitations = (
        with_customer(tables[f"raw_{source}"], tables["links"], source=source) for source in ("surveys", "invitations")
    )
    drawn = sampled(invited_table(state), tables["links"])
    return asked_lately(surveys, invitations, drawn, as_of=as_of, rest_days=rest_days)


def _as_invitations(known: Members, drawn: ir.Table, *, survey: str, kind: str, key: bytes) -> Members:
    """Return the sample as what is written: each with an invitation's id that tells nobody else who she is."""
    table = drawn.mutate(
        invitation_id=drawn.customer_id, asked_at=ibis.literal(f"{known.as_of:%Y-%m-%d}"),
        survey=ibis.literal(survey), channel=ibis.literal(known.channel or ""), questionnaire=ibis.literal(kind),
    )  # fmt: skip
    return replace(known, table=table, columns=COLUMNS, hidden=("invitation_id",), export_key=key)


def _count(table: ir.Table) -> int:
    return int(table.count().to_pyarrow().as_py())
