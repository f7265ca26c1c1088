"""The page of Olist's marketing funnel executes, and its figures are those that the code finds."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.real_data
def test_the_figures_are_those_of_the_code(shared_data: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    shared_data("olist")
    monkeypatch.chdir(ROOT)
    page = (ROOT / "docs" / "olist_funnel.md").read_text(encoding="utf-8")
    found: dict[str, Any] = {"__name__": "docs"}
    for code in re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        exec(compile(code, "olist_funnel.md", "exec"), found)
    text = re.sub(r"\s+", " ", page)
    for origin, row in found["origins"].iterrows():
        written = (
            f"| {origin.replace('_', ' ')} | {int(row.leads):,} | {int(row.won)} | {100 * row.rate:.1f} "
            f"({100 * row.low:.1f} to {100 * row.high:.1f}) | {100 * row.difference:+.1f} "
            f"({100 * row['from']:+.1f} to {100 * row.to:+.1f}) | {100 * row.shrunk:+.1f} |"
        )
        assert written in text
    read, quick = found["read"], found["quick"].quantile([0.5, 0.75, 0.9]).round().astype(int).tolist()
    assert f"{int(read.won.sum())} of the {len(read):,} signed within 165 days" in text
    assert f"{found['late']} later" in text
    assert (
        f"within {quick[0]} days of the first contact, three quarters within {quick[1]}, nine of ten within {quick[2]}"
        in text
    )
    assert f"{100 * found['worst']:.1f} of 100" in text
    early = found["by_month"][:"2017-11"].sum()
    assert f"Of the {early.leads:,} leads before December 2017, {early.won} signed" in text
