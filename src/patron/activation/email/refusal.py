"""Will an address never work, by what a mail server says of it?

Servers answer with three digits, mostly with a status of three numbers beside them, and with words. The status counts
most. The first of its numbers says whether it is final, the others what it is about: only what is about the box itself
closes an address; what is about trust, size or content does not.

Ref  RFC 3463 (enhanced status codes), RFC 5321 section 4.2, RFC 7505 (a domain that takes no e-mail)
"""

from __future__ import annotations

import re

GONE = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""Final, and about the box or its domain; 5.2.1: the box is closed."""

BY_WORDS = frozenset({"5.0.0", "5.1.0", "5.4.4", "5.5.0"})
"""Says too little by itself: what is said beside it decides."""

_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?![\d.])")
_NOBODY = re.compile(
    r"user unknown|unknown user|no such (user|recipient|person|mailbox|address|account|local)"
    r"|user (is )?not (found|known)"
    r"|(user|mailbox|account|recipient|address)( .{0,60})? (does not|doesn.?t|do not) exist"
    r"|mailbox (not found|unavailable|is disabled|disabled|unknown)|not a valid (mailbox|recipient|user)"
    r"|(recipient|address|account|mailbox|user)( has been| is|) (disabled|deactivated|suspended|inactive|expired)"
    r"|unknown (recipient|address|mailbox|account|local.?part)|unrouteable address|invalid (recipient|mailbox|address)"
    r"|no mailbox (here )?by that name|doesn.?t have an? .{0,30}account|address rejected: (unknown|undeliverable)"
    r"|(domain|host)( name)?( .{0,60})? (not found|does not exist)|no such (domain|host)|nxdomain|does not accept mail"
    r"|recipientnotfound|resolver\.adr",
    re.IGNORECASE,
)


def status_in(text: str) -> str | None:
    """Return the status of three numbers in a text; else what its three digits amount to, as ``5.0.0``; else none.

    Examples
    --------
    >>> status_in("550 5.1.1 no such user"), status_in("450 try later"), status_in("on 192.0.2.5 at 4.30")
    ('5.1.1', '4.0.0', None)
    """
    if found := _STATUS.search(text):
        return found[1]
    return f"{found[1][0]}.0.0" if (found := _CODE.search(text)) else None


def is_gone(status: str, words: str) -> bool:
    """Tell whether an address will never work.

    Examples
    --------
    >>> is_gone("5.1.1", ""), is_gone("5.7.1", "blocked"), is_gone("5.0.0", "550 User unknown")
    (True, False, True)
    """
    return says_gone(words) if status in BY_WORDS else status in GONE


def says_gone(words: str) -> bool:
    """Tell whether words say, in one of the ways of mail servers, that there is no such box."""
    return _NOBODY.search(words) is not None


__all__ = ["is_gone", "says_gone", "status_in"]
