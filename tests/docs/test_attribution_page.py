"""The figures of the known data set on the page of attribution are those that the code finds."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pytest

from patron.kpis import attribution, path_credits

PAGE = Path(__file__).resolve().parents[2] / "docs" / "attribution.md"
COLUMNS: dict[str, dict[str, Any]] = {
    "first": {"model": "first"}, "last": {"model": "last"}, "linear": {"model": "linear"},
    "position": {"model": "position"}, "Markov": {"model": "markov"},
    "Markov, order 3": {"model": "markov", "order": 3},
    "Shapley, paths": {"model": "shapley"}, "Shapley, chain": {"model": "shapley", "worth": "chain"},
}  # fmt: skip


@pytest.mark.real_data
def test_the_known_data_set(shared_data: Callable[[str], Path]) -> None:
    paths: pa.Table = pyarrow.csv.read_csv(shared_data("attribution") / "mta_data.csv.gz")
    text = PAGE.read_text(encoding="utf-8")
    head, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in re.findall(r"^\| (?:channel|[a-z]+) \| [\w\d].*$", text[text.index("## A known data set") :], re.M)
    ]
    assert head == ["channel", *COLUMNS]
    assert len(rows) == 12
    for place, (name, asked) in enumerate(COLUMNS.items(), start=1):
        found = {row["channel"]: row["conversions"] for row in attribution(paths, **asked).to_pylist()}
        digits = 0 if name in ("first", "last") else 1
        assert {row[0]: row[place] for row in rows} == {channel: f"{found[channel]:,.{digits}f}" for channel in found}
    assert f"{path_credits(paths, model='markov').outside:.1%}".replace("%", " %") in text
