"""What did each customer last answer to each question, and which of it may be counted?

In   contracts.raw_experience.RAW_SURVEYS, RAW_INVITATIONS, with customers
Out  contracts.voice.ANSWERS   one row per customer and question
     `Survey`                  answers and invitations of a window, counted by segment and cell

One definition for everybody: the months of `kpis` count by the same kinds and the same points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.voice import ANSWERS
from patron.profile.experience import PASSIVE, PROMOTER
from patron.profile.known import day_of, known_by

TOTAL = "all"
"""The segmentation and the segment that everybody is in."""

Keep = Callable[[str, ir.Table], ir.Table]


@dataclass(frozen=True, kw_only=True)
class Survey:
    """Counts of a window, small enough for NumPy.

    ``people``   segmentation, segment, cell: customers
    ``asked``    segmentation, segment, cell, question: who was asked it; questions that were asked by invitation alone
    ``answered`` segmentation, segment, cell, question, kind, scale, score, choice: answers
    """

    people: pa.Table
    asked: pa.Table
    answered: pa.Table


def answers(surveys: ir.Table, *, as_of: date) -> ir.Table:
    """Return the last answer of each customer to each question.

    Parameters
    ----------
    surveys : Table
        contracts.raw_experience.RAW_SURVEYS with customers.
    as_of : date
        The last day we may know about.

    Returns
    -------
    Table, one row per customer and question
        contracts.voice.ANSWERS.
    """
    last = last_answers(known_by(surveys, as_of=as_of, column="answered_at"), "question")
    return ANSWERS.shape(last.mutate(answered_on=day_of(last.answered_at)))


def last_answers(surveys: ir.Table, *by: str) -> ir.Table:
    """Return the last answer of each customer by `by`; of one moment that of the last id."""
    order = [surveys.answered_at.desc(), surveys.survey_id.desc(), surveys.question]
    place = ibis.row_number().over(ibis.window(group_by=["customer_id", *by], order_by=order))
    return surveys.mutate(_place=place).filter(lambda t: t._place == 0).drop("_place")


def nps_points(score: ir.NumericValue) -> ir.IntegerValue:
    """Return 100 for a promoter, 0 for a passive, -100 for a detractor: their mean is the net promoter score."""
    promoter, passive = (score >= ibis.literal(least, "float64") for least in (PROMOTER, PASSIVE))
    return ibis.cases((promoter, 100), (passive, 0), else_=-100).cast("int64")


def surveyed(
    surveys: ir.Table, invitations: ir.Table, cells: ir.Table, memberships: ir.Table, *, as_of: date, window_days: int,
    keep: Keep = lambda _name, table: table,
) -> Survey:  # fmt: skip
    """Count answers, those asked and all customers by segment and cell.

    Parameters
    ----------
    surveys, invitations : Table
        contracts.raw_experience.RAW_SURVEYS and RAW_INVITATIONS with customers.
    cells : Table, one row per customer
        ``customer_id, cell``: `voice.bands`.
    memberships : Table
        contracts.customer.MEMBERSHIPS.
    as_of : date
        The last day we may know about.
    window_days : int
        How old an answer or an invitation may be.
    keep : callable
        Writes a table aside and returns it as it is read again.
    """
    said = _recent(surveys, "answered_at", as_of, window_days)
    sent = _recent(invitations, "asked_at", as_of, window_days)
    invited = sent.select("customer_id", survey=sent.survey.fill_null("")).distinct()
    counted = keep("voice_answers", _counted(said, invited))
    everyone = cells.select("customer_id", "cell", segmentation=ibis.literal(TOTAL), segment=ibis.literal(TOTAL))
    named = memberships.select("customer_id", "segmentation", "segment")
    divided = named.inner_join(cells, "customer_id").select(*everyone.columns)
    members = keep("voice_members", ibis.union(everyone, divided))
    group = ("segmentation", "segment", "cell")
    questions = counted.filter(counted.invited).select("question", "survey").distinct()
    asked = invited.inner_join(questions, "survey").select("customer_id", "question").distinct()
    told = ("question", "kind", "scale", "score", "choice")
    return Survey(
        people=_count(members, *group),
        asked=_count(asked.inner_join(members, "customer_id"), *group, "question"),
        answered=_count(counted.inner_join(members, "customer_id"), *group, *told),
    )


def _recent(table: ir.Table, moment: str, as_of: date, days: int) -> ir.Table:
    known = known_by(table, as_of=as_of, column=moment)
    return known.filter(day_of(known[moment]) > ibis.literal(as_of - timedelta(days=days)))


def _counted(said: ir.Table, invited: ir.Table) -> ir.Table:
    """Return the last answer of each customer to each question that counts: where some were invited, theirs alone."""
    named = said.mutate(survey=said.survey.fill_null(""))
    marks = invited.select(_who="customer_id", _which="survey")
    joined = named.left_join(marks, [("customer_id", "_who"), ("survey", "_which")])
    marked = joined.mutate(invited=joined._who.notnull()).drop("_who", "_which")
    by_invitation = marked.invited.cast("int64").max().over(ibis.window(group_by="question"))
    counts = marked.mutate(_by_invitation=by_invitation)
    return last_answers(counts.filter(counts.invited.cast("int64") == counts._by_invitation), "question")


def _count(table: ir.Table, *by: str) -> pa.Table:
    return table.group_by(*by).aggregate(n=table.count()).order_by(*by).to_pyarrow()
