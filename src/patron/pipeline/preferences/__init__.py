"""What one person may choose by a link in her messages: unsubscribing, and the preference centre."""

from __future__ import annotations

from patron.pipeline.preferences import words
from patron.pipeline.preferences.asking import ASKED_FOR, ask_for, law_of
from patron.pipeline.preferences.centre import BEFORE, PAUSE, YES, Centre, centre_of, choices_in
from patron.pipeline.preferences.choosing import choose, stop_everything
from patron.pipeline.preferences.kinds import kinds_of, uses_of
from patron.pipeline.preferences.standing import CHANNELS, Place, Standing
from patron.pipeline.preferences.unsubscribing import unsubscribe
from patron.pipeline.preferences.whose import Whose, whose

__all__ = [
    "ASKED_FOR",
    "BEFORE",
    "CHANNELS",
    "PAUSE",
    "YES",
    "Centre",
    "Place",
    "Standing",
    "Whose",
    "ask_for",
    "centre_of",
    "choices_in",
    "choose",
    "kinds_of",
    "law_of",
    "stop_everything",
    "unsubscribe",
    "uses_of",
    "whose",
    "words",
]
