"""How much of a customer's attention may be used: contacts in a window of days, in all and by channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from patron.errors import ArgumentError
from patron.language import failure


@dataclass(frozen=True, kw_only=True)
class ContactBudget:
    """At most `most` messages to one customer in any `window_days` days, and by a channel at most what it says.

    Parameters
    ----------
    most : int
        Messages in the window, 0 or more.
    window_days : int
        Its length in days, 1 or more: today and the days before it.
    per_channel : mapping of str to int
        The same by channel; where a channel is not named, only `most` binds.

    Raises
    ------
    ArgumentError
        A number is below what it can be.
    """

    most: int = 3
    window_days: int = 7
    per_channel: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        for name, came, least in (
            ("most", self.most, 0), ("window_days", self.window_days, 1),
            *((f"per_channel.{channel}", most, 0) for channel, most in self.per_channel.items()),
        ):  # fmt: skip
            if isinstance(came, bool) or not isinstance(came, int) or came < least:
                raise failure(ArgumentError, "attention.budget", argument=name, came=came, least=least)


def budget_of(came: ContactBudget | int) -> ContactBudget:
    """Return a budget; a number stands for so many messages in seven days."""
    return came if isinstance(came, ContactBudget) else ContactBudget(most=came)
