"""What several tests ask of a project."""

from __future__ import annotations

from datetime import date
from typing import Any

from patron.pipeline import Project

TODAY = date(2025, 1, 15)
"""The simulated shops end with 2024."""

Rows = list[dict[str, Any]]


def tables_of(project: Project) -> dict[str, Rows]:
    """Return every table of the published run.

    Floating-point sums depend in their last digits on the order in which threads come to them, so those are written
    with ten digits; everything else stands as it is.
    """
    return {name: [_rounded(row) for row in project.table(name).to_pyarrow().to_pylist()] for name in project.tables()}


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {name: float(f"{value:.10g}") if isinstance(value, float) else value for name, value in row.items()}
