"""What did the tests at other days and over other horizons say?"""

from __future__ import annotations

from collections.abc import Sequence

from patron.charts.records import Record
from patron.language import day, number, percent, say
from patron.report.accuracy import NAIVE, Accuracy
from patron.report.blocks import Cell, Head, Table
from patron.report.sections.titles import model_title

_FIGURES = ("bias", "gini", "gini_gain", "mae_gain")


def walked(tests: Sequence[Record], main: Accuracy) -> tuple[Table, ...]:
    """Return one table with a line for each origin and horizon; none where only the main test was made."""
    rows = {
        (row["horizon_days"], row["origin"], row["model"], row["metric"]): row
        for row in tests
        if row["target"] == "value" and row["decile"] == 0 and row["metric"] in _FIGURES
    }
    places = sorted(
        {key[:3] for key in rows if key[2] != NAIVE}, key=lambda place: (-place[0], place[1]), reverse=False
    )
    if len({place[:2] for place in places}) < 2:
        return ()
    return (
        Table(
            caption=say("verdict.walked"),
            heads=(
                Head(text=say("verdict.head_origin")),
                Head(text=say("verdict.head_days"), figures=True),
                Head(text=say("verdict.head_model"), wide=True),
                *(Head(text=say(f"verdict.head_{metric}"), figures=True) for metric in _FIGURES),
            ),
            rows=tuple(
                (
                    Cell(text=day(origin), note=say("verdict.main") if _is_main(main, days, origin) else ""),
                    Cell(text=number(days)),
                    Cell(text=model_title(model)),
                    *(_figure(rows.get((days, origin, model, metric)), metric) for metric in _FIGURES),
                )
                for days, origin, model in places
            ),
        ),
    )


def _is_main(main: Accuracy, days: int, origin: object) -> bool:
    return (days, origin) == (main.horizon_days, main.origin)


def _figure(row: Record | None, metric: str) -> Cell:
    if row is None or row["value"] is None:
        return Cell(text="–")
    write = _share if metric in ("bias", "mae_gain") else _score
    ends = [row[end] for end in ("low", "high")]
    signed = metric != "gini"
    note = (
        ""
        if None in ends
        else say("report.range", low=write(ends[0], signed=signed), high=write(ends[1], signed=signed))
    )
    return Cell(text=write(row["value"], signed=signed), note=note)


def _share(value: float, *, signed: bool) -> str:
    return _sign(value, signed=signed) + percent(value, digits=1)


def _score(value: float, *, signed: bool) -> str:
    return _sign(value, signed=signed) + number(value, digits=3)


def _sign(value: float, *, signed: bool) -> str:
    return "+" if signed and value > 0 else ""
