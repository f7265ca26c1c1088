"""What cleaning and the checks found, as rows of the table `quality`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.raw import QUALITY
from patron.language import has, number, percent, say

Severity = Literal["info", "warning", "error"]

GRAVITY: dict[str, int] = {"error": 0, "warning": 1, "info": 2}
"""The order in which findings are told."""

_SERIOUS_SHARE = (0.01, 0.25)
_COUNTS = ("read", "kept")
_MEANT = ("excluded", "cancelled")
"""Refused because the settings say so: however many, it is no fault."""


@dataclass(frozen=True)
class Finding:
    """How many rows of a source met one check, and what became of them.

    A check that weighs more than a count of rows says its own `severity`, and gives its sentence (and its advice) the
    `facts` that they want; a fact `count` chooses between singular and plural in place of the number of rows.
    """

    source: str
    check: str
    outcome: str
    rows: int
    severity: Severity | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


def weigh(size: float, thresholds: tuple[float, float]) -> Severity:
    """Return the severity of a size: what it takes to be a warning stands first, then what it takes to be an error.

    Examples
    --------
    >>> weigh(0.001, (0.01, 0.25)), weigh(0.01, (0.01, 0.25)), weigh(0.5, (0.01, 0.25))
    ('info', 'warning', 'error')
    """
    warning, error = thresholds
    return "error" if size >= error else "warning" if size >= warning else "info"


def quality(findings: Iterable[Finding]) -> ir.Table:
    """Write findings as a table.

    A count of rows that is none is left out, except what was read and kept; a finding with a severity of its own
    stays, for a gap in the days has no rows at all.
    """
    told = list(findings)
    read = {finding.source: finding.rows for finding in told if finding.check == "read"}
    rows = [_row(finding, read) for finding in told if finding.rows or finding.severity or finding.check in _COUNTS]
    return ibis.memtable(pa.Table.from_pylist(rows, schema=QUALITY.schema.to_pyarrow()))


def _row(finding: Finding, read: Mapping[str, int]) -> dict[str, object]:
    share = finding.rows / max(read.get(finding.source, 0), 1)
    facts = {
        "count": finding.rows,
        "rows": number(finding.rows),
        "share": percent(share, digits=1),
        **finding.facts,
    }
    advice = f"quality.advice.{finding.check}"
    return {
        "source": finding.source,
        "check": finding.check,
        "outcome": finding.outcome,
        "severity": finding.severity or _severity(finding, share),
        "rows": finding.rows,
        "share": share,
        "message": say(f"quality.rule.{finding.check}", **facts),
        "advice": say(advice, **facts) if has(advice) else None,
    }


def _severity(finding: Finding, share: float) -> Severity:
    """Weigh a finding: rows that are lost to the analysis matter by their share, all else is information."""
    if finding.check == "kept":
        return "error" if finding.rows == 0 else "info"
    if finding.outcome != "rejected" or finding.check in _MEANT:
        return "info"
    return weigh(share, _SERIOUS_SHARE)
