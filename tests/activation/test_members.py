"""A segment by its name."""

from __future__ import annotations

from datetime import date

import ibis
import pytest

from patron.activation import members
from patron.activation.members import LIST_COLUMNS
from patron.contracts.customer import FORECASTS, PROFILES
from patron.errors import ArgumentError

AS_OF = date(2024, 3, 1)


def found(run_tables, segment):
    return members(*run_tables, segment=segment, as_of=AS_OF, run_id="r1")


@pytest.mark.parametrize("written", ["rfm.champions", "champions"])
def test_finds_a_segment_by_its_full_or_its_only_name(run_tables, written):
    chosen = found(run_tables, written)
    assert (chosen.segmentation, chosen.segment, chosen.source) == ("rfm", "champions", "rfm.champions")
    assert chosen.table.columns == (*LIST_COLUMNS, "household_id")
    assert chosen.table.count().to_pyarrow().as_py() == 2_000


def test_members_without_a_forecast_are_kept(run_tables):
    first = found(run_tables, "champions").table.order_by("customer_id").limit(2).to_pyarrow().to_pylist()
    assert first == [
        {"customer_id": "c00000", "segment": "rfm.champions", "days_since_last": 0, "expected_orders": None,
         "predicted_value": None, "basis": None, "household_id": "x"},
        {"customer_id": "c00001", "segment": "rfm.champions", "days_since_last": 1, "expected_orders": 2.5,
         "predicted_value": 99.5, "basis": "x", "household_id": "x"},
    ]  # fmt: skip


def test_a_name_that_two_segmentations_have_asks_which(run_tables):
    with pytest.raises(ArgumentError, match=r"rfm\.lost, tier\.lost"):
        found(run_tables, "lost")
    assert found(run_tables, "tier.lost").segmentation == "tier"


@pytest.mark.parametrize(
    ("written", "hint"),
    [("champion", "Did you mean 'champions'"), ("rmf.champions", "'rfm.champions'"), ("zzz", "Choose")],
)
def test_an_unknown_name_is_refused_with_the_choices(run_tables, written, hint):
    with pytest.raises(ArgumentError, match=hint) as error:
        found(run_tables, written)
    assert "rfm.champions, rfm.lost, tier.lost, tier.top" in error.value.problem


def test_compiles_for_spark(run_tables):
    assert ibis.pyspark is not None
    memberships, *_ = run_tables
    chosen = members(
        memberships, PROFILES.unbound(), FORECASTS.unbound(), segment="champions", as_of=AS_OF, run_id="r1"
    )
    assert ibis.to_sql(chosen.table, dialect="pyspark").count("LEFT OUTER JOIN") == 2


def test_who_is_in_both_of_two_segments(run_tables):
    memberships = run_tables[0]
    first, second = found(run_tables, "rfm.champions"), found(run_tables, "tier.top")
    both = found(run_tables, "rfm.champions+tier.top")
    assert (both.source, both.segmentation, both.segment) == ("rfm.champions+tier.top", "rfm+tier", "champions+top")
    ids = [set(chosen.table.customer_id.to_pyarrow().to_pylist()) for chosen in (first, second, both)]
    assert ids[2] == ids[0] & ids[1]
    assert both.table.count().to_pyarrow().as_py() == len(ids[2]), "a customer stands in the list once"
    assert found(run_tables, "champions + champions").table.count().to_pyarrow().as_py() == len(ids[0])
    assert memberships.count().to_pyarrow().as_py() > len(ids[2])
