"""A message that is due -> its content: rendered for her, in her language, with links that come back.

In   Wanted, the messages and the sender of the settings, what is known of her
Out  activation.destinations.MessageContent, or why there is none
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends import BaseBackend

from patron.activation.destinations import MessageContent
from patron.contracts import TABLES
from patron.decisions.messages.facts import NAMED, NEEDS, message_facts
from patron.decisions.messages.message import Message, Sender
from patron.decisions.messages.render import Rendered, render
from patron.decisions.messages.variants import combinations, parts_of
from patron.engines.run_folder import Run
from patron.pipeline.check_messages import STEP
from patron.pipeline.filling.recipients import Recipient
from patron.pipeline.filling.tagged_links import CONTENT, tagged_links
from patron.pipeline.filling.wanted import Wanted
from patron.pipeline.public_links import PublicLinks

NO_WORDS, LACKS = "no_words", "lacks_value"

SOURCE = "patron"
"""What `utm_source` says of every message."""

SHORT = ("sms",)
"""Channels whose messages are paid by length: their links carry no more than is needed to know a click."""

WORDED = ("email", "sms", "push")
"""Channels by which nothing is sent without words; a letter or a call of a list may have its own."""

Facts = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Words:
    """What all messages of a project are made of."""

    messages: Mapping[str, Message]
    sender: Sender
    links: PublicLinks | None  # none where the settings do not say under which address the server is reached

    def content(self, one: Wanted, to: Recipient, facts: Facts) -> tuple[MessageContent, str] | str:
        """Return what one customer gets and by which channel, or the reason why there is nothing."""
        name = one.message or one.trigger or ""
        message = self.messages.get(f"{name}{STEP}{one.step}") or self.messages.get(name)
        signed = {} if self.links is None else _signed(self.links, one)
        if message is None:
            return (
                NO_WORDS if one.channel in WORDED or one.source != "audience" else (_row(one, to, signed), one.channel)
            )
        sender = replace(self.sender, tags={**self.sender.tags, **self._own(signed)})
        chosen = _chosen(message, one.variant)
        written = render(message, chosen, _with(facts, to), sender=sender)
        if written.lacking:
            return LACKS
        channel = written.channel if "channel" in chosen else one.channel
        return _content(written, message, one, to, signed, channel), channel

    def _own(self, signed: Mapping[str, str]) -> dict[str, str]:
        """Return the links that stand in the words: where the settings name an address of that name, theirs stands."""
        return {name: url for name, url in signed.items() if name.removesuffix("_url") not in self.sender.links}


def _row(one: Wanted, to: Recipient, signed: Mapping[str, str]) -> MessageContent:
    """Return what a list says of somebody where it brings no words."""
    facts = {**to.facts(one.channel), **({} if one.priority is None else {"priority": one.priority})}
    return cast(MessageContent, {"campaign": one.audience or "", "facts": facts, **signed})


def _signed(links: PublicLinks, one: Wanted) -> dict[str, str]:
    own = {"delivery_id": one.delivery_id}
    return {
        "unsubscribe_url": links.unsubscribe(one.customer_id, channel=one.channel or None, **own),
        "preferences_url": links.preferences(one.customer_id, **own),
    }


def _chosen(message: Message, variant: str | None) -> dict[str, str]:
    """Return the option of each part: the variant's; where there is none, or its options are gone, the first."""
    options = message.options()
    told = {} if variant is None else parts_of(variant)
    known = {part: name for part, name in told.items() if name in options.get(part, ())}
    return {**combinations(options)[0], **known}


def _with(facts: Facts, to: Recipient) -> dict[str, Any]:
    """Return facts with what she put right, told since, and chose."""
    named = {name: to.attributes[name] for name in NAMED if to.attributes.get(name)}
    chosen = to.preference.language if to.preference is not None else None
    return {**facts, **named, **({"language": chosen} if chosen else {})}


def _content(
    written: Rendered, message: Message, one: Wanted, to: Recipient, signed: Mapping[str, str], channel: str
) -> MessageContent:  # fmt: skip
    tags = {CONTENT: one.delivery_id, "utm_medium": channel}
    if channel not in SHORT:
        tags = {"utm_source": SOURCE, "utm_medium": channel, "utm_campaign": one.trigger or one.audience or "", **tags}
    joined = "\n".join(filter(None, (written.text, written.footer)))
    body = tagged_links(joined, tags, html=message.html, but=signed.values())
    facts: dict[str, Any] = dict(to.facts(channel))
    if channel == "phone" and one.priority is not None:
        facts["priority"] = one.priority
    told = {
        "subject": written.subject, "html" if message.html else "text": body or None, "image": written.image,
        "language": written.language, "direction": written.direction, "campaign": one.trigger or one.audience,
        "facts": facts or None, **signed,
    }  # fmt: skip
    return cast(MessageContent, {name: value for name, value in told.items() if value is not None})


def facts_of(wanted: Sequence[Wanted], *, run: Run, connection: BaseBackend, aside: Path) -> dict[str, Facts]:
    """Return by delivery what a message may say of its customer.

    Parameters
    ----------
    wanted : sequence of Wanted
        Some hundreds at most.
    run : Run
        The published run.
    connection : BaseBackend
        An embedded engine of one's own.
    aside : Path
        A folder that stands as long as this takes.
    """
    ids = sorted({one.customer_id for one in wanted})
    tables = {name: _hers(name, run, connection, ids, aside) for name in NEEDS}
    columns = ("delivery_id", "customer_id", "subject_kind", "subject")
    people = pa.table({name: [getattr(one, name) for one in wanted] for name in columns})
    found = message_facts(_read(people, aside / "people.parquet", connection), tables)
    return {row.pop("delivery_id"): row for row in found.to_pyarrow().to_pylist()}


def _hers(name: str, run: Run, connection: BaseBackend, ids: Sequence[str], aside: Path) -> ir.Table:
    """Return the rows of these customers of a table, or all of one that is not about customers."""
    if name not in run.manifest.tables:
        return _read(TABLES[name].schema.to_pyarrow().empty_table(), aside / f"{name}.parquet", connection)
    table = run.table(name, connection)
    return table.filter(table.customer_id.isin(ids)) if "customer_id" in table.columns else table


def _read(table: pa.Table, file: Path, connection: BaseBackend) -> ir.Table:
    """Hand a table to the engine by a file: one from memory would be computed on an engine that all threads share."""
    pq.write_table(table, file)
    return connection.read_parquet(str(file))


__all__ = ["LACKS", "NO_WORDS", "Words", "facts_of"]
