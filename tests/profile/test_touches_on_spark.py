"""Touches and the stream that paths are cut from are the same on DuckDB and on Spark."""

# ruff: noqa: DTZ001 - moments are in the project's time zone and carry none

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from patron.contracts.customer import ORDERS
from patron.contracts.raw_messages import RAW_MESSAGES
from patron.contracts.raw_people import RAW_EVENTS
from patron.kpis.touch_paths import stream
from patron.profile import Touching, touches

pytestmark = pytest.mark.slow

AS_OF = date(2024, 3, 31)
START = datetime(2024, 1, 1)
MANY = 400


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(5)
    at = [START + timedelta(seconds=int(second)) for second in rng.integers(0, 80 * 86_400, MANY)]
    who = [f"C{number}" if number < 30 else None for number in rng.integers(0, 40, MANY)]
    words = np.array(["Paid Search", "email", "display", None, None], dtype=object)[rng.integers(0, 5, MANY)]
    found = tmp_path_factory.mktemp("touches")
    events = {
        "event_id": [str(place) for place in range(MANY)], "event": ["page_view"] * MANY, "occurred_at": at,
        "customer_id": who, "anonymous_id": [f"b{number}" for number in rng.integers(0, 50, MANY)],
        "marketing_channel": [None if word is None else str(word).lower().replace(" ", "_") for word in words],
        "channel": ["web"] * MANY,
    }  # fmt: skip
    messages = {
        "message_id": events["event_id"], "customer_id": [one or "C1" for one in who], "sent_at": at,
        "clicked_at": [moment + timedelta(minutes=20) if place % 3 else None for place, moment in enumerate(at)],
        "channel": ["E-Mail"] * MANY,
    }  # fmt: skip
    orders = {
        "order_id": events["event_id"], "customer_id": messages["customer_id"],
        "ordered_at": [moment.replace(hour=0, minute=0, second=0) if place % 5 == 0 else moment
                       for place, moment in enumerate(at)],
        "amount": [10] * MANY, "margin": [3] * MANY,
    }  # fmt: skip
    for contract, columns in ((RAW_EVENTS, events), (RAW_MESSAGES, messages), (ORDERS, orders)):
        schema = contract.schema.to_pyarrow()
        full = {name: pa.array(columns.get(name, [None] * MANY), schema.field(name).type) for name in contract.names}
        pq.write_table(pa.table(full), found / f"{contract.name}.parquet")
    return found


def tables(connection: Any, folder: Path) -> tuple[ir.Table, ir.Table]:
    events, messages, orders = (
        connection.read_parquet(str(folder / f"{one.name}.parquet"), table_name=one.name)
        for one in (RAW_EVENTS, RAW_MESSAGES, ORDERS)
    )
    seen = touches(events, messages, as_of=AS_OF, counts=Touching(aliases={"display": "banners"}))
    return seen, stream(seen, orders.mutate(first_order=ibis.literal(value=True)))


def test_both_engines_say_the_same(folder: Path, spark: Any) -> None:
    one, other = tables(ibis.duckdb.connect(), folder), tables(spark, folder)
    for mine, theirs in zip(one, other, strict=True):
        ours, its = mine.to_pandas(), theirs.to_pandas()
        by = list(ours.columns)
        assert len(ours) > MANY
        ours, its = (frame.astype(str).sort_values(by, ignore_index=True) for frame in (ours, its))
        assert ours.equals(its), ours.compare(its).head()
