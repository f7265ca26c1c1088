"""Models of attribution beside each other."""

from __future__ import annotations

import json
import re

import pyarrow as pa
import pytest

from patron import charts
from patron.charts.theme import swaps
from patron.errors import ContractError
from patron.kpis import attribution

PATHS = pa.table({"path": ["mail > search", "search", "<b>odd</b>"], "conversions": [3, 2, 1], "nulls": [1, 9, 0]})
CREDITS = attribution(PATHS, model=["last", "first", "markov"])


def test_each_model_has_marks_and_each_channel_a_span() -> None:
    figure = charts.attribution(CREDITS)
    marks = [trace for trace in figure.data if trace.mode == "markers"]
    assert [trace.name for trace in marks] == ["first touch", "last touch", "Markov chain"]
    assert sum(marks[1].x) == pytest.approx(1)
    assert len([trace for trace in figure.data if trace.mode == "lines"]) == 3
    assert "&lt;b&gt;odd&lt;/b&gt;" in figure.layout.yaxis.categoryarray
    colours = set(re.findall(r"#[0-9a-fA-F]{6}\b", json.dumps(json.loads(figure.to_json())["data"])))
    assert colours <= set(swaps())


def test_a_runs_table_shows_all_orders_and_calibrated_models() -> None:
    rows = [
        {"model": model, "segmentation": division, "segment": segment, "channel": "mail", "orders": 2.0, "share": 0.5}
        for model in ("markov calibrated", "markov") for division, segment in (("all", "all"), ("customer", "new"))
    ]  # fmt: skip
    marks = [trace for trace in charts.attribution(pa.Table.from_pylist(rows)).data if trace.mode == "markers"]
    assert [(trace.name, len(trace.x)) for trace in marks] == [
        ("Markov chain", 1),
        ("Markov chain, corrected by tests", 1),
    ]
    assert "2.0 conversions" in marks[0].hovertext[0]


def test_the_largest_twenty_are_drawn() -> None:
    many = pa.table({"path": [f"c{number}" for number in range(30)], "conversions": range(1, 31)})
    figure = charts.attribution(attribution(many, model="last"), title="")
    assert list(figure.layout.yaxis.categoryarray) == [f"c{number}" for number in range(29, 9, -1)]


def test_an_empty_table_is_a_sentence_and_another_one_is_refused() -> None:
    (note,) = charts.attribution(CREDITS.slice(0, 0)).layout.annotations
    assert note.text.endswith(".")
    with pytest.raises(ContractError, match="share"):
        charts.attribution(CREDITS.drop_columns("share"))
