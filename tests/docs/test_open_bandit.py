"""The page about Open Bandit: its code runs, and its figures are those of the code."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "open_bandit.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def names(shared_data: Callable[[str], Path]) -> dict[str, Any]:
    shared_data("open_bandit")
    found: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        for code in re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL):
            exec(compile(code, "open_bandit.md", "exec"), found)
    return found


@pytest.mark.real_data
def test_the_figures_are_those_of_the_code(names: dict[str, Any]) -> None:
    readings = [*names["foretold"].values(), names["came"], names["back"], names["back_rate"], names["direct"]]
    told = re.findall(r"^\| [^|]+ \| ([\d.]+) \| ([\d.]+) to ([\d.]+) \|$", PAGE, flags=re.MULTILINE)
    assert len(told) == len(readings)
    for line, one in zip(told, readings, strict=True):
        assert line == tuple(f"{1000 * end:.2f}" for end in (one.value, one.low, one.high))
    same = names["same"]
    assert f"{1000 * same.value:.2f} ({1000 * same.low:.2f} to {1000 * same.high:.2f})" in PAGE
    assert f"up to {names['largest']:.0f} of" in PAGE


@pytest.mark.real_data
def test_each_log_foretells_the_other(names: dict[str, Any]) -> None:
    for foretold in names["foretold"].values():
        assert foretold.low <= names["came"].value <= foretold.high
    assert names["back_rate"].low <= names["direct"].value <= names["back_rate"].high
    assert names["came"].value == pytest.approx(0.0069)
    assert names["direct"].value == pytest.approx(0.0046)
