"""Attributes bought from others: two that most may use until the licence ends, and one that the law protects."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from patron.simulate.calendar import Calendar
from patron.simulate.persons.records import Records
from patron.simulate.tables import days_column, names_column

TRAITS: dict[str, tuple[float, tuple[str, ...]]] = {
    "household_income": (0.12, ("below 20,000", "20,000 to 40,000", "40,000 to 70,000", "above 70,000")),
    "home_owner": (0.08, ("yes", "no")),
    "religion": (0.03, ("catholic", "protestant", "muslim", "jewish", "none")),
}
"""The share of records that have it, and its values."""

EXPIRED = 0.5  # share whose licence ended before the last day
SELLERS = ("Example Data", "Sample Insights")


def traits(rng: np.random.Generator, *, records: Records, calendar: Calendar) -> pa.Table:
    """Draw the attributes, by record."""
    has = np.column_stack([rng.random(len(records)) < share for share, _ in TRAITS.values()])
    record, trait = np.nonzero(has)
    values = [value for _, choices in TRAITS.values() for value in choices]
    size = np.array([len(choices) for _, choices in TRAITS.values()])
    value = (np.cumsum(size) - size)[trait] + rng.integers(0, size[trait])
    last, seller = calendar.days - 1, rng.integers(0, len(SELLERS), len(record))
    ended = rng.random(len(record)) < EXPIRED
    expires = np.where(ended, last - rng.integers(1, 200, len(record)), last + rng.integers(0, 400, len(record)))
    return pa.table(
        {
            "customer_id": records.ids.take(pa.array(record)),
            "trait": names_column(list(TRAITS), trait),
            "value": names_column(values, value),
            "source": names_column(SELLERS, seller),
            "dated": days_column(calendar.first_day, expires - 365),
            "licence": names_column(("one year, internal use", "one year, segmentation only"), seller),
            "expires_on": days_column(calendar.first_day, expires),
            "purpose": names_column(("analytics", "profiling"), seller),
        }
    )
