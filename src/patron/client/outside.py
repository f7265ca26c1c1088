"""What the client takes from the outside, besides the network: the time, chance, and pauses."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from patron.client import clock


@dataclass(frozen=True, kw_only=True)
class Outside:
    """The time, chance and pauses; tests hand in their own.

    Parameters
    ----------
    now : callable
        Gives the moment that it is, with a time zone.
    new_id : callable
        Gives an id that nobody has.
    pause : callable
        Waits so many seconds.
    chance : callable
        Gives a number from 0 to 1.
    """

    now: Callable[[], datetime] = clock.now
    new_id: Callable[[], str] = lambda: str(uuid.uuid4())
    pause: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random
