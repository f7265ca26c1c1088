"""What the settings say of the server: what it takes in, from whom, and how long it waits."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator

from patron.language import say
from patron.pipeline.section import Days, Section

_ORIGIN = re.compile(r"https?://[a-z0-9.\-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")
_PUBLIC = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.\-]+|\[[0-9a-f:]+\])(:\d{1,5})?(/[\w.~\-/]*)?", re.ASCII | re.IGNORECASE
)
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_HOST = re.compile(r"(\*\.)?[a-z0-9.\-]+|\[?[0-9a-f:]+\]?")


class ServerSettings(Section):
    """How `patron serve` answers."""

    hosts: list[str] = Field(
        default_factory=list,
        description="Names under which the server may be asked, as shop.example or *.shop.example; by default its own "
        "address on this machine, and any name where it listens to others.",
    )
    origins: list[str] = Field(
        default_factory=list,
        description="Sites whose pages may send events from a browser, as https://shop.example.",
    )
    public_url: str | None = Field(
        None,
        description="Where people reach the server, as https://shop.example: links in messages lead there.",
    )
    preference_links: Days = Field(
        180,
        description="How long the link of a message opens the preference centre, as 180d; after that it only ends all "
        "messages. One to unsubscribe works for ever.",
        validate_default=False,
    )
    proxies: list[str] = Field(
        default_factory=list,
        description="Addresses of the proxies that are believed when they say who asks and whether by TLS; by default "
        "none is.",
    )
    largest_body_kb: int = Field(
        1024, ge=1, le=1_048_576, description="Most kilobytes of a request's body, but for the intake's own limits."
    )
    stop_seconds: int = Field(
        15, ge=1, le=600, description="How long requests may still take when the server is told to stop."
    )
    log: Literal["text", "json", "none"] = Field(
        "text", description="How each request is logged: a line, a line of JSON, or not. Never with anybody's data."
    )

    exploration: float = Field(
        0.1, ge=0, le=1,
        description="Share of the choices of decisions on request that is spread evenly over all that could be shown, "
        "so that it can be learned what each of them brings.",
    )  # fmt: skip
    repeats: Days = Field(
        90,
        description="For how long a messageId that comes again is known, as 90d: longer than any sender tries again.",
        validate_default=False,
    )
    decisions_kept: Days = Field(
        400, description="How long decisions on request are kept, as 400d.", validate_default=False
    )
    session_idle_minutes: int = Field(
        60, ge=1, le=10_080, description="A person who asks for nothing for so long has to sign in again."
    )
    session_hours: int = Field(12, ge=1, le=720, description="After so long everybody has to sign in again.")
    requests_per_second: float = Field(
        500, gt=0, le=100_000, description="How often each token or person may ask, in each process of the server."
    )
    requests_at_once: int = Field(
        1000, ge=1, le=1_000_000, description="How many requests of each may come at once, before that counts."
    )
    strangers_per_second: float = Field(
        1, gt=0, le=1000, description="How often an address may ask with a token or a cookie that is not good."
    )
    strangers_at_once: int = Field(
        60, ge=1, le=100_000, description="How many of those may come at once, before that counts."
    )
    orders: bool = Field(
        default=False,
        description="Whether the events Order Completed, Refunded and Cancelled are the shop's orders. By default they "
        "are events alone, because the shop's own system tells its orders exactly, and each would count twice.",
    )

    @field_validator("origins")
    @classmethod
    def _sites(cls, value: list[str]) -> list[str]:
        for origin in value:
            if _ORIGIN.fullmatch(origin) is None:
                raise ValueError(say("server.origin", came=origin))
        return value

    @field_validator("public_url")
    @classmethod
    def _reached(cls, value: str | None) -> str | None:
        if value is None:
            return None
        found = _PUBLIC.fullmatch(value)
        if found is None or (found["scheme"] == "http" and found["host"] not in LOOPBACK):
            raise ValueError(say("preferences.public_url", came=value))
        return value.rstrip("/")

    @field_validator("hosts")
    @classmethod
    def _names(cls, value: list[str]) -> list[str]:
        for host in value:
            if _HOST.fullmatch(host) is None:
                raise ValueError(say("server.host", came=host))
        return value
