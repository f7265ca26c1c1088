"""On whom the budget is best spent, what the next money earns, and what next season's should be."""

from __future__ import annotations

from patron import charts
from patron.charts.records import Record
from patron.language import day, number, percent, say
from patron.report.blocks import Block, Cell, Chart, Head, Note, Section, Table
from patron.report.sections.withheld import notes
from patron.report.source import Source

PRICES, FRONTIER, SEASON, TRIALS = "budget_prices", "budget_frontier", "season_plan", "budget_trials"


def budget(source: Source) -> Section:
    """Return the curve of what money brings, the limits with their prices, and the next season."""
    prices, season = source.rows(PRICES), source.rows(SEASON)
    blocks: list[Block] = []
    plan = next((row for row in prices if row["part"] == "plan"), None)
    if plan is not None:
        blocks += _planned(source, plan, prices)
    elif not source.withheld(PRICES):
        blocks.append(Note(text=say("budget_report.no_budget"), tone="none"))
    if season:
        blocks.append(_season(source, season))
    blocks += notes(source, PRICES, FRONTIER, SEASON, TRIALS)
    return Section(
        name="budget", title=say("budget_report.title"), lead=say("budget_report.lead"), blocks=tuple(blocks)
    )


def _planned(source: Source, plan: Record, prices: list[Record]) -> list[Block]:
    if plan["status"] != "solved":
        return [Note(text=say(f"budget_report.{plan['status']}"), tone="none")]
    blocks: list[Block] = [_chart(source, plan, prices)]
    scarce = [row for row in prices if row["part"] == "limit" and (row["price"] or 0) > 0 and row["name"] != "budget"]
    if scarce:
        blocks.append(_limits(source, scarce))
    return [*blocks, *_launch(source)]


def _chart(source: Source, plan: Record, prices: list[Record]) -> Chart:
    money = source.facts.money
    ahead = next((row for row in prices if row["part"] == "next"), None)
    doing = ""
    if ahead is not None and ahead["value"] is not None and ahead["limit"]:
        key = "budget_report.next" if ahead["value"] > 0 else "budget_report.enough"
        doing = say(key, more=money(ahead["limit"]), earns=money(ahead["value"]))
    return Chart(
        name="chart-budget", title=say("budget_report.chart"),
        figure=charts.budget(source[FRONTIER], currency=source.facts.currency, title=""),
        finding=say(
            "budget_report.finding", used=money(plan["used"]), customers=number(plan["customers"]),
            value=money(plan["value"]), low=money(plan["low"]), high=money(plan["high"]),
            evidence=say(f"budget_report.{plan['evidence']}"),
        ),
        reading=say("budget_report.reading", gap=percent(plan["gap"], digits=2)), doing=doing,
    )  # fmt: skip


def _limits(source: Source, rows: list[Record]) -> Table:
    heads = ("limit", "there", "used", "price")
    return Table(
        caption=say("budget_report.limits"),
        heads=tuple(
            Head(text=say(f"budget_report.{name}"), figures=name != "limit", wide=name == "limit") for name in heads
        ),
        rows=tuple(
            (
                Cell(text=_limit(row["name"])),
                Cell(text="–" if row["name"].startswith("share:") else number(row["limit"])),
                Cell(text="–" if row["name"].startswith("share:") else number(row["used"])),
                Cell(text=source.facts.money(row["price"])),
            )
            for row in sorted(rows, key=lambda row: -row["price"])
        ),
    )  # fmt: skip


def _limit(name: str) -> str:
    """Return what a limit is called."""
    kind, _, of = name.partition(":")
    return say(f"budget_report.of_{kind}", name=of)


def _launch(source: Source) -> list[Block]:
    """Return what trials say of the plan, customer by customer."""
    money = source.facts.money
    return [
        Note(
            text=say(
                "budget_report.launch", trial=row["experiment"], customers=number(row["customers"]),
                value=money(row["value"]), low=money(row["low"]), high=money(row["high"]),
                expected=money(row["expected"]),
            )
        )
        for row in source.rows(TRIALS)
        if row["status"] == "read"
    ]  # fmt: skip


def _season(source: Source, rows: list[Record]) -> Table:
    heads = ("on", "spend_now", "spend_next", "returns", "expected", "why")
    money = source.facts.money
    first = rows[0]
    return Table(
        caption=say("budget_report.season", first=day(first["from_day"]), last=day(first["to_day"])),
        heads=tuple(
            Head(text=say(f"budget_report.{name}"), figures=name not in ("on", "why"), wide=name == "why")
            for name in heads
        ),
        rows=tuple(
            (
                Cell(text=say("budget_report.retention") if row["side"] == "retention" else row["channel"]),
                Cell(text=money(row["spend_now"])),
                Cell(text=money(row["spend_next"]), note=_signed(source, row["change"])),
                Cell(text=_ratio(row["return_now"]), note=_ratio(row["return_next"])),
                Cell(text="–" if row["value_next"] is None else money(row["value_next"])),
                Cell(text=say(f"budget_report.{row['reason']}"), note=say(f"budget_report.{row['evidence']}")),
            )
            for row in rows
        ),
    )  # fmt: skip


def _signed(source: Source, change: float) -> str:
    return ("+" if change > 0 else "") + source.facts.money(change)


def _ratio(value: float | None) -> str:
    return "–" if value is None else number(value, digits=2)
