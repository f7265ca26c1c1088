"""Count what cleaning did with the rows of a source, as findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from patron.language import percent
from patron.sources.quality import Finding


def outcomes(
    source: str, judged: ir.Table, undecoded: ir.Table, *, rules: Mapping[str, str], erased: int = 0
) -> list[Finding]:
    """Count what was read, what was kept and what each rule decided, in one pass.

    Parameters
    ----------
    source : str
        The source's name.
    judged : Table
        Its rows with `rule, trimmed, breaks`, and `respelt` where they have a customer.
    undecoded : Table
        The lines that could not be decoded.
    rules : mapping of str to str
        What becomes of the rows that each rule decides.
    erased : int
        Rows of erased people; they are in neither table.
    """
    respelt = judged.respelt.sum() if "respelt" in judged.columns else ibis.literal(0)
    sums = {"rows": judged.count(), "trimmed": judged.trimmed.sum(), "breaks": judged.breaks.sum(), "respelt": respelt}
    by_rule = judged.group_by("rule").aggregate(**sums).to_pyarrow().to_pylist()
    lost = int(undecoded.count().to_pyarrow().as_py())
    rows = {record["rule"]: int(record["rows"]) for record in by_rule}
    return [
        Finding(source, "read", "read", sum(rows.values()) + lost + erased),
        Finding(source, "kept", "kept", rows.get(None, 0)),
        Finding(source, "erased", "removed", erased),
        Finding(source, "undecoded", "rejected", lost),
        *(Finding(source, rule, outcome, rows.get(rule, 0)) for rule, outcome in rules.items()),
        Finding(source, "trimmed", "changed", sum(int(record["trimmed"] or 0) for record in by_rule)),
        Finding(source, "email_ids", "changed", sum(int(r["respelt"] or 0) for r in by_rule if r["rule"] is None)),
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


def of_customers(judged: ir.Table, *, mapped: Sequence[str]) -> list[Finding]:
    """Count the kept customers whose days of birth or change were left out, and those with an e-mail address."""
    kept = judged.filter(judged.rule.isnull())
    sums = {"blanked": kept.blanked.sum(), "reached": kept.email.notnull().sum(), "everyone": kept.count()}
    counts = kept.aggregate(**sums).to_pyarrow().to_pylist()[0]
    found = [Finding("customers", "impossible_detail", "changed", int(counts["blanked"] or 0))]
    if "email" in mapped and counts["everyone"]:
        share = int(counts["reached"]) / int(counts["everyone"])
        facts = {"share": percent(share, digits=1)}
        found.append(Finding("customers", "with_email", "flagged", int(counts["reached"]), "info", facts))
    return found
