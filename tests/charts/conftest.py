"""The invented run of the report's tests serves the charts, too."""

from __future__ import annotations

import sys
from pathlib import Path

import ibis.expr.types as ir
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "report"))

from fake_run import empty_run, fake_run


@pytest.fixture(scope="session")
def run() -> dict[str, ir.Table]:
    return fake_run(customers=200)


@pytest.fixture(scope="session")
def nothing() -> dict[str, ir.Table]:
    return empty_run()
