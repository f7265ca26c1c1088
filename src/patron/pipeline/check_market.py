"""Is the ideal segment of the settings one that can be?"""

from __future__ import annotations

from patron.contracts.micro import MICRO
from patron.errors import SettingsError
from patron.kpis import TOTAL
from patron.language import did_you_mean, failure, listing
from patron.pipeline.check_targets import known_segments
from patron.pipeline.settings import Settings

LEARNED = ("behaviour", MICRO)
"""Segmentations whose segments the data make: none of them can be told before a run."""


def check_market(settings: Settings) -> None:
    """Refuse an ideal segment that no run with these settings can have.

    A segment that has no member today is one that can be: then nobody is ideal, and nobody is scored.

    Raises
    ------
    SettingsError
        `key` says whether the segmentation or the segment is not known.
    """
    ideal = settings.market.ideal
    if ideal is None or ideal.segmentation in LEARNED:
        return
    known = {name: tuple(segments) for name, segments in known_segments(settings).items() if name != TOTAL}
    if ideal.segmentation not in known:
        _refuse("segmentation", ideal.segmentation, (*known, *LEARNED))
    if ideal.segment not in known[ideal.segmentation]:
        _refuse("segment", ideal.segment, known[ideal.segmentation])


def _refuse(key: str, came: str, allowed: tuple[str, ...]) -> None:
    raise failure(
        SettingsError, "settings.ideal_unknown", key=f"market.ideal.{key}", came=came, allowed=listing(allowed),
        hint=did_you_mean(came, allowed),
    )  # fmt: skip
