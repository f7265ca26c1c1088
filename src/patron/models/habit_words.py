"""Rules, critical days and gateways as a person says them."""

from __future__ import annotations

import math

from patron.language import has, number, percent, say
from patron.stats.power import customers_per_arm

PROMPTED = 0.10
"""Of a hundred customers, how many more the experiment's prompt is taken to bring to the deed, as a share."""


def event_words(event: str, role: str) -> str:
    """Say an event as a part of a sentence.

    Parameters
    ----------
    event : str
        A name such as ``order`` or ``category:tea``; names that are not known are said as they are.
    role : {"anchor", "deed"}
        As a noun, or as a verb of those who do it.

    Examples
    --------
    >>> event_words("first_order", "anchor"), event_words("category:tea", "deed"), event_words("wink", "deed")
    ('the first order', "buy from the category 'tea'", "do 'wink'")
    """
    kind, _, value = event.partition(":")
    if value and has(f"habits.{role}_{kind}_of"):
        return say(f"habits.{role}_{kind}_of", value=value)
    if not value and has(f"habits.{role}_{kind}"):
        return say(f"habits.{role}_{kind}")
    return say(f"habits.{role}_other", event=event)


def rule_sentence(
    anchor: str, deed: str, within: int, outcome: str, *, horizon: int, doers: int, others: int, rates: tuple[float, float],
    ratio: tuple[float, float, float],
) -> str:  # fmt: skip
    """Say a rule with its figures, as an association."""
    times, low, high = ratio
    did, did_not = (percent(rate, digits=1) for rate in rates)
    facts = {
        "when": _when(anchor, within), "deed": event_words(deed, "deed"), "outcome": event_words(outcome, "deed"),
        "horizon": horizon, "doers": number(doers), "others": number(others), "did": did, "did_not": did_not,
    }  # fmt: skip
    if not math.isfinite(times):
        return say("habits.rule_only", low=number(low, digits=2), **facts)
    ends = {"times": number(times, digits=2), "low": number(low, digits=2), "high": number(high, digits=2)}
    return say("habits.rule", **ends, **facts)


def experiment(
    anchor: str, deed: str, within: int, outcome: str, *, horizon: int, rates: tuple[float, float], doing: float
) -> tuple[int | None, str]:
    """Return how many customers each half of an experiment needs, and the experiment in words.

    The prompt is taken to bring `PROMPTED` more of those asked to the deed, and the deed to do all that the rule says:
    then the halves differ by that share of the rates' difference.
    """
    base = rates[1] + doing * (rates[0] - rates[1])
    changed = min(1.0, max(0.0, base + PROMPTED * (rates[0] - rates[1])))
    facts = {
        "when": _when(anchor, within), "deed": event_words(deed, "deed"), "outcome": event_words(outcome, "deed"),
        "anchor": event_words(anchor, "anchor"), "days": within + horizon, "prompted": round(100 * PROMPTED),
    }  # fmt: skip
    if abs(base - changed) < 1e-6:
        return None, say("habits.no_experiment", **facts)
    needed = customers_per_arm(base, changed)
    return needed, say(
        "habits.experiment", needed=number(needed), base=percent(base, digits=1), changed=percent(changed, digits=1),
        **facts,
    )  # fmt: skip


def critical_sentence(
    anchor: str, outcome: str, *, threshold: float, horizon: int, at_once: float, day: int | None, ends: tuple[int | None, int | None]
) -> str:  # fmt: skip
    """Say after how many days of silence the chance is below a threshold."""
    facts = {
        "anchor": event_words(anchor, "anchor"), "outcome": event_words(outcome, "deed"), "horizon": horizon,
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


def _when(anchor: str, within: int) -> str:
    after = event_words(anchor, "anchor")
    if not within:
        return say("habits.when_same", anchor=after)
    return say("habits.when", count=within, days=within, anchor=after)
