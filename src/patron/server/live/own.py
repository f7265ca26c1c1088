"""The project's own segments and signals of one person now."""

from __future__ import annotations

from dataclasses import dataclass

from patron.pipeline.own_segments import WHERE as SEGMENTS
from patron.pipeline.own_signals import WHERE as SIGNALS
from patron.pipeline.own_signals import own_settings
from patron.pipeline.signal_settings import OWN_DAYS
from patron.server.live.person import LivePerson


@dataclass(frozen=True, kw_only=True)
class OwnSegments:
    """Own segments of one person, by name and in the order of the settings."""

    now: tuple[str, ...]  # those whose condition holds
    entered: tuple[str, ...]  # and did not as of the run
    left: tuple[str, ...]  # those of the run whose condition does not hold any more


def own_segments_now(one: LivePerson) -> OwnSegments:
    """Return the project's own segments that a person is in now, and what is new since the run.

    Raises
    ------
    ConditionError
        A condition was changed since the run to one that cannot be asked.
    """
    published = one.published
    wanted = published.settings.segments
    before = set[str]()
    if one.customer_id is not None and published.holds("memberships"):
        before = {row["segmentation"] for row in published.rows("memberships", one.customer_id)} & set(wanted)
    now = [
        name
        for name, segment in wanted.items()
        if one.holds(published.condition(segment.where, where=f"{SEGMENTS}.{name}"))
    ]
    return OwnSegments(
        now=tuple(now), entered=tuple(name for name in now if name not in before),
        left=tuple(name for name in wanted if name in before and name not in now),
    )  # fmt: skip


def own_signals_now(one: LivePerson) -> tuple[str, ...]:
    """Return the project's own signals that fire for a person now, in the order of the settings.

    Raises
    ------
    ConditionError
        A condition was changed since the run to one that cannot be asked.
    """
    published = one.published
    return tuple(
        name
        for name, signal in own_settings(published.settings).items()
        if signal.enabled
        and one.holds(
            published.condition(signal.condition or "", where=f"{SIGNALS}.{name}"), fresh_days=signal.fresh or OWN_DAYS
        )
    )
