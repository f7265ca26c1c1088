"""The CDNOW customers as the papers use them: tenth sample, weeks, same-day orders merged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from patron.profile.history import purchase_history

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "cdnow"
CALIBRATION_END = date(1997, 9, 30)


@dataclass(frozen=True)
class Cdnow:
    days: pa.Table  # HISTORY, in days
    weeks: pa.Table
    after: np.ndarray  # purchase days of the 39 weeks after calibration


@pytest.fixture(scope="session")
def cdnow() -> Cdnow:
    path = DATA / "CDNOW_sample.txt"
    if not path.exists():
        pytest.skip("the CDNOW files are not beside the project")
    rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
    orders = pa.table({
        "customer_id": [row[1] for row in rows],
        "ordered_at": [datetime.strptime(row[2], "%Y%m%d").date() for row in rows],  # noqa: DTZ007 - a day has no zone
        "amount": [float(row[4]) for row in rows],
    })  # fmt: skip
    history = purchase_history(ibis.memtable(orders), as_of=CALIBRATION_END).order_by("customer_id").to_pyarrow()
    later: dict[str, set[date]] = {}
    for who, day in zip(orders["customer_id"].to_pylist(), orders["ordered_at"].to_pylist(), strict=True):
        if day > CALIBRATION_END:
            later.setdefault(who, set()).add(day)
    after = np.array([len(later.get(who, ())) for who in history["customer_id"].to_pylist()])
    return Cdnow(days=history, weeks=_in_weeks(history), after=after)


@pytest.fixture(scope="session")
def cdnow_summary() -> pa.Table:
    """The table that the papers' authors give away: weeks, rounded to two digits."""
    path = DATA / "cdnow_customers_summary_with_transactions.csv"
    if not path.exists():
        pytest.skip("the CDNOW files are not beside the project")
    return pyarrow.csv.read_csv(path).rename_columns(["customer_id", "frequency", "recency", "T", "monetary_value"])


def _in_weeks(history: pa.Table) -> pa.Table:
    columns = {name: history[name].to_numpy() for name in ("frequency", "recency", "T", "monetary_value")}
    return pa.table(columns | {"recency": columns["recency"] / 7, "T": columns["T"] / 7})
