"""One HTML file that tells a stranger how the customers stand, what to do, and how far to trust it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

import ibis.expr.types as ir

from patron.engines.atomic import aside
from patron.language import day, say
from patron.privacy.anonymity import LEAST
from patron.privacy.sharing import Sharing, read_memory, remembering, write_memory
from patron.report.blocks import Page
from patron.report.facts import Facts
from patron.report.headline import headline, headline_tiles
from patron.report.page import page_html
from patron.report.sections import SECTIONS
from patron.report.source import Source


def report(
    tables: Mapping[str, ir.Table], facts: Facts, *, to: Path, least: int = LEAST, memory: Path | None = None
) -> Path:  # fmt: skip
    """Write the report of one run.

    Parameters
    ----------
    tables : mapping of str to Table
        Every table of `patron.contracts.TABLES`; any may be empty. Only aggregates and small tables are read into
        Python, and no customer is named.
    facts : Facts
        What the run knows beside its tables.
    to : Path
        The file to write; folders on the way are made.
    least : int
        Figures about fewer people are withheld, and those that changed for fewer since an earlier report are repeated.
    memory : Path, optional
        The file that remembers what earlier reports showed; without it nothing is repeated.

    Returns
    -------
    Path
        `to`.

    Raises
    ------
    ArgumentError
        `least` is below 2.
    """
    with remembering(memory) if memory else nullcontext():
        sharing = Sharing(tables, as_of=facts.as_of, least=least, memory=read_memory(memory) if memory else {})
        page = page_html(build_page(tables, facts, sharing))
        if memory:  # first: a report that was shared must never be forgotten
            write_memory(memory, sharing.remembered())
    to.parent.mkdir(parents=True, exist_ok=True)
    with aside(to) as part:
        part.write_text(page, encoding="utf-8")
    return to


def build_page(tables: Mapping[str, ir.Table], facts: Facts, sharing: Sharing | None = None) -> Page:
    """Return the report as blocks, before it becomes HTML."""
    source = Source(tables, facts, sharing)
    return Page(
        title=say("report.title", name=facts.name),
        subtitle=say("report.subtitle", day=day(facts.as_of)),
        notice=say("report.simulated") if facts.simulated else "",
        headline=headline(source),
        tiles=headline_tiles(source),
        sections=tuple(section(source) for section in SECTIONS),
    )
