"""Count what cleaning did with the rows of a source, as findings."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir

from patron.sources.quality import Finding


def outcomes(source: str, judged: ir.Table, undecoded: ir.Table, *, rules: Mapping[str, str]) -> list[Finding]:
    """Count what was read, what was kept and what each rule decided, in one pass.

    Parameters
    ----------
    source : str
        The source's name.
    judged : Table
        Its rows with `rule, trimmed, breaks`.
    undecoded : Table
        The lines that could not be decoded.
    rules : mapping of str to str
        What becomes of the rows that each rule decides.
    """
    sums = {"rows": judged.count(), "trimmed": judged.trimmed.sum(), "breaks": judged.breaks.sum()}
    by_rule = judged.group_by("rule").aggregate(**sums).to_pyarrow().to_pylist()
    lost = int(undecoded.count().to_pyarrow().as_py())
    rows = {record["rule"]: int(record["rows"]) for record in by_rule}
    return [
        Finding(source, "read", "read", sum(rows.values()) + lost),
        Finding(source, "kept", "kept", rows.get(None, 0)),
        Finding(source, "undecoded", "rejected", lost),
        *(Finding(source, rule, outcome, rows.get(rule, 0)) for rule, outcome in rules.items()),
        Finding(source, "trimmed", "changed", sum(int(record["trimmed"] or 0) for record in by_rule)),
        Finding(
            source, "lines_in_broken_rows", "flagged", sum(r["breaks"] for r in by_rule if r["rule"] == "broken_row")
        ),
    ]


def flagged(kept: ir.Table, *, source: str) -> list[Finding]:
    """Count the lines that were kept, but deserve to be known."""
    checks = {
        "repeated_in_file": kept.repeated,
        "adjustment": kept.kind == "adjustment",
        "return_matched": (kept.kind == "return") & kept.reverses.notnull(),
        "return_unmatched": (kept.kind == "return") & kept.reverses.isnull(),
    }
    counts = kept.aggregate(**{name: check.sum() for name, check in checks.items()}).to_pyarrow().to_pylist()[0]
    return [Finding(source, name, "flagged", int(counts[name] or 0)) for name in checks]


def flag(source: str, check: str, rows: ir.Table) -> Finding:
    """Count the rows of a table as one finding."""
    return Finding(source, check, "flagged", int(rows.count().to_pyarrow().as_py()))
