"""Does every target of the settings speak of a segment that can be?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from patron.errors import SettingsError
from patron.kpis import TOTAL
from patron.kpis.metrics import metric
from patron.language import did_you_mean, failure
from patron.pipeline.settings import Settings
from patron.segments.summary import ORDER
from patron.segments.tiers import BY_PAST_VALUE, BY_PREDICTED_VALUE


def check_targets(settings: Settings) -> None:
    """Refuse a target for a segment that no run with these settings can have, or from a past that tells nothing.

    A segment that has no member today is one that can be: its target waits for it.

    Raises
    ------
    SettingsError
        A target names a segmentation or a segment that is not known, or asks a change of a metric whose past in a
        segment follows from how the segment was chosen; `key` says which.
    """
    known = known_segments(settings)
    for place, target in enumerate(settings.targets):
        _check(target.segmentation, known, key=f"targets.{place}.segmentation")
        _check(target.segment, known[target.segmentation], key=f"targets.{place}.segment")
        in_total = target.segmentation == TOTAL
        if target.change is not None and not metric(target.metric).past_tells(in_total=in_total):
            facts = {"segmentation": target.segmentation, "segment": target.segment, "metric": target.metric}
            raise failure(SettingsError, "kpis.target_without_past", key=f"targets.{place}.change", **facts)


def known_segments(settings: Settings) -> Mapping[str, Iterable[str]]:
    """Return the segments that a run can have, by segmentation: the total, Patron's own and the project's."""
    tiers = dict.fromkeys((BY_PREDICTED_VALUE, BY_PAST_VALUE), tuple(settings.tiers))
    own = {name: (name,) for name in settings.segments}
    return {TOTAL: (TOTAL,), **ORDER, **tiers, **own}


def _check(name: str, known: Iterable[str], *, key: str) -> None:
    if name not in known:
        raise failure(SettingsError, "settings.target_segment", key=key, came=name, hint=did_you_mean(name, known))
