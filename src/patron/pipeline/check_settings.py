"""What no single section of the settings can know: whether they agree with each other."""

from __future__ import annotations

from patron.pipeline.check_ads import check_ads
from patron.pipeline.check_experiments import check_experiments
from patron.pipeline.check_market import check_market
from patron.pipeline.check_messages import check_messages
from patron.pipeline.check_targets import check_targets
from patron.pipeline.check_teams import check_teams
from patron.pipeline.check_triggers import check_triggers
from patron.pipeline.settings import Settings


def check_all(settings: Settings) -> None:
    """Check what sections say of each other.

    Raises
    ------
    SettingsError
        They say something that cannot be.
    ConditionError
        A condition names what is not there.
    """
    check_targets(settings)
    check_market(settings)
    check_experiments(settings)
    check_triggers(settings)
    check_messages(settings)
    check_teams(settings)
    check_ads(settings)
