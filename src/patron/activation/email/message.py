"""A delivery -> an e-mail as it goes over the wire: text and HTML, who it is from, how to unsubscribe, signed.

What is written automatically says so (``Auto-Submitted: auto-generated``, RFC 3834, section 5), so that nobody's
absence notice answers it. ``Precedence`` is not set: no standard defines it.

Ref  RFC 5322 (messages), RFC 2045-2049 (MIME), RFC 2369 and 8058 (unsubscribing, with one click), RFC 2919 (List-Id)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256

from patron.activation.destinations.destination import Delivery, MessageContent
from patron.activation.email.address import Address, address_of
from patron.activation.email.delivery_name import BOUNCE, UNSUBSCRIBE, box, message_id
from patron.activation.email.dkim import DkimKey, dkim_header
from patron.activation.email.words import spoken_html, spoken_text

LONGEST_LINK = 800  # signs; a line of a header holds 998 (RFC 5322, 2.1.1)

_LINK = re.compile(r"https://[!#-;=?-~]+")  # printable ASCII that ends neither the link nor the header
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_FIELD = re.compile(r"[^A-Za-z0-9_.-]+")

_POLICY = SMTP.clone(cte_type="7bit")  # nothing on the way may have to recode a signed body
_WIDE = _POLICY.clone(utf8=True)


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    """What all e-mails of a destination have in common."""

    sender: HeaderAddress  # its domain in ASCII
    reply_to: HeaderAddress | None = None
    return_path: str | None = None  # a domain whose e-mails are read back: bounces, unsubscribing
    list_id: str | None = None
    feedback_id: str | None = None  # Gmail's SenderId
    dkim: DkimKey | None = None


@dataclass(frozen=True)
class Mail:
    """One e-mail: the envelope and what is in it."""

    sender: str
    to: Address
    data: bytes = field(repr=False)  # lines end with CR LF


def mail_of(delivery: Delivery, head: Letterhead, *, now: datetime) -> Mail | str:
    """Return the e-mail of a delivery, or in a word why there can be none.

    ``no_address, bad_address, no_words, bad_link, no_unsubscribe``: a marketing e-mail that nobody could unsubscribe
    from is not made.
    """
    content: MessageContent = delivery.content  # type: ignore[assignment]
    to = address_of(delivery.address or "")
    if to is None:
        return "bad_address" if delivery.address else "no_address"
    leaving = _leaving(delivery, head, content)
    if isinstance(leaving, str):
        return leaving
    if not (content.get("text") or content.get("html")):
        return "no_words"
    lines = [*_own_lines(delivery, head, content, now), *leaving]
    data = "".join(f"{line}\r\n" for line in lines).encode() + _worded(head, delivery, to)
    if head.dkim is not None:
        data = dkim_header(data, head.dkim, now=now) + data
    return Mail(_envelope_sender(delivery, head), to, data)


def _envelope_sender(delivery: Delivery, head: Letterhead) -> str:
    bounces = box(BOUNCE, delivery.delivery_id, head.return_path) if head.return_path else None
    return bounces or head.sender.addr_spec


def _own_lines(delivery: Delivery, head: Letterhead, content: MessageContent, now: datetime) -> list[str]:
    """Return the headers that are plain ASCII: written by hand, for the library breaks long ones in two."""
    lines = [
        f"Date: {format_datetime(now)}",
        f"Message-ID: {message_id(delivery.delivery_id, head.sender.domain)}",
        "Auto-Submitted: auto-generated",
    ]
    language = content.get("language") or ""
    if _LANGUAGE.fullmatch(language):
        lines.append(f"Content-Language: {language}")
    if head.list_id:
        lines.append(f"List-Id: <{head.list_id}>")
    if head.feedback_id:
        groups = (delivery.step, delivery.variant, delivery.trigger or content.get("campaign"))
        lines.append("Feedback-ID: " + ":".join([*(_group(one) for one in groups), head.feedback_id]))
    return lines


def _group(name: str | None) -> str:
    """Return a group of e-mails as Feedback-ID names it: never something of one person."""
    return _FIELD.sub("_", name or "")[:40]


def _leaving(delivery: Delivery, head: Letterhead, content: MessageContent) -> list[str] | str:
    """Return the headers by which she unsubscribes, or why there are none."""
    link = content.get("unsubscribe_url")
    for one in (link, content.get("preferences_url")):
        if one and not (len(one) <= LONGEST_LINK and _LINK.fullmatch(one)):
            return "bad_link"
    if not link and delivery.purpose == "marketing":
        return "no_unsubscribe"
    if not link:
        return []
    answer = box(UNSUBSCRIBE, delivery.delivery_id, head.return_path) if head.return_path else None
    ways = [f"<{link}>", *([f"<mailto:{answer}?subject=unsubscribe>"] if answer else [])]
    return ["List-Unsubscribe: " + ",\r\n ".join(ways), "List-Unsubscribe-Post: List-Unsubscribe=One-Click"]


def _worded(head: Letterhead, delivery: Delivery, to: Address) -> bytes:
    """Return the headers that may hold any language, and the body: of the same delivery always the same bytes."""
    content: MessageContent = delivery.content  # type: ignore[assignment]
    message = EmailMessage(_WIDE if to.beyond_ascii else _POLICY)
    message["From"] = head.sender
    message["To"] = _header_address(to)
    if head.reply_to is not None:
        message["Reply-To"] = head.reply_to
    message["Subject"] = _BLANKS.sub(" ", _storable(content.get("subject") or "")).strip()
    message.set_content(_storable(spoken_text(content)))
    html = spoken_html(content)
    if html is not None:
        message.add_alternative(_storable(html), subtype="html")
        message.set_boundary(f"=_{sha256(delivery.delivery_id.encode()).hexdigest()[:32]}")
    return message.as_bytes()


def _header_address(to: Address) -> HeaderAddress:
    box, _, domain = to.text.rpartition("@")
    return HeaderAddress(username=box, domain=domain)


def _storable(text: str) -> str:
    """Replace halves of characters, which no encoding holds."""
    return text.encode("utf-8", "replace").decode("utf-8")


__all__ = ["Letterhead", "Mail", "mail_of"]
