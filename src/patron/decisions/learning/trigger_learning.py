"""What one trigger has learned of its variants: its learner, its plans and the rows that a run keeps of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patron.decisions.arms import arm_edges
from patron.decisions.hash_space import digits
from patron.decisions.learning.iteration import Iteration
from patron.decisions.learning.learned_prior import PastEffect, learned_prior
from patron.decisions.learning.learner import VariantLearner
from patron.decisions.learning.option_effects import option_effects
from patron.decisions.messages.variants import variant_name
from patron.stats.sample_ratio import ALARM, sample_ratio

Floats = NDArray[np.float64]
Row = dict[str, Any]

FEWEST = 100
"""Messages below which one trigger tells others nothing of its options."""


@dataclass(frozen=True, kw_only=True)
class Sending:
    """What was sent by one plan: arrays of shape (segments, messages)."""

    number: int
    began_on: date
    sends: Floats
    responses: Floats
    share: Floats  # NaN where the chances are not known
    expected: Floats


@dataclass(frozen=True, kw_only=True)
class LearnedTrigger:
    """A trigger whose message has variants."""

    trigger: str
    family: str  # of its signal
    channel: str
    parts: Mapping[str, Sequence[str]]
    segments: Sequence[str] = ()
    worth: Mapping[tuple[str, str], float] = field(default_factory=dict)
    sendings: Sequence[Sending] = ()
    seed: int = 0
    floor: float = 0.05

    def learner(self, past: Sequence[PastEffect] = ()) -> VariantLearner:
        """Return its learner, with what other triggers lead to expect."""
        others = [one for one in past if one.trigger != self.trigger]
        made = VariantLearner(
            self.parts, seed=self.seed, floor=self.floor, context=self.segments, worth=self.worth,
            prior=learned_prior(others, family=self.family, channel=self.channel),
        )  # fmt: skip
        known = [one for one in self.sendings if one.sends.sum() > 0]
        return made.replayed(
            [
                Iteration(sends=one.sends, responses=one.responses, share=one.share, expected=one.expected)
                for one in known
            ]
        )


def past_effects(triggers: Sequence[LearnedTrigger]) -> list[PastEffect]:
    """Return what each trigger's own messages tell of its options, for the others."""
    return [
        PastEffect(
            trigger=one.trigger, family=one.family, channel=one.channel, part=row.part, option=row.option,
            effect=row.effect, variance=row.variance,
        )
        for one in triggers
        if sum(float(sending.sends.sum()) for sending in one.sendings) >= FEWEST
        for row in option_effects(one.learner())
    ]  # fmt: skip


def even_shares(sends: Floats) -> Floats:
    """Return even chances where what was sent before there was a plan looks even, else NaN: they are not known."""
    counts = sends.sum(axis=0).astype(int).tolist()
    p_value = sample_ratio(counts, [1 / len(counts)] * len(counts))
    even = isinstance(p_value, float) and p_value >= ALARM
    return np.full(sends.shape, 1 / sends.shape[1] if even else np.nan)


def learning_row(one: LearnedTrigger, learner: VariantLearner, *, iteration: int, began_on: date) -> Row:
    """Return the row of `learning` of the standing plan."""
    sends = sum(float(sending.sends.sum()) for sending in one.sendings)
    status = learner.status()
    told = {name: getattr(status, name) for name in (
        "sends", "responses", "first_rate", "best_rate", "reachable_rate", "share_had", "next_sends", "next_gain",
        "next_share_had", "stop", "reason", "chance_best",
    )}  # fmt: skip
    return {
        "trigger": one.trigger, "iteration": iteration, "state": "learned" if sends else "nothing_sent",
        "began_on": began_on, "messages": learner.parts.count, "best": json.dumps(status.best), **told,
    }  # fmt: skip


def option_rows(one: LearnedTrigger, learner: VariantLearner) -> list[Row]:
    """Return the rows of `learning_options`."""
    return [
        {
            "trigger": one.trigger, "part": row.part, "option": row.option, "sends": row.sends,
            "responses": row.responses, "rate": row.rate, "low": row.low, "high": row.high,
            "chance_best": row.chance_best, "effect": row.effect, "effect_variance": row.variance,
            "expected": row.expected, "past_triggers": row.past_triggers,
            "read_rate": row.reading and row.reading.rate, "read_low": row.reading and row.reading.low,
            "read_high": row.reading and row.reading.high,
        }
        for row in option_effects(learner)
    ]  # fmt: skip


def variant_rows(one: LearnedTrigger, learner: VariantLearner) -> list[Row]:
    """Return the rows of `learning_variants`."""
    plan, (sends, responses), names = learner.plan, learner.counts, variant_names(learner)
    best = plan.recommended
    return [
        {
            "trigger": one.trigger, "segment": segment, "variant": name, "sends": int(sends[at]),
            "responses": int(responses[at]), "rate": float(plan.rate[at]), "low": float(plan.low[at]),
            "high": float(plan.high[at]), "chance_best": float(plan.chance_best[at]),
            "recommended": bool(best[at[0]] == at[1]),
        }
        for place, segment in enumerate(learner.parts.segments)
        for number, name in enumerate(names)
        for at in [(place, number)]
    ]  # fmt: skip


def plan_rows(one: LearnedTrigger, learner: VariantLearner, sending: Sending, *, standing: bool) -> list[Row]:
    """Return the rows of `variant_plan` of one plan."""
    names = variant_names(learner)
    rows: list[Row] = []
    for place, segment in enumerate(learner.parts.segments):
        edges = _edges(dict(zip(names, sending.share[place].tolist(), strict=True)))
        for number, name in enumerate(names):
            share, at = float(sending.share[place, number]), (place, number)
            rows.append({
                "trigger": one.trigger, "iteration": sending.number, "segment": segment, "variant": name,
                "began_on": sending.began_on, "standing": standing, "place": number,
                "share": None if np.isnan(share) else share, "low": edges[number], "high": edges[number + 1],
                "expected": float(sending.expected[at]), "sends": int(sending.sends[at]),
                "responses": int(sending.responses[at]),
            })  # fmt: skip
    return rows


def variant_names(learner: VariantLearner) -> list[str]:
    """Return the names of a learner's messages, in their order."""
    parts = learner.parts
    return [variant_name(dict(zip(parts.names, parts.options(place), strict=True))) for place in range(parts.count)]


def _edges(shares: Mapping[str, float]) -> list[str | None]:
    if np.isnan(list(shares.values())).any():
        return [None] * (len(shares) + 1)
    return [digits(0.0), *(digits(edge) for edge in arm_edges(shares).values())]
