"""What is known of one person and a platform may find her by, as it was written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, repr=False)
class Person:
    """One person. All of it is personal, so nothing of it is shown."""

    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    given_name: str | None = None
    family_name: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    birth_date: str | None = None
    gender: str | None = None
    mobile_ids: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Say that there is somebody."""
        return "Person(...)"
