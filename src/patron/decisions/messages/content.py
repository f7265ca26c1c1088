"""Are the words of a message without fault, before anybody reads them?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from patron.contracts.message import CONTENT_WARNINGS
from patron.decisions.messages.languages import by_language
from patron.decisions.messages.message import EMAIL, PROMOTION, SMS, UNSUBSCRIBE, Message, Option, Sender
from patron.decisions.messages.render import IN_LINKS, known_variables
from patron.decisions.messages.template import Fault, Lacking, Words, read_words, rendered, written
from patron.decisions.messages.variables import BY_NAME, VARIABLES

SMS_CHARACTERS = 160
"""Characters of one text message; longer ones are sent, and paid, as several."""

_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\"']+")
_FOREIGN = re.compile(r"(?<![{\w])\{\w+\}(?!\})|%%?\w+%%?|\*\|\w+\|\*|\[\[\w+\]\]|<<\w+>>|\$\{\w+\}")
_BROKEN = re.compile(r"[{}\[\]|\\^`]|%(?![0-9A-Fa-f]{2})")
_STOP = re.compile(r"\bSTOP\b")
_SCHEMES = ("http", "https", "mailto", "tel")
_SHOUT_LETTERS = 8
_EXCLAIMED = re.compile(r"!!|\?!|!\?")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One fault of a message: which check failed, where, of what."""

    trigger: str
    place: str  # a key below the message in the settings, or of the sender
    check: str
    detail: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)  # what the sentence tells

    @property
    def severity(self) -> str:
        """How grave it is."""
        return "warning" if self.check in CONTENT_WARNINGS else "error"


def content_findings(message: Message, sender: Sender) -> list[Finding]:
    """Return all that is wrong with the words of a message, errors first.

    Errors: Jinja that does not parse, or does more than words may; variables and filters that there are not; a
    promotion by e-mail or text message without a way to unsubscribe; an e-mail without a subject, one that is longer
    than `longest_subject` (with rather long values filled in) or of several lines; addresses that lead nowhere; marks
    of other systems, which would be sent as they stand; and, where the message says so, values that a customer may
    lack. Warnings: words that are not in every language of the message; capitals and exclamation marks; text messages
    that are paid twice.
    """
    found = list(_found(message, sender))
    once = {(one.place, one.check, one.detail): one for one in reversed(found)}
    return sorted(once.values(), key=lambda one: (one.severity != "error", one.place, one.check, one.detail))


def sender_findings(sender: Sender) -> list[Finding]:
    """Return all that is wrong with the sender's own addresses; `place` is a key below ``sender``."""
    found = []
    for name, address in sender.links.items():
        place, words = f"links.{name}", read_words(address, known=IN_LINKS)
        if not isinstance(words, Words):
            found += [_fault("", place, fault, IN_LINKS) for fault in words]
        elif ":" not in address or _leads_nowhere(rendered(words, dict.fromkeys(IN_LINKS, "x")), alone=False):
            found.append(Finding(trigger="", place=place, check="url_broken", detail=address))
    return found


def _found(message: Message, sender: Sender) -> Iterator[Finding]:
    known = known_variables(message, sender)
    values = _samples(message, sender)
    for part, options in message.parts.items():
        if part in ("channel", "time"):
            continue
        for name, option in options.items():
            for language, text in option.texts.items():
                place = f"parts.{part}.{name}" + (f".{language}" if len(option.texts) > 1 else "")
                yield from _of_text(_Place(message, part, place, text), known, values)
        yield from _untranslated(message, part, options)
    for channel in message.channels():
        yield from _of_channel(message, sender, channel, known, values)


@dataclass(frozen=True)
class _Place:
    """One text of a message, and where it stands."""

    message: Message
    part: str
    place: str
    text: str

    def finding(self, check: str, detail: str = "", **facts: Any) -> Finding:
        return Finding(trigger=self.message.trigger, place=self.place, check=check, detail=detail, facts=facts)


def _of_text(one: _Place, known: frozenset[str], values: Mapping[str, Any]) -> Iterator[Finding]:
    words = read_words(one.text, known=known)
    if not isinstance(words, Words):
        for fault in words:
            yield _fault(one.message.trigger, one.place, fault, known)
        return
    shown = _shown(words, values)
    for mark in _FOREIGN.findall(_ADDRESS.sub("", shown)):
        yield one.finding("placeholder_foreign", mark)
    for address in [shown] if one.part == "image" else _ADDRESS.findall(shown):
        if _leads_nowhere(address.rstrip(".,;:!?)"), alone=one.part == "image"):
            yield one.finding("url_broken", address)
    yield from _of_values(one, words)
    if one.part == "headline":
        yield from _of_headline(one, shown)


def _of_values(one: _Place, words: Words) -> Iterator[Finding]:
    """Find values that customers, or offers, may lack."""
    offers = one.message.parts.get("offer", {})
    for names in sorted(words.needed, key=sorted):
        if names == {"discount"} and any(option.discount is None for option in offers.values()):
            yield one.finding("value_missing", "discount")
        elif not one.message.may_lack and not any(_always(name) for name in names):
            yield one.finding("value_missing", min(names))


def _always(name: str) -> bool:
    return name not in BY_NAME or BY_NAME[name].always or name in ("offer", "discount")


def _of_headline(one: _Place, shown: str) -> Iterator[Finding]:
    longest = one.message.longest_subject
    if EMAIL in one.message.channels():
        if "\n" in shown.strip():
            yield one.finding("subject_lines")
        if len(shown.strip()) > longest:
            yield one.finding("subject_long", characters=len(shown.strip()), longest=longest)
    letters = [letter for letter in one.text if letter.isalpha() and letter.lower() != letter.upper()]
    if (len(letters) >= _SHOUT_LETTERS and all(map(str.isupper, letters))) or _EXCLAIMED.search(one.text):
        yield one.finding("shouting")


def _untranslated(message: Message, part: str, options: Mapping[str, Option]) -> Iterator[Finding]:
    """Find options that are not in a language of others: whoever speaks it would read another one."""
    if part not in ("headline", "copy", "offer"):
        return
    every = {
        tag
        for name in ("headline", "copy", "offer")
        for one in message.parts.get(name, {}).values()
        for tag in one.texts
    }
    for name, option in options.items():
        for language in sorted(every - set(option.texts)) if option.texts else ():
            place = f"parts.{part}.{name}"
            yield Finding(trigger=message.trigger, place=place, check="untranslated", detail=language)


def _of_channel(
    message: Message, sender: Sender, channel: str, known: frozenset[str], values: Mapping[str, Any]
) -> Iterator[Finding]:
    """Check what a channel asks: a subject, a way to unsubscribe, no more than one text message."""
    told: dict[str, Any] = {"trigger": message.trigger, "detail": channel}
    if channel == EMAIL and "headline" not in message.parts:
        yield Finding(place="parts", check="subject_missing", **told)
    bodies = "copy" if "copy" in message.parts else "headline"
    for name, option in message.parts.get(bodies, {}).items():
        for language, text in option.texts.items():
            footer = _footer(sender, channel, language) if message.kind == PROMOTION else ""
            body = read_words(f"{text}\n{footer}".rstrip("\n"), known=known)
            if not isinstance(body, Words):
                if isinstance(read_words(text, known=known), Words):  # the footer's own fault
                    for fault in body:
                        yield _fault(message.trigger, f"footers.{channel}", fault, known)
                continue
            place = f"parts.{bodies}.{name}"
            if message.kind == PROMOTION and channel in (EMAIL, SMS) and not _may_leave(body, channel):
                yield Finding(place=place, check="unsubscribe_missing", **told)
            if channel == SMS and len(shown := _shown(body, values)) > SMS_CHARACTERS:
                facts = {"characters": len(shown), "most": SMS_CHARACTERS}
                yield Finding(place=place, check="text_long", facts=facts, **told)


def _may_leave(body: Words, channel: str) -> bool:
    return UNSUBSCRIBE in body.variables or (channel == SMS and bool(_STOP.search(body.source)))


def _footer(sender: Sender, channel: str, language: str) -> str:
    found = by_language(sender.footers.get(channel, {}), language, otherwise=sender.language)
    return "" if found is None else found[1]


def _fault(trigger: str, place: str, fault: Fault, known: frozenset[str]) -> Finding:
    return Finding(
        trigger=trigger, place=place, check=fault.check, detail=fault.detail,
        facts={"text_line": fault.line, "known": tuple(sorted(known))},
    )  # fmt: skip


def _samples(message: Message, sender: Sender) -> dict[str, Any]:
    """Return a rather long value for every variable."""
    own = {
        one.name: written(one.name, one.sample, language=sender.language, currency=sender.currency) for one in VARIABLES
    }
    links = {f"{name}_url": f"https://{sender.shop.lower().replace(' ', '-')}.example/x" for name in sender.links}
    return {**own, **links, **dict.fromkeys(sender.tags, "https://tag.example"), "shop": sender.shop,
            "trigger": message.trigger}  # fmt: skip


def _shown(words: Words, values: Mapping[str, Any]) -> str:
    try:
        return rendered(words, values)
    except Lacking:
        return words.source


def _leads_nowhere(address: str, *, alone: bool) -> bool:
    """Tell whether an address cannot be followed; a picture may stand beside the words as a file."""
    if any(map(str.isspace, address)) or _BROKEN.search(address):
        return True
    split = urlsplit(address if "://" in address or ":" in address else f"https://{address}")
    if split.scheme not in _SCHEMES:
        return True
    if alone and "://" not in address and split.scheme in ("http", "https"):
        return not address.strip()  # a file's path
    return split.scheme in ("http", "https") and not re.fullmatch(r"[\w-]+(\.[\w-]+)+|localhost", split.hostname or "")
