"""How far the forecast can be trusted."""

from __future__ import annotations

from patron import charts
from patron.charts.records import Record
from patron.language import day, number, percent, say
from patron.models.spend_independence import sentence
from patron.report.accuracy import NAIVE, Accuracy
from patron.report.blocks import Block, Cell, Chart, Head, Note, Row, Section, Table
from patron.report.headline import total_error
from patron.report.sections.likely import likely
from patron.report.sections.titles import model_title
from patron.report.sections.verdict import verdict
from patron.report.sections.walked import walked
from patron.report.sections.withheld import notes
from patron.report.source import Source

WORTH_A_WARNING = 0.1
_RECALIBRATED = "recalibrated"
"""In a model's name: its forecast was corrected by what came of an earlier one."""

_METRICS = ("bias", "mae", "rmse", "gini")


def trust(source: Source) -> Section:
    """Return what a forecast made in the past was worth, and how many customers each grade stands for."""
    blocks: list[Block] = []
    test = source.accuracy
    if test is None:
        blocks.append(Note(text=say("charts.no_backtest"), tone="none"))
    else:
        blocks += [
            *_caution(source, test),
            *verdict(source, test),
            Row(charts=tuple(_calibration(source, test, model) for model in (test.model, NAIVE))),
            _lift(source, test),
            _figures(source, test),
            *walked(source.tests, test),
        ]
    if source.models:
        blocks += [_grades(source), *_spend(source)]
    blocks += likely(source)
    blocks += notes(source, "backtest", "grades", "propensity_tests")
    return Section(name="trust", title=say("report.trust"), lead=_lead(test), blocks=tuple(blocks))


def _spend(source: Source) -> tuple[Note, ...]:
    """Say whether who buys more often spends more, which the forecast of the spend takes up or leaves alone."""
    known = source.facts.spend
    if known is None and not any("gamma_gamma" in row["model"] for row in source.models):
        return ()
    text = say("spend.untested") if known is None else sentence(known)
    return (Note(title=say("spend.title"), text=text),)


def _caution(source: Source, test: Accuracy) -> tuple[Note, ...]:
    """Warn where the total was off by a tenth or more: the amounts of this report will be, too, unless corrected."""
    bias = test.value(test.model, "value", "bias")
    if bias is None or abs(bias) < WORTH_A_WARNING:
        return ()
    side = "high" if bias > 0 else "low"
    corrected = _RECALIBRATED not in test.model and any(_RECALIBRATED in row["model"] for row in source.models)
    key = f"report.caution_{side}_corrected" if corrected else f"report.caution_{side}"
    text = say(key, error=percent(abs(bias)))
    return (Note(tone="warning", title=say("report.caution"), text=text),)


def _lead(test: Accuracy | None) -> str:
    if test is None:
        return say("report.trust_lead_untested")
    return say("report.trust_lead", day=day(test.origin), days=number(test.horizon_days))


def _calibration(source: Source, test: Accuracy, model: str) -> Chart:
    naive = model == NAIVE
    return Chart(
        name="chart-calibration-naive" if naive else "chart-calibration",
        title=say("report.calibration_naive") if naive else say("report.calibration", model=model_title(model)),
        figure=charts.calibration(
            source["backtest"], model=model, currency=source.facts.currency, top=_top(source, test), title=""
        ),
        finding=(say("report.calibration_naive_finding") if naive else total_error(test))
        or say("report.calibration_finding"),
        reading=say("report.calibration_naive_reading") if naive else say("report.calibration_reading"),
    )


def _top(source: Source, test: Accuracy) -> float | None:
    """Return one upper end for both charts, so that they can be compared."""
    ends = [
        row[end]
        for row in source.backtest
        if row["metric"] == "calibration" and row["target"] == "value" and row["model"] in (test.model, NAIVE)
        for end in ("predicted", "actual", "high")
        if row[end] is not None
    ]
    return max(ends) * 1.05 if ends else None


def _lift(source: Source, test: Accuracy) -> Chart:
    first = next(
        (
            row["value"]
            for row in source.backtest
            if (row["model"], row["target"], row["metric"], row["decile"]) == (test.model, "value", "decile_lift", 1)
        ),
        None,
    )
    finding = say("charts.no_backtest") if first is None else say("report.lift_finding", lift=number(first, digits=1))
    return Chart(
        name="chart-lift",
        title=say("report.lift"),
        figure=charts.lift(
            source["backtest"], models={test.model: model_title(test.model), NAIVE: say("report.naive")}, title=""
        ),
        finding=finding,
        reading=say("report.lift_reading"),
        doing=say("report.lift_doing"),
    )


def _figures(source: Source, test: Accuracy) -> Table:
    return Table(
        caption=say("report.accuracy_table", model=model_title(test.model)),
        heads=(
            Head(text=say("report.measure"), wide=True),
            Head(text=say("report.value_model"), figures=True),
            Head(text=say("report.value_naive"), figures=True),
            Head(text=say("report.orders_model"), figures=True),
            Head(text=say("report.orders_naive"), figures=True),
        ),
        rows=tuple(
            (
                Cell(text=say(f"report.{metric}"), note=say(f"report.{metric}_meaning")),
                *(
                    _figure(source, test, model, target, metric)
                    for target in ("value", "orders")
                    for model in (test.model, NAIVE)
                ),
            )
            for metric in _METRICS
        ),
    )


def _figure(source: Source, test: Accuracy, model: str, target: str, metric: str) -> Cell:
    row = test.rows.get((model, target, metric))
    if row is None or row["value"] is None:
        return Cell(text="–")
    if metric == "bias":
        return Cell(text=("+" if row["value"] > 0 else "") + percent(row["value"], digits=1))
    if metric == "gini":
        return Cell(text=number(row["value"], digits=3), note=_ends(row))
    return Cell(text=source.facts.money(row["value"]) if target == "value" else number(row["value"], digits=2))


def _ends(row: Record) -> str:
    if row["low"] is None or row["high"] is None:
        return ""
    return say("report.range", low=number(row["low"], digits=3), high=number(row["high"], digits=3))


def _grades(source: Source) -> Table:
    customers = sum(row["customers"] for row in source.models)
    predicted = sum(row["predicted"] for row in source.models)
    grades = sorted({row["grade"] for row in source.models})
    return Table(
        caption=say("report.grades_table"),
        heads=(
            Head(text=say("report.grade")),
            Head(text=say("report.head_customers"), figures=True),
            Head(text=say("report.head_predicted", worth=source.facts.worth), figures=True),
            Head(text=say("report.head_made_by")),
        ),
        rows=tuple(
            _grade(source, [row for row in source.models if row["grade"] == grade], grade, customers, predicted)
            for grade in grades
        ),
    )


def _grade(source: Source, rows: list[Record], grade: str, customers: int, predicted: float) -> tuple[Cell, ...]:
    count, value = sum(row["customers"] for row in rows), sum(row["predicted"] for row in rows)
    return (
        Cell(text=grade, note=say(f"report.grade_{grade}")),
        Cell(text=number(count), note=percent(count / customers)),
        Cell(text=source.facts.money(value), note=percent(value / predicted) if predicted else ""),
        Cell(text=", ".join(sorted({model_title(row["model"]) for row in rows}))),
    )
