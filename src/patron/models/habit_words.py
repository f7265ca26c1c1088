"""Rules, critical days and gateways as a person says them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from patron.language import number, percent, say
from patron.stats.power import customers_per_arm

PROMPTED = 0.10
"""Of a hundred customers, how many more the experiment's prompt is taken to bring to the deed, as a share."""

SAME = 1e-6
"""Shares that differ by less are called equal."""


ANCHORS = (
    "first_order", "second_order", "third_order", "fourth_order", "tenth_order", "first_discount", "first_category_of",
    "first_channel_of",
)  # fmt: skip
DEEDS = (
    "order", "second_order", "third_order", "category_of", "channel_of", "discount", "return",
    "email_click", "review", "ticket",
)  # fmt: skip
"""Events that have words of their own; ``category_of`` are those called ``category:`` and a name."""


PROMPTS = ("return", "ticket", "discount")
"""Deeds that nobody is asked to do, but may be offered."""


@dataclass(frozen=True)
class Rule:
    """Who does the deed within so many days after the anchor, does the outcome within the horizon after that."""

    anchor: str
    deed: str
    within: int
    outcome: str
    horizon: int

    @property
    def words(self) -> dict[str, object]:
        """Its parts as parts of a sentence."""
        after = anchor_words(self.anchor)
        same = say("habits.when_same", anchor=after)
        when = say("habits.when", count=self.within, days=self.within, anchor=after) if self.within else same
        named = {"deed": deed_words(self.deed), "outcome": deed_words(self.outcome)}
        return {**named, "when": when, "anchor": after, "horizon": self.horizon}


def anchor_words(event: str) -> str:
    """Say an event as a noun.

    Examples
    --------
    >>> anchor_words("first_order"), anchor_words("wink")
    ('the first order', "the first 'wink'")
    """
    known, value = _known(event, ANCHORS)
    return say(f"habits.anchor_{known}", value=value, event=event)


def deed_words(event: str) -> str:
    """Say an event as the verb of those who do it.

    Examples
    --------
    >>> deed_words("category:tea"), deed_words("wink")
    ("buy from the category 'tea'", "do 'wink'")
    """
    known, value = _known(event, DEEDS)
    return say(f"habits.deed_{known}", value=value, event=event)


def rule_title(rule: Rule) -> str:
    """Say a rule in a few words, for a chart or a table.

    Examples
    --------
    >>> rule_title(Rule("first_order", "review", 14, "order", 180))
    'Write a review within 14 days after the first order'
    """
    title = say("habits.rule_title", **rule.words)
    return title[:1].upper() + title[1:]


def _known(event: str, names: tuple[str, ...]) -> tuple[str, str]:
    kind, _, value = event.partition(":")
    name = f"{kind}_of" if value else kind
    return (name if name in names else "other"), value


def rule_sentence(
    rule: Rule, *, doers: int, others: int, rates: tuple[float, float], ratio: tuple[float, float, float]
) -> str:  # fmt: skip
    """Say a rule with its figures, as an association; `rates` of doers and others, `ratio` with its interval."""
    times, low, high = (number(figure, digits=2) if math.isfinite(figure) else "" for figure in ratio)
    did, did_not = (percent(rate, digits=1) for rate in rates)
    facts = {**rule.words, "doers": number(doers), "others": number(others), "did": did, "did_not": did_not, "low": low}
    return say("habits.rule", times=times, high=high, **facts) if times else say("habits.rule_only", **facts)


def experiment(rule: Rule, *, rates: tuple[float, float], doing: float) -> tuple[int | None, str]:
    """Return how many customers each half of an experiment needs, and the experiment in words.

    The prompt is taken to bring `PROMPTED` more of those asked to the deed, and the deed to do all that the rule says:
    then the halves differ by that share of the rates' difference. `doing` is the share who do the deed unasked.
    """
    base = rates[1] + doing * (rates[0] - rates[1])
    changed = min(1.0, max(0.0, base + PROMPTED * (rates[0] - rates[1])))
    facts = {**rule.words, "days": rule.within + rule.horizon, "prompted": round(100 * PROMPTED)}
    if abs(base - changed) < SAME:
        return None, say("habits.no_experiment", **facts)
    needed = customers_per_arm(base, changed)
    shares = {"base": percent(base, digits=1), "changed": percent(changed, digits=1)}
    prompt = say(f"habits.prompt_{rule.deed if rule.deed in PROMPTS else 'other'}", deed=facts["deed"])
    return needed, say("habits.experiment", needed=number(needed), prompt=prompt, **shares, **facts)


def critical_sentence(
    anchor: str, outcome: str, *, threshold: float, horizon: int, at_once: float, day: int | None,
    ends: tuple[int | None, int | None],
) -> str:  # fmt: skip
    """Say after how many days of silence the chance is below a threshold."""
    facts = {
        "anchor": anchor_words(anchor), "outcome": deed_words(outcome), "horizon": horizon,
        "threshold": percent(threshold, digits=1), "at_once": percent(at_once, digits=1),
    }  # fmt: skip
    if day is None:
        return say("habits.critical_never", **facts)
    if day == 0:
        return say("habits.critical_at_once", **facts)
    low, high = ends
    told = {"day": number(day), "low": number(low or 0)}
    if high is None:
        return say("habits.critical_open", **told, **facts)
    return say("habits.critical", high=number(high), **told, **facts)
