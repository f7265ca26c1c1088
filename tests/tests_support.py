"""What several tests ask of a project."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from patron.pipeline import Project
from patron.pipeline.leavable import LEAVABLE

TODAY = date(2025, 1, 15)
"""The simulated shops end with 2024."""


def lean(*but: str) -> str:
    """Return the line of settings by which a run leaves out all that it may, but for some steps.

    For tests of how runs are made, whatever they make: they take half the time.
    """
    return f"leave_out: [{', '.join(step for step in LEAVABLE if step not in but)}]\n"


LEAN = lean()

Rows = list[dict[str, Any]]


def tables_of(project: Project) -> dict[str, Rows]:
    """Return every table of the published run, to be compared."""
    return {name: [rounded(row) for row in project.table(name).to_pyarrow().to_pylist()] for name in project.tables()}


def rounded(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row to be compared: floating-point numbers with nine digits, everything else as it is.

    Floating-point sums depend in their last digits on the order in which threads come to them. In what is written as
    JSON, the models, six digits are left: what is fitted has passed through many sums.
    """
    return {name: _rounded(value) for name, value in row.items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("{"):
        return re.sub(r"-?\d+\.\d+(e-?\d+)?", lambda found: f"{float(found[0]):.6g}", value)
    if isinstance(value, float):
        return float(f"{value:.9g}") if abs(value) > 1e-9 else 0.0
    return value
