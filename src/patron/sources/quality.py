"""What cleaning found, as rows of the table `quality`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.raw import QUALITY
from patron.language import has, number, percent, say

_SERIOUS_SHARE = {"warning": 0.01, "error": 0.25}
_COUNTS = ("read", "kept")


@dataclass(frozen=True)
class Finding:
    """How many rows of a source met one check, and what became of them."""

    source: str
    check: str
    outcome: str
    rows: int


def quality(findings: Iterable[Finding]) -> ir.Table:
    """Write findings as a table; those that met no row are left out, except what was read and kept."""
    told = list(findings)
    read = {finding.source: finding.rows for finding in told if finding.check == "read"}
    rows = [_row(finding, read) for finding in told if finding.rows or finding.check in _COUNTS]
    return ibis.memtable(pa.Table.from_pylist(rows, schema=QUALITY.schema.to_pyarrow()))


def _row(finding: Finding, read: Mapping[str, int]) -> dict[str, object]:
    share = finding.rows / max(read[finding.source], 1)
    advice = f"quality.advice.{finding.check}"
    return {
        "source": finding.source,
        "check": finding.check,
        "outcome": finding.outcome,
        "severity": _severity(finding, share),
        "rows": finding.rows,
        "share": share,
        "message": say(
            f"quality.rule.{finding.check}",
            count=finding.rows,
            rows=number(finding.rows),
            share=percent(share, digits=1),
        ),
        "advice": say(advice) if has(advice) else None,
    }


def _severity(finding: Finding, share: float) -> str:
    """Weigh a finding: rows that are lost to the analysis matter by their share, all else is information."""
    if finding.check == "kept":
        return "error" if finding.rows == 0 else "info"
    if finding.outcome != "rejected":
        return "info"
    reached = [severity for severity, serious in _SERIOUS_SHARE.items() if share >= serious]
    return reached[-1] if reached else "info"
