"""Deliveries as rows of files: one file for each campaign of a batch.

A file's name is made of the deliveries in it, so that the same ones written again take the file's own place. A delivery
that comes again among others is looked up in the files that lie there still; whoever takes files away knows it by the
column `delivery_id`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from patron.activation.audience import FORMULA
from patron.activation.destinations.destination import Delivery, Outcome
from patron.activation.destinations.folder import Folder

Format = Literal["csv", "parquet"]
Row = Mapping[str, Any]

KEY = "delivery_id"

_FORMULA = re.compile(FORMULA)
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9_]+")


class RowFiles:
    """The files of one destination.

    Parameters
    ----------
    name : str
        What the settings call it; files begin with it.
    folder : Folder
        Where they go.
    form : Format
        How they are written.
    columns : sequence of str
        What stands in them, in this order.
    delimiter : str
        Between two values of a CSV file.
    """

    def __init__(
        self, name: str, folder: Folder, *, form: Format, columns: Sequence[str], delimiter: str = ","
    ) -> None:
        self.columns = tuple(columns)
        self._name, self._folder, self._form, self._delimiter = name, folder, form, delimiter
        self._tidied = False  # one process at a time works a destination: what it finds half written is nobody's

    def write(self, campaign: str, rows: Sequence[tuple[Delivery, Row]], *, now: datetime) -> dict[str, Outcome]:
        """Write rows into one file, and return what came of each, by its delivery id."""
        outcomes = {
            delivery.delivery_id: Outcome(status="rejected", reason="formula")
            for delivery, row in rows
            if self._form == "csv" and has_formula(row)
        }
        there = self._there(campaign, rows)
        outcomes |= {key: Outcome(status="accepted", receipt=name) for key, name in there.items()}
        left = [(delivery, row) for delivery, row in rows if delivery.delivery_id not in outcomes]
        if not left:
            return outcomes
        name = self._named(campaign, [delivery for delivery, _ in left], now)
        taken = self._put(name, [row for _, row in left])
        return outcomes | {delivery.delivery_id: taken for delivery, _ in left}

    def rows_of(self, campaign: str, *, since: date = date.min) -> list[tuple[str, dict[str, str]]]:
        """Return the rows of a campaign's files that lie there still, from a day on, each with its file's name."""
        found = []
        for name in self._folder.names(f"{self._name}-{slug(campaign)}-"):
            wanted = name.endswith(f".{self._form}") and _day_of(name) >= since.isoformat().replace("-", "")
            content = self._folder.read(name) if wanted else None
            found += [(name, row) for row in self._rows(content)] if content else []
        return found

    def _there(self, campaign: str, rows: Sequence[tuple[Delivery, Row]]) -> dict[str, str]:
        """Return which of those that come again stand in a file already, and in which."""
        again = {delivery.delivery_id for delivery, _ in rows if delivery.attempt > 1}
        return {row[KEY]: name for name, row in self.rows_of(campaign) if row.get(KEY) in again} if again else {}

    def _put(self, name: str, rows: Sequence[Row]) -> Outcome:
        if not self._tidied:
            self._folder.tidy(f"{self._name}-")
            self._tidied = True
        content = self._as_csv(rows) if self._form == "csv" else self._as_parquet(rows)
        try:
            self._folder.put(name, content)
        except OSError:  # of a store elsewhere nobody knows how far it came
            return Outcome(status="retry" if self._folder.is_local else "unknown", reason="not_written")
        return Outcome(status="accepted", receipt=name)

    def _named(self, campaign: str, deliveries: Sequence[Delivery], now: datetime) -> str:
        keys = sorted(delivery.delivery_id for delivery in deliveries)
        day = min(day_of(delivery, now) for delivery in deliveries)
        which = hashlib.sha256("\n".join(keys).encode()).hexdigest()[:16]
        return f"{self._name}-{slug(campaign)}-{day:%Y%m%d}-{which}.{self._form}"

    def _as_csv(self, rows: Sequence[Row]) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self._delimiter, lineterminator="\r\n")  # RFC 4180
        writer.writerow(self.columns)
        writer.writerows([_written(row.get(column)) for column in self.columns] for row in rows)
        return text.getvalue().encode()

    def _as_parquet(self, rows: Sequence[Row]) -> bytes:
        columns = {column: [_written(row.get(column)) for row in rows] for column in self.columns}
        sink = io.BytesIO()
        pq.write_table(pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()}), sink)
        return sink.getvalue()

    def _rows(self, content: bytes) -> list[dict[str, str]]:
        if self._form == "csv":
            return list(csv.DictReader(io.StringIO(content.decode(), newline=""), delimiter=self._delimiter))
        rows: list[dict[str, str]] = pq.read_table(io.BytesIO(content)).to_pylist()
        return rows


def campaign_of(delivery: Delivery) -> str:
    """Return what a delivery belongs to: its trigger, or what its content calls the campaign."""
    return delivery.trigger or str(delivery.content.get("campaign") or delivery.kind)


def by_campaign(deliveries: Sequence[Delivery]) -> dict[str, list[Delivery]]:
    """Sort deliveries by what they belong to."""
    sorted_out: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        sorted_out.setdefault(campaign_of(delivery), []).append(delivery)
    return sorted_out


def has_formula(row: Row) -> bool:
    """Tell whether a spreadsheet would execute a value of a row. A text is not changed behind anybody's back."""
    return any(isinstance(value, str) and _FORMULA.match(value) for value in row.values())


def slug(text: str) -> str:
    """Return a text as a part of a file's name."""
    plain = _NOT_IN_A_NAME.sub("_", text.lower()).strip("_")
    return plain[:60] or hashlib.sha256(text.encode()).hexdigest()[:8]


def day_of(delivery: Delivery, now: datetime) -> date:
    """Return on which day it was decided that a delivery is to leave."""
    return (delivery.made_at or now).date()


def _day_of(name: str) -> str:
    """Return the day in a file's name."""
    return name.split("-")[-2] if name.count("-") > 1 else ""


def _written(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return json.dumps(value) if isinstance(value, bool) else str(value)


__all__ = ["KEY", "Format", "Row", "RowFiles", "by_campaign", "campaign_of", "day_of", "has_formula", "slug"]
