"""How far the propensities can be trusted: one chart, and one row for each of them."""

from __future__ import annotations

from patron import charts
from patron.charts.records import Record
from patron.language import number, percent, say
from patron.report.blocks import Block, Cell, Chart, Head, Table
from patron.report.source import Source, as_table

MODEL, PEER = "lightgbm", "rfm_logistic"
DRAWN = ("buys", 90)
"""The one that is drawn, where it was tested."""

Tests = dict[tuple[str, int], list[Record]]


def likely(source: Source) -> list[Block]:
    """Return the test of the propensities; nothing where none was made."""
    tests: Tests = {}
    for row in source.rows("propensity_tests"):
        tests.setdefault((row["target"], row["horizon_days"]), []).append(row)
    tests = {key: rows for key, rows in sorted(tests.items()) if _figure(rows, "auc") is not None}
    if not tests:
        return []
    drawn = DRAWN if DRAWN in tests else next(iter(tests))
    return [_chart(source, drawn, tests[drawn]), _table(tests, _excess(source))]


def _chart(source: Source, key: tuple[str, int], rows: list[Record]) -> Chart:
    target, horizon = key
    top = next((row["value"] for row in rows if _is(row, MODEL, "decile_lift", 1)), None)
    lift = number(top, digits=1) if top is not None else "–"
    return Chart(
        name="chart-likely",
        title=say("report.likely", what=_title(target), days=horizon),
        figure=charts.calibration(
            as_table("propensity_tests", rows), model=MODEL, target=target, currency=source.facts.currency, title=""
        ),
        finding=say("report.likely_finding", lift=lift),
        reading=say("report.calibration_reading"),
    )


def _excess(source: Source) -> dict[tuple[str, int], list[float]]:
    """Return by how much each test's error was above that of a perfect forecast, on all days that were tested."""
    found: dict[tuple[str, int], list[float]] = {}
    for row in source.rows("backtest"):
        if _is(row, MODEL, "ece", 0) and row["value"] is not None:
            found.setdefault((row["target"], row["horizon_days"]), []).append(row["value"] - row["low"])
    return found


def _table(tests: Tests, excess: dict[tuple[str, int], list[float]]) -> Table:
    return Table(
        caption=say("report.likely_table"),
        heads=(
            Head(text=say("report.likely_what"), wide=True),
            Head(text=say("report.likely_share"), figures=True),
            Head(text=say("report.likely_auc"), figures=True),
            Head(text=say("report.likely_auc_rfm"), figures=True),
            Head(text=say("report.likely_error"), figures=True),
            Head(text=say("report.likely_excess"), figures=True),
        ),
        rows=tuple(_row(key, rows, excess.get(key, [])) for key, rows in tests.items()),
    )


def _row(key: tuple[str, int], rows: list[Record], excess: list[float]) -> tuple[Cell, ...]:
    target, horizon = key
    area, error = _figure(rows, "auc"), _figure(rows, "ece")
    peer = _figure(rows, "auc", PEER)
    return (
        Cell(text=say("report.likely", what=_title(target), days=horizon)),
        Cell(text="–" if area is None else percent(area["actual"], digits=1)),
        Cell(text=_value(area), note=_ends(area)),
        Cell(text=_value(peer)),
        Cell(
            text="–" if error is None else percent(error["value"], digits=1),
            note="" if error is None else say("report.likely_perfect", error=percent(error["low"], digits=1)),
        ),
        Cell(
            text=percent(sum(excess) / len(excess), digits=1) if excess else "–",
            note=say("report.likely_days", count=len(excess), days=number(len(excess))) if excess else "",
        ),
    )


def _title(target: str) -> str:
    return say(f"report.likely_{target}")


def _figure(rows: list[Record], metric: str, model: str = MODEL) -> Record | None:
    return next((row for row in rows if _is(row, model, metric, 0) and row["value"] is not None), None)


def _is(row: Record, model: str, metric: str, decile: int) -> bool:
    return (row["model"], row["metric"], row["decile"]) == (model, metric, decile)


def _value(row: Record | None) -> str:
    return "–" if row is None else number(row["value"], digits=3)


def _ends(row: Record | None) -> str:
    if row is None or row["low"] is None or row["high"] is None:
        return ""
    return say("report.range", low=number(row["low"], digits=3), high=number(row["high"], digits=3))
