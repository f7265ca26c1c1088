"""Portraits of public data: the page that tells of them runs, and tells what it prints."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "portraits_real.md"


def test_the_page_runs_and_shows_what_it_prints(
    shared_data: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("marketing_campaign", "survey"):
        shared_data(name)
    monkeypatch.chdir(PAGE.parents[1])
    text = PAGE.read_text(encoding="utf-8")
    names: dict[str, object] = {"__name__": "docs"}
    for code in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        exec(compile(code, PAGE.name, "exec"), names)
    printed = capsys.readouterr().out
    shown = re.findall(r"^    (\S.*\d.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    assert len(shown) >= 5
    assert [line for line in shown if line not in printed] == []
