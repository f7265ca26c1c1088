"""What brought the orders: each channel's share by the last touch, by a path model, and as lift tests correct it."""

from __future__ import annotations

from patron import charts
from patron.charts.channel_credit import channel_title, model_title
from patron.charts.records import Record
from patron.contracts.touch import ALL, BASELINE, CALIBRATED, CUSTOMER, NEW, NONE
from patron.language import day, number, percent, say
from patron.report.blocks import Block, Cell, Chart, Head, Note, Section, Table
from patron.report.sections.withheld import notes
from patron.report.source import Source

CREDIT, LIFTS = "attribution", "channel_lifts"


def attribution(source: Source) -> Section:
    """Return what the channels are given, what tests say of that, and all models beside each other."""
    rows = source.rows(CREDIT)
    blocks: list[Block] = []
    if rows:
        model = source.credited_by
        lifts = [row for row in source.rows(LIFTS) if row["model"] == model]
        blocks += [_chart(source, rows, model), _channels(source, rows, model)]
        blocks += [
            Note(text=_of_test(row), tone="advice" if row["status"] == "calibrated" else "none") for row in lifts
        ]
        if not lifts:
            blocks.append(Note(text=say("attribution_report.no_tests"), tone="none"))
        blocks.append(_models(rows))
    elif not source.withheld(CREDIT):
        blocks.append(Note(text=say("attribution_report.nothing"), tone="none"))
    blocks += notes(source, CREDIT, LIFTS)
    lead = say("attribution_report.lead")
    return Section(name="attribution", title=say("attribution_report.title"), lead=lead, blocks=tuple(blocks))


def _of(rows: list[Record], model: str, segmentation: str = ALL, segment: str = ALL) -> dict[str, Record]:
    return {
        row["channel"]: row for row in rows
        if (row["model"], row["segmentation"], row["segment"]) == (model, segmentation, segment)
    }  # fmt: skip


def _chart(source: Source, rows: list[Record], model: str) -> Chart:
    return Chart(
        name="chart-channel-credit", title=say("attribution_report.chart"),
        figure=charts.channel_credit(source[CREDIT], model=model, title=""), finding=_finding(rows, model),
        reading=say("attribution_report.reading", model=model_title(model)), doing=say("attribution_report.doing"),
    )  # fmt: skip


def _finding(rows: list[Record], model: str) -> str:
    """Name the channel that the last touch is furthest off, against the best that is known."""
    last, best = _of(rows, "last"), _of(rows, model + CALIBRATED) or _of(rows, model)
    apart = {
        name: last.get(name, {"orders": 0.0})["orders"] - best.get(name, {"orders": 0.0})["orders"]
        for name in {*last, *best} - {NONE, BASELINE}
    }  # fmt: skip
    if not apart:
        return say("attribution_report.untouched")
    name = min(apart, key=lambda one: (-abs(apart[one]), one))
    said = "over" if apart[name] > 0 else "under"
    return say(
        f"attribution_report.{said}", channel=channel_title(name),
        last=number(last.get(name, {"orders": 0.0})["orders"]),
        best=number(best.get(name, {"orders": 0.0})["orders"]),
    )  # fmt: skip


def _channels(source: Source, rows: list[Record], model: str) -> Table:
    best = model + CALIBRATED if _of(rows, model + CALIBRATED) else model
    own, new = _of(rows, best), _of(rows, best, CUSTOMER, NEW)
    first = next(iter(own.values()))
    heads = ("channel", "touched", "orders", "share", "new_orders", "revenue", "margin", "predicted_value")
    money = source.facts.money
    ordered = sorted(own.values(), key=lambda row: (row["channel"] in (NONE, BASELINE), -row["orders"], row["channel"]))
    return Table(
        caption=say(
            "attribution_report.table", model=model_title(best), since=day(first["from_day"]),
            until=day(first["to_day"]),
        ),
        heads=tuple(Head(text=say(f"attribution_report.{name}"), figures=name != "channel") for name in heads),
        rows=tuple(
            (
                Cell(text=channel_title(row["channel"]), note=_evidence(row)),
                Cell(text="–" if row["channel"] == BASELINE else number(row["touched"])),
                Cell(text=number(row["orders"])),
                Cell(text=percent(row["share"], digits=1)),
                Cell(text=number(new[row["channel"]]["orders"]) if row["channel"] in new else "–"),
                *(Cell(text=money(row[name])) for name in heads[5:]),
            )
            for row in ordered
        ),
    )  # fmt: skip


def _evidence(row: Record) -> str:
    if row["channel"] in (NONE, BASELINE):
        return ""
    if row["ratio"] is None:
        return say("attribution_report.by_model")
    ends = say("report.range", low=_times(row["ratio_low"]), high=_times(row["ratio_high"]))
    return say("attribution_report.by_test", ratio=_times(row["ratio"]), range=ends)


def _of_test(row: Record) -> str:
    """Say what tests found of one channel, or why nothing can be read off them."""
    facts = {"channel": channel_title(row["channel"]), "tests": row["tests"]}
    if row["status"] != "calibrated":
        return say(f"attribution_report.{row['status']}", **facts)
    counts = {name: number(row[name]) for name in ("measured", "measured_low", "measured_high", "attributed")}
    said = say("attribution_report.tested", **facts, **counts, ratio=_times(row["ratio"]))
    if not row["unplaced"]:
        return said
    return f"{said} {say('attribution_report.unplaced', unplaced=number(row['unplaced']))}"


def _models(rows: list[Record]) -> Table:
    """Return all models beside each other, without what tests correct."""
    names = [name for name in dict.fromkeys(row["model"] for row in rows) if not name.endswith(CALIBRATED)]
    columns = {name: _of(rows, name) for name in names}
    channels = sorted({row["channel"] for row in rows if row["model"] in names} - {BASELINE},
                      key=lambda one: (one == NONE, one))  # fmt: skip
    return Table(
        caption=say("attribution_report.models"),
        heads=(
            Head(text=say("attribution_report.channel")),
            *(Head(text=model_title(name), figures=True) for name in names),
        ),
        rows=tuple(
            (
                Cell(text=channel_title(channel)),
                *(Cell(text=number(mine[channel]["orders"]) if channel in mine else "–") for mine in columns.values()),
            )
            for channel in channels
        ),
        folded=True,
    )  # fmt: skip


def _times(value: float) -> str:
    return f"{number(value, digits=2)} ×"
