"""What is the one thing to do next for her, judged again by what holds now?

In   her rows of contracts.decision.DECISIONS and her row of contracts.next_action.NEXT_ACTIONS of the published run
Out  a row of NEXT_ACTIONS: as the run decided, unless something has come between
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from patron.decisions.eligibility.one import Judged

Row = Mapping[str, Any]

ACTS = {"send": "sent", "wait": "queued"}
"""What is done, by the decision's outcome that stands for it."""


def next_one(
    suggested: Row | None, decisions: Sequence[Row], judge: Callable[[Row], Judged], *, customer_id: str
) -> dict[str, Any]:
    """Return what to do next.

    Parameters
    ----------
    suggested : mapping, optional
        Her row of NEXT_ACTIONS; none where the run has none of her.
    decisions : sequence of mapping
        Her rows of DECISIONS.
    judge : callable
        Judges a row by what holds now.
    customer_id : str
        Who.
    """
    row = dict(suggested) if suggested is not None else _nothing(customer_id)
    if row["does"] not in ACTS:
        return row
    refused: tuple[Row, Judged] | None = None
    for one in sorted(decisions, key=_best_first):
        if one["outcome"] not in ACTS.values():
            continue
        found = judge(one)
        if found.free:
            return row if one["trigger"] == row["trigger"] else _instead(row, one)
        refused = refused or (one, found)
    if refused is None:
        return row
    return _stopped(row, *refused)


def _best_first(row: Row) -> tuple[bool, float, str]:
    return (row["outcome"] != "sent", -float(row["bid"] or 0.0), row["trigger"])


def _nothing(customer_id: str) -> dict[str, Any]:
    return {
        "customer_id": customer_id, "does": "nothing", "gain": 0.0,
        **dict.fromkeys((
            "trigger", "signal", "action", "channel", "send_on", "send_at", "until", "variant", "product", "offer",
            "discount", "price", "evidence", "in_budget", "reason", "held_by",
        )),
    }  # fmt: skip


def _instead(row: Row, one: Row) -> dict[str, Any]:
    """Return another message than the run's, which may not be sent any more; it waits for the run that sends it."""
    about = one["subject"] if one["subject_kind"] == "product" else row["product"]
    same = about == row["product"]
    return {
        **row, "does": "wait", "trigger": one["trigger"], "signal": one["signal"], "action": one["action"],
        "channel": one["channel"], "send_on": None, "send_at": None, "until": one["expires_on"], "variant": None,
        "product": about, "price": row["price"] if same else None, "discount": row["discount"] if same else None,
        "offer": one["offer"], "gain": float(one["bid"] or 0.0), "evidence": one["evidence"],
        "reason": one["reason"] or "outbid",
    }  # fmt: skip


def _stopped(row: Row, one: Row, found: Judged) -> dict[str, Any]:
    """Return that nothing is sent any more, and why; of what has passed nothing is told."""
    does = {"held_out": "held_out", "refused": "refused"}.get(found.outcome or "")
    if does is None:
        return _nothing(row["customer_id"])
    return {
        **row, "does": does, "trigger": one["trigger"], "signal": one["signal"], "action": one["action"],
        "channel": one["channel"], "send_on": None, "send_at": None, "variant": None, "gain": 0.0,
        "reason": found.reason if does == "refused" else None, "held_by": found.held_by,
    }  # fmt: skip
