"""A print file: one row a letter, with the address in the lines in which it is printed.

A household gets one letter of a campaign. Who lives with somebody who gets it, and whose address no post office could
read, is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from patron.activation.destinations.destination import Delivery, Kind, Outcome, Repeats
from patron.activation.destinations.folder import Folder
from patron.activation.destinations.postal_address import PostalAddress, postal_address
from patron.activation.destinations.row_files import KEY, Row, RowFiles, by_campaign, day_of

LINES = 6  # of an address, with name and country

COLUMNS = (
    KEY, "customer_id", "household", "campaign", "variant", *(f"line_{place}" for place in range(1, LINES + 1)), "name",
    "street", "postal_code", "city", "region", "country", "language", "subject", "text", "image", "unsubscribe_url",
)  # fmt: skip

MOST_ROWS = 10_000

ONE_MAILING = timedelta(days=7)
"""For so long a household gets no second letter of a campaign; a trigger that fires again in autumn writes again."""


class Letters:
    """Writes print files into a folder.

    Parameters
    ----------
    name : str
        What the settings call it.
    folder : Folder
        Where the files go.
    home : str
        ISO code of the country that letters are posted in.
    delimiter : str
        Between two values.
    rows : int
        How many letters stand in one file, at most.
    """

    kinds: Sequence[Kind] = ("message",)
    repeats: Repeats = "recognised"

    def __init__(self, name: str, folder: Folder, *, home: str, delimiter: str = ",", rows: int = MOST_ROWS) -> None:
        self.name, self.largest_batch = name, rows
        self._home = home
        self._files = RowFiles(name, folder, form="csv", columns=COLUMNS, delimiter=delimiter)

    def __repr__(self) -> str:
        """Name it, without the folder, whose address may hold a password."""
        return f"Letters({self.name})"

    def deliver(self, deliveries: Sequence[Delivery], *, now: datetime) -> Sequence[Outcome]:
        """Write one file for each campaign among them."""
        outcomes: dict[str, Outcome] = {}
        for campaign, some in by_campaign(deliveries).items():
            outcomes |= self._posted(campaign, some, now)
        return [outcomes[delivery.delivery_id] for delivery in deliveries]

    def close(self) -> None:
        """Nothing is kept open."""

    def _posted(self, campaign: str, deliveries: Sequence[Delivery], now: datetime) -> dict[str, Outcome]:
        """Write the letters of one campaign: the first of each household that has none yet."""
        since = min(day_of(delivery, now) for delivery in deliveries) - ONE_MAILING
        earlier = (row for _, row in self._files.rows_of(campaign, since=since) if row["campaign"] == campaign)
        homes = {row["household"]: row[KEY] for row in earlier}
        outcomes: dict[str, Outcome] = {}
        rows: list[tuple[Delivery, Row]] = []
        for delivery in deliveries:
            place = postal_address(_facts(delivery), home=self._home)
            if isinstance(place, str):
                outcomes[delivery.delivery_id] = Outcome(status="rejected", reason=place)
                continue
            household = _household(delivery, place)
            if homes.setdefault(household, delivery.delivery_id) != delivery.delivery_id:
                outcomes[delivery.delivery_id] = Outcome(status="rejected", reason="same_household")
            else:
                rows.append((delivery, _row(delivery, place, household, campaign)))
        return outcomes | self._files.write(campaign, rows, now=now)


def _facts(delivery: Delivery) -> dict[str, Any]:
    facts = delivery.content.get("facts")
    return dict(facts) if isinstance(facts, dict) else {}


def _household(delivery: Delivery, place: PostalAddress) -> str:
    """Return whose letter box it is: as the run knows households, else the house and the family name."""
    facts = _facts(delivery)
    known = facts.get("household_id")
    family = str(facts.get("family_name") or place.name.split(" ")[-1])
    return str(known) if known else f"{place.house} {family.casefold()}"


def _row(delivery: Delivery, place: PostalAddress, household: str, campaign: str) -> Row:
    content = delivery.content
    lines = {f"line_{number}": line for number, line in enumerate(place.lines, start=1)}
    where = {name: getattr(place, name) for name in ("name", "street", "postal_code", "city", "region", "country")}
    words = {name: content.get(name) for name in ("language", "subject", "text", "image", "unsubscribe_url")}
    return {
        KEY: delivery.delivery_id, "customer_id": delivery.customer_id, "household": household, "campaign": campaign,
        "variant": delivery.variant, **lines, **where, **words,
    }  # fmt: skip


__all__ = ["COLUMNS", "MOST_ROWS", "Letters"]
