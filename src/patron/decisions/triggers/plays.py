"""Ready plays: what a trigger usually looks like, to be copied into patron.yaml and changed there.

A play is data. What it is for, and what is believed of it, are sentences of the catalogue: ``plays.NAME.title`` and
``plays.NAME.believed``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from patron.errors import ArgumentError
from patron.language import did_you_mean, failure, say


@dataclass(frozen=True, kw_only=True)
class PlayStep:
    """One step of a play that is a sequence."""

    name: str
    action: str
    wait_days: int = 0


@dataclass(frozen=True, kw_only=True)
class Play:
    """One play: the signal that it answers, what is done, for whom, and within how many days it is to pay."""

    name: str
    signal: str
    action: str = ""
    audience: str | None = None
    kind: str = "promotion"
    channels: tuple[str, ...] = ("email",)
    goal_days: int = 30
    holdout: float = 0.10
    every_days: int = 30
    steps: tuple[PlayStep, ...] = ()
    exits: str | None = None
    within_days: int | None = None


PLAYS: tuple[Play, ...] = (
    Play(
        name="service_for_loyal", signal="case_resolved", action="recover", kind="service",
        audience="rfm IN ('champions', 'loyal')", channels=("phone", "email"), goal_days=60, every_days=60,
    ),
    Play(
        name="exclusive_access", signal="full_price_buyer", action="exclusive_access",
        audience="rfm IN ('champions', 'loyal')",
    ),
    Play(name="appreciation", signal="anniversary", action="congratulate", audience="orders > 1", every_days=180),
    Play(name="referral", signal="nps_promoter", action="refer", goal_days=60, every_days=90),
    Play(
        name="re_engagement", signal="lapse_risk", action="win_back", channels=("email", "sms"), goal_days=60,
        every_days=60,
    ),
    Play(
        name="nurture", signal="first_90_days", goal_days=90, every_days=0, within_days=90, exits="orders > 1",
        steps=(
            PlayStep(name="welcome", action="welcome"),
            PlayStep(name="how_to", action="second_order", wait_days=7),
            PlayStep(name="what_next", action="cross_sell", wait_days=14),
        ),
    ),
    Play(name="replenishment_reminder", signal="replenishment_due", action="replenish", every_days=14),
    Play(name="cross_category", signal="category_next", action="cross_sell", audience="orders > 1"),
    Play(
        name="first_online_order", signal="channel_changed", action="switch_channel", goal_days=60, every_days=60,
    ),
    Play(name="price_sensitive_offer", signal="discount_addict", action="discount", holdout=0.20),
    Play(
        name="gift", signal="high_value_quiet", action="gift", holdout=0.20, channels=("post", "email"), goal_days=60,
        every_days=180,
    ),
    Play(name="loyalty_tuning", signal="tier_at_risk", action="reward", goal_days=60, every_days=60),
)  # fmt: skip
"""In the order of docs/triggers.md."""


def play_named(name: str) -> Play:
    """Return a play by its name.

    Raises
    ------
    ArgumentError
        There is none of that name.
    """
    known = {one.name: one for one in PLAYS}
    if name not in known:
        raise failure(ArgumentError, "triggers.play", argument="play", came=name, hint=did_you_mean(name, known))
    return known[name]


def play_yaml(play: Play, *, name: str | None = None) -> str:
    """Return a play as lines for patron.yaml, with what is believed of it.

    Parameters
    ----------
    play : Play
        Which.
    name : str, optional
        What the trigger is to be called; as the play if not told.

    Examples
    --------
    >>> print(play_yaml(play_named("referral")).splitlines()[0])
    triggers:
    """
    return "\n".join(_lines(play, name or play.name)) + "\n"


def _lines(play: Play, name: str) -> Iterator[str]:
    yield "sequences:" if play.steps else "triggers:"
    yield f"  {name}:"
    for key, value in _keys(play):
        yield f"    {key}: {value}"
    if play.steps:
        yield "    steps:"
        for step in play.steps:
            wait = f", wait: {step.wait_days}d" if step.wait_days else ""
            yield f"      - {{name: {step.name}, action: {step.action}{wait}}}"


def _keys(play: Play) -> Iterator[tuple[str, str]]:
    yield "play", play.name
    yield "signal", play.signal
    if play.action:
        yield "action", play.action
    if play.audience is not None:
        yield "audience", play.audience
    if play.kind != "promotion":
        yield "kind", play.kind
    yield "channels", f"[{', '.join(play.channels)}]"
    yield "goal", f"{{metric: margin, days: {play.goal_days}d}}"
    yield "holdout", f"{play.holdout:.0%}"
    if play.every_days:
        yield "caps", f"{{every: {play.every_days}d}}"
    if play.exits is not None:
        yield "exit", play.exits
    if play.within_days is not None:
        yield "within", f"{play.within_days}d"
    yield "state", "draft"
    yield "believed", say(f"plays.{play.name}.believed")
