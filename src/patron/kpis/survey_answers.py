"""What did customers say in each month, when they were asked?

As they answered, month by month: how a score moves. What it says of all customers, the silent ones, too, is `voice`.

In   contracts.raw_experience.RAW_SURVEYS   one answer to one question, with customers
Out  one row per customer and month with an answer
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts.raw_experience import QUESTIONS
from patron.kpis.calendar import month_number
from patron.profile.known import day_of, known_by
from patron.voice.surveys import last_answers, nps_points

SATISFIED = 4.0
"""From which answer to csat on somebody counts as satisfied: the best two of five."""


def survey_answers(surveys: ir.Table, *, as_of: date) -> ir.Table:
    """Return the last answer of each customer, month and question, as flows that can be added up.

    Parameters
    ----------
    surveys : Table
        ``customer_id, question, kind, score, answered_at, survey_id``.
    as_of : date
        The last day we may know about.

    Returns
    -------
    Table, one row per customer and month with an answer
        ``customer_id``, ``number`` (of the month); ``nps_answers``, ``effort_answers``, ``satisfaction_answers``: 1
        where the question was answered; ``nps_points``: 100 for a promoter, -100 for a detractor; ``effort_points``:
        the answer to ces, exact; ``satisfied``: 1 for at least 4 of 5. So a customer who is asked often counts once.
    """
    known = known_by(surveys, as_of=as_of, column="answered_at")
    scored = known.filter(known.kind.isin(QUESTIONS))
    last = last_answers(scored.mutate(number=month_number(day_of(scored.answered_at))), "number", "kind")
    asked = {name: last.kind == name for name in QUESTIONS}
    satisfied = last.score >= ibis.literal(SATISFIED, "float64")
    points = ibis.ifelse(asked["nps"], nps_points(last.score), ibis.literal(0, "int64"))
    effort = ibis.ifelse(asked["ces"], last.score, 0.0).cast("decimal(18, 4)")
    return last.group_by("customer_id", "number").aggregate(
        nps_answers=asked["nps"].cast("int64").sum(), nps_points=points.cast("int64").sum(),
        effort_answers=asked["ces"].cast("int64").sum(), effort_points=effort.sum(),
        satisfaction_answers=asked["csat"].cast("int64").sum(),
        satisfied=(asked["csat"] & satisfied).cast("int64").sum(),
    )  # fmt: skip
