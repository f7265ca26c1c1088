"""By which keys a platform is told of a customer: the content of a delivery, without anything that names her."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from patron.activation.match_keys import Person, google_keys, meta_keys
from patron.pipeline.destinations.ads_section import AdAudience, Platform

_MAKERS = {"google": google_keys, "meta": meta_keys}


def told_keys(
    known: Mapping[str, Any], audience: AdAudience, *, platform: Platform, closed: Collection[str] = ()
) -> dict[str, Any] | None:
    """Return the content of a delivery of kind `member`; none where nothing of hers makes a key.

    Parameters
    ----------
    known : mapping
        A row of `wanted`.
    audience : AdAudience
        What the settings say of it.
    platform : str
        Whose rules hold.
    closed : collection of str
        Addresses that mail does not reach any more, as they are written: somebody else may have them by now.
    """
    keys = _MAKERS[platform](_person(known, audience, closed))
    if not keys:
        return None
    content: dict[str, Any] = {"list": audience.id, "keys": keys}
    if audience.by_value:
        content["value"] = _rounded(known["predicted_value"])
    return content


def _person(known: Mapping[str, Any], audience: AdAudience, closed: Collection[str]) -> Person:
    email = known["email"]
    emails = (email,) if email and email not in closed else ()
    if audience.emails_only:
        return Person(emails=emails)
    return Person(
        emails=emails, phones=(known["phone"],) if known["phone"] else (), given_name=known["given_name"],
        family_name=known["family_name"], city=known["city"], region=known["region"],
        postal_code=known["postal_code"], country=known["country"], birth_date=known["birth_date"],
    )  # fmt: skip


def _rounded(value: Any) -> float:
    """Return a value to two figures, not below nothing: one that moves by a cent is not told anew."""
    return float(f"{max(float(value or 0), 0.0):.2g}")
