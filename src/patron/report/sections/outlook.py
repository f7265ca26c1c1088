"""What the months ahead will bring, what the customers are worth, and what a new one may cost."""

from __future__ import annotations

from datetime import timedelta

from patron import charts
from patron.charts.records import Record
from patron.contracts.outcome import COMPONENTS
from patron.language import day, month, number, percent, say
from patron.report.blocks import Block, Cell, Chart, Head, Note, Section, Table
from patron.report.sections.withheld import notes
from patron.report.source import Source

MARKS = {"opening": 1, "closing": 1}


def outlook(source: Source) -> Section:
    """Return the monthly revenue ahead and the equity bridge as charts, and the value of new customers as a table."""
    blocks: list[Block] = []
    if rows := source.rows("revenue_forecast"):
        blocks.append(_revenue(source, rows))
        if season := _season(rows):
            blocks.append(season)
    if (rows := source.rows("equity")) and {row["component"] for row in rows} == set(COMPONENTS):
        blocks.append(_equity(source, {row["component"]: row for row in rows}))
    if rows := source.rows("acquisition_value"):
        blocks.append(_acquisition(source, rows))
    blocks += notes(source, "revenue_forecast", "equity", "acquisition_value")
    return Section(
        name="outlook",
        title=say("outlook.title"),
        lead=say("outlook.lead", horizon=source.facts.horizon),
        blocks=tuple(blocks) or (Note(text=say("outlook.none"), tone="none"),),
    )


def _revenue(source: Source, rows: list[Record]) -> Chart:
    facts = source.facts
    whole = {row["part"]: row for row in rows if row["span"] == "horizon"}
    total, present = whole["total"], whole["present"]
    finding = say(
        "outlook.finding", horizon=facts.horizon, total=facts.money(total["revenue"]),
        low=facts.money(total["revenue_low"]), high=facts.money(total["revenue_high"]),
        share=percent(present["revenue"] / total["revenue"] if total["revenue"] else 0.0),
        newcomers=number(total["newcomers"]),
    )  # fmt: skip
    for test in source.rows("revenue_tests"):
        finding += " " + say(
            "outlook.tested", months=number(test["months"]), off=facts.money(test["mae"]),
            naive=facts.money(test["naive_mae"]), inside=percent(test["coverage"]),
        )  # fmt: skip
    return Chart(
        name="chart-revenue-forecast",
        title=say("outlook.chart_title"),
        figure=charts.revenue_forecast(
            source["revenue_forecast"], source["kpis"], currency=facts.currency, title=""
        ),
        finding=finding,
        reading=say("outlook.reading"),
        table=_months(source, rows),
    )  # fmt: skip


def _season(rows: list[Record]) -> Note | None:
    """Say that no season is in the forecast, where two years have not shown one."""
    return None if max(row["season_months"] for row in rows) else Note(text=say("outlook.no_season"), tone="none")


def _months(source: Source, rows: list[Record]) -> Table:
    facts = source.facts
    parts = ("present", "new", "total")
    spans: dict[tuple[str, object], dict[str, Record]] = {}
    for row in rows:
        spans.setdefault((row["span"], row["from_day"]), {})[row["part"]] = row
    ordered = sorted(spans.items(), key=lambda item: (item[0][0] == "horizon", item[0][1]))
    return Table(
        caption=say("outlook.months_table"),
        heads=(
            Head(text=say("outlook.head_days")),
            *(Head(text=say(f"outlook.{part}"), figures=True) for part in parts),
            Head(text=say("outlook.head_interval"), figures=True),
        ),
        rows=tuple(
            (
                _label(one["total"]),
                *(Cell(text=facts.money(one[part]["revenue"])) for part in parts),
                Cell(text=_interval(source, one["total"]["revenue_low"], one["total"]["revenue_high"])),
            )
            for _, one in ordered
            if set(one) == set(parts)
        ),
    )


def _label(row: Record) -> Cell:
    """Name a month, with its days where it is cut."""
    first, last = row["from_day"], row["to_day"]
    if row["span"] == "horizon":
        return Cell(text=say("outlook.whole"))
    cut = first.day != 1 or (last + timedelta(days=1)).day != 1
    note = say("outlook.cut", first=number(first.day), last=number(last.day)) if cut else ""
    return Cell(text=month(first), note=note)


def _interval(source: Source, low: float, high: float) -> str:
    return say("outlook.interval", low=source.facts.money(low), high=source.facts.money(high))


def _equity(source: Source, rows: dict[str, Record]) -> Chart:
    facts = source.facts
    opening, closing = rows["opening"], rows["closing"]
    change = closing["amount"] - opening["amount"]
    sure = closing["low"] is not None and closing["high"] is not None
    finding = say(
        "outlook.equity_finding", horizon=facts.horizon, worth=facts.worth, closing=facts.money(closing["amount"]),
        change=facts.signed(change), day=day(opening["from_day"]), acquired=facts.money(rows["acquired"]["amount"]),
        lost=facts.money(abs(rows["lost"]["amount"])),
    )  # fmt: skip
    if sure:
        finding += " " + say("outlook.equity_interval", interval=_interval(source, closing["low"], closing["high"]))
    return Chart(
        name="chart-equity",
        title=say("outlook.equity_chart_title"),
        figure=charts.equity_bridge(source["equity"], currency=facts.currency, title=""),
        finding=finding,
        reading=say("outlook.equity_reading"),
        table=_components(source, rows),
    )


def _components(source: Source, rows: dict[str, Record]) -> Table:
    facts = source.facts
    return Table(
        caption=say("outlook.equity_table"),
        heads=(
            Head(text=say("outlook.head_component")),
            Head(text=say("report.head_customers"), figures=True),
            Head(text=say("outlook.head_amount"), figures=True),
        ),
        rows=tuple(
            (
                Cell(text=say(f"outlook.{name}"), note=say(f"outlook.{name}_meaning")),
                Cell(text=number(rows[name]["customers"])),
                Cell(text=facts.money(rows[name]["amount"]) if name in MARKS else facts.signed(rows[name]["amount"])),
            )
            for name in COMPONENTS
        ),
    )


def _acquisition(source: Source, rows: list[Record]) -> Table:
    facts = source.facts
    if {row["channel"] for row in rows} == {"all", "unknown"}:
        rows = [row for row in rows if row["channel"] == "all"]
    ordered = sorted(rows, key=lambda row: (row["channel"] == "all", -row["value"], row["channel"]))
    return Table(
        caption=say("outlook.acquisition_table", horizon=facts.horizon, worth=facts.worth),
        heads=(
            Head(text=say("outlook.head_channel")),
            *(
                Head(text=say(f"outlook.head_{name}"), figures=True)
                for name in ("new", "value", "allowable", "cost", "payback")
            ),
        ),
        rows=tuple(
            (
                Cell(text=_channel(row["channel"])),
                Cell(text=number(row["customers"])),
                Cell(text=facts.money(row["value"]), note=_interval(source, row["value_low"], row["value_high"])),
                Cell(text=facts.money(row["allowable_cost"])),
                Cell(text="–" if row["cost"] is None else facts.money(row["cost"]), tone=_tone(row)),
                Cell(text=_payback(source, row)),
            )
            for row in ordered
        ),
    )  # fmt: skip


def _channel(name: str) -> str:
    return say(f"outlook.channel_{name}") if name in ("all", "unknown") else name


def _tone(row: Record) -> str:
    """Mark a cost that is higher than the channel's customers allow."""
    return "down" if row["cost"] is not None and row["cost"] > row["allowable_cost"] else ""


def _payback(source: Source, row: Record) -> str:
    if row["cost"] is None:
        return "–"
    if row["payback_days"] is None:
        return say("outlook.no_payback", horizon=source.facts.horizon)
    if not row["payback_days"]:
        return say("outlook.at_once")
    return say("report.days", count=int(row["payback_days"]), days=number(row["payback_days"]))
