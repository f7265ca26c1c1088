"""The report: one self-contained HTML file."""

from __future__ import annotations

from patron.report.facts import Facts
from patron.report.report import report

__all__ = ["Facts", "report"]
