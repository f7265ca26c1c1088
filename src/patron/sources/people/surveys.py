"""Surveys: would they recommend us, was it easy, how content were they, and whatever else was asked?

In   came.Came   one answer to one question a row
Out  contracts.raw_experience.RAW_SURVEYS

A question called as one of the three scores usually are is that score. Any other keeps its own name, and its answer is
what `kind` says; where nothing says, a choice or a text tells by itself what it is, and a bare number does not.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from patron.contracts.raw_experience import BETWEEN_CHOICES, KINDS, LEAST_POINTS, MOST_POINTS, RAW_SURVEYS, SCORED
from patron.sources.came import Came
from patron.sources.people.judging import dated, missing, unreadable
from patron.sources.people.once import off_scale, once
from patron.sources.people.words import QUESTION_WORDS, plain, spelt
from patron.sources.rules import Rule, Setting

MOST_SCALE = 1000.0
"""No survey asks for a number that is larger."""

LONGEST_NAME = 60
"""Letters of a question's own name; a whole sentence is cut."""

_KIND_WORDS = {
    **QUESTION_WORDS,
    "rating": ("rating", "scale", "stars", "score", "points", "number"),
    "choice": ("choice", "choices", "singlechoice", "multiplechoice", "select", "radio", "checkbox", "options"),
    "text": ("text", "freetext", "open", "openended", "comment", "verbatim"),
}
"""What an answer is, under other names."""


def _ready(rows: ir.Table, _came: Came, setting: Setting) -> ir.Table:
    """Find who answered and what was asked, and bring the answer to the form of its kind."""
    return _on_one_scale(_asked(_invited(rows, setting)))


def _invited(rows: ir.Table, setting: Setting) -> ir.Table:
    """Take who answered, and to which survey, from the invitation where the answer does not say it itself."""
    if setting.invitations is None:
        return rows.mutate(stray=rows.customer_id.isnull() & rows.invitation_id.notnull())
    known = setting.invitations.select(asked_id="invitation_id", asked_customer="customer_id", asked_survey="survey")
    joined = rows.left_join(known, rows.invitation_id == known.asked_id)
    who = ibis.coalesce(joined.customer_id, joined.asked_customer)
    told = joined.mutate(
        customer_id=who, survey=ibis.coalesce(joined.survey, joined.asked_survey),
        stray=who.isnull() & joined.invitation_id.notnull(),
    )  # fmt: skip
    return told.drop("asked_id", "asked_customer", "asked_survey")


def _asked(rows: ir.Table) -> ir.Table:
    """Read the question and what kind of answer it wants."""
    usual = spelt(plain(rows.question), QUESTION_WORDS)
    own = rows.question.strip().lower().re_replace(r"[^\p{L}\p{N}]+", "_").substr(0, LONGEST_NAME)
    own = own.re_replace("^_+|_+$", "").nullif("")
    choice, text = (rows[name].strip().nullif("") for name in ("choice", "text"))
    guessed = ibis.cases((choice.notnull(), "choice"), (rows.score.notnull(), usual), (text.notnull(), "text"))
    kind = ibis.coalesce(spelt(plain(rows.kind), _KIND_WORDS), ibis.ifelse(rows.kind.isnull(), guessed, ibis.null(str)))
    # A file that maps its questions' names to `kind` alone says the same twice; what it says is the score's name.
    question = ibis.ifelse(kind.isin(SCORED[:3]), ibis.coalesce(usual, own), own)
    return rows.mutate(told_question=rows.question, question=question, kind=kind, text=text, choice=_sorted(choice))


def _sorted(choice: ir.StringValue) -> ir.StringValue:
    """Write the choices of one answer by the alphabet, each once, as names are written."""
    # By semicolons: a bar is an alternative of nothing to an engine that splits by regular expressions.
    parts = choice.lower().replace(BETWEEN_CHOICES, ";").split(";")
    named = parts.map(lambda one: one.strip().re_replace(r"[^\p{L}\p{N}]+", "_").re_replace("^_+|_+$", ""))
    return named.filter(lambda one: one != "").unique().sort().join(BETWEEN_CHOICES).nullif("")


def _on_one_scale(asked: ir.Table) -> ir.Table:
    """Bring a score from the scale on which it was asked to the usual one of its kind; a rating has no other."""
    least, most = (_by_kind(asked, ends) for ends in (LEAST_POINTS, MOST_POINTS))
    scale = ibis.coalesce(asked.scale, most)
    bottom = ibis.coalesce(least, ibis.ifelse(asked.score < 1, ibis.literal(0.0), ibis.literal(1.0)))
    # A scale without width is refused by its rule, and must not divide by zero before.
    share = (asked.score - least) / (scale - least).nullif(0)
    usual = ibis.ifelse(scale == most, asked.score, least + share * (most - least))
    scored = asked.kind.isin(SCORED)
    beyond = (scale <= bottom) | (scale > ibis.literal(MOST_SCALE, "float64")) | ~asked.score.between(bottom, scale)
    # An answer to what is no question, or on no scale, stays as it came: it is refused for that, not for being missing.
    score = ibis.ifelse(asked.kind.isin(KINDS[4:]), ibis.null("float64"), ibis.coalesce(usual, asked.score))
    nothing = ibis.cases(
        (scored, asked.score.isnull() & ~asked.unread_score), (asked.kind == "choice", asked.choice.isnull()),
        else_=asked.text.isnull() & asked.score.isnull() & ~asked.unread_score & asked.choice.isnull(),
    )  # fmt: skip
    unscaled = (asked.kind == "rating") & asked.scale.isnull() & ~asked.unread_scale
    return asked.mutate(
        score=score, scale=ibis.ifelse(scored, scale, ibis.null("float64")), off=scored & beyond,
        silent=nothing, unscaled=unscaled,
    )  # fmt: skip


def _by_kind(rows: ir.Table, ends: Mapping[str, float]) -> ir.FloatingValue:
    branches = [(rows.kind == name, ibis.literal(value, "float64")) for name, value in ends.items()]
    return ibis.cases(*branches, else_=ibis.null("float64"))


SOURCE = once(
    RAW_SURVEYS,
    (
        *dated("answered_at"),
        # Removed, not kept as refused: an invitation that is not known may be that of somebody who was erased.
        Rule("unknown_invitation", "removed", lambda rows, _: rows.stray),
        missing("customer_id", "told_question", "answered_at"),
        Rule("empty_answer", "rejected", lambda rows, _: rows.silent),
        unreadable("score", "scale"),
        Rule("unknown_question", "rejected", lambda rows, _: rows.question.isnull() | rows.kind.isnull()),
        Rule("unknown_scale", "rejected", lambda rows, _: rows.unscaled),
        off_scale(lambda rows: rows.off),
    ),
    key=["survey_id", "question"], named="survey_id", ready=_ready,
)  # fmt: skip
