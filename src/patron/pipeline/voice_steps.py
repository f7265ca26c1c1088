"""The steps `answers`, `voice` and `survey_plan`: what customers said, what that says of all of them, whom to ask."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.contracts.voice import ANSWERS, SURVEY_PLAN, VOICE
from patron.identity.record_owners import record_owners
from patron.pipeline.guarding import guard_of
from patron.pipeline.micro_steps import without_cells
from patron.pipeline.step import Context, Step, has_rows
from patron.privacy import permitted
from patron.profile import known_by
from patron.profile.known import day_of
from patron.voice import answers, bands, standing_when_asked, survey_plan, surveyed, voice

SURVEYS, INVITATIONS = "raw_surveys", "raw_invitations"

Tables = Mapping[str, ir.Table]


def _answers(context: Context) -> Tables:
    if not has_rows(context[SURVEYS]):
        return {"answers": ANSWERS.empty()}
    return {"answers": answers(context.of_customers("surveys"), as_of=context.as_of)}


def _voice(context: Context) -> Tables:
    if not has_rows(context[SURVEYS]) or not has_rows(context["profiles"]):
        return {"voice": VOICE.empty()}
    sent = context.of_customers("invitations")
    stood = standing_when_asked(context["profiles"], context["orders"], sent, as_of=context.as_of)
    said = surveyed(
        context.of_customers("surveys"), sent, context.keep("voice_cells", bands(stood)),
        without_cells(context["memberships"]), as_of=context.as_of, window_days=context.settings.voice.window,
        keep=context.keep,
    )  # fmt: skip
    return {"voice": voice(said)}


def _survey_plan(context: Context) -> Tables:
    profiles = context["profiles"]
    if not context.settings.sells or not has_rows(profiles):
        return {"survey_plan": SURVEY_PLAN.empty()}
    made, _ = guard_of(context["consents"], context["raw_consents"], context.kept.statements, settings=context.settings)
    wanted = context.settings.voice
    people = profiles.select("customer_id")
    allowed = permitted(people, purpose=wanted.purpose, stage="decision", guard=made)
    lately = asked_lately(
        context.of_customers("surveys"), context.of_customers("invitations"),
        sampled(context.kept.asked, context["links"]), as_of=context.as_of, rest_days=wanted.rest,
    )  # fmt: skip
    return {
        "survey_plan": survey_plan(
            profiles, without_cells(context["memberships"]), context["voice"], allowed=allowed, rested=lately,
            precision=wanted.precision, keep=context.keep,
        )
    }  # fmt: skip


def sampled(asked: ir.Table, links: ir.Table) -> ir.Table:
    """Put the run's own ids in the place of those under which samples were drawn.

    `asked` is `experiments.invited_table`.
    """
    owners = record_owners(links).select(_record="record_id", _owner="customer_id")
    joined = asked.left_join(owners, [("customer_id", "_record")])
    return joined.select(customer_id=ibis.coalesce(joined._owner, joined.customer_id), asked_on=joined.asked_on)


def asked_lately(surveys: ir.Table, invitations: ir.Table, asked: ir.Table, *, as_of: date, rest_days: int) -> ir.Table:
    """Return who was asked, or answered, within `rest_days` up to `as_of`: ``customer_id``, each once.

    Parameters
    ----------
    surveys, invitations : Table
        contracts.raw_experience.RAW_SURVEYS and RAW_INVITATIONS with customers.
    asked : Table
        ``customer_id, asked_on``: the samples that `patron survey invite` drew.
    as_of : date
        The last day we may know about.
    rest_days : int
        For how long somebody is left in peace.
    """
    parts = ((surveys, "answered_at"), (invitations, "asked_at"), (asked, "asked_on"))
    since = ibis.literal(as_of - timedelta(days=rest_days))
    recent = []
    for table, day in parts:
        known = known_by(table, as_of=as_of, column=day)
        recent.append(known.filter(day_of(known[day]) > since).select("customer_id"))
    return ibis.union(*recent).distinct()


ANSWER_STEP = Step("answers", (SURVEYS, "links"), ("answers",), _answers)
"""Before the segments, whose conditions may ask of it."""

VOICE_STEPS = (
    Step(
        "voice", (SURVEYS, INVITATIONS, "links", "orders", "profiles", "memberships"), ("voice",), _voice, ("voice",),
    ),
    Step(
        "survey_plan",
        (SURVEYS, INVITATIONS, "links", "profiles", "memberships", "consents", "raw_consents", "voice"),
        ("survey_plan",), _survey_plan, ("voice", "privacy"),
        state=lambda context: sorted(context.kept.asked.to_pyarrow().to_pylist(), key=str),
    ),
)  # fmt: skip
"""After the segments."""
