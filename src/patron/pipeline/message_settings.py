"""What the settings say of messages: who writes, and the parts and options that each trigger's message is made of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Protocol

from babel.core import Locale, UnknownLocaleError
from pydantic import BeforeValidator, Field, field_validator, model_validator

from patron.contracts.message import PARTS
from patron.contracts.raw_people import CHANNELS
from patron.decisions.messages.message import Message, Option, Sender, Texts
from patron.decisions.messages.variants import MOST, many
from patron.language import listing, say
from patron.pipeline.section import Section
from patron.pipeline.segment_settings import Purpose

SendChannel = Literal["email", "sms", "push", "phone", "post", "web", "ads"]

_NAME = re.compile(r"\w([\w-]{0,38}\w)?")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):[0-5]\d")
_TAG = re.compile(r"[a-z]{2,3}([-_]\w+)*")
_DAY_MINUTES = 24 * 60


def _language(value: str) -> str:
    """Return a language's tag as it is written: de, pt-BR."""
    try:
        Locale.parse(value, sep="-")
    except (ValueError, UnknownLocaleError) as error:
        raise ValueError(say("messages.language", came=value)) from error
    return value


def _texts(value: Any) -> Any:
    """Read words: one text, or the same words by language. `*` stands for the sender's language until it is known."""
    if isinstance(value, str):
        return {"*": value}
    if isinstance(value, Mapping):
        return {_language(str(tag)): text for tag, text in value.items()}
    raise ValueError(say("messages.text"))


Words = Annotated[dict[str, str], BeforeValidator(_texts)]
"""Words in one language, or by language."""

Tag = Annotated[str, BeforeValidator(_language)]


def _option(value: Any) -> Any:
    """Read an option that is only its words, or nothing at all."""
    if value is None:
        return {}
    value = _clock(value)
    return {"text": value} if isinstance(value, str) or _by_language(value) else value


def _by_language(value: Any) -> bool:
    return isinstance(value, dict) and any(map(_is_language, value))


def _is_language(tag: Any) -> bool:
    """Tell whether a key is a language's tag; `text` and its like are not."""
    try:
        return bool(_TAG.fullmatch(str(tag))) and bool(_language(str(tag)))
    except ValueError:
        return False


def _clock(value: Any) -> Any:
    """Return a time of day as it was written: YAML reads 18:30 as minutes, 18 x 60 + 30."""
    minutes = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _DAY_MINUTES
    return f"{value // 60:02d}:{value % 60:02d}" if minutes else value


def _options(value: Any) -> Any:
    """Read a list of names as options that are only their names."""
    return {str(_clock(name)): {} for name in value} if isinstance(value, list) else value


class Launched(Protocol):
    """What a message takes from its trigger, sequence or campaign."""

    @property
    def kind(self) -> Any:
        """What its messages are."""

    @property
    def purpose(self) -> Any:
        """For which purpose customers have to be open."""

    @property
    def channels(self) -> list[str]:
        """By what, the preferred first."""


class OptionSettings(Section):
    """One option of a part; where only its words are told, the words themselves may stand in its place."""

    text: Words = Field(
        default_factory=dict,
        description="The words: a text, or texts by language. Of an image its address; of a channel or a time which.",
    )
    discount: float | None = Field(None, gt=0, lt=1, description="Of an offer: what is taken off the price, 0.1.")
    cost: float | None = Field(None, ge=0, description="What it adds to the cost of one message.")
    price: float | None = Field(None, gt=0, description="The price of what is shown, to see whom it fits.")
    category: str | None = Field(None, description="The category of what is shown, to see whom it fits.")
    product: str | None = Field(None, description="The id of the product that is shown: it has to be in stock.")

    def option(self, language: str, *, name: str, part: str) -> Option:
        """Return it as decisions take it, with words of no language in the sender's."""
        texts = {language if tag == "*" else tag: text for tag, text in self.text.items()}
        if part in ("channel", "time") and not texts:
            texts = {language: name}
        facts = self.model_dump(exclude={"text"})
        return Option(texts=texts, **facts)


OptionsByName = Annotated[dict[str, Annotated[OptionSettings, BeforeValidator(_option)]], BeforeValidator(_options)]


class MessageSettings(Section):
    """The message of one trigger, sequence or campaign, whose name it stands under."""

    parts: dict[str, OptionsByName] = Field(
        description="By part (image, headline, copy, offer, channel, time) its options by name; every combination of "
        "one option of each part is a variant."
    )
    kind: Literal["promotion", "service", "transactional", "legal"] | None = Field(
        None, description="What it is; by default what its trigger says, else a promotion."
    )
    purpose: Purpose | None = Field(None, description="For which purpose customers have to be open; marketing.")
    longest_subject: int = Field(60, ge=10, le=200, description="Characters that a subject (the headline) may have.")
    html: bool = Field(default=False, description="The copy is HTML: what is filled in is escaped.")
    missing: Literal["leave_out", "error"] = Field(
        "leave_out",
        description="Where a customer lacks a value that the words need and no `default` stands in: `leave_out` writes "
        "to the others; `error` refuses words that could meet such a customer.",
    )

    @field_validator("parts")
    @classmethod
    def _named(cls, value: dict[str, dict[str, OptionSettings]]) -> dict[str, dict[str, OptionSettings]]:
        for part, options in value.items():
            if part not in PARTS:
                raise ValueError(say("messages.part", came=part, allowed=listing(PARTS)))
            if not options:
                raise ValueError(say("messages.no_options", part=part))
            for name, option in options.items():
                _check_option(part, name, option)
        if not {"headline", "copy"} & set(value):
            raise ValueError(say("messages.no_words"))
        if many({part: tuple(options) for part, options in value.items()}) > MOST:
            raise ValueError(say("messages.too_many", most=MOST))
        return value

    def message(self, trigger: str, *, language: str, launched: Launched | None = None) -> Message:
        """Return it as decisions take it.

        Parameters
        ----------
        trigger : str
            The name it stands under.
        language : str
            Of words that name none.
        launched : settings of the trigger, optional
            What the message does not say of itself is the trigger's: kind, purpose and channels.
        """
        parts = {
            part: {name: one.option(language, name=name, part=part) for name, one in self.parts[part].items()}
            for part in PARTS
            if part in self.parts
        }
        its = {} if launched is None else {"kind": launched.kind, "purpose": launched.purpose}
        own = {name: value for name in ("kind", "purpose") if (value := getattr(self, name)) is not None}
        return Message(
            trigger=trigger, parts=parts, longest_subject=self.longest_subject, html=self.html,
            may_lack=self.missing == "leave_out", by=("email",) if launched is None else tuple(launched.channels),
            **{**its, **own},
        )  # fmt: skip


def _check_option(part: str, name: str, option: OptionSettings) -> None:
    """Refuse an option whose name or value its part cannot have."""
    named = next(iter(option.text.values()), name)
    if part == "channel" and named not in CHANNELS[1:]:
        raise ValueError(say("messages.channel", came=named, allowed=listing(CHANNELS[1:])))
    if part == "time" and not _CLOCK.fullmatch(named):
        raise ValueError(say("messages.time", came=named))
    if part != "time" and not _NAME.fullmatch(name):
        raise ValueError(say("messages.option_name", came=name))
    if part in ("headline", "copy") and not option.text:
        raise ValueError(say("messages.option_words", part=part, option=name))


class SenderSettings(Section):
    """Who writes: what all messages share."""

    language: Tag = Field(
        "en", description="The language of texts that name none, and of customers of whom none is known."
    )
    languages: dict[str, Tag] = Field(
        default_factory=dict,
        description="By country, as the data write it, the language to write in. Without it a country's own language "
        "where it is told as a code of two letters and has one.",
    )
    links: dict[str, str] = Field(
        default_factory=dict,
        description="Addresses by name: `unsubscribe` is `unsubscribe_url` in the words. May hold {{ customer_id }}, "
        "{{ trigger }}, {{ variant }} and {{ language }}.",
    )
    tags: dict[str, str] = Field(
        default_factory=dict,
        description="Variables that the sending system fills in, with its own mark: unsubscribe_url: '*|UNSUB|*'.",
    )
    footers: dict[SendChannel, Words] = Field(
        default_factory=dict, description="By channel what stands below every promotion: a text, or texts by language."
    )

    @field_validator("links", "tags")
    @classmethod
    def _words(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value:
            if not name.isidentifier() or name != name.lower():
                raise ValueError(say("messages.link_name", came=name))
        return value

    @model_validator(mode="after")
    def _apart(self) -> SenderSettings:
        if both := sorted({f"{name}_url" for name in self.links} & set(self.tags)):
            raise ValueError(say("messages.link_twice", came=both[0]))
        return self

    def sender(self, *, shop: str, currency: str) -> Sender:
        """Return it as decisions take it."""
        footers: dict[str, Texts] = {
            channel: {self.language if tag == "*" else tag: text for tag, text in words.items()}
            for channel, words in self.footers.items()
        }
        return Sender(
            shop=shop, currency=currency, language=self.language, languages=self.languages, links=self.links,
            tags=self.tags, footers=footers,
        )  # fmt: skip
