"""E-mail: how a message is written and signed, and what the mail of others tells of it."""

from __future__ import annotations

from patron.activation.email.address import Address, address_of, domain_of
from patron.activation.email.dkim import DkimKey, dkim_header, dkim_key
from patron.activation.email.message import Letterhead, Mail, mail_of

__all__ = ["Address", "DkimKey", "Letterhead", "Mail", "address_of", "dkim_header", "dkim_key", "domain_of", "mail_of"]
