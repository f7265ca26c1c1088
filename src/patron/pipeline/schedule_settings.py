"""What the settings say of what is done by the clock, and of backups."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, Field

from patron.language import say
from patron.pipeline.section import Section

_DAILY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_FIELDS = 5
_ANY_DAY = datetime(2024, 1, 1, tzinfo=UTC)


def cron_of(written: str) -> str:
    """Return a time of day as a cron expression, and a cron expression as it is.

    Raises
    ------
    ValueError
        It is neither, or no day that there is fits it.

    Examples
    --------
    >>> cron_of("03:05"), cron_of("*/15 * * * *")
    ('5 3 * * *', '*/15 * * * *')
    """
    daily = _DAILY.fullmatch(written.strip())
    text = f"{int(daily[2])} {int(daily[1])} * * *" if daily else " ".join(written.split())
    try:
        if len(text.split()) != _FIELDS:
            raise CronSimError  # CronSim takes six, too, with seconds
        next(CronSim(text, _ANY_DAY))
    except (CronSimError, StopIteration):
        raise ValueError(say("operations.cron", came=written)) from None
    return text


def moments(cron: str, *, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the moments after one, in UTC, at which a cron expression of the zone's clock is due.

    Where clocks are put forward, what would be skipped is due at the moment of the change; where they are put back, it
    is due once, as Debian's cron does it.
    """
    for found in CronSim(cron, after.astimezone(zone)):
        yield found.astimezone(UTC)


def _checked(written: str) -> str:
    cron_of(written)
    return written


When = Annotated[str, AfterValidator(_checked)]
"""A time of day (03:00) or five fields of cron, by the project's clock."""


class ScheduleSettings(Section):
    """What `patron serve` does by the clock, each in a process of its own, and never two at once."""

    run: When | None = Field(None, description="When a run is made: a time of day as 03:00, or five fields of cron.")
    activate: When | None = Field(None, description="When what is due is delivered without a server's delivering it.")
    backup: When | None = Field(None, description="When a backup is written to `backup.to`.")

    @property
    def jobs(self) -> dict[str, str]:
        """What is planned, as cron expressions."""
        return {name: cron_of(when) for name, when in self if when is not None}


class BackupSettings(Section):
    """Where backups are kept."""

    to: str | None = Field(
        None,
        description="The folder of this project's backups, best on another disk or machine; the list of the erased is "
        "kept beside them.",
    )
    keep: int = Field(14, ge=1, le=10_000, description="How many backups stay in the folder.")
    keys: bool = Field(
        default=False,
        description="Whether backups hold the project's own secrets, too: who has them can forge signed links.",
    )


__all__ = ["BackupSettings", "ScheduleSettings", "cron_of", "moments"]
