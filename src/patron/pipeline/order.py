"""What a run is asked to be, and what it tells while it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from patron.errors import SettingsError
from patron.language import failure
from patron.pipeline.collecting import Collected
from patron.pipeline.kept import Kept
from patron.pipeline.settings import Settings
from patron.privacy import Tombstones


@dataclass(frozen=True)
class Progress:
    """One step begun (`seconds` is None) or ended."""

    step: str
    number: int
    steps: int
    seconds: float | None = None
    rows: int = 0
    reused: bool = False
    resumed: bool = False


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a run is asked to be."""

    folder: Path
    settings: Settings
    as_of: date | None
    today: date
    made_at: datetime
    kept: Kept
    erased: Tombstones
    clock: Callable[[], float]
    collected: Collected
    only: str | None = None
    tell: Callable[[Progress], None] = lambda _progress: None

    @property
    def asked(self) -> date | None:
        """The day that is asked for, by the caller or else by the settings.

        Raises
        ------
        SettingsError
            It has not come yet.
        """
        asked = self.as_of or self.settings.as_of
        if asked is not None and asked > self.today:
            raise failure(SettingsError, "settings.future", key="as_of", came=asked, today=self.today)
        return asked
