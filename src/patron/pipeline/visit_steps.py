"""The steps `sessions` and `responses`: what people do between their orders, and what came of what was sent to them."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir

from patron.contracts.visit import ENGAGEMENT, MESSAGE_RESPONSES, SESSIONS
from patron.identity import events_with_customer
from patron.kpis import message_flow, message_responses, survey_answers, visit_flow
from patron.pipeline.step import Context, Step, has_rows
from patron.profile import engagement, message_facts, sessions

EVENTS, MESSAGES, SURVEYS = "raw_events", "raw_messages", "raw_surveys"

Tables = Mapping[str, ir.Table]


def _sessions(context: Context) -> Tables:
    if not has_rows(context[EVENTS]):
        return {"sessions": SESSIONS.empty(), "engagement": ENGAGEMENT.empty()}
    events = events_with_customer(context[EVENTS], context["links"])
    made = sessions(events, context["orders"], as_of=context.as_of, keep=context.keep)
    visits = context.keep("sessions_made", made)
    return {"sessions": visits, "engagement": engagement(visits, as_of=context.as_of)}


def _responses(context: Context) -> Tables:
    if not has_rows(context[MESSAGES]):
        return {"message_responses": MESSAGE_RESPONSES.empty()}
    facts = context.keep("message_facts", _facts(context))
    return {"message_responses": message_responses(facts, context["memberships"], keep=context.keep)}


def _facts(context: Context) -> ir.Table:
    return message_facts(context.of_customers("messages"), context["orders"], as_of=context.as_of)


def flows(context: Context) -> dict[str, ir.Table]:
    """Return what visits, messages and surveys add to the months of `kpis`, of what there is."""
    found = {}
    if has_rows(context["sessions"]):
        found["visits"] = context.keep("visit_flow", visit_flow(context["sessions"]))
    if has_rows(context[MESSAGES]):
        found["messages"] = context.keep("message_flow", message_flow(_facts(context)))
    if has_rows(context[SURVEYS]):
        found["surveys"] = survey_answers(context.of_customers("surveys"), as_of=context.as_of)
    return found


FLOW_TABLES = ("sessions", MESSAGES, SURVEYS, "links")
"""What `flows` reads beside the orders."""

SESSION_STEP = Step("sessions", (EVENTS, "links", "orders"), ("sessions", "engagement"), _sessions)
RESPONSE_STEP = Step(
    "message_responses", (MESSAGES, "links", "orders", "memberships"), ("message_responses",), _responses
)
