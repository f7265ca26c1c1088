"""Tickets, subscriptions and prospects: a run knows them as they stood on its day, whatever came later."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shop_files import load

from patron.contracts.raw import FIELDS
from patron.contracts.raw_dealings import CONTRACTS
from patron.simulate import shop
from patron.sources.came import Came
from patron.sources.people import PEOPLE
from patron.sources.people.subscriptions import period
from patron.sources.rules import Setting
from patron.sources.spec import SourceSpec

AS_OF, TODAY = date(2024, 3, 1), date(2024, 6, 30)
SOURCES = ("tickets", "subscriptions", "prospects")
KEY = {"tickets": "ticket_id", "subscriptions": "subscription_id", "prospects": "prospect_id"}
BEGIN = {"tickets": "opened_at", "subscriptions": "started_on", "prospects": "first_seen_on"}
END = {"tickets": "closed_at", "subscriptions": "ended_on", "prospects": "converted_on"}
TOLD = {"tickets": ("satisfaction",), "subscriptions": (), "prospects": ("customer_id",)}

Row = dict[str, str | None]
few = settings(max_examples=6, deadline=None)

DAYS = st.dates(date(2024, 1, 1), date(2024, 5, 31)).map(str)
LATER = st.dates(AS_OF + timedelta(days=1), date(2024, 6, 30)).map(str)


def row_of(source: str) -> st.SearchStrategy[Row]:
    values = {
        "customer_id": st.sampled_from(["ann", "bob", None]), "period_days": st.sampled_from(["30", "year", "x"]),
        "amount": st.sampled_from(["5", "-5", "9.90"]), "satisfaction": st.sampled_from(["1", "4.5", "9", "x", None]),
        BEGIN[source]: DAYS, END[source]: DAYS | st.none(),
    }  # fmt: skip
    return st.fixed_dictionaries({f.name: values.get(f.name, st.sampled_from(["a", "b"])) for f in FIELDS[source]})


def table_of(source: str) -> st.SearchStrategy[list[Row]]:
    return st.lists(row_of(source), max_size=8).map(
        lambda rows: [row | {KEY[source]: f"k{n % 5}"} for n, row in enumerate(rows)]
    )


def known(source: str, rows: Sequence[Row], *, as_of: date = AS_OF) -> list[dict[str, Any]]:
    """What a run about `as_of` keeps of the rows."""
    names = [field.name for field in FIELDS[source]]
    schema = pa.schema(
        [("file_number", pa.int64()), ("file", pa.string()), ("row", pa.int64()), ("broken", pa.bool_())]
        + [(name, pa.string()) for name in names]
    )
    came = [{"file_number": 0, "file": "f", "row": n, "broken": False, **row} for n, row in enumerate(rows)]
    table = ibis.memtable(pa.Table.from_pylist(came, schema=schema))
    setting = Setting(SourceSpec(path="x"), as_of, TODAY, source)
    judged = PEOPLE[source].judged(Came(table, table, table, tuple(names), table, ()), setting)
    kept = PEOPLE[source].collected(judged, setting)
    return sorted(kept.to_pyarrow().to_pylist(), key=str)


def is_later(day: str | None) -> bool:
    return day is not None and day > str(AS_OF)


@pytest.mark.parametrize("source", SOURCES)
@given(data=st.data())
@few
def test_nothing_that_is_known_only_later_changes_anything(source: str, data: st.DataObject) -> None:
    """Whatever begins after the day is added, whatever ends after it ends otherwise, and is told once more."""
    rows = data.draw(table_of(source))
    before = known(source, rows)
    other: list[Row] = []
    for row in rows:
        ends = is_later(row[END[source]])
        told = {name: data.draw(row_of(source))[name] for name in TOLD[source]}
        other.append(row | {END[source]: data.draw(LATER), **told} if ends else row)
    assert known(source, other) == before
    alone = [row | {KEY[source]: str(n)} for n, row in enumerate(rows)]
    good = [rows[int(row[KEY[source]])] for row in known(source, alone)]
    again = [row | {END[source]: data.draw(LATER)} for row in good]
    coming = [row | {BEGIN[source]: data.draw(LATER)} for row in data.draw(table_of(source))]
    assert known(source, [*other, *again, *coming]) == before


@pytest.mark.parametrize("source", SOURCES)
@given(data=st.data(), day=st.dates(date(2024, 1, 15), date(2024, 5, 15)))
@few
def test_a_run_about_a_day_knows_what_an_export_of_that_day_held(source: str, data: st.DataObject, day: date) -> None:
    """What was exported on a day has no row that began later, and no end that came later."""
    rows = data.draw(st.lists(row_of(source), max_size=8))
    rows = [row | {KEY[source]: f"k{n}"} for n, row in enumerate(rows)]
    empty: Row = dict.fromkeys((END[source], *TOLD[source]), None)
    exported = [
        row | (empty if (row[END[source]] or "") > str(day) else {})
        for row in rows
        if (row[BEGIN[source]] or "") <= str(day)
    ]
    assert known(source, rows, as_of=day) == known(source, exported, as_of=day)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("30", 30), ("365.0", 365), ("1", 1), ("Month", 30), ("yearly", 365), ("bi-weekly", 14), ("Semi-Annual", 182),
        ("quarter", 91), ("0", None), ("-30", None), ("30.5", None), ("nan", None), ("inf", None), ("1e30", None),
        ("often", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_how_long_a_period_is(text: str | None, days: int | None) -> None:
    found = period(ibis.memtable({"text": [text]}, schema={"text": "string"}).text)
    assert found.name("days").as_table().to_pyarrow()["days"][0].as_py() == days


def test_what_the_simulated_shop_delivers_is_kept_whole() -> None:
    with tempfile.TemporaryDirectory() as place:
        shop(customers=300, seed=2, dealings=True).write(place)
        sources = {name: {"path": f"data/{name}.parquet"} for name in ("customers", *SOURCES)}
        loaded = load(Path(place), sources, today=date(2025, 1, 15), as_of=date(2024, 12, 31))
        for name in SOURCES:
            counts = loaded.counts(name)
            assert counts["read"] == counts["kept"] > 0
            earlier = load(Path(place), sources, today=date(2025, 1, 15), as_of=date(2023, 6, 30)).counts(name)
            assert earlier["kept"] + earlier["later"] == earlier["read"]
            assert earlier["later"] > 0


def test_every_source_has_one_contract_whose_columns_it_may_map() -> None:
    assert [contract.name for contract in CONTRACTS] == [f"raw_{name}" for name in SOURCES]
    for contract in CONTRACTS:
        fields = {field.name: field for field in FIELDS[contract.name.removeprefix("raw_")]}
        assert list(contract.names) == list(fields)
        for column in contract.columns:
            assert (column.type, column.nullable) == (fields[column.name].type, fields[column.name].nullable)
