"""An invented run, its facts, and the page made of them."""

from __future__ import annotations

from pathlib import Path

import ibis.expr.types as ir
import pytest
from fake_run import AS_OF, HOSTILE, empty_run, fake_run, table

from patron.report import Facts, report


@pytest.fixture(scope="session")
def facts() -> Facts:
    return Facts(
        name="Tea & Leaves", currency="GBP", as_of=AS_OF, horizon_days=365, run_id="20251117-0001", basis="margin",
        version="0.1.0",
    )  # fmt: skip


@pytest.fixture(scope="session")
def run() -> dict[str, ir.Table]:
    return fake_run(customers=250)


@pytest.fixture(scope="session")
def nothing() -> dict[str, ir.Table]:
    return empty_run()


@pytest.fixture(scope="session")
def full_page(run: dict[str, ir.Table], facts: Facts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report(run, facts, to=tmp_path_factory.mktemp("full") / "report.html")


@pytest.fixture(scope="session")
def empty_page(nothing: dict[str, ir.Table], facts: Facts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report(nothing, facts, to=tmp_path_factory.mktemp("empty") / "deeper" / "report.html")


@pytest.fixture(scope="session")
def hostile_page(run: dict[str, ir.Table], facts: Facts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    tables = dict(run)
    for name, columns in {
        "segments": ("title", "meaning", "advice"),
        "gaps": ("title", "reason"),
        "opportunities": ("signal", "effect_source"),
        "quality": ("message", "advice"),
        "effects": ("experiment",),
    }.items():
        rows = tables[name].to_pyarrow().to_pylist()
        tables[name] = table(name, [row | {column: f"{HOSTILE} {row[column]}" for column in columns} for row in rows])
    named = Facts(
        name=HOSTILE,
        currency="GBP",
        as_of=facts.as_of,
        horizon_days=90,
        run_id=HOSTILE,
        basis="revenue",
        simulated=True,
    )
    return report(tables, named, to=tmp_path_factory.mktemp("hostile") / "report.html")
