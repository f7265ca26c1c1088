"""Only what changed is normalised again, and what comes out is what all at once would be."""

from __future__ import annotations

from datetime import date

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts.raw import RAW_CUSTOMERS
from patron.contracts.raw_people import RAW_IDENTIFIERS
from patron.identity import Identified, identifiers, identifiers_again
from patron.identity.keep import in_memory
from patron.identity.normalise import distinct

IDS = ("a", "b", "c", "d")
PEOPLE = st.dictionaries(
    st.sampled_from(IDS),
    st.fixed_dictionaries(
        {},
        optional={
            "email": st.sampled_from(["Ann@x.example", "bo+1@gmail.com", "null"]),
            "phone": st.sampled_from(["030 901820", "020 7183 8750", "123"]),
            "country": st.sampled_from(["Germany", "GB", "Atlantis"]),
            "name": st.sampled_from(["Dr. Lee, Anna", "Юлия Берг"]),
            "street": st.sampled_from(["Hauptstr. 5", "1 High St"]),
            "birth_date": st.just(date(1980, 1, 2)),
            "acquired_on": st.sampled_from([date(2020, 1, 1), date(1970, 1, 1)]),
        },
    ),
)
LISTED = st.lists(
    st.fixed_dictionaries(
        {
            "customer_id": st.sampled_from(IDS),
            "kind": st.sampled_from(["email", "phone", "device_id", "crm"]),
            "value": st.sampled_from(["Ann@x.example", "030 901820", "D-1"]),
            "seen_on": st.sampled_from([date(2020, 1, 1), date(2021, 1, 1)]),
        }
    ),
    max_size=5,
)
WORLDS = st.tuples(PEOPLE, LISTED)


def table(contract, rows):
    schema = contract.schema.to_pyarrow()
    held = [{c: row.get(c) for c in schema.names} | {"row": place} for place, row in enumerate(rows)]
    return ibis.memtable(pa.Table.from_pylist(held, schema=schema))


def raw(world):
    people, listed = world
    customers = [{"customer_id": who, **said} for who, said in people.items()]
    return {"raw_customers": table(RAW_CUSTOMERS, customers), "raw_identifiers": table(RAW_IDENTIFIERS, listed)}


def rows(made):
    return sorted(made.to_pyarrow().to_pylist(), key=str)


@pytest.mark.slow
@given(WORLDS, WORLDS, st.sampled_from([(None, None), ("DE", "DE"), ("DE", "GB")]))
@settings(max_examples=40, deadline=None)
def test_what_was_read_before_changes_nothing(then, now, countries):
    before = Identified(
        raw=raw(then), country=countries[0],
        identifiers=in_memory("", identifiers(raw(then), country=countries[0], keep=in_memory)),
    )  # fmt: skip
    again = identifiers_again(raw(now), before=before, country=countries[1], keep=in_memory)
    assert rows(again) == rows(identifiers(raw(now), country=countries[1], keep=in_memory))


BEFORE = {"a": "Ann Lee", "b": "Bo Berg"}


@pytest.mark.parametrize(
    ("now", "asked"),
    [
        pytest.param(BEFORE, set(), id="nothing came"),
        pytest.param(BEFORE | {"b": "Bo Baker"}, {"Bo Baker"}, id="one changed"),
        pytest.param({"a": "Ann Lee", "c": "Cy Young"}, {"Cy Young"}, id="one went, one came"),
    ],
)
def test_only_what_changed_is_asked(now, asked, monkeypatch):
    def world(names):
        return raw(({who: {"name": name} for who, name in names.items()}, []))

    read = in_memory("", identifiers(world(BEFORE), country=None, keep=in_memory))
    before = Identified(raw=world(BEFORE), country=None, identifiers=read)
    seen, ask = set(), distinct.Asker.ask

    def spied(self, texts, *args, **options):
        told = {value for row in texts.to_pyarrow().to_pylist() for value in row.values()}
        seen.update(told & {*BEFORE.values(), *now.values()})
        return ask(self, texts, *args, **options)

    monkeypatch.setattr(distinct.Asker, "ask", spied)
    in_memory("", identifiers_again(world(now), before=before, country=None, keep=in_memory))
    assert seen == asked
