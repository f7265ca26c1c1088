"""What is one message of a live trigger expected to bring? What `valued` says of a table, said of one.

In   rows of contracts.action.ACTION_EFFECTS and contracts.trigger.TRIGGERS of the published run, once; then a customer
Out  value with its interval, cost, and how it is known

From the best source to the last: what the trigger's own hold-out showed; what its action brings for its signal in her
segment, moved by how much is at stake; where no signal is named, the least that the action brings for any; and where
nobody knows anything of the action, a share of what is at stake. One message says nothing of the mean of its trigger's
candidates, so that a reading is taken as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from patron.contracts.outcome import EVIDENCE
from patron.decisions.triggers.trigger import Trigger
from patron.decisions.triggers.valued import MOST, REACH

Row = Mapping[str, Any]
ALL = "all"


@dataclass(frozen=True, kw_only=True)
class LiveValue:
    """Money that a message is expected to bring, before its cost."""

    value: float
    low: float
    high: float
    cost: float
    evidence: str


@dataclass(frozen=True)
class LiveValues:
    """What the published run knows; from `of`."""

    effects: Mapping[tuple[str, str], tuple[Row, ...]]  # by action and channel
    readings: Mapping[str, Row]

    @classmethod
    def of(cls, effects: Iterable[Row], readings: Iterable[Row]) -> LiveValues:
        """Read them off the rows."""
        by_action: dict[tuple[str, str], tuple[Row, ...]] = {}
        for row in effects:
            key = row["action"], row["channel"]
            by_action[key] = (*by_action.get(key, ()), row)
        read = {row["trigger"]: row for row in readings if row["reading"] == "read" and (row["sent_each"] or 0) > 0}
        return cls(by_action, read)

    def value(
        self, trigger: Trigger, *, action: str, channel: str, stake: float | None, own_cost: float | None,
        segments: Collection[tuple[str, str]] = (),
    ) -> LiveValue:  # fmt: skip
        """Return what a message is expected to bring.

        Parameters
        ----------
        trigger : Trigger
            Whose message.
        action, channel : str
            What is done, and by what.
        stake : float, optional
            Money that is at stake, as far as the event tells.
        own_cost : float, optional
            What the settings say that it costs.
        segments : collection of (segmentation, segment)
            In which the customer is.
        """
        rows = self.effects.get((action, channel), ())
        found = _known(rows, trigger.signal, segments, stake) or _least(rows) or _assumed(stake)
        cost = found.cost if own_cost is None else own_cost
        read = self.readings.get(trigger.name)
        if read is not None and read["iteration"] == trigger.iteration:
            each = float(read["sent_each"])
            parts = [float(read[name]) / each for name in ("expected", "expected_low", "expected_high")]
            return LiveValue(value=parts[0], low=parts[1], high=parts[2], cost=cost, evidence=EVIDENCE[0])
        return LiveValue(value=found.value, low=found.low, high=found.high, cost=cost, evidence=found.evidence)


def _known(
    rows: Iterable[Row], signal: str | None, segments: Collection[tuple[str, str]], stake: float | None
) -> LiveValue | None:
    """Return what is known of the action for the signal: the surest evidence, a segment before everybody."""
    mine = [
        row
        for row in rows
        if row["signal"] == signal and (row["segmentation"] == ALL or (row["segmentation"], row["segment"]) in segments)
    ]
    if not mine:
        return None
    best = min(mine, key=_order)
    cost, times = float(best["cost"]), _times(stake, best["stake"])
    value, low, high = ((float(best[name]) + cost) * times for name in ("gain", "gain_low", "gain_high"))
    return LiveValue(value=value, low=low, high=high, cost=cost, evidence=best["evidence"])


def _order(row: Row) -> tuple[int, bool, float, str]:
    weight = EVIDENCE.index(row["evidence"]) if row["evidence"] in EVIDENCE else len(EVIDENCE)
    return weight, row["segmentation"] == ALL, float(row["gain_high"]) - float(row["gain_low"]), row["segmentation"]


def _times(stake: float | None, base: Any) -> float:
    """Return by how much more is at stake for her than for the mean of those for whom the signal fires."""
    if stake is None or base is None or not float(base):
        return 1.0
    return max(min(stake / float(base), MOST), 1.0 / MOST)


def _least(rows: Iterable[Row]) -> LiveValue | None:
    whole = [row for row in rows if row["segmentation"] == ALL]
    if not whole:
        return None
    gains = [(float(row["cost"]), *(float(row[name]) for name in ("gain", "gain_low", "gain_high"))) for row in whole]
    return LiveValue(
        value=min(cost + gain for cost, gain, _, _ in gains), low=min(cost + low for cost, _, low, _ in gains),
        high=max(cost + high for cost, _, _, high in gains), cost=sum(one[0] for one in gains) / len(gains),
        evidence=EVIDENCE[-1],
    )  # fmt: skip


def _assumed(stake: float | None) -> LiveValue:
    money = stake or 0.0
    return LiveValue(value=money * REACH, low=0.0, high=money * 2 * REACH, cost=0.0, evidence=EVIDENCE[-1])


__all__ = ["LiveValue", "LiveValues"]
