"""x, t_x and T against the definition in words, and against the CDNOW sample of the papers."""

# ruff: noqa: DTZ001 - moments are in the project's time zone and carry none

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lines_of import AS_OF, rows

from patron.errors import ContractError
from patron.profile import purchase_history

CDNOW = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "cdnow" / "CDNOW_sample.txt"


def bought(*purchases, timestamps=False):
    kind = pa.timestamp("us") if timestamps else pa.date32()
    who, when, amount = zip(*purchases, strict=True) if purchases else ((), (), ())
    return ibis.memtable(
        pa.table(
            {"customer_id": pa.array(who, pa.string()), "ordered_at": pa.array(when, kind),
             "amount": pa.array(amount, pa.decimal128(18, 2))}
        )
    )  # fmt: skip


def reference(purchases, as_of):
    """The definition, in plain Python: purchases of one day are one."""
    days = defaultdict(lambda: defaultdict(Decimal))
    for who, when, amount in purchases:
        day = when.date() if isinstance(when, datetime) else when
        if day <= as_of:
            days[who][day] += amount
    made = []
    for who in sorted(days):
        first, *later = sorted(days[who])
        spent = float(sum(days[who][day] for day in later))
        made.append(
            {
                "customer_id": who, "frequency": len(later), "recency": (max([first, *later]) - first).days,
                "T": (as_of - first).days,
                "monetary_value": pytest.approx(spent / len(later)) if later else None,
            }
        )  # fmt: skip
    return made


amounts = st.integers(-500, 10_000).map(lambda n: Decimal(n).scaleb(-2))
who = st.sampled_from(["ann", "bob", "cid"])


@given(st.lists(st.tuples(who, st.dates(date(2024, 6, 10), date(2024, 7, 5)), amounts), max_size=25))
@settings(max_examples=25, deadline=None)
def test_days_equal_the_definition(purchases):
    assert rows(purchase_history(bought(*purchases), as_of=AS_OF)) == reference(purchases, AS_OF)


@given(st.lists(st.tuples(who, st.datetimes(datetime(2024, 6, 25), datetime(2024, 7, 2)), amounts), max_size=25))
@settings(max_examples=25, deadline=None)
def test_moments_equal_the_definition(purchases):
    """An order a minute before midnight and one a minute after lie on two days."""
    assert rows(purchase_history(bought(*purchases, timestamps=True), as_of=AS_OF)) == reference(purchases, AS_OF)


def test_without_amounts_nothing_is_said_of_money():
    table = bought(("ann", AS_OF, 1), ("ann", AS_OF - timedelta(days=3), 1)).drop("amount")
    [row] = rows(purchase_history(table, as_of=AS_OF))
    assert (row["frequency"], row["recency"], row["T"], row["monetary_value"]) == (1, 3, 3, None)


def test_nobody_bought():
    assert rows(purchase_history(bought(), as_of=AS_OF)) == []
    assert rows(purchase_history(bought(("ann", AS_OF, 1)), as_of=AS_OF - timedelta(days=1))) == []


@pytest.mark.parametrize("column", ["customer_id", "ordered_at"])
def test_a_column_that_is_missing_is_named(column):
    table = bought(("ann", AS_OF, 1)).rename({f"my_{column}": column})
    with pytest.raises(ContractError) as caught:
        purchase_history(table, as_of=AS_OF)
    assert (caught.value.data["table"], caught.value.data["column"]) == ("orders", column)
    assert f"Did you mean 'my_{column}'?" in caught.value.remedy


def test_the_day_must_be_given():
    with pytest.raises(TypeError, match="as_of"):
        purchase_history(bought())


@pytest.mark.real_data
@pytest.mark.skipif(not CDNOW.exists(), reason="the public data sets are not beside the project")
def test_the_cdnow_sample_is_prepared_as_in_the_papers():
    """Fader, Hardie & Lee (2005): 2,357 customers, calibration to 1997-09-30, 39 weeks of hold-out."""
    purchases = [
        (fields[1], datetime.strptime(fields[2], "%Y%m%d").date(), Decimal(fields[4]))  # noqa: DTZ007 - a day
        for fields in (line.split() for line in CDNOW.read_text(encoding="utf-8").splitlines())
    ]
    assert len(purchases) == 6_919
    calibration, whole = date(1997, 9, 30), date(1998, 6, 30)
    history = rows(purchase_history(bought(*purchases), as_of=calibration))
    assert len(history) == 2_357
    assert sum(row["frequency"] for row in history) == 2_457
    assert sum(row["frequency"] for row in history) / len(history) == pytest.approx(1.0424, abs=5e-5)
    assert max(row["T"] for row in history) / 7 == pytest.approx(38.86, abs=0.005)
    after = rows(purchase_history(bought(*purchases), as_of=whole))
    assert sum(row["frequency"] for row in after) - 2_457 == 1_882
    assert sum(1 for row in history if row["frequency"]) == 946


def test_purchases_without_a_customer_are_nobodys():
    one = (("ann", date(2024, 1, 1), Decimal(5)), ("ann", date(2024, 1, 3), Decimal(5)))
    strays = ((None, date(2024, 1, 2), Decimal(7)), (None, date(2024, 1, 9), Decimal(7)))
    assert rows(purchase_history(bought(*one, *strays), as_of=AS_OF)) == rows(
        purchase_history(bought(*one), as_of=AS_OF)
    )
