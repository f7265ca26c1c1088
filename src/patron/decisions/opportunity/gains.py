"""From a cell, an action and a channel to a gain in money: each number with how it is known, and by what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import ndtr

from patron.contracts.action import ACTION_EFFECTS
from patron.decisions.opportunity.actions import Action
from patron.decisions.opportunity.person_by_person import ENOUGH, Foretold, Key
from patron.decisions.opportunity.pooled import About
from patron.decisions.opportunity.trials import PRIOR, Trial, learned, seen_by

NORMAL_95 = 1.959963984540054

MEASURED, MODELLED = 0.5, 0.1
"""How much of the prior's variance trials have to take away for an effect to count as measured, and as modelled."""

LEAST_KNOWN = ("assumed", "modelled", "measured")

GUESSED = {"email": 0.005, "push": 0.001, "web": 0.001, "sms": 0.08, "ads": 0.05, "phone": 3.0, "post": 0.8}
"""What one message is guessed to cost where nobody says it, in whole units of the project's currency."""

OTHER = 0.05

Row = dict[str, Any]
Cost = tuple[float, str, str]


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What is known beside the customers: experiments, what they foretell of people, what messages cost."""

    trials: Sequence[Trial] = ()
    responses: Mapping[Key, Foretold] = field(default_factory=dict)
    costs: Mapping[str, Cost] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What an action adds to the chance to order, as a share of it."""

    effect: float
    deviation: float
    weight: float
    evidence: str
    source: str


def message_costs(channels: Mapping[str, float | None], trials: Sequence[Trial]) -> dict[str, Cost]:
    """Return what one message by each channel costs, how it is known, and by what.

    Where the settings say nothing an experiment does, the last by name; else it is guessed.
    """
    told = {one.channel: one for one in sorted(trials, key=lambda one: one.experiment) if one.cost is not None}
    found: dict[str, Cost] = {}
    for channel, cost in channels.items():
        if cost is not None:
            found[channel] = cost, "measured", "settings"
        elif (trial := told.get(channel)) is not None and trial.cost is not None:
            found[channel] = trial.cost, "measured", trial.experiment
        else:
            found[channel] = GUESSED.get(channel, OTHER), "assumed", "guess"
    return found


def effects_of(wanted: Sequence[Row], actions: Sequence[Action], tried: Tried) -> list[Effect]:
    """Return the effect of each wanted cell, action and channel, in their order."""
    found: dict[int, Effect] = {}
    for segmentation in sorted({one["segmentation"] for one in wanted}):
        places = [place for place, one in enumerate(wanted) if one["segmentation"] == segmentation]
        trials = seen_by(tried.trials, segmentation)
        about = [_about(wanted[place]) for place in places]
        pooled = learned(about, actions, trials)
        for at, place in enumerate(places):
            weight, teller = float(pooled.weight[at]), int(pooled.teller[at])
            evidence = _evidence(wanted[place], weight, trials)
            found[place] = Effect(
                effect=float(pooled.effect[at]), deviation=float(pooled.deviation[at]), weight=weight,
                evidence=evidence, source=PRIOR if evidence == "assumed" else trials[teller].experiment,
            )  # fmt: skip
    return [found[place] for place in range(len(wanted))]


def _about(one: Row) -> About:
    return About(**{name: one[name] for name in About.__dataclass_fields__})


def _evidence(one: Row, weight: float, trials: Sequence[Trial]) -> str:
    """Tell how an effect is known: measured only where this very action was tried, and told enough."""
    own = any(trial.of(one["signal"], one["action"], one["channel"]) for trial in trials)
    if own and weight >= MEASURED:
        return "measured"
    return "modelled" if weight >= MODELLED else "assumed"


def gained(one: Row, effect: Effect, tried: Tried, *, base_error: float) -> Row:
    """Return one row of ACTION_EFFECTS."""
    told = {**one, **_base(one, tried.trials)}
    chance, value = told["probability"], told["value"]
    alone = chance * value  # what a customer brings without the action
    effect = _by_people(told, effect, alone, tried.responses)
    message, known, source = tried.costs[one["channel"]]
    cost = message + one["offer"] * one["spend"] * chance * max(1 + effect.effect, 0.0)
    gain = alone * effect.effect - cost
    # A product of two uncertain numbers: variance by Goodman (1960), equation 2.
    error = base_error if told["probability_evidence"] != "measured" else 0.0
    deviation = abs(alone) * float(np.hypot(effect.deviation * np.sqrt(1 + error**2), effect.effect * error))
    half = NORMAL_95 * deviation
    told |= {
        "effect": effect.effect, "effect_low": effect.effect - NORMAL_95 * effect.deviation,
        "effect_high": effect.effect + NORMAL_95 * effect.deviation, "effect_evidence": effect.evidence,
        "effect_source": effect.source, "weight": effect.weight,
        "reach": alone * effect.effect / told["stake"] if told["stake"] else None,
        "cost": cost, "cost_evidence": "assumed" if one["offer"] and known == "measured" else known,
        "cost_source": f"{source} + offer" if one["offer"] else source,
        "gain": gain, "gain_low": gain - half, "gain_high": gain + half,
        "chance_pays": float(ndtr(gain / deviation)) if deviation else float(gain > 0),
    }  # fmt: skip
    parts = (told["probability_evidence"], effect.evidence, told["value_evidence"])
    told["evidence"] = min(parts, key=LEAST_KNOWN.index)
    return {name: told[name] for name in ACTION_EFFECTS.names}


def _base(one: Row, trials: Sequence[Trial]) -> Row:
    """Return chance and value without the action: of the control of an experiment on this signal, or as forecast.

    A control group counts where its days are between half and twice those of the window, taken over at an even pace.
    """
    for trial in sorted(trials, key=lambda trial: trial.experiment, reverse=True):
        same = (trial.signal, trial.segmentation, trial.segment) == (one["signal"], one["segmentation"], one["segment"])
        if not same or trial.probability is None or trial.value is None:
            continue
        pace = one["window_days"] / trial.window_days
        if 0.5 <= pace <= 2 and 0 < trial.probability < 1:
            chance = 1 - (1 - trial.probability) ** pace
            value = trial.value * trial.probability * pace / chance
            known = {"probability_evidence": "measured", "value_evidence": "measured"}
            return {
                **known, "probability": chance, "value": value, "probability_source": trial.experiment,
                "value_source": trial.experiment,
            }  # fmt: skip
    return {"probability_evidence": "modelled", "value_evidence": "modelled", "value_source": "forecasts"}


def _by_people(one: Row, effect: Effect, alone: float, told: Mapping[Key, Foretold]) -> Effect:
    """Take the mean of person-by-person responses where no experiment measured this very action for this signal."""
    mine = told.get((one["signal"], one["segmentation"], one["segment"], one["action"], one["channel"]))
    if effect.evidence == "measured" or mine is None or not alone > 0 or mine.customers < ENOUGH * one["customers"]:
        return effect
    pace = one["window_days"] / mine.window_days
    return Effect(
        effect=mine.effect * pace / alone, deviation=(mine.high - mine.low) * pace / (2 * NORMAL_95 * alone),
        weight=effect.weight, evidence="modelled", source=mine.experiment,
    )  # fmt: skip
