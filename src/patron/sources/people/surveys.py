"""Surveys: would they recommend us, was it easy, how content were they?

In   came.Came   one answer to one question a row
Out  contracts.raw_experience.RAW_SURVEYS
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from patron.contracts.raw_experience import LEAST_POINTS, MOST_POINTS, RAW_SURVEYS
from patron.sources.came import Came
from patron.sources.people.judging import dated, missing, unreadable
from patron.sources.people.once import off_scale, once
from patron.sources.people.words import QUESTION_WORDS, plain, spelt
from patron.sources.rules import Rule, Setting

MOST_SCALE = 1000.0
"""No survey asks for a number that is larger."""


def _on_one_scale(rows: ir.Table, _came: Came, _setting: Setting) -> ir.Table:
    """Read the question, and bring its answer from the scale on which it was asked to the usual one."""
    asked = rows.mutate(told_question=rows.question, question=spelt(plain(rows.question), QUESTION_WORDS))
    least, most = (_by_question(asked, ends) for ends in (LEAST_POINTS, MOST_POINTS))
    scale = ibis.coalesce(asked.scale, most)
    # A scale without width is refused by its rule, and must not divide by zero before.
    share = (asked.score - least) / (scale - least).nullif(0)
    usual = ibis.ifelse(scale == most, asked.score, least + share * (most - least))
    off = (scale <= least) | (scale > ibis.literal(MOST_SCALE, "float64")) | ~asked.score.between(least, scale)
    # An answer to what is no question, or on no scale, stays as it came: it is refused for that, not for being missing.
    return asked.mutate(score=ibis.coalesce(usual, asked.score), scale=scale, off=off)


def _by_question(rows: ir.Table, ends: Mapping[str, float]) -> ir.FloatingValue:
    branches = [(rows.question == name, ibis.literal(value, "float64")) for name, value in ends.items()]
    return ibis.cases(*branches, else_=ibis.null("float64"))


SOURCE = once(
    RAW_SURVEYS,
    (
        missing("customer_id", "told_question", "score", "answered_at"),
        *dated("answered_at"),
        unreadable("score", "scale"),
        Rule("unknown_question", "rejected", lambda rows, _: rows.question.isnull()),
        off_scale(lambda rows: rows.off),
    ),
    key=["survey_id", "question"], named="survey_id", ready=_on_one_scale,
)  # fmt: skip
