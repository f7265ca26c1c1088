"""What people chose in the preference centre, by the ids that they have today, as steps of a run take it.

In   the operational database's table preferences, contracts.person.LINKS
Out  customer_id, language, channel, most, paused_until: one row per customer
"""

from __future__ import annotations

import hashlib

import ibis
import ibis.expr.types as ir

from patron.identity.record_owners import by_todays_ids
from patron.pipeline.step import Context


def chosen(context: Context) -> ir.Table | None:
    """Return what people chose; none where nobody chose anything.

    Of somebody who chose under two ids that are one customer now, the last word on language and channel counts, and
    of number and pause what spares her more.
    """
    if not context.kept.preferences.num_rows:
        return None
    rows = by_todays_ids(ibis.memtable(context.kept.preferences), context["links"])
    last = {name: rows[name].argmax(rows.changed_at, where=rows[name].notnull()) for name in ("language", "channel")}
    merged = rows.group_by("customer_id").aggregate(
        **last, most=rows.most.min(), paused_until=rows.paused_until.max()
    )  # fmt: skip
    return context.keep("chosen", merged)


def chosen_print(context: Context) -> str:
    """Return a fingerprint of what people chose: a step that asks for it is made again when it changes."""
    rows = context.kept.preferences.to_pylist()
    return hashlib.sha256("\x1e".join(str(tuple(row.values())) for row in rows).encode()).hexdigest()


__all__ = ["chosen", "chosen_print"]
