"""What the shop keeps to, whomever it writes to; and which of it binds which kind of message.

A promotion has to pass every rule. What a customer asked for or needs to know of her own purchase (service) passes
over those that are there to spare her promotion. What is owed by contract (transactional) goes to everybody whose data
may be processed at all, and what the law demands to everybody.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from patron.contracts.decision import REFUSALS
from patron.decisions.eligibility.quiet import Hours
from patron.errors import ArgumentError
from patron.language import failure

NOT_OF = {
    "promotion": (),
    "service": ("paused", "sensitive", "open_case", "cool_down", "margin_floor"),
    "transactional": tuple(name for name in REFUSALS if name not in ("restricted", "said_no", "no_consent")),
    "legal": REFUSALS,
}
"""Refusals that do not bind a kind of message."""

UNHELD = ("transactional", "legal")
"""Kinds that no hold-out keeps back, that use up no contact, and that wait for no hour."""


@dataclass(frozen=True, kw_only=True)
class ContactRules:
    """The rules, beside what customers allow.

    Parameters
    ----------
    cool_down_days : int
        Days without promotion after a complaint, and after a case was closed.
    complaints : tuple of str
        Topics of tickets that are complaints, in the help desk's words.
    group_days : int
        Days in which a customer gets one message of an exclusive group.
    bounces : int
        Messages in a row that came back, after which a channel is taken for dead.
    least_gain : float
        Money that a message has to bring after its cost.
    hours : Hours
        When messages may reach somebody.

    Raises
    ------
    ArgumentError
        A number is below what it can be.
    """

    cool_down_days: int = 14
    complaints: tuple[str, ...] = ("complaint",)
    group_days: int = 7
    bounces: int = 2
    least_gain: float = 0.0
    hours: Hours = field(default_factory=Hours)

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        for name, least in (("cool_down_days", 0), ("group_days", 1), ("bounces", 1)):
            if (came := getattr(self, name)) < least:
                raise failure(ArgumentError, "eligibility.rule", argument=name, came=came, least=least)
