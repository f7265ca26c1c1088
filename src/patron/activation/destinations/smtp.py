"""E-mail by SMTP: one message at a time, over a connection that is kept.

A mail server recognises no message that comes twice, and nothing that left can be taken back. So what is unknown is
never handed over again, and a process that dies leaves as many unknown as it had set out to hand over together.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from patron.activation.destinations.destination import Delivery, Kind, Outcome, Repeats
from patron.activation.destinations.smtp_session import MailServer, SmtpSession
from patron.activation.email.message import Letterhead, mail_of


class Smtp:
    """A mail server as a destination.

    Parameters
    ----------
    name : str
        What the settings call it.
    server : MailServer
        Where to hand over.
    head : Letterhead
        What all messages have in common.
    """

    kinds: Sequence[Kind] = ("message",)
    repeats: Repeats = "never"
    largest_batch = 1

    def __init__(self, name: str, *, server: MailServer, head: Letterhead) -> None:
        self.name = name
        self._head = head
        self._session = SmtpSession(server)

    def __repr__(self) -> str:
        """Name it without telling what it was given to sign in."""
        return f"Smtp({self.name!r})"

    def deliver(self, deliveries: Sequence[Delivery], *, now: datetime) -> Sequence[Outcome]:
        """Hand over, one after the other."""
        return [self._one(delivery, now) for delivery in deliveries]

    def close(self) -> None:
        """Say goodbye to the server."""
        self._session.close()

    def _one(self, delivery: Delivery, now: datetime) -> Outcome:
        mail = mail_of(delivery, self._head, now=now)
        if isinstance(mail, str):
            return Outcome(status="rejected", reason=mail)
        return self._session.send(mail)


__all__ = ["Smtp"]
