"""Does every audience of an ad platform speak of customers and hold-outs that can be?"""

from __future__ import annotations

from patron.activation.members import BOTH
from patron.pipeline.check_experiments import FOUND, check_name, check_segment
from patron.pipeline.check_targets import known_segments
from patron.pipeline.destinations.ads_section import AdsSection
from patron.pipeline.own_segments import customer_columns
from patron.pipeline.settings import Settings


def check_ads(settings: Settings) -> None:
    """Refuse what no run with these settings can have: a hold-out that is not there would hold nobody out.

    Raises
    ------
    SettingsError
        A segment, a programme or a trigger is not known.
    ConditionError
        A condition cannot be asked.
    """
    platforms = {name: one for name, one in settings.destinations.items() if isinstance(one, AdsSection)}
    if not platforms:
        return
    segments = {**known_segments(settings), **dict.fromkeys(FOUND)}
    programmes = {programme for _, programme in settings.holdout_shares({}).values() if programme}
    programmes |= {*settings.holdouts.programmes}
    triggers = {*settings.holdouts.triggers, *settings.launched}
    for name, platform in platforms.items():
        for audience, one in platform.audiences.items():
            key = f"destinations.{name}.audiences.{audience}"
            for part in (one.segment or "").split(BOTH) if one.segment else ():
                check_segment(part.strip(), segments, key=f"{key}.segment")
            if one.condition is not None:
                customer_columns(settings).check(one.condition, where=f"{key}.condition")
            if one.programme is not None:
                check_name(one.programme, programmes, key=f"{key}.programme")
            if one.trigger is not None:
                check_name(one.trigger, triggers, key=f"{key}.trigger")
