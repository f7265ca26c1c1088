"""What is told once, on a day, and does not change: reviews, answers, referrals, loyalty, the market.

Five sources alike: a row is typed, made ready, judged by the rules of its source; of several with one key the last one
stays. Where a source has no id of its own, a row that says what an earlier one says, word for word, is the same row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ibis
import ibis.expr.types as ir

from patron.contracts import Contract
from patron.contracts.raw import FIELDS
from patron.sources.came import Came
from patron.sources.people.as_known import EARLIER_STATE
from patron.sources.people.judging import People, judge, outcomes_of, repeated, typed, with_marks
from patron.sources.rules import BROKEN, EXCLUDED, Rule, Setting

Ready = Callable[[ir.Table, Came, Setting], ir.Table]
"""Make typed rows ready to be judged: read words, empty what was not known yet, bring numbers to one scale."""

_REPEATED = Rule("repeated_row", "removed", lambda rows, _: rows.repeats)


def once(
    contract: Contract, rules: Sequence[Rule], *, key: Sequence[str], named: str | None = None,
    ready: Ready = lambda rows, _came, _setting: rows,
) -> People:  # fmt: skip
    """Return how such a source is cleaned.

    Parameters
    ----------
    contract : Contract
        Of the raw table, called ``raw_`` and the source.
    rules : sequence of Rule
        In order; the first that applies decides.
    key : sequence of str
        The columns that name a row.
    named : str, optional
        That of them which is the source's own id; file and row where a row has none.
    ready : callable
        What is done between typing and judging. A row that it calls `ahead` adds nothing to an earlier one.
    """
    source = contract.name.removeprefix("raw_")

    def judged(came: Came, setting: Setting) -> ir.Table:
        rows = typed(came.table, FIELDS[source])
        if named is not None:
            rows = rows.mutate(**{named: ibis.coalesce(rows[named], rows.file.concat("#", rows.row.cast("string")))})
        if named is None or named in came.mapped:
            good = judge(ready(rows, came, setting), setting, rules)
            behind = good.ahead if "ahead" in good.columns else None
            return repeated(good, key, EARLIER_STATE.name, last=True, behind=behind)
        marked = ready(with_marks(rows, came.marks), came, setting)
        return repeated(judge(marked, setting, rules), ["mark", "seal"], _REPEATED.name)

    def collected(rows: ir.Table, _setting: Setting) -> ir.Table:
        return contract.shape(rows.filter(rows.rule.isnull()))

    return People(
        outcomes=outcomes_of(BROKEN, EXCLUDED, *rules, EARLIER_STATE, _REPEATED), judged=judged, collected=collected
    )


LARGEST = 1e12
"""Of points and indices; what is more, or infinite, is no count of anything."""


def off_scale(off: Callable[[ir.Table], ir.BooleanValue]) -> Rule:
    """Refuse a row with a number that its scale does not have."""
    return Rule("off_scale", "rejected", lambda rows, _: off(rows))
