"""What a message is: parts with options, of which every combination is a variant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from patron.contracts.message import PARTS

PROMOTION = "promotion"
EMAIL, SMS = "email", "sms"
UNSUBSCRIBE = "unsubscribe_url"

Texts = Mapping[str, str]
"""The same words by language."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option of a part: its words by language, and what they speak of."""

    texts: Texts = field(default_factory=dict)
    discount: float | None = None  # share of the price
    cost: float | None = None  # money a message
    price: float | None = None  # of what is shown
    category: str | None = None  # of what is shown
    product: str | None = None  # the id of what is shown


@dataclass(frozen=True, kw_only=True)
class Message:
    """What a trigger says, in all its variants."""

    trigger: str
    parts: Mapping[str, Mapping[str, Option]]
    kind: str = PROMOTION
    purpose: str = "marketing"
    by: tuple[str, ...] = (EMAIL,)  # channels, the preferred first, where the channel is no part of it
    longest_subject: int = 60  # characters
    html: bool = False
    may_lack: bool = True  # whoever lacks a value that the words need is not written to; else it is an error

    def channels(self) -> tuple[str, ...]:
        """Return by what it may be sent."""
        chosen = self.parts.get("channel", {})
        return tuple(next(iter(one.texts.values()), name) for name, one in chosen.items()) or self.by

    def options(self) -> dict[str, tuple[str, ...]]:
        """Return the names of the options by part, in the order of the parts: what variants are made of.

        Examples
        --------
        >>> Message(trigger="t", parts={"offer": {"none": Option(), "ten": Option()}}).options()
        {'offer': ('none', 'ten')}
        """
        return {part: tuple(self.parts[part]) for part in PARTS if self.parts.get(part)}


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who writes: what all messages of a shop share."""

    shop: str
    currency: str
    language: str = "en"
    languages: Mapping[str, str] = field(default_factory=dict)  # by country
    links: Mapping[str, str] = field(default_factory=dict)  # addresses, as NAME_url in the words
    tags: Mapping[str, str] = field(default_factory=dict)  # what the sending system fills in by itself
    footers: Mapping[str, Texts] = field(default_factory=dict)  # by channel

    def variables(self) -> tuple[str, ...]:
        """Return the names that the sender adds to what words may say."""
        return (*(f"{name}_url" for name in self.links), *self.tags)
