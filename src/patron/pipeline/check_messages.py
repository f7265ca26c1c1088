"""Are the words of every message of the settings without fault, and does it belong to a trigger?"""

from __future__ import annotations

from dataclasses import replace

from patron.decisions.messages.content import Finding, content_findings, sender_findings
from patron.decisions.messages.message import Message, Sender
from patron.decisions.messages.words_of_checks import advice, said
from patron.errors import SettingsError
from patron.language import did_you_mean, failure
from patron.pipeline.settings import Settings

OF_THE_SENDER = ("links", "footers")
OWN_LINKS = {"unsubscribe": "/u/...", "preferences": "/preferences/..."}
"""Links into the server that each message gets its own of; in what is shown of no message in particular, their form."""

STEP = "/"
"""Between a sequence and its step: where each step says something else, each has a message of its own."""


def check_messages(settings: Settings) -> None:
    """Refuse messages that must not be sent as they stand, before anything is computed.

    Raises
    ------
    SettingsError
        Words do not parse, do more than words may or name a variable that there is not; a promotion cannot be left; a
        subject is too long; an address leads nowhere; or there is no trigger of that name. `key` says which.
    """
    known = triggers_of(settings)
    for name in settings.messages:
        if name not in known:
            hint = did_you_mean(name, known) if known else ""
            raise failure(SettingsError, "messages.no_trigger", key=f"messages.{name}", came=name, hint=hint)
    for finding in all_findings(settings):
        if finding.severity == "error":
            raise failure(
                SettingsError, "messages.fault", key=key_of(finding), check=finding.check, finding=said(finding),
                advice=advice(finding),
            )  # fmt: skip


def triggers_of(settings: Settings) -> tuple[str, ...]:
    """Return the names that a message may stand under: triggers, campaigns, sequences, and steps of sequences."""
    steps = (f"{name}{STEP}{step.name}" for name, one in settings.sequences.items() for step in one.steps)
    return (*settings.launched, *steps)


def sender_of(settings: Settings) -> Sender:
    """Return who writes; the server's own links are among the words that may be used where it has an address."""
    sender = settings.sender.sender(shop=settings.name, currency=settings.currency)
    base = settings.server.public_url
    if base is None:
        return sender
    own = {f"{name}_url": f"{base}{path}" for name, path in OWN_LINKS.items() if name not in sender.links}
    return replace(sender, tags={**own, **sender.tags})


def messages_of(settings: Settings) -> dict[str, Message]:
    """Return the messages of the settings by trigger, each with what its trigger says of it."""
    launched = settings.launched
    return {
        name: one.message(name, language=settings.sender.language, launched=launched.get(name.partition(STEP)[0]))
        for name, one in settings.messages.items()
    }


def all_findings(settings: Settings) -> list[Finding]:
    """Return all that is wrong with the words of the sender and of all messages."""
    sender = sender_of(settings)
    of_messages = (content_findings(one, sender) for one in messages_of(settings).values())
    return [*sender_findings(sender), *(finding for found in of_messages for finding in found)]


def key_of(finding: Finding) -> str:
    """Return where in the settings a finding is."""
    if finding.place.startswith(OF_THE_SENDER):
        return f"sender.{finding.place}"
    return f"messages.{finding.trigger}.{finding.place}"
