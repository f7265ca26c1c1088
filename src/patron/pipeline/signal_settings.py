"""What the settings say of signals: which are wanted, for how long they are fresh, and signals of one's own."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from patron.contracts.signal import LIBRARY
from patron.language import did_you_mean, say
from patron.pipeline.section import Days, Section

Family = Literal[
    "abandonment", "onboarding", "replenishment", "growth", "offer", "price", "retention", "loyalty", "advocacy",
    "service", "occasion", "contact",
]  # fmt: skip

OWN_DAYS = 14
"""For how many days a signal of one's own is fresh where nobody says it."""


class SignalSettings(Section):
    """One signal: of the library, or of one's own."""

    enabled: bool = Field(default=True, description="Whether it is looked for.")
    fresh: Days | None = Field(
        None,
        description="For how long after the fact it is worth an answer, for example 14d; by default the library's, "
        "14d for one of your own.",
    )  # fmt: skip
    condition: str | None = Field(
        None, description="Of a signal of your own: SQL condition over what is known of a customer, and of one event."
    )
    family: Family | None = Field(None, description="Of a signal of your own: what kind of answer it asks for.")


def checked_signals(value: dict[str, SignalSettings]) -> dict[str, SignalSettings]:
    """Return the signals of the settings.

    Raises
    ------
    ValueError
        One is neither of the library nor has a condition, or is of the library and has one.
    """
    for name, signal in value.items():
        own = signal.condition is not None
        if name in LIBRARY and (own or signal.family is not None):
            raise ValueError(say("signals.taken", came=name))
        if name not in LIBRARY and (not own or signal.family is None):
            raise ValueError(say("signals.condition", came=name, hint=did_you_mean(name, LIBRARY)))
        if not name.isidentifier():
            raise ValueError(say("signals.name", came=name))
    return value
