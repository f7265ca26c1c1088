"""A list of calls to make: whom first, at which number, when she may be called, and what to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from patron.activation.destinations.call_hours import Hours, allowed_in, common_hours, zones
from patron.activation.destinations.destination import Delivery, Kind, Outcome, Repeats
from patron.activation.destinations.folder import Folder
from patron.activation.destinations.row_files import KEY, Row, RowFiles, by_campaign

COLUMNS = (
    KEY, "customer_id", "priority", "name", "number", "national", "country", "zone", "from", "until", "from_utc",
    "until_utc", "language", "campaign", "variant", "subject", "script",
)  # fmt: skip

MOST_ROWS = 5_000


class Calls:
    """Writes call lists into a folder.

    Parameters
    ----------
    name : str
        What the settings call it.
    folder : Folder
        Where the files go.
    home : str
        ISO code of the country whose numbers may stand without its prefix.
    hours : mapping
        By country, from when to when somebody may be called; ``*`` is everywhere else.
    delimiter : str
        Between two values.
    rows : int
        How many calls stand in one file, at most.
    """

    kinds: Sequence[Kind] = ("message",)
    repeats: Repeats = "recognised"

    def __init__(
        self,
        name: str,
        folder: Folder,
        *,
        home: str,
        hours: Mapping[str, Hours] | None = None,
        delimiter: str = ",",
        rows: int = MOST_ROWS,
    ) -> None:
        self.name, self.largest_batch = name, rows
        self._home, self._hours = home, dict(hours or {})
        self._files = RowFiles(name, folder, form="csv", columns=COLUMNS, delimiter=delimiter)

    def __repr__(self) -> str:
        """Name it, without the folder, whose address may hold a password."""
        return f"Calls({self.name})"

    def deliver(self, deliveries: Sequence[Delivery], *, now: datetime) -> Sequence[Outcome]:
        """Write one list for each campaign among them, the most urgent calls first."""
        outcomes: dict[str, Outcome] = {}
        for campaign, some in by_campaign(deliveries).items():
            rows: list[tuple[Delivery, Row]] = []
            for delivery in some:
                row = self._row(delivery, campaign, now)
                if isinstance(row, str):
                    outcomes[delivery.delivery_id] = Outcome(status="rejected", reason=row)
                else:
                    rows.append((delivery, row))
            rows.sort(key=lambda one: (-_priority(one[0]), one[0].delivery_id))
            outcomes |= self._files.write(campaign, rows, now=now)
        return [outcomes[delivery.delivery_id] for delivery in deliveries]

    def close(self) -> None:
        """Nothing is kept open."""

    def _row(self, delivery: Delivery, campaign: str, now: datetime) -> Row | str:
        """Return a call as it stands in the list, or in one word why it cannot be made."""
        number = _number(delivery.address, self._home)
        if number is None:
            return "no_number"
        facts = _facts(delivery)
        country = phonenumbers.region_code_for_number(number)
        where = zones(number, country=country, known=facts.get("timezone"))
        hours = allowed_in(country, self._hours)
        today = common_hours((delivery.made_at or now).date(), where, hours) if hours else None
        if hours is None or today is None:
            return "no_hours" if where else "no_zone"
        start, end = today
        content = delivery.content
        return {
            KEY: delivery.delivery_id, "customer_id": delivery.customer_id, "priority": _shown(_priority(delivery)),
            "name": _name(facts), "number": phonenumbers.format_number(number, PhoneNumberFormat.E164),
            "national": phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL), "country": country,
            "zone": " ".join(where), "from": f"{hours.start:%H:%M}", "until": f"{hours.end:%H:%M}",
            "from_utc": f"{start.astimezone(UTC):%H:%M}", "until_utc": f"{end.astimezone(UTC):%H:%M}",
            "language": content.get("language"), "campaign": campaign, "variant": delivery.variant,
            "subject": content.get("subject"), "script": content.get("text"),
        }  # fmt: skip


def _number(text: str | None, home: str) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(text or "", home)
    except NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _facts(delivery: Delivery) -> Mapping[str, Any]:
    facts = delivery.content.get("facts")
    return facts if isinstance(facts, Mapping) else {}


def _name(facts: Mapping[str, Any]) -> str:
    parts = [str(facts[part]) for part in ("given_name", "family_name") if facts.get(part)]
    return str(facts.get("name") or " ".join(parts))


def _priority(delivery: Delivery) -> float:
    told = _facts(delivery).get("priority")
    return float(told) if isinstance(told, int | float) and not isinstance(told, bool) else 0.0


def _shown(priority: float) -> str:
    return f"{priority:g}"


__all__ = ["COLUMNS", "MOST_ROWS", "Calls"]
