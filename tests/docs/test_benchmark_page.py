"""The page of benchmarks holds every result that is kept in the repository, row by row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RESULTS = sorted(path for path in (ROOT / "benchmarks" / "results").glob("*.json") if path.stem != "versions")
PAGE = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("file", RESULTS, ids=lambda file: file.stem)
def test_the_page_holds_what_was_found(file: Path) -> None:
    result = json.loads(file.read_text(encoding="utf-8"))
    assert f"## {result['title']}" in PAGE
    for row in result["rows"]:
        assert f"| {' | '.join(row)} |" in PAGE
    for target in result["targets"]:
        met = "yes" if target["met"] else "**no**"
        cells = (result["title"], target["what"], target["limit"], target["came"], met)
        assert f"| {' | '.join(cells)} |" in PAGE
