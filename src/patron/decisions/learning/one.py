"""Which message does this customer get? What `with_variants` says of a table, said of one.

In   the standing rows of VARIANT_PLAN, once; then a customer and a trigger
Out  the message and its chance
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from patron.decisions.hash_space import place_of
from patron.decisions.learning.variant_counts import EVERYBODY, OTHERS, STEP


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What is drawn from for one trigger: by segment, the messages in the order of their parts of the hash space."""

    iteration: int
    parts: Mapping[str, tuple[list[str], list[Mapping[str, Any]]]]


@dataclass(frozen=True)
class VariantPlans:
    """All plans that stand; from `of`."""

    plans: Mapping[str, _Plan] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> VariantPlans:
        """Read them off the rows of contracts.learning.VARIANT_PLAN."""
        standing: dict[str, list[Mapping[str, Any]]] = {}
        for row in rows:
            if row["standing"] and row["low"] is not None:
                standing.setdefault(row["trigger"], []).append(row)
        return cls({trigger: _plan(own) for trigger, own in standing.items()})

    def variant(
        self, customer_id: str, *, trigger: str, salt: str, step: str | None = None, segment: str | None = None
    ) -> tuple[str, float] | None:
        """Return a customer's message and its chance; none where the trigger has no plan for her.

        Parameters
        ----------
        customer_id : str
            Who.
        trigger, step : str
            Which message is due.
        salt : str
            The name of the draw.
        segment : str, optional
            Her segment of the segmentation by which plans may differ.
        """
        name = trigger if step is None or f"{trigger}{STEP}{step}" not in self.plans else f"{trigger}{STEP}{step}"
        plan = self.plans.get(name)
        if plan is None:
            return None
        found = plan.parts.get(EVERYBODY if EVERYBODY in plan.parts else segment or OTHERS)
        if found is None:
            return None
        place = place_of(f"{name}:{plan.iteration}:{customer_id}", salt=salt)
        at = bisect_right(found[0], place) - 1
        if at < 0 or place >= found[1][at]["high"]:
            return None
        return str(found[1][at]["variant"]), float(found[1][at]["share"])


def _plan(rows: list[Mapping[str, Any]]) -> _Plan:
    newest = max(int(row["iteration"]) for row in rows)
    parts: dict[str, tuple[list[str], list[Mapping[str, Any]]]] = {}
    for row in sorted(rows, key=lambda row: str(row["low"])):
        lows, own = parts.setdefault(str(row["segment"]), ([], []))
        if row["low"] < row["high"]:
            lows.append(str(row["low"]))
            own.append(row)
    return _Plan(iteration=newest, parts=parts)
