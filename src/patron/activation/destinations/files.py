"""Rows in files, for whatever has no interface but a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from patron.activation.destinations.destination import KINDS, Delivery, Kind, Outcome, Repeats
from patron.activation.destinations.folder import Folder
from patron.activation.destinations.row_files import KEY, Format, RowFiles, by_campaign

FACTS = (
    "delivery_id", "kind", "customer_id", "channel", "address", "purpose", "trigger", "iteration", "step", "variant",
    "made_at",
)  # fmt: skip
"""What may stand in a column, of the delivery itself; of its content ``content.NAME``, and deeper by more dots."""

COLUMNS: Mapping[str, str] = {name: name for name in FACTS} | {
    name: f"content.{name}"
    for name in (
        "subject", "text", "html", "image", "language", "unsubscribe_url", "preferences_url", "campaign", "facts",
    )
}  # fmt: skip
"""What stands in a file where the settings say nothing: column by column, where it comes from."""

MOST_ROWS = 10_000


class Files:
    """Writes deliveries into a folder.

    Parameters
    ----------
    name : str
        What the settings call it.
    folder : Folder
        Where files go.
    form : Format
        How they are written.
    columns : mapping
        Column by column, where it comes from.
    rows : int
        How many stand in one file, at most.
    delimiter : str
        Between two values of a CSV file.
    """

    kinds: Sequence[Kind] = KINDS
    repeats: Repeats = "recognised"

    def __init__(
        self,
        name: str,
        folder: Folder,
        *,
        form: Format = "csv",
        columns: Mapping[str, str] | None = None,
        rows: int = MOST_ROWS,
        delimiter: str = ",",
    ) -> None:
        self.name, self.largest_batch = name, rows
        self._columns = {KEY: KEY} | dict(columns or COLUMNS)
        self._files = RowFiles(name, folder, form=form, columns=list(self._columns), delimiter=delimiter)

    def __repr__(self) -> str:
        """Name it, without the folder, whose address may hold a password."""
        return f"Files({self.name})"

    def deliver(self, deliveries: Sequence[Delivery], *, now: datetime) -> Sequence[Outcome]:
        """Write one file for each campaign among them."""
        outcomes: dict[str, Outcome] = {}
        for campaign, some in by_campaign(deliveries).items():
            outcomes |= self._files.write(campaign, [(delivery, self._row(delivery)) for delivery in some], now=now)
        return [outcomes[delivery.delivery_id] for delivery in deliveries]

    def close(self) -> None:
        """Nothing is kept open."""

    def _row(self, delivery: Delivery) -> dict[str, Any]:
        return {column: _value(delivery, path) for column, path in self._columns.items()}


def _value(delivery: Delivery, path: str) -> Any:
    first, *deeper = path.split(".")
    value: Any = delivery.content if first == "content" else getattr(delivery, first)
    for name in deeper:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value.isoformat() if isinstance(value, datetime) else value


def is_column(path: str) -> bool:
    """Tell whether a column may come from there."""
    first, *deeper = path.split(".")
    return bool(deeper) and all(deeper) if first == "content" else path in FACTS


__all__ = ["COLUMNS", "FACTS", "MOST_ROWS", "Files", "is_column"]
