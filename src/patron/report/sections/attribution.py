"""What brought the orders: each channel's share by the last touch, by a path model, and as lift tests correct it."""

from __future__ import annotations

from patron import charts
from patron.charts.channel_credit import channel_title, model_title, tested_range
from patron.charts.records import Record
from patron.contracts.touch import ALL, BASELINE, CALIBRATED, CUSTOMER, MODELS, NEW, NONE
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
        if read := [row for row in lifts if row["status"] == "calibrated"]:
            blocks.append(_tests(read))
        blocks += [Note(text=_unread(row), tone="none") for row in lifts if row["status"] != "calibrated"]
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
    found = number(best[name]["orders"]) if name in best else number(0)
    before = _of(rows, model)
    if name in best and name in before and (ends := tested_range(best[name], before[name])):
        found = say("attribution_report.within", orders=found, low=number(ends[0]), high=number(ends[1]))
    return say(
        f"attribution_report.{said}", channel=channel_title(name), best=found,
        last=number(last.get(name, {"orders": 0.0})["orders"]),
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
    ends = _range(_times(row["ratio_low"]), _times(row["ratio_high"]))
    return say("attribution_report.by_test", ratio=_times(row["ratio"]), range=ends)


def _tests(rows: list[Record]) -> Table:
    """Return what tests measured of each channel beside what the model had given it."""
    heads = ("channel", "measured", "attributed", "ratio")
    return Table(
        caption=say("attribution_report.tests"),
        heads=tuple(Head(text=say(f"attribution_report.{name}"), figures=name != "channel") for name in heads),
        rows=tuple(
            (
                Cell(text=channel_title(row["channel"]), note=row["tests"]),
                Cell(
                    text=number(row["measured"]),
                    note=_range(number(row["measured_low"]), number(row["measured_high"])),
                ),
                Cell(text=number(row["attributed"]), note=_unplaced(row)),
                Cell(text=_times(row["ratio"]), note=_range(_times(row["ratio_low"]), _times(row["ratio_high"]))),
            )
            for row in rows
        ),
    )  # fmt: skip


def _range(low: str, high: str) -> str:
    return say("report.range", low=low, high=high)


def _unplaced(row: Record) -> str:
    """Say how many of a channel's orders have no known touch of it, where that is any."""
    if not row["unplaced"] or row["unplaced"] < 0.5:
        return ""
    return say("attribution_report.unplaced", unplaced=number(row["unplaced"]))


def _unread(row: Record) -> str:
    """Say why nothing can be read off the tests of one channel."""
    return say(f"attribution_report.{row['status']}", channel=channel_title(row["channel"]), tests=row["tests"])


def _models(rows: list[Record]) -> Table:
    """Return all models beside each other, without what tests correct."""
    there = {row["model"] for row in rows}
    names = [name for name in MODELS if name in there]
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
