"""The answers to surveys as columns that a condition may name: ``answers.why_us = 'price'``."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir

from patron.contracts.raw_experience import QUESTIONS
from patron.pipeline.settings import Settings
from patron.voice import BANK


def answer_columns(settings: Settings) -> dict[str, str]:
    """Return the questions that conditions may name, each with its type: a score is a number, a choice a text.

    Those of the question bank, and the project's own of ``voice.questions``. What was written in own words is not
    among them. Of several choices the text names all, by the alphabet, with | between them.
    """
    bank = {name: _type(question.kind) for name, question in BANK.items() if question.kind != "text"}
    usual = dict.fromkeys(QUESTIONS, "float64")
    return usual | bank | {name: _type(kind) for name, kind in settings.voice.questions.items()}


def wide_answers(answers: ir.Table, columns: Mapping[str, str]) -> ir.Table:
    """Return one row per customer with the last answer to each question, null where there is none."""
    told = {
        name: (answers.score if kind == "float64" else answers.choice).max(where=answers.question == name)
        for name, kind in columns.items()
    }
    return answers.group_by("customer_id").aggregate(**told)


def _type(kind: str) -> str:
    return "string" if kind == "choice" else "float64"
