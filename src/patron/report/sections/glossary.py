"""What the words mean, and which run this is."""

from __future__ import annotations

from patron.kpis.metrics import METRICS
from patron.language import day, say
from patron.report.blocks import Block, Cell, Head, Section, Table, Term, Terms
from patron.report.source import Source

_WORDS = (
    "predicted_value",
    "lapsed",
    "value_at_stake",
    "evidence",
    "hold_out",
    "interval",
    "cohort",
    "naive",
)


def glossary(source: Source) -> Section:
    """Return the words of this report, every metric with its formula, and the facts of the run."""
    facts = source.facts
    blocks: tuple[Block, ...] = (
        Terms(
            title=say("report.words"),
            items=tuple(
                Term(
                    name=say(f"report.word_{word}"),
                    meaning=say(f"report.word_{word}_meaning", worth=facts.worth, horizon=facts.horizon),
                )
                for word in _WORDS
            ),
        ),
        Terms(
            title=say("report.metrics"),
            items=tuple(Term(name=metric.title, meaning=metric.meaning, formula=metric.formula) for metric in METRICS),
        ),
        _run(source),
    )
    return Section(name="glossary", title=say("report.glossary"), lead=say("report.glossary_lead"), blocks=blocks)


def _run(source: Source) -> Table:
    facts = source.facts
    lines = [
        ("fact_name", facts.name),
        ("fact_run", facts.run_id),
        ("fact_as_of", day(facts.as_of)),
        ("fact_horizon", facts.horizon),
        ("fact_currency", facts.currency),
        ("fact_basis", facts.worth),
        ("fact_version", facts.version),
    ]
    return Table(
        caption=say("report.run_facts"),
        heads=(Head(text=say("report.fact")), Head(text=say("report.head_value"))),
        rows=tuple((Cell(text=say(f"report.{name}")), Cell(text=value)) for name, value in lines if value),
    )
