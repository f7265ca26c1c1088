"""What is older than its window is cut, and counted."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts import TABLES
from patron.errors import ContractError, SettingsError
from patron.privacy import check_windows, outlived, retained
from patron.privacy.retention import DAYS

AS_OF = date(2025, 6, 30)


def days(table):
    return sorted(table.to_pyarrow().column(0).to_pylist())


@pytest.mark.parametrize("name", DAYS)
def test_each_table_has_the_column_that_it_goes_by(name):
    assert name in TABLES
    assert TABLES[name].schema[DAYS[name]].is_temporal()


def test_the_day_at_the_edge_stays_to_its_last_second():
    at = datetime.fromisoformat("2025-05-31T00:00:00")
    events = ibis.memtable({"occurred_at": [at - timedelta(microseconds=1), at, at + timedelta(hours=23)]})
    assert days(retained(events, name="raw_events", as_of=AS_OF, days=30)) == [at, at + timedelta(hours=23)]


def test_what_has_no_day_stays():
    rows = ibis.memtable({"seen_on": [None, date(2000, 1, 1)]}, schema={"seen_on": "date"})
    assert retained(rows, name="raw_identifiers", as_of=AS_OF, days=1).to_pyarrow().column(0).to_pylist() == [None]


@given(st.lists(st.dates(date(2025, 1, 1), AS_OF), min_size=1, max_size=12), st.integers(1, 200))
@settings(max_examples=10, deadline=None)
def test_cut_and_kept_are_all(given_days, window):
    rows = ibis.memtable({"dated": given_days})
    kept = days(retained(rows, name="raw_traits", as_of=AS_OF, days=window))
    cut = outlived(rows, name="raw_traits", as_of=AS_OF, days=window).to_pyarrow().as_py()
    assert kept == sorted(day for day in given_days if day >= AS_OF - timedelta(days=window))
    assert cut == len(given_days) - len(kept)


@pytest.mark.parametrize("windows", [{"raw_consents": 395}, {"raw_evnts": 395}, {"raw_events": 0}])
def test_a_window_that_cannot_be_kept_is_refused(windows):
    with pytest.raises(SettingsError) as error:
        check_windows(windows)
    assert error.value.remedy


def test_windows_that_can_be_kept():
    assert check_windows({"raw_events": 395}) == {"raw_events": 395}


def test_a_table_without_its_day_is_refused():
    with pytest.raises(ContractError, match="occurred_at"):
        retained(ibis.memtable({"n": [1]}), name="raw_events", as_of=AS_OF, days=3)


def test_it_compiles_for_spark():
    assert ibis.pyspark
    for name in DAYS:
        made = retained(TABLES[name].unbound(), name=name, as_of=AS_OF, days=395)
        assert "2024" in ibis.to_sql(made, dialect="pyspark")
