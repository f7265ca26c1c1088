"""From money spent to customers: what each channel cost, whom it won and kept, and when the money comes back."""

from __future__ import annotations

from collections.abc import Callable

from patron import charts
from patron.charts.channels import channel_name
from patron.charts.records import Record
from patron.contracts.channel import EVERY
from patron.language import day, number, percent, say
from patron.report.blocks import Block, Cell, Chart, Head, Note, Section, Table
from patron.report.sections.withheld import notes
from patron.report.source import Source

TABLES = ("channels", "acquisition", "payback", "comebacks")
EVIDENCE_TONES = {"measured": "tag", "modelled": "tag", "assumed": "tag warning"}


def channels(source: Source) -> Section:
    """Return the way from money to customers as a chart, what customers cost and are worth, and who comes back."""
    blocks: list[Block] = []
    rows = source.rows("channels")
    won = {row["channel"]: row for row in source.rows("acquisition")}
    if [row for row in rows if row["channel"] != EVERY]:
        blocks.append(_money_to_customers(source, rows))
    if any(row["cac"] is not None for row in won.values()):
        blocks.append(_worth(source, list(won.values())))
    if any(row["cac"] is not None and row["channel"] != EVERY for row in source.rows("payback")):
        blocks.append(_payback(source, won))
    if found := source.rows("comebacks"):
        blocks.append(_comebacks(found))
    blocks += _trouble(rows)
    blocks += notes(source, *TABLES)
    if not blocks:
        blocks.append(Note(text=say("channel_report.none"), tone="none"))
    lead = say("channel_report.lead", horizon=source.facts.horizon)
    return Section(name="channels", title=say("channel_report.title"), lead=lead, blocks=tuple(blocks))


def _money_to_customers(source: Source, rows: list[Record]) -> Chart:
    return Chart(
        name="chart-channels",
        title=say("channel_report.chart"),
        figure=charts.channels(source["channels"], currency=source.facts.currency, title=""),
        finding=_finding(source, rows),
        reading=say("channel_report.reading"),
        doing=say("channel_report.doing"),
        table=_returns(source, rows),
    )


def _finding(source: Source, rows: list[Record]) -> str:
    whole = next((row for row in rows if row["channel"] == EVERY), None)
    money = source.facts.money
    if whole is None:
        return say("channel_report.finding_parts")
    days = {"start": day(whole["from_day"]), "end": day(whole["to_day"])}
    if not whole["spend"]:
        return say("channel_report.finding_free", won=number(whole["won"]), **days)
    finding = say("channel_report.finding", spend=money(whole["spend"]), won=number(whole["won"]), **days)
    if whole["cac"] is not None:
        finding += " " + say("channel_report.finding_cac", cac=money(whole["cac"]))
    if whole["kept"] is not None:
        finding += " " + say(
            "channel_report.finding_kept", kept=number(whole["kept"]), grown=number(whole["grown"] or 0.0)
        )
    return finding


def _returns(source: Source, rows: list[Record]) -> Table:
    """Return what came back for the money in the latest period, and how that is known."""
    money = source.facts.money
    spent = [row for row in rows if row["spend"]]
    heads = ("channel", "spend", "revenue", "roas", "roi", "incremental", "evidence")
    return Table(
        caption=say("channel_report.returns"),
        heads=tuple(Head(text=say(f"channel_report.{name}"), figures=name in heads[1:6]) for name in heads),
        rows=tuple(
            (
                Cell(text=channel_name(row["channel"])),
                Cell(text=money(row["spend"])),
                Cell(text=_or_dash(row["revenue"], money), note=_credit_note(row)),
                Cell(text=_or_dash(row["roas"], _times)),
                Cell(text=_or_dash(row["roi"], _signed_share)),
                Cell(text=_or_dash(row["incremental_roi"], _signed_share), note=_ends(row)),
                _evidence(row),
            )
            for row in sorted(spent, key=lambda row: (row["channel"] == EVERY, -row["spend"], row["channel"]))
        ),
    )


def _credit_note(row: Record) -> str:
    return "" if row["credit_status"] == "credited" else say(f"channel_report.{row['credit_status']}")


def _evidence(row: Record) -> Cell:
    if row["evidence"] is None:
        return Cell(text="–")
    return Cell(text=say(f"channel_report.{row['evidence']}"), tone=EVIDENCE_TONES[row["evidence"]])


def _ends(row: Record) -> str:
    if row["incremental_low"] is None:
        return ""
    return say("report.range", low=_signed_share(row["incremental_low"]), high=_signed_share(row["incremental_high"]))


def _worth(source: Source, rows: list[Record]) -> Table:
    """Return what customers of each channel cost and are worth, with what is not bought at the end."""
    money = source.facts.money
    heads = ("channel", "won", "cac", "ltv", "ltv_cac", "payback", "came_back")
    ordered = sorted(rows, key=lambda row: (row["channel"] == EVERY, row["cac"] is None, -row["won"], row["channel"]))
    return Table(
        caption=say("channel_report.worth", horizon=source.facts.horizon),
        heads=tuple(Head(text=say(f"channel_report.{name}"), figures=name in heads[1:]) for name in heads),
        rows=tuple(
            (
                Cell(text=channel_name(row["channel"]), note=_known(row)),
                Cell(text=number(row["won"])),
                Cell(text=_or_dash(row["cac"], money), note=_range(row, "cac", money)),
                Cell(text=_or_dash(row["ltv"], money), note=_range(row, "ltv", money)),
                Cell(
                    text=_or_dash(row["ltv_cac"], _times), note=_range(row, "ltv_cac", _times),
                    tone="down" if row["ltv_cac_high"] is not None and row["ltv_cac_high"] < 1 else "",
                ),
                _back(row, source.facts.horizon),
                Cell(text=_or_dash(row["return_rate"], _share), note=_range(row, "return", _share)),
            )
            for row in ordered
        ),
    )  # fmt: skip


def _known(row: Record) -> str:
    """Say how the channel is known, and why it has no cost."""
    if row["status"] != "read":
        return say(f"channel_report.{row['status']}")
    return say("channel_report.credited") if row["known_by"] == "credited" else ""


def _back(row: Record, horizon: str) -> Cell:
    if row["cac"] is None:
        return Cell(text="–")
    if row["payback_days"] is None:
        return Cell(text=say("channel_report.not_back", horizon=horizon))
    high = "–" if row["payback_high"] is None else number(row["payback_high"])
    low = "–" if row["payback_low"] is None else number(row["payback_low"])
    text = _days(row["payback_days"])
    return Cell(text=text, note=say("report.range", low=low, high=high))


def _days(value: float) -> str:
    if round(value) < 1:
        return say("channel_report.at_once")
    return say("report.days", count=round(value), days=number(value))


def _payback(source: Source, won: dict[str, Record]) -> Chart:
    told = [row for row in won.values() if row["channel"] != EVERY and row["payback_days"] is not None]
    late = [row for row in won.values() if row["channel"] != EVERY and row["cac"] and row["payback_days"] is None]
    parts = []
    if told:
        first = min(told, key=lambda row: (row["payback_days"], row["channel"]))
        last = max(told, key=lambda row: (row["payback_days"], row["channel"]))
        names = {"first": channel_name(first["channel"]), "last": channel_name(last["channel"])}
        days = {"first_days": _days(first["payback_days"]), "last_days": _days(last["payback_days"])}
        parts.append(say("channel_report.payback_finding", **names, **days))
    if late:
        told_late = ", ".join(sorted(channel_name(row["channel"]) for row in late))
        parts.append(say("channel_report.payback_late", channels=told_late))
    return Chart(
        name="chart-payback",
        title=say("channel_report.payback_chart"),
        figure=charts.payback(source["payback"], currency=source.facts.currency, title=""),
        finding=" ".join(parts) or say("channel_report.payback_none"),
        reading=say("channel_report.payback_reading"),
    )


def _comebacks(rows: list[Record]) -> Table:
    heads = ("brought_by", "verdict", "customers", "again", "difference", "best_guess")
    return Table(
        caption=say("channel_report.comebacks", days=rows[0]["horizon_days"]),
        heads=tuple(
            Head(text=say(f"channel_report.{name}"), figures=name in heads[2:], wide=name == "brought_by")
            for name in heads
        ),
        rows=tuple(
            (
                Cell(text=_item(row), note=say(f"channel_report.kind_{row['kind']}")),
                _verdict(row),
                Cell(text=number(row["customers"])),
                Cell(text=percent(row["rate_again"], digits=1)),
                Cell(text=_points(row["difference"]),
                     note=say("report.range", low=_points(row["low"]), high=_points(row["high"]))),
                Cell(text=_points(row["shrunk"])),
            )
            for row in rows
        ),
        folded=not any(row["found"] for row in rows),
    )  # fmt: skip


def _item(row: Record) -> str:
    return channel_name(row["item"]) if row["kind"] == "channel" else str(row["item"])


def _verdict(row: Record) -> Cell:
    if row["found"]:
        return Cell(text=say("channel_report.found"), tone="tag")
    return Cell(text=say("channel_report.open"), tone="tag warning")


def _trouble(rows: list[Record]) -> list[Block]:
    """Say what is wrong with spend: below zero, or for nobody."""
    found: list[Block] = []
    for status in ("negative_spend", "nobody_won"):
        names = [channel_name(row["channel"]) for row in rows if row["status"] == status and row["channel"] != EVERY]
        if names:
            found.append(Note(text=say(f"channel_report.{status}_note", channels=", ".join(sorted(names)))))
    return found


def _or_dash(value: float | None, write: Callable[[float], str]) -> str:
    return "–" if value is None else write(value)


def _range(row: Record, name: str, write: Callable[[float], str]) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return "" if low is None else say("report.range", low=_or_dash(low, write), high=_or_dash(high, write))


def _times(value: float) -> str:
    return f"{number(value, digits=1)} ×"


def _share(value: float) -> str:
    return percent(value)


def _signed_share(value: float) -> str:
    return ("+" if value > 0 else "") + percent(value)


def _points(value: float) -> str:
    return number(100 * value, digits=1)
