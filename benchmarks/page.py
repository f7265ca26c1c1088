"""The page `docs/benchmarks.md`: what the benchmarks found, on which machine, with which versions."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from peers import is_installed, version_of
from result import FOLDER, Result

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
VERSIONS = (
    ("patron", "patron"), ("patron", "duckdb"), ("patron", "ibis-framework"), ("patron", "numpy"), ("patron", "scipy"),
    ("lifetimes", "lifetimes"), ("lifetimes", "numpy"), ("pymc", "pymc-marketing"), ("pymc", "pymc"),
    ("implicit", "implicit"),
)  # fmt: skip
OLD = ("lifetimes", "numpy")


def page(results: Sequence[Result]) -> str:
    """Return the page as Markdown."""
    return "\n".join(_lines(results)) + "\n"


def _lines(results: Sequence[Result]) -> Iterator[str]:
    yield "# Benchmarks"
    yield ""
    yield "Written by `make bench`, which simulates the data, installs the peers beside, and measures in turn: ours,"
    yield "theirs, ours, theirs. Ratios are medians over the rounds of one run; they move less than seconds do."
    yield "Processor seconds are those of all threads, and hold on a busy machine too. Peak memory is that of the whole"
    yield "process. Nothing here is asserted by a test."
    yield ""
    yield f"Machine: {os.cpu_count()} cores, {_memory():.0f} GB, {platform.system()} {platform.machine()},"
    yield f"Python {platform.python_version()}."
    yield ""
    yield f"Versions: {_versions()}."
    yield ""
    yield "## Targets"
    yield ""
    yield from _table(("benchmark", "what", "target", "measured", "met"), list(_targets(results)))
    said = ""
    for result in results:
        yield ""
        yield f"## {result.title}"
        yield ""
        yield f"{'As above.' if result.included == said else result.included} Measured on {result.measured}."
        said = result.included
        yield ""
        yield from _table(result.columns, result.rows)


def _targets(results: Sequence[Result]) -> Iterator[list[str]]:
    for result in results:
        for target in result.targets:
            yield [result.title, target.what, target.limit, target.came, "yes" if target.met else "**no**"]


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Write a Markdown table.

    Examples
    --------
    >>> print("\\n".join(_table(["a", "b"], [["1", "2"]])))
    | a | b |
    |---|---|
    | 1 | 2 |
    """
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9 if sys.platform != "win32" else float("nan")


def _versions() -> str:
    """Tell the versions; those of a peer that is not installed here are the ones that it was measured with."""
    file = FOLDER / "versions.json"
    known: dict[str, dict[str, str]] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    for contestant, package in VERSIONS:
        if is_installed(contestant):
            known.setdefault(contestant, {})[package] = version_of(contestant, package)
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    return ", ".join(
        f"{package} {known[contestant][package]}{' (for lifetimes)' if pair == OLD else ''}"
        for pair in VERSIONS
        for contestant, package in [pair]
        if package in known.get(contestant, {})
    )
