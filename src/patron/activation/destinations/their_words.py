"""What systems call what happened to a message, and what it is here: Klaviyo's metrics and topics, Braze's events."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from patron.activation.delivery.feedback import Happened

What = tuple[str, Happened | Literal["sent"]]
"""By which channel, and what happened."""

KLAVIYO: Mapping[str, What] = {
    "receivedemail": ("email", "delivered"), "emaildelivered": ("email", "delivered"),
    "openedemail": ("email", "opened"), "clickedemail": ("email", "clicked"), "bouncedemail": ("email", "bounced"),
    "droppedemail": ("email", "bounced"), "markedemailasspam": ("email", "complained"),
    "unsubscribed": ("email", "unsubscribed"), "unsubscribedfromemailmarketing": ("email", "unsubscribed"),
    "sentsms": ("sms", "sent"), "smsdelivered": ("sms", "delivered"), "receivedsms": ("sms", "delivered"),
    "clickedsms": ("sms", "clicked"), "failedtodeliversms": ("sms", "bounced"),
    "unsubscribedfromsms": ("sms", "unsubscribed"), "unsubscribedfromsmsmarketing": ("sms", "unsubscribed"),
    "receivedpush": ("push", "delivered"), "openedpush": ("push", "opened"), "bouncedpush": ("push", "bounced"),
}  # fmt: skip
"""By the name of a metric or topic, in small letters and digits."""

BRAZE: Mapping[str, What] = {
    "users.messages.email.Send": ("email", "sent"), "users.messages.email.Delivery": ("email", "delivered"),
    "users.messages.email.Open": ("email", "opened"), "users.messages.email.Click": ("email", "clicked"),
    "users.messages.email.Bounce": ("email", "bounced"), "users.messages.email.SoftBounce": ("email", "bounced"),
    "users.messages.email.MarkAsSpam": ("email", "complained"),
    "users.messages.email.Unsubscribe": ("email", "unsubscribed"),
    "users.messages.sms.Send": ("sms", "sent"), "users.messages.sms.Delivery": ("sms", "delivered"),
    "users.messages.sms.DeliveryFailure": ("sms", "bounced"), "users.messages.sms.Rejection": ("sms", "bounced"),
    "users.messages.sms.ShortLinkClick": ("sms", "clicked"),
    "users.messages.pushnotification.Send": ("push", "sent"),
    "users.messages.pushnotification.Open": ("push", "opened"),
    "users.messages.pushnotification.Bounce": ("push", "bounced"),
}  # fmt: skip
"""By the type of a Currents event."""

HUBSPOT: Mapping[str, What] = {
    "SENT": ("email", "sent"), "DELIVERED": ("email", "delivered"), "OPEN": ("email", "opened"),
    "CLICK": ("email", "clicked"), "BOUNCE": ("email", "bounced"), "DROPPED": ("email", "bounced"),
    "SPAMREPORT": ("email", "complained"),
}  # fmt: skip
"""By the type of an e-mail event; STATUSCHANGE is read apart."""


def klaviyo_word(name: str) -> str:
    """Write a metric's name or a topic as `KLAVIYO` has it.

    Examples
    --------
    >>> klaviyo_word("Opened Email"), klaviyo_word("event:klaviyo.opened_email")
    ('openedemail', 'openedemail')
    """
    return re.sub("[^a-z0-9]+", "", name.rpartition(".")[2].lower())


__all__ = ["BRAZE", "HUBSPOT", "KLAVIYO", "What", "klaviyo_word"]
