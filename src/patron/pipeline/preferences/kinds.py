"""What the shop holds of people, why, where it is from and for how long: by kind, as a person would call it.

In   the settings: what is read, for which purpose, and how long it is kept
Out  sentences; what is held of one person exactly is told when she asks for it (`patron.pipeline.held`)
"""

from __future__ import annotations

from dataclasses import dataclass

from patron.language import say
from patron.pipeline.settings import Settings
from patron.privacy.policy import Policy, Purpose

_BUYING = (Purpose.OPERATIONS, Purpose.ANALYTICS, Purpose.PROFILING, Purpose.MEASUREMENT)
_REACHING = (Purpose.OPERATIONS, Purpose.MARKETING, Purpose.ADVERTISING)
_SAYING = (Purpose.OPERATIONS, Purpose.ANALYTICS, Purpose.PROFILING)

PERSONAL: dict[str, tuple[Purpose, ...]] = {
    "customers": _REACHING, "identifiers": _REACHING, "order_lines": _BUYING, "orders": _BUYING, "returns": _BUYING,
    "events": _BUYING[1:], "messages": (Purpose.MARKETING, Purpose.PROFILING, Purpose.MEASUREMENT),
    "surveys": _SAYING, "reviews": _SAYING, "tickets": _SAYING, "referrals": _SAYING, "loyalty": _SAYING,
    "households": (Purpose.ANALYTICS, Purpose.PROFILING), "traits": (Purpose.ANALYTICS, Purpose.PROFILING),
    "consents": (Purpose.OPERATIONS,), "subscriptions": _BUYING,
}  # fmt: skip
"""Sources that are about people, in the order of the page, and what each is used for as far as she allows it."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of data."""

    what: str
    source: str
    why: str
    kept: str


@dataclass(frozen=True, kw_only=True)
class Use:
    """One purpose, and on which basis the data are used for it."""

    what: str
    basis: str


def kinds_of(settings: Settings) -> list[Kind]:
    """Return the kinds of data that the shop reads of people, and those that Patron makes of them."""
    windows = settings.privacy.retention
    read = [
        Kind(
            what=say(f"preferences.kind.{name}"), source=say(f"preferences.from.{_source(name)}"),
            why=_why(*uses), kept=_kept(windows.get(f"raw_{name}")),
        )
        for name, uses in PERSONAL.items()
        if name in settings.sources or (name == "events" and "events" not in settings.sources)
    ]  # fmt: skip
    made = [
        Kind(
            what=say(f"preferences.kind.{name}"), source=say("preferences.from.made"),
            why=_why(purpose), kept=_kept(None),
        )
        for name, purpose in (("conclusions", Purpose.PROFILING), ("choices", Purpose.OPERATIONS))
    ]  # fmt: skip
    return [*read, *made]


def uses_of(policy: Policy) -> list[Use]:
    """Return each purpose with its basis, by a settled policy."""
    return [
        Use(what=say(f"held.purpose.{purpose}"), basis=say(f"held.basis.{policy.basis(purpose)}"))
        for purpose in Purpose
    ]


def _why(*uses: Purpose) -> str:
    return "; ".join(say(f"held.purpose.{purpose}") for purpose in uses)


def _source(name: str) -> str:
    if name == "traits":
        return "others"
    return "site" if name == "events" else "shop"


def _kept(days: int | None) -> str:
    return say("preferences.kept", days=days) if days is not None else say("preferences.kept_until_erased")


__all__ = ["Kind", "Use", "kinds_of", "uses_of"]
