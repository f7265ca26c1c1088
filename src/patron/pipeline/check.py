"""What does the data allow: sources against their contracts, what the checks find, and the questions that stay open.

Nothing is computed beyond cleaning, nothing is published, and nothing is written into the project's folder.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
from ibis.backends import BaseBackend
from sqlalchemy.exc import SQLAlchemyError

from patron.engines.connect import connected
from patron.engines.database import open_still
from patron.errors import RunError
from patron.language import say
from patron.pipeline import clock
from patron.pipeline.collecting import collected_files, waiting
from patron.pipeline.inputs import files_of
from patron.pipeline.own_segments import check_own_segments
from patron.pipeline.own_signals import check_own_signals
from patron.pipeline.project import Project
from patron.pipeline.settings_file import pointing_at
from patron.sources import Loaded, Loader
from patron.sources.examine import examine
from patron.sources.files import SourceFile
from patron.sources.quality import GRAVITY


@dataclass(frozen=True)
class Question:
    """A question that a shop asks, and the field that answers it, or any row of `source`, or of `instead`."""

    name: str
    source: str
    field: str | None = None
    instead: str | None = None


QUESTIONS: tuple[Question, ...] = (
    Question("margin", "raw_order_lines", "cost"),
    Question("discounts", "raw_order_lines", "discount"),
    Question("categories", "raw_order_lines", "category"),
    Question("brands", "raw_order_lines", "brand"),
    Question("channels", "raw_order_lines", "channel"),
    Question("countries", "raw_order_lines", "country"),
    Question("acquisition", "raw_customers", "acquisition_channel"),
    Question("acquisition_cost", "raw_spend"),
    Question("conversion", "raw_events"),
    Question("brought", "raw_events", "marketing_channel"),
    Question("same_person", "raw_customers", "email", instead="raw_identifiers"),
    Question("households", "raw_households"),
    Question("response", "raw_messages"),
    Question("experiments", "raw_assignments"),
    Question("consent", "raw_consents"),
    Question("satisfaction", "raw_surveys"),
    Question("silence", "raw_invitations"),
    Question("reviews", "raw_reviews"),
    Question("service", "raw_tickets"),
    Question("renewals", "raw_subscriptions"),
    Question("prospects", "raw_prospects"),
    Question("referrals", "raw_referrals"),
    Question("loyalty", "raw_loyalty"),
    Question("attributes", "raw_traits"),
    Question("competition", "raw_market"),
    Question("mix", "raw_mix_model"),
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
    """What `check` found: `quality` holds the rows of that table, the gravest first."""

    as_of: date
    quality: list[dict[str, Any]]
    answered: tuple[str, ...]
    unanswered: tuple[Open, ...]
    waiting: int = 0  # events that the server was told and the next run will collect

    @property
    def sound(self) -> bool:
        """Whether no finding is an error."""
        return all(row["severity"] != "error" for row in self.quality)


def check(project: Project, *, today: date | None = None) -> Checked:
    """Read and clean the sources, count what happened, look for faults, and name the questions that stay open.

    Everything on the way is written to the system's temporary folder and removed at the end. The lines of the latest
    run about an earlier day, if there is one, are compared with what is there now.

    Raises
    ------
    PatronError
        The settings or a source are not as they should be.
    """
    settings = project.settings
    with pointing_at(project.folder), tempfile.TemporaryDirectory() as aside:
        check_own_segments(settings)
        check_own_signals(settings)
        spill = Path(aside) / "spill"
        with connected(settings.engine, spill=spill, memory=settings.memory) as connection:
            loaded = _examined(project, connection, Path(aside), today or clock.today(settings.timezone))
            return replace(_checked(loaded), waiting=_waiting(project))


def _examined(project: Project, connection: BaseBackend, aside: Path, today: date) -> Loaded:
    """Load the sources and look for faults, with every table on the way written aside."""
    settings = project.settings

    def keep(name: str, table: ir.Table) -> ir.Table:
        path = str(aside / f"{name}.parquet")
        connection.to_parquet(table, path)
        return connection.read_parquet(path)

    loader = Loader(
        connection, keep, project.folder, today, settings.as_of, exchange=settings.exchange(), zone=settings.timezone,
        staging=aside, erased=project.erased.asked(),
    )  # fmt: skip
    files: dict[str, Sequence[SourceFile]] = {
        name: files_of(name, spec, folder=project.folder) for name, spec in settings.sources.items()
    }
    told = collected_files(project.parts, orders=settings.server.orders)
    loaded = loader.load(dict(settings.sources), found={**files, **told})
    lines = keep("raw_order_lines", loaded.tables["raw_order_lines"])
    return examine(
        replace(loaded, tables={**loaded.tables, "raw_order_lines": lines}),
        keep=keep,
        before=_before(project, loaded.as_of, connection),
        today=today if settings.as_of is None else None,
        zone=settings.timezone,
    )


def _waiting(project: Project) -> int:
    """Return how many events the next run will collect, and leave no trace in the database."""
    target = project.settings.state or project.own / "state.db"
    if "://" not in str(target) and not Path(target).exists():
        return 0
    engine = open_still(target)
    try:
        return waiting(engine, project.parts)
    except SQLAlchemyError:  # of a version before this one, or out of reach: the run will tell
        return 0
    finally:
        engine.dispose()


def _before(project: Project, as_of: date, connection: BaseBackend) -> ir.Table | None:
    """Return the lines of the latest run about an earlier day."""
    runs = [run for run in project.store.readable() if run.manifest.as_of < as_of]
    if not runs:
        return None
    with suppress(RunError):  # a run of another version may lack them
        return max(runs, key=lambda run: run.manifest.as_of).table("raw_order_lines", connection)
    return None


def _checked(loaded: Loaded) -> Checked:
    open_ones = unanswered(loaded.tables)
    answered = [question for question in QUESTIONS if question not in open_ones]
    rows: list[dict[str, Any]] = loaded.tables["quality"].to_pyarrow().to_pylist()
    return Checked(
        as_of=loaded.as_of,
        quality=sorted(rows, key=lambda row: GRAVITY[row["severity"]]),
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
    if question.instead is not None and _holds(Question(question.name, question.instead), tables):
        return True
    if question.source not in tables:
        return False
    table = tables[question.source]
    if question.field is None:
        return bool(table.count().to_pyarrow().as_py())
    value = table[question.field]
    # A money column is filled with zero where a shop has none, which says as little as null.
    told = value.notnull() & (value != 0) if value.type().is_numeric() else value.notnull()
    return bool(table.filter(told).count().to_pyarrow().as_py())
