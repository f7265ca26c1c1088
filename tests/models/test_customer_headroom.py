"""Headroom as a run makes it: what is known, until when, and what too few customers are told."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest

from patron.contracts.customer import HEADROOM, PROFILES, TAKINGS
from patron.models import customer_headroom
from patron.models.customer_headroom import peer_features

AS_OF = date(2024, 12, 31)
CHANNELS = ("search", "social")


def shop(customers: int, *, seed: int = 1) -> tuple[pa.Table, pa.Table]:
    """Profiles and takings of invented customers; the second channel's spend three times as much."""
    rng = np.random.default_rng(seed)
    people, money = [], []
    for number in range(customers):
        who, channel = f"c{number:05d}", int(rng.integers(2))
        tenure, silence = int(rng.integers(30, 900)), int(rng.integers(0, 29))
        people.append(_profile(who, channel=CHANNELS[channel], tenure=tenure, silence=silence))
        for day in rng.integers(1, min(tenure, 700) + 1, 4):
            money.append(_taking(who, AS_OF - timedelta(days=int(day) - 1), (1 + 2 * channel) * rng.gamma(2.0, 20.0)))
    return (
        pa.Table.from_pylist(people, schema=PROFILES.schema.to_pyarrow()),
        pa.Table.from_pylist(money, schema=TAKINGS.schema.to_pyarrow()),
    )


def _profile(who: str, *, channel: str, tenure: int, silence: int) -> dict[str, object]:
    known = {
        "customer_id": who, "as_of": AS_OF, "days_since_last": silence, "tenure_days": tenure, "orders": 4,
        "purchase_days": 4, "basis": "revenue", "acquisition_channel": channel, "main_channel": "web", "country": "DE",
        "household_members": 1, "categories": 3, "channels": 1, "expected_interval_days": 40.0, "lapsed": False,
    }  # fmt: skip
    return {name: known.get(name) for name in PROFILES.names}


def _taking(who: str, day: date, amount: float) -> dict[str, object]:
    money = Decimal(str(round(amount, 2)))
    known = {
        "customer_id": who,
        "day": day,
        "revenue": money,
        "net_revenue": money,
        "margin": money,
        "basis": "revenue",
    }
    nothing = {"discount": Decimal("0.00"), "returns": Decimal("0.00")}
    return {name: (known | nothing).get(name) for name in TAKINGS.names}


@pytest.fixture(scope="module")
def tables() -> tuple[ir.Table, ir.Table]:
    return tuple(ibis.memtable(table) for table in shop(900))


def test_it_keeps_its_contract_and_sees_what_peers_spend(tables: tuple[ir.Table, ir.Table]) -> None:
    found = HEADROOM.check(customer_headroom(*tables, as_of=AS_OF)).to_pyarrow().to_pandas()
    assert len(found) == 900
    assert (found["headroom"] >= 0).all()
    assert (found["current"].astype(float) <= found["capacity"]).mean() == pytest.approx(0.8, abs=0.03)
    channels = tables[0].select("customer_id", "acquisition_channel").to_pyarrow().to_pandas()
    both = found.merge(channels, on="customer_id")
    mean = both.groupby("acquisition_channel")["capacity"].mean()
    assert mean["social"] > 2 * mean["search"]
    assert not found.loc[found["headroom"] > 0, "reason"].str.contains("four in five").any()
    assert found.loc[found["headroom"] == 0, "reason"].str.contains("four in five").all()


def test_current_is_the_net_revenue_of_the_last_year_to_the_cent(tables: tuple[ir.Table, ir.Table]) -> None:
    profiles, takings = tables
    features = peer_features(profiles, takings, as_of=AS_OF).to_pyarrow().to_pandas().set_index("customer_id")
    money = takings.to_pyarrow().to_pandas()
    since = AS_OF - timedelta(days=365)
    sums = money[money["day"] > since].groupby("customer_id")["net_revenue"].sum()
    assert (features["current"] == sums.reindex(features.index).fillna(Decimal("0.00"))).all()


def test_nothing_after_the_day_is_used(tables: tuple[ir.Table, ir.Table]) -> None:
    profiles, takings = tables
    later = pa.Table.from_pylist(
        [_taking(f"c{number:05d}", AS_OF + timedelta(days=1), 9_999.0) for number in range(900)],
        schema=TAKINGS.schema.to_pyarrow(),
    )
    more = ibis.memtable(pa.concat_tables([takings.to_pyarrow(), later]))
    one, other = (
        customer_headroom(profiles, table, as_of=AS_OF).order_by("customer_id").to_pyarrow()
        for table in (takings, more)
    )
    assert one.equals(other)


def test_who_ordered_longer_ago_has_no_current_year_and_no_row(tables: tuple[ir.Table, ir.Table]) -> None:
    profiles, takings = tables
    gone = profiles.mutate(
        days_since_last=ibis.ifelse(profiles.customer_id < "c00200", 365, profiles.days_since_last).cast("int64")
    )
    found = customer_headroom(gone, takings, as_of=AS_OF)
    assert found.count().to_pyarrow().as_py() == 700
    assert found.customer_id.min().to_pyarrow().as_py() == "c00200"


@pytest.mark.parametrize("customers", [0, 1, 300, 499])
def test_too_few_customers_have_an_empty_table(tables: tuple[ir.Table, ir.Table], customers: int) -> None:
    profiles, takings = tables
    few = profiles.order_by("customer_id").limit(customers)
    assert HEADROOM.check(customer_headroom(few, takings, as_of=AS_OF)).count().to_pyarrow().as_py() == 0


def test_equal_spend_of_all_is_not_enough(tables: tuple[ir.Table, ir.Table]) -> None:
    profiles, takings = tables
    nobody = takings.filter(takings.customer_id == "")
    assert customer_headroom(profiles, nobody, as_of=AS_OF).count().to_pyarrow().as_py() == 0
