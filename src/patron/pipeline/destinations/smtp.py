"""What the settings say of a destination: e-mail by SMTP."""

from __future__ import annotations

import ipaddress
from email.headerregistry import Address as HeaderAddress
from email.utils import parseaddr
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from patron.activation.destinations.destination import Destination
from patron.activation.destinations.smtp import Smtp
from patron.activation.destinations.smtp_session import MailServer
from patron.activation.email import DkimKey, Letterhead, address_of, dkim_key, domain_of
from patron.errors import SettingsError
from patron.language import failure, say
from patron.pipeline.destinations.section import Channel, DestinationSection, Secret, opened
from patron.pipeline.section import Section

PORTS = {"starttls": 587, "tls": 465, "none": 25}


class DkimSection(Section):
    """The key by which receivers know that an e-mail comes from its domain."""

    domain: str = Field(description="The domain that signs: that of the sender, or one above it.")
    selector: str = Field(
        pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,60}[A-Za-z0-9])?$",
        description="Which of the domain's keys: the DNS holds its public half at SELECTOR._domainkey.DOMAIN.",
    )
    key_file: Path | None = Field(
        None, description="The private key, a PEM file: RSA of 1024 bits or more, or Ed25519."
    )
    key: Secret | None = Field(None, description="The same as a text, best as ${NAME}.")

    @field_validator("domain")
    @classmethod
    def _is_domain(cls, value: str) -> str:
        return _domain(value)

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if (self.key_file is None) == (self.key is None):
            raise ValueError(say("email.one_key"))
        return self

    def opened(self, *, key: str) -> DkimKey:
        """Return the key.

        Raises
        ------
        SettingsError
            It is not there, or cannot be read.
        """
        if self.key is not None:
            pem, where = opened(self.key, key=f"{key}.key").replace("\\n", "\n"), f"{key}.key"
        else:
            where = f"{key}.key_file"
            try:
                pem = Path(str(self.key_file)).read_text(encoding="ascii")
            except (OSError, UnicodeDecodeError) as error:
                raise failure(SettingsError, "email.no_key_file", key=where, kind=type(error).__name__) from error
        return dkim_key(self.domain, self.selector, pem, key=where)


class SmtpSection(DestinationSection):
    """E-mail by SMTP."""

    type: Literal["smtp"]
    channels: list[Channel] = Field(
        default=["email"],
        description="By which channels messages leave here; the first destination of one takes it.",
    )
    host: str = Field(min_length=1, description="The mail server that takes what leaves: your provider's, or your own.")
    port: int | None = Field(
        None, ge=1, le=65535, description="Its port; 587 for starttls, 465 for tls, 25 for none where nothing is said."
    )
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="starttls (begins in the clear, and goes no further without encryption), tls from the first byte, "
        "or none, which is for this machine only.",
    )
    in_the_clear: bool = Field(
        False, description="Whether none may be used to another machine, too. Everybody on the way reads."
    )
    ca_file: Path | None = Field(
        None,
        description="Certificates (PEM) that are trusted instead of the system's: for a server with one of its own.",
    )
    user: str | None = Field(None, description="Who signs in; nobody where nothing is said.")
    password: Secret | None = Field(None, description="The user's password, best as ${NAME}.")
    sender: str = Field(description="Who an e-mail is from, as in: Tea Shop <news@shop.example>.")
    reply_to: str | None = Field(None, description="Where answers go; to the sender where nothing is said.")
    return_path: str | None = Field(
        None,
        description="A domain whose e-mails you pipe into `patron bounce`: each delivery has a bounce address of its "
        "own there, and one to unsubscribe by e-mail. Without it bounces go to the sender.",
    )
    list_id: str | None = Field(None, description="The List-Id of what leaves here, as in: news.shop.example.")
    feedback_id: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9_.-]{5,15}$",
        description="Your name in Feedback-ID, by which Gmail tells how many called a campaign spam: 5 to 15 signs.",
    )
    dkim: DkimSection | None = Field(
        None,
        description="The key that signs. Without it, your mail server has to sign, and to cover the List- headers.",
    )

    @field_validator("sender", "reply_to")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if value is not None and _header_address(value) is None:
            raise ValueError(say("email.bad_sender"))
        return value

    @field_validator("return_path", "list_id")
    @classmethod
    def _is_domain(cls, value: str | None) -> str | None:
        return None if value is None else _domain(value)

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if self.security == "none" and not (self.in_the_clear or _is_here(self.host)):
            raise ValueError(say("email.in_the_clear"))
        if (self.user is None) != (self.password is None):
            raise ValueError(say("email.half_signed_in"))
        return self

    def opened_as(self, name: str) -> Destination:
        """Return the destination."""
        key = f"destinations.{name}"
        sender = _header_address(self.sender)
        assert sender is not None  # checked when it was read
        server = MailServer(
            host=self.host, port=self.port or PORTS[self.security], security=self.security, called=sender.domain,
            user=self.user,
            password=None if self.password is None else opened(self.password, key=f"{key}.password"),
            ca_file=None if self.ca_file is None else str(self.ca_file), timeout_s=self.timeout_seconds,
        )  # fmt: skip
        head = Letterhead(
            sender=sender, reply_to=_header_address(self.reply_to) if self.reply_to else None,
            return_path=self.return_path, list_id=self.list_id, feedback_id=self.feedback_id,
            dkim=None if self.dkim is None else self.dkim.opened(key=f"{key}.dkim"),
        )  # fmt: skip
        return Smtp(name, server=server, head=head)

    def notes(self) -> list[str]:
        """Say what the mail server has to do where we do not."""
        return [] if self.dkim is not None else [say("email.relay_signs", host=self.host)]


def _domain(value: str) -> str:
    if (written := domain_of(value.strip())) is None or "." not in written:
        raise ValueError(say("email.bad_domain"))
    return written


def _header_address(value: str) -> HeaderAddress | None:
    """Return a name and an address as a header carries them; none where it is none."""
    name, spec = parseaddr(value)
    known = address_of(spec)
    if known is None or known.beyond_ascii or any(sign in value for sign in "\r\n\0"):
        return None
    box, _, domain = known.text.rpartition("@")
    return HeaderAddress(name, box, domain)


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
