"""On whom to spend, and why."""

from __future__ import annotations

from patron import charts
from patron.charts.records import Record
from patron.language import number, say
from patron.report.blocks import Block, Chart, Command, Note, Section, Step, Steps
from patron.report.facts import Facts
from patron.report.sections.withheld import notes
from patron.report.source import Source

SHOWN = 10


def next_steps(source: Source) -> Section:
    """Return at most ten steps, those with the most money at stake, and how to begin with a control group."""
    rows = sorted((row for row in source.rows("gaps") if row["rank"] <= SHOWN), key=lambda row: row["rank"])
    blocks: tuple[Block, ...] = (Note(text=say("charts.no_gaps"), tone="none"),)
    if rows:
        ends = notes(source, "gaps")
        blocks = (*_assumed(rows), _steps(source, rows), _hold_out(rows[0]), _chart(source, rows), *ends)
    return Section(
        name="next-steps",
        title=say("report.next_steps"),
        lead=say("report.next_steps_lead", horizon=source.facts.horizon, worth=source.facts.worth),
        blocks=blocks,
    )


def _assumed(rows: list[Record]) -> tuple[Note, ...]:
    if any(row["evidence"] == "assumed" for row in rows):
        return (Note(title=say("report.assumed_title"), text=say("report.assumed"), tone="warning"),)
    return ()


def _steps(source: Source, rows: list[Record]) -> Steps:
    facts, names, tiers = source.facts, source.titles("rfm"), source.titles("past_tier") | source.titles("tier")
    return Steps(items=tuple(_step(facts, row, names, tiers) for row in rows))


def _step(facts: Facts, row: Record, names: dict[str, str], tiers: dict[str, str]) -> Step:
    doing, stop, why = row["reason"].partition(". ")
    return Step(
        title=row["title"],
        doing=f"{doing}." if stop else doing,
        why=why,
        amount=facts.money(row["value_at_stake"]),
        interval=say("report.between", low=facts.money(row["value_low"]), high=facts.money(row["value_high"])),
        facts=(
            say("report.customers", count=row["customers"], customers=number(row["customers"])),
            say("report.step_gap", gap=facts.money(row["gap"])),
            say("report.step_group", group=names.get(row["segment"], row["segment"])),
            say("report.step_tier", tier=tiers.get(row["tier"], row["tier"])),
        ),
        evidence=row["evidence"],
        evidence_title=say(f"charts.evidence_{row['evidence']}"),
    )


def _hold_out(first: Record) -> Command:
    group = f"past_tier.{first['tier']}+rfm.{first['segment']}"
    return Command(
        title=say("report.hold_out"),
        text=say("report.hold_out_text"),
        command=f"patron audience --segment {group} --channel email --holdout 10% --to {first['step']}.csv",
    )


def _chart(source: Source, rows: list[Record]) -> Chart:
    total = sum(row["value_at_stake"] for row in rows)
    return Chart(
        name="chart-gaps",
        title=say("report.stake_chart"),
        figure=charts.gaps(
            source["gaps"], currency=source.facts.currency, labels=_labels(source, rows), title=""
        ),
        finding=say(
            "report.stake_finding", count=len(rows), steps=number(len(rows)), total=source.facts.money(total),
            first=source.facts.money(rows[0]["value_at_stake"]), title=rows[0]["title"],
        ),
        reading=say("report.stake_reading"),
        doing=say("report.stake_doing"),
    )  # fmt: skip


def _labels(source: Source, rows: list[Record]) -> dict[str, str]:
    names, tiers = source.titles("rfm"), source.titles("past_tier") | source.titles("tier")
    return {
        row["step"]: say(
            "report.step_label",
            segment=names.get(row["segment"], row["segment"]),
            tier=tiers.get(row["tier"], row["tier"]),
        )
        for row in rows
    }
