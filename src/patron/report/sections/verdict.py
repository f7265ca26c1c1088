"""Is the forecast better than doing nothing clever, and where it is not, why?"""

from __future__ import annotations

from patron.language import listing, number, percent, say
from patron.report.accuracy import NAIVE, Accuracy
from patron.report.blocks import Note
from patron.report.source import Source

NEAR = 0.1  # of the total: a forecast within it counts as right
_RECALIBRATED = "recalibrated"


def verdict(source: Source, test: Accuracy) -> tuple[Note, ...]:
    """Return one note: what of ranking, error and total the model does better than the naive rule, and what not."""
    sides, bias = _sides(test), test.value(test.model, "value", "bias")
    if not all(sides.values()) or bias is None:
        return ()
    outcome = {name: side == "better" for name, side in sides.items()} | {"total": abs(bias) <= NEAR}
    won = [say(f"verdict.{name}") for name, good in outcome.items() if good]
    lost = [say(f"verdict.{name}") for name, good in outcome.items() if not good]
    if not lost:
        return (Note(title=say("verdict.beaten_title"), text=say("verdict.beaten")),)
    parts = [say("verdict.won", what=listing(won))] if won else []
    parts += [say("verdict.lost", what=listing(lost)), *_reasons(source, test)]
    return (Note(tone="warning", title=say("verdict.not_beaten_title"), text=" ".join(parts)),)


def _reasons(source: Source, test: Accuracy) -> list[str]:
    """Say why, as far as the figures show it."""
    reasons = []
    first = min((row["cohort"] for row in source.rows("cohorts")), default=None)
    known = (test.origin - first).days if first else 0
    if known and _RECALIBRATED not in test.model:
        reasons.append(say("verdict.short", known=number(known), days=number(test.horizon_days)))
    mine, naive = (test.value(model, "value", "rmse") for model in (test.model, NAIVE))
    if test.error() != "better" and mine is not None and naive is not None and mine < naive:
        reasons.append(say("verdict.many_zeros", less=percent(1 - mine / naive)))
    unclear = [say(f"verdict.{name}") for name, side in _sides(test).items() if side == "alike"]
    if unclear:
        reasons.append(say("verdict.chance", what=listing(unclear)))
    return reasons or [say("verdict.unknown")]


def _sides(test: Accuracy) -> dict[str, str]:
    return {"ranking": test.ranking(), "error": test.error()}
