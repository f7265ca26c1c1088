"""An e-mail that came back -> what it tells of a delivery: it bounced, somebody called it spam, she leaves.

It is read in this order, and the first that fits counts:

1. it came to an unsubscribe address: she unsubscribes;
2. a complaint in the standard form (RFC 5965);
3. a report about delivery in the standard form (RFC 3464);
4. a report in a form of somebody's own: by its sender or subject, and by what its words say;
5. anything else, above all a notice of absence, tells nothing.

Which delivery it is about stands in the address it came to, else in what was returned with it. Nothing else is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import parsedate_to_datetime

from patron.activation.delivery.feedback import Feedback, Happened
from patron.activation.email.delivery_name import BOUNCE, UNSUBSCRIBE, ids_in_boxes, ids_in_message_ids
from patron.activation.email.refusal import is_gone, says_gone, status_in

LARGEST = 1024 * 1024  # bytes that are read; what matters of a report stands at its beginning

COMPLAINTS = ("abuse", "fraud")
"""Kinds of a complaint's report that say so. `not-spam` says the opposite; the others are about something else."""

_CAME_TO = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to")
_PARTS = ("message/delivery-status", "message/global-delivery-status", "message/feedback-report")
_MAILER = re.compile(r"<>|mailer-?daemon|postmaster|mail delivery|microsoftexchange|bounce", re.IGNORECASE)
_FAILED = re.compile(
    r"undeliver|delivery (status|failure|has failed|incomplete)|failure notice|returned mail|returned to sender|bounce"
    r"|delivery .{0,20}fail|mail system error|could not be delivered|rejected:|non.?remis|unzustellbar|devuelto",
    re.IGNORECASE,
)
_WAITS = re.compile(r"\bdelay(ed)?\b|retried|\bretry", re.IGNORECASE)


def told_by(raw: bytes, *, now: datetime, came_to: str = "") -> Sequence[Feedback]:
    """Return what an e-mail tells; nothing where it tells nothing of a delivery.

    Parameters
    ----------
    raw : bytes
        The e-mail as it came, whatever it is.
    now : datetime
        Aware. Nothing happened later.
    came_to : str
        The address to which it was delivered, where the mail server says so.
    """
    message = BytesParser(policy=compat32).parsebytes(raw[:LARGEST])
    words = list(_words(message))
    boxes = ids_in_boxes(" ".join([came_to, *(_header(message, name) for name in _CAME_TO)]))
    delivery_id = _delivery_id(boxes, words)
    if delivery_id is None:
        return []
    found = _meaning(message, words, {kind for kind, _ in boxes})
    if found is None:
        return []
    happened, status, permanent = found
    key = happened if permanent is not False else f"{happened}_for_now"
    return [
        Feedback(
            feedback_id=f"{delivery_id}:{key}", delivery_id=delivery_id, happened=happened,
            occurred_at=_moment(message, now), permanent=permanent, reason=status,
        )
    ]  # fmt: skip


Meaning = tuple[Happened, str | None, bool | None]
"""What happened, in which status, and of a bounce whether it is final."""


def _meaning(message: Message, words: Sequence[str], boxes: set[str]) -> Meaning | None:
    answered = _header(message, "auto-submitted").lower().startswith("auto-replied")
    if UNSUBSCRIBE in boxes:
        return None if answered else ("unsubscribed", None, None)
    parts = {kind: part for part in message.walk() if (kind := part.get_content_type()) in _PARTS}
    if (report := parts.get("message/feedback-report")) is not None:
        return _complaint(_text(report))
    status = parts.get("message/delivery-status") or parts.get("message/global-delivery-status")
    if status is not None:
        return _standard(_text(status), words)
    return None if answered else _odd(message, words, bounced=BOUNCE in boxes)


def _complaint(report: str) -> Meaning | None:
    kind = _field(report, "Feedback-Type").lower()
    if kind in COMPLAINTS:
        return "complained", kind, None
    return ("unsubscribed", kind, None) if kind in ("opt-out", "opt-out-list") else None


def _standard(report: str, words: Sequence[str]) -> Meaning | None:
    """Read a report by RFC 3464: of several people the first, for a delivery has one."""
    action = _field(report, "Action").partition(" ")[0].lower()
    if action == "delivered":
        return "delivered", None, None
    if action not in ("failed", ""):
        return None
    said = _field(report, "Diagnostic-Code")
    status = status_in(_field(report, "Status")) or "5.0.0"
    if status.endswith(".0.0"):
        status = status_in(said) or status
    return "bounced", status, is_gone(status, " ".join([said, *words[:2]]))


def _odd(message: Message, words: Sequence[str], *, bounced: bool) -> Meaning | None:
    """Read a report in a form of somebody's own."""
    sender = " ".join(_header(message, name) for name in ("from", "return-path"))
    subject, text = _header(message, "subject"), "\n".join(words[:3])
    reports = _FAILED.search(subject) or (_MAILER.search(sender) and _FAILED.search(text))
    if not reports or _WAITS.search(subject):
        return None
    status = status_in(text) or ("5.0.0" if says_gone(text) else None)
    if status is None or (status[0] not in "45"):
        return ("bounced", None, False) if bounced else None
    return "bounced", status, is_gone(status, text)


def _delivery_id(boxes: Sequence[tuple[str, str]], words: Sequence[str]) -> str | None:
    """Return which delivery it is about: by where it came to, else by what was returned."""
    if boxes:
        return boxes[0][1]
    everything = "\n".join(words)
    returned = [known for _, known in ids_in_boxes(everything)] or ids_in_message_ids(everything)
    return returned[0] if returned else None


def _words(message: Message) -> Iterator[str]:
    """Yield the texts of the parts in their order, and the headers of every message in it."""
    for part in message.walk():
        kind = part.get_content_type()
        if (not part.is_multipart() and part.get_content_maintype() in ("text", "message")) or kind in _PARTS:
            yield _text(part)
        if part is message or kind == "message/rfc822" or "message-id" in part:
            yield "\n".join(f"{name}: {_unfolded(value)}" for name, value in part.items())


def _text(part: Message) -> str:
    """Return a part as text; a report's fields, which the library reads as messages in a row, as they stand."""
    if part.is_multipart():
        blocks = part.get_payload()
        return "\n\n".join(
            "\n".join(f"{name}: {_unfolded(value)}" for name, value in block.items())
            + "\n" + (_text(block) if not block.is_multipart() else "")
            for block in blocks
            if isinstance(block, Message)
        )  # fmt: skip
    held = part.get_payload(decode=True)
    return held.decode("utf-8", "replace") if isinstance(held, bytes) else ""


def _field(report: str, name: str) -> str:
    found = re.search(
        rf"(?im)^{name}[ \t]*:[ \t]*(?:(?:rfc822|smtp|x-[\w-]+)[ \t]*;[ \t]*)?(.*(?:\n[ \t]+.*)*)", report
    )
    return found[1].strip() if found else ""


def _header(message: Message, name: str) -> str:
    return " ".join(_unfolded(value) for value in message.get_all(name, []))


def _unfolded(value: object) -> str:
    return re.sub(r"\r?\n[ \t]+", " ", str(value))


def _moment(message: Message, now: datetime) -> datetime:
    """Return when it was written: never later than now, and now where it does not say."""
    try:
        written = parsedate_to_datetime(_header(message, "date"))
        aware = written if written.tzinfo is not None else written.replace(tzinfo=UTC)
        return min(aware.astimezone(UTC), now)
    except (ValueError, OverflowError, TypeError, IndexError):
        return now


__all__ = ["LARGEST", "told_by"]
