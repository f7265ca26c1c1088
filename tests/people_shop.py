"""A small shop written by hand: people with several records, orders, consents, visits."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

SETTINGS = """\
name: People
currency: EUR
timezone: Europe/Paris
as_of: 2024-12-31
sources:
  order_lines: {path: data/lines*.csv}
  customers: {path: data/customers*.csv}
"""

PEOPLE = 30
LAST = date(2024, 12, 31)

Row = Mapping[str, object]


def people_shop(folder: Path, *, more: str = "", records: Sequence[Row] | None = None) -> Path:
    """Write a project: c01 to c30, each with five orders; c28, c29 and c30 have the e-mail of c01."""
    (folder / "data").mkdir(parents=True)
    (folder / "patron.yaml").write_text(SETTINGS + more, encoding="utf-8")
    write(folder, "lines", lines(range(1, PEOPLE + 1)))
    write(folder, "customers", customers() if records is None else records)
    return folder


def customers() -> list[Row]:
    """The records of the customers, the older the smaller the number."""
    return [
        {
            "customer_id": f"c{i:02}", "acquired_on": date(2024, 1, 1) + timedelta(days=i),
            "email": "one@mail.test" if i in (1, 28, 29, 30) else f"person{i}@mail.test",
        }
        for i in range(1, PEOPLE + 1)
    ]  # fmt: skip


def lines(numbers: Sequence[int] | range) -> list[Row]:
    """Five orders for each number."""
    return [
        {
            "order_id": f"o{i}-{n}", "customer_id": f"c{i:02}", "quantity": 1, "unit_price": 10 + (i + n) % 7,
            "ordered_at": LAST - timedelta(days=(i * 7 + n * 60) % 330),
        }
        for i in numbers
        for n in range(5)
    ]  # fmt: skip


def write(folder: Path, name: str, rows: Sequence[Row]) -> None:
    """Write rows as one more file of the project."""
    with (folder / "data" / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
