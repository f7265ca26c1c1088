"""The key metrics: where they are going, and how each segment stands against its target."""

from __future__ import annotations

from patron import charts
from patron.charts.kpi_trend import write
from patron.charts.records import Record
from patron.kpis.metrics import METRICS, Metric
from patron.language import month, say
from patron.report.blocks import Block, Cell, Chart, Head, Note, Row, Section, Table
from patron.report.sections.titles import division_title
from patron.report.sections.withheld import notes
from patron.report.source import Source

TRENDS = (
    "revenue",
    "margin",
    "active",
    "new",
    "retention_rate",
    "purchase_frequency",
    "average_order_value",
    "return_rate",
    "lapsed",
    "won_back",
)
SHOWN = 9
_MARKS = {"ahead": "✓", "on_track": "•", "behind": "!", "unknown": "?"}
_TONES = {"ahead": "up", "on_track": "", "behind": "down", "unknown": ""}


def kpis(source: Source) -> Section:
    """Return the trends of the whole shop, its targets, and those of the segments."""
    totals = [row for row in source.rows("kpis") if row["value"] is not None]
    blocks: list[Block] = []
    if trends := _trends(source, totals):
        blocks += [Row(charts=trends, small=True), Note(text=say("report.trend_reading"))]
    targets = source.rows("targets")
    blocks += _targets(source, targets)
    if not targets and totals:
        blocks.append(Note(text=say("report.no_targets"), tone="none"))
    blocks += notes(source, "kpis", "targets")
    return Section(
        name="metrics",
        title=say("report.kpis"),
        lead=say("report.kpis_lead"),
        blocks=tuple(blocks) or (Note(text=say("report.no_kpis"), tone="none"),),
    )


def _trends(source: Source, totals: list[Record]) -> tuple[Chart, ...]:
    drawn = []
    for metric in (one for name in TRENDS for one in METRICS if one.name == name):
        if not _meant(metric.name, source.facts.basis):
            continue
        rows = sorted((row for row in totals if row["metric"] == metric.name), key=lambda row: row["month"])
        if rows:
            drawn.append(_trend(source, metric, rows))
    return tuple(drawn[:SHOWN])


def _meant(metric: str, basis: str) -> bool:
    """Tell whether a metric says something of its own: where no cost is known, margin is revenue again."""
    return basis == "margin" or metric not in ("margin", "margin_rate")


def _trend(source: Source, metric: Metric, rows: list[Record]) -> Chart:
    whole = [row for row in rows if row["complete"]]
    return Chart(
        name=f"chart-kpi-{metric.name.replace('_', '-')}",
        title=metric.title,
        figure=charts.kpi_trend(source["kpis"], metric=metric.name, currency=source.facts.currency, title=""),
        value=write(whole[-1]["value"], unit=metric.unit, currency=source.facts.currency) if whole else "",
        finding=_latest(source, metric, whole) if whole else say("report.no_whole_month"),
    )


def _latest(source: Source, metric: Metric, whole: list[Record]) -> str:
    last = whole[-1]
    year_before = next(
        (row for row in whole if row["month"] == last["month"].replace(year=last["month"].year - 1)), None
    )
    if year_before is None:
        return say("report.kpi_latest", month=month(last["month"]))
    before = write(year_before["value"], unit=metric.unit, currency=source.facts.currency)
    return say("report.kpi_latest_against", month=month(last["month"]), before=before)


def _targets(source: Source, targets: list[Record]) -> list[Block]:
    metrics = {metric.name: metric for metric in METRICS}
    known = [
        row
        for row in targets
        if row["metric"] in metrics and row["value"] is not None and _meant(row["metric"], source.facts.basis)
    ]
    blocks: list[Block] = []
    if total := [row for row in known if row["segmentation"] == "all"]:
        order = list(metrics)
        total.sort(key=lambda row: order.index(row["metric"]))
        blocks.append(_of_total(source, total, metrics))
    shown = [name for name in ("rfm", "value_map", "tier") if any(row["segmentation"] == name for row in known)]
    shown += sorted({row["segmentation"] for row in known} - {"all", "rfm", "value_map", "tier"})
    for segmentation in shown:
        rows = [row for row in known if row["segmentation"] == segmentation]
        blocks.append(_of_segments(source, segmentation, rows, metrics, folded=segmentation != shown[0]))
    if shown:
        blocks.append(Note(text=_legend()))
    return blocks


def _legend() -> str:
    return ", ".join(f"{mark} {say(f'report.{status}')}" for status, mark in _MARKS.items())


def _of_total(source: Source, rows: list[Record], metrics: dict[str, Metric]) -> Table:
    return Table(
        caption=say("report.targets_total", month=month(rows[0]["month"])),
        heads=(
            Head(text=say("report.metric")),
            Head(text=say("report.head_value"), figures=True),
            Head(text=say("report.head_target"), figures=True),
            Head(text=say("report.head_range"), figures=True),
            Head(text=say("report.head_status")),
            Head(text=say("report.head_source")),
        ),
        rows=tuple(
            (
                Cell(text=metrics[row["metric"]].title),
                Cell(text=_write(source, metrics[row["metric"]], row["value"])),
                Cell(text=_write(source, metrics[row["metric"]], row["target"])),
                Cell(
                    text=say(
                        "report.range",
                        low=_write(source, metrics[row["metric"]], row["low"]),
                        high=_write(source, metrics[row["metric"]], row["high"]),
                    )
                ),
                Cell(text=_status(row), tone=f"tag {_TONES[row['status']]}"),
                Cell(text=say(f"report.target_from_{row['source']}")),
            )
            for row in rows
        ),
    )


def _of_segments(
    source: Source, segmentation: str, rows: list[Record], metrics: dict[str, Metric], *, folded: bool
) -> Table:
    titles = source.titles(segmentation)
    present = [name for name in metrics if any(row["metric"] == name for row in rows)]
    cells = {(row["segment"], row["metric"]): row for row in rows}
    segments = [name for name in titles if any(row["segment"] == name for row in rows)]
    segments += sorted({row["segment"] for row in rows} - set(segments))
    return Table(
        caption=say("report.targets_segments", month=month(rows[0]["month"]), name=division_title(segmentation)),
        folded=folded,
        heads=(
            Head(text=say("report.segment")),
            *(Head(text=metrics[name].title, figures=True) for name in present),
        ),
        rows=tuple(
            (
                Cell(text=titles.get(segment, segment)),
                *(_standing(source, metrics[name], cells.get((segment, name))) for name in present),
            )
            for segment in segments
        ),
    )


def _standing(source: Source, metric: Metric, row: Record | None) -> Cell:
    if row is None or row["value"] is None:
        return Cell(text="–")
    value = _write(source, metric, row["value"])
    mark = _MARKS[row["status"]]
    note = say("report.target_is", target=_write(source, metric, row["target"]))
    return Cell(text=f"{mark} {value}", note=note, tone=_TONES[row["status"]])


def _status(row: Record) -> str:
    return f"{_MARKS[row['status']]} {say('report.' + row['status'])}"


def _write(source: Source, metric: Metric, value: float | None) -> str:
    return "–" if value is None else write(value, unit=metric.unit, currency=source.facts.currency)
