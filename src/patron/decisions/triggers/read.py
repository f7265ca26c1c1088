"""How each iteration of each trigger stands: what was expected, what its hold-out shows, and whether it pays.

In   figures of `patron.experiments.trigger_readings`, counts of firings, what was expected
Out  the columns that contracts.trigger.TRIGGERS and TRIGGER_ITERATIONS share
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from patron.decisions.triggers.pays import NOTHING_KNOWN, Belief, learned
from patron.decisions.triggers.trigger import Trigger

Row = dict[str, Any]

MONEY = "margin"
"""By what it is judged whether a trigger pays, whatever its goal."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What is known of one iteration."""

    metrics: Mapping[str, Row] = field(default_factory=dict)  # by metric, as `compare` tells them
    fired: int = 0  # customers for whom it fired, both arms
    treated: int = 0  # those who may get it, and whose days for the goal are over
    sent: int = 0  # messages to these
    prior: Belief = NOTHING_KNOWN  # of one message
    unit_cost: float | None = None  # of one message

    @property
    def sent_each(self) -> float | None:
        """Messages to one treated customer."""
        return self.sent / self.treated if self.treated else None


def reading(trigger: Trigger, seen: Seen) -> Row:
    """Return how an iteration stands.

    Parameters
    ----------
    trigger : Trigger
        As it stands; of an earlier iteration the same, with its metric and days.
    seen : Seen
        What is known of it.
    """
    own, money = seen.metrics.get(trigger.metric), seen.metrics.get(MONEY)
    status = _status(trigger, seen, own)
    cost = None if seen.unit_cost is None else seen.unit_cost * (seen.sent_each or 1.0)
    belief = _belief(seen, money if status == "read" else None)
    doubted = seen.prior.deviation != NOTHING_KNOWN.deviation
    known = belief.deviation != NOTHING_KNOWN.deviation
    told = own if status in ("read", "too_few", "no_spread") else None
    treated, control = (told or {}).get("n"), (told or {}).get("n_control")
    return {
        "customers": (treated or 0) + (control or 0), "treated": treated or 0, "control": control or 0,
        "mean_treated": told and told["mean"], "mean_control": told and told["mean_control"],
        **{name: told[name] if told and status == "read" else None for name in ("effect", "effect_low", "effect_high")},
        "sent_each": seen.sent_each, "cost": cost,
        "prior": seen.prior.mean if doubted else None, "prior_deviation": seen.prior.deviation if doubted else None,
        "expected": belief.mean if known else None, "expected_low": belief.low if known else None,
        "expected_high": belief.high if known else None,
        "chance_pays": belief.chance_above(cost or 0.0) if known else None, "reading": status,
    }  # fmt: skip


def _status(trigger: Trigger, seen: Seen, own: Row | None) -> str:
    if not seen.fired:
        return "not_fired"
    if trigger.holdout is None:
        return "no_holdout"
    if own is None:
        return "too_early"
    if not seen.sent:
        return "not_sent"
    return own["status"] if own["status"] in ("read", "no_spread") else "too_few"


def _belief(seen: Seen, money: Row | None) -> Belief:
    """Return what is believed of one customer for whom it fires: a message's gain, times the messages she gets.

    Before anything was sent that is taken to be one.
    """
    each = seen.sent_each or 1.0
    prior = seen.prior
    if prior.deviation != NOTHING_KNOWN.deviation:
        prior = Belief(mean=prior.mean * each, deviation=prior.deviation * each)
    if money is None or money["status"] != "read":
        return prior
    return learned(prior, money["effect"], money["standard_error"])
