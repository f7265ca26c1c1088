"""One variant of a message for one customer: what she would read, in her language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from patron.contracts.message import PARTS
from patron.decisions.messages.languages import by_language, language_of, spoken
from patron.decisions.messages.message import PROMOTION, Message, Option, Sender
from patron.decisions.messages.template import Lacking, Words, direction, read_words, rendered, written
from patron.decisions.messages.variables import BY_NAME
from patron.decisions.messages.variants import variant_name

IN_LINKS = frozenset({"customer_id", "trigger", "variant", "language"})
"""What an address may hold."""

Facts = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A message as its customer would read it; with `lacking`, she does not get it."""

    trigger: str
    variant: str
    customer_id: str
    channel: str
    time: str | None
    language: str
    direction: str
    subject: str | None
    text: str | None
    image: str | None
    offer: str | None
    discount: float | None
    footer: str | None
    lacking: tuple[str, ...]  # values that the words need and she has not

    def facts(self) -> dict[str, Any]:
        """Return everything by name."""
        return asdict(self)


def known_variables(message: Message, sender: Sender) -> frozenset[str]:
    """Return the names that a message's words may use: of offers only where it has some."""
    of_offers = {"offer", "discount"} if message.parts.get("offer") else set()
    return frozenset({*(set(BY_NAME) - {"offer", "discount"}), *of_offers, *sender.variables()})


def render(message: Message, chosen: Mapping[str, str], facts: Facts, *, sender: Sender) -> Rendered:
    """Return one variant of a message for one customer.

    Parameters
    ----------
    message : Message
        Whose words have no fault (`content_findings`).
    chosen : mapping of part to option
        The variant.
    facts : mapping of variable to value
        What is known of the customer, by the names of `VARIABLES`; ``customer_id`` is. ``language`` is what a source
        says of her, ``country`` as the data write it.
    sender : Sender
        Who writes.
    """
    options = {part: message.parts[part][chosen[part]] for part in PARTS if part in chosen}
    language = _language(options, facts, sender)
    values = _values(message, chosen, facts, language=language, sender=sender)
    channel = next(iter(options["channel"].texts.values())) if "channel" in options else message.channels()[0]
    writer = _Writer(message, sender, language, values)
    offer = writer.words(options.get("offer"))
    if "offer" in options:
        discount = options["offer"].discount
        values |= {"offer": offer or "", "discount": written("discount", discount, language=language, currency="")}
    footer = sender.footers.get(channel) if message.kind == PROMOTION else None
    at = options.get("time")
    return Rendered(
        trigger=message.trigger, variant=variant_name(chosen), customer_id=str(facts["customer_id"]), channel=channel,
        time=None if at is None else next(iter(at.texts.values())), language=language, direction=direction(language),
        subject=writer.words(options.get("headline")), text=writer.words(options.get("copy"), html=message.html),
        image=writer.words(options.get("image")), offer=offer,
        discount=options["offer"].discount if "offer" in options else None,
        footer=writer.words(None if footer is None else Option(texts=footer), html=message.html),
        lacking=tuple(dict.fromkeys(writer.lacking)),
    )  # fmt: skip


class _Writer:
    """Fills in words, and keeps count of what the customer lacks."""

    def __init__(self, message: Message, sender: Sender, language: str, values: dict[str, Any]) -> None:
        self.known = known_variables(message, sender)
        self.language, self.otherwise, self.values = language, sender.language, values
        self.lacking: list[str] = []

    def words(self, option: Option | None, *, html: bool = False) -> str | None:
        """Return an option's words in the customer's language; none where it has none, or she lacks a value."""
        found = option and by_language(option.texts, self.language, otherwise=self.otherwise)
        if not found:
            return None
        read = read_words(found[1], known=self.known)
        if not isinstance(read, Words):
            return None  # said by the checks
        try:
            return rendered(read, self.values, html=html)
        except Lacking as lacking:
            self.lacking.append(lacking.variable)
            return None


def _language(options: Mapping[str, Option], facts: Facts, sender: Sender) -> str:
    """Return the one language of a message: the customer's where all its words are in it, else the sender's."""
    own = language_of(sender, told=facts.get("language"), country=facts.get("country"))
    texts = [options[part].texts for part in ("headline", "copy", "offer") if part in options and options[part].texts]
    shared = set.intersection(*map(set, texts)) if texts else set()
    return spoken(own, shared, otherwise=sender.language) or sender.language


def _values(
    message: Message, chosen: Mapping[str, str], facts: Facts, *, language: str, sender: Sender
) -> dict[str, Any]:
    """Return every value as the language writes it, and the addresses with theirs."""
    told = {
        **facts, "trigger": message.trigger, "variant": variant_name(chosen), "shop": sender.shop, "language": language,
    }  # fmt: skip
    values: dict[str, Any] = {
        name: written(name, told.get(name), language=language, currency=sender.currency) for name in BY_NAME
    }
    safe = {name: quote(str(told.get(name) or ""), safe="") for name in IN_LINKS}
    for name, address in sender.links.items():
        words = read_words(address, known=IN_LINKS)
        values[f"{name}_url"] = rendered(words, safe) if isinstance(words, Words) else None
    return values | {name: Markup(mark) for name, mark in sender.tags.items()}
