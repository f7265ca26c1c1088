"""What does the data allow: sources against their contracts, and the questions that stay open without more of it.

Nothing is computed beyond cleaning, and nothing is published.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis.expr.types as ir

from patron.contracts.customer import FORECASTS, PROFILES
from patron.language import say
from patron.pipeline import clock
from patron.pipeline.project import Project
from patron.pipeline.settings import Settings, pointing_at
from patron.pipeline.standing import divided
from patron.sources import Loaded, Loader


@dataclass(frozen=True)
class Question:
    """A question that a shop asks, and the field that answers it."""

    name: str
    source: str
    field: str | None = None


QUESTIONS: tuple[Question, ...] = (
    Question("margin", "raw_order_lines", "cost"),
    Question("discounts", "raw_order_lines", "discount"),
    Question("categories", "raw_order_lines", "category"),
    Question("brands", "raw_order_lines", "brand"),
    Question("channels", "raw_order_lines", "channel"),
    Question("countries", "raw_order_lines", "country"),
    Question("acquisition", "raw_customers", "acquisition_channel"),
    Question("acquisition_cost", "raw_spend"),
    Question("conversion", "events"),
    Question("response", "messages"),
    Question("consent", "consents"),
    Question("satisfaction", "surveys"),
    Question("service", "tickets"),
)
"""In the order in which their answers usually pay."""


@dataclass(frozen=True)
class Open:
    """A question that the data at hand cannot answer."""

    question: str
    needs: str
    found_in: str


@dataclass(frozen=True)
class Checked:
    """What `check` found."""

    as_of: date
    quality: list[dict[str, Any]]
    answered: tuple[str, ...]
    unanswered: tuple[Open, ...]


def check(project: Project, *, today: date | None = None) -> Checked:
    """Read and clean the sources, count what happened, and name the questions that stay open.

    Raises
    ------
    PatronError
        The settings or a source are not as they should be.
    """
    settings = project.settings
    with pointing_at(project.folder), tempfile.TemporaryDirectory() as aside:
        divided(PROFILES.unbound(), FORECASTS.unbound(), settings=settings)  # the conditions, against their columns
        return _checked(_loaded(project, settings, Path(aside), today or clock.today(settings.timezone)))


def _loaded(project: Project, settings: Settings, aside: Path, today: date) -> Loaded:
    def keep(name: str, table: ir.Table) -> ir.Table:
        project.connection.to_parquet(table, str(aside / f"{name}.parquet"))
        return project.connection.read_parquet(str(aside / f"{name}.parquet"))

    return Loader(project.connection, keep, project.folder, today, settings.as_of).load(dict(settings.sources))


def _checked(loaded: Loaded) -> Checked:
    open_ones = unanswered(loaded.tables)
    answered = [question for question in QUESTIONS if question not in open_ones]
    return Checked(
        as_of=loaded.as_of,
        quality=loaded.tables["quality"].to_pyarrow().to_pylist(),
        answered=tuple(say(f"check.{question.name}.question") for question in answered),
        unanswered=tuple(
            Open(*(say(f"check.{question.name}.{part}") for part in ("question", "needs", "found_in")))
            for question in open_ones
        ),
    )


def unanswered(tables: Mapping[str, ir.Table]) -> list[Question]:
    """Return the questions for which the tables hold nothing."""
    return [question for question in QUESTIONS if not _holds(question, tables)]


def _holds(question: Question, tables: Mapping[str, ir.Table]) -> bool:
    if question.source not in tables:
        return False
    table = tables[question.source]
    if question.field is None:
        return bool(table.count().to_pyarrow().as_py())
    value = table[question.field]
    # A money column is filled with zero where a shop has none, which says as little as null.
    told = value.notnull() & (value != 0) if value.type().is_numeric() else value.notnull()
    return bool(table.filter(told).count().to_pyarrow().as_py())
