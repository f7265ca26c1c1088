"""Everybody has exactly one household; sources are believed; institutions make none."""

from __future__ import annotations

from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts.person import HOUSEHOLDS, IDENTIFIERS, LINKS
from patron.contracts.raw_people import RAW_HOUSEHOLDS
from patron.errors import ArgumentError
from patron.identity.households import _keys, _members, _shared, _ties, _widened, households
from patron.identity.keep import in_memory


def _rows(contract: Any, rows: list[dict[str, Any]]) -> Any:
    columns = {name: [row.get(name) for row in rows] for name in contract.names}
    return ibis.memtable(pa.table(columns, schema=contract.schema.to_pyarrow()))


def people(records: dict[str, dict[str, str]], owners: dict[str, str] | None = None) -> tuple[Any, Any]:
    """Return identifiers and links of records given as kind -> value."""
    said = [
        {"source": "customers", "record_id": record, "kind": kind, "value": value, "given": value, "status": "used"}
        for record, values in records.items()
        for kind, value in values.items()
    ]
    links = [
        {"source": "customers", "record_id": record, "customer_id": (owners or {}).get(record, record),
         "rule": "own_id", "confidence": 1.0}
        for record in records
    ]  # fmt: skip
    return _rows(IDENTIFIERS, said), _rows(LINKS, links)


def told(pairs: dict[str, str]) -> Any:
    return _rows(
        RAW_HOUSEHOLDS,
        [{"customer_id": who, "household_id": home, "role": "holder"} for who, home in pairs.items()],
    )


def found(records: dict[str, dict[str, str]], homes: Any = None, owners: Any = None, **limits: int) -> dict[str, tuple]:
    identifiers, links = people(records, owners)
    table = HOUSEHOLDS.check(households(identifiers, links, homes, keep=in_memory, **limits))
    return {
        row["customer_id"]: (row["household_id"], row["members"], row["rule"]) for row in table.to_pyarrow().to_pylist()
    }


AT_HOME = {"address": "1 high street|ab1", "family_name": "jones"}


def test_one_address_and_family_name_is_a_household() -> None:
    got = found({"b": AT_HOME, "a": AT_HOME, "c": {**AT_HOME, "family_name": "brown"}, "d": {}})
    assert got == {
        "a": ("h:a", 2, "address"),
        "b": ("h:a", 2, "address"),
        "c": ("h:c", 1, "alone"),
        "d": ("h:d", 1, "alone"),
    }


def test_a_phone_that_a_few_share_is_a_households_line() -> None:
    line = {"phone": "+441"}
    assert found({"a": line, "b": line})["b"] == ("h:a", 2, "phone")
    assert set(found({f"r{n}": line for n in range(7)}).values()) == {(f"h:r{n}", 1, "alone") for n in range(7)}


def test_an_address_of_too_many_is_an_institution() -> None:
    twelve = found({f"r{n:02d}": AT_HOME for n in range(12)})
    assert set(twelve.values()) == {("h:r00", 12, "address")}
    thirteen = found({f"r{n:02d}": AT_HOME for n in range(13)})
    assert {members for _, members, _ in thirteen.values()} == {1}


def test_a_source_is_believed_and_others_may_move_in() -> None:
    got = found({"a": {}, "b": AT_HOME, "c": AT_HOME}, told({"a": "X", "b": "X"}))
    assert got == {"a": ("h:a", 3, "given"), "b": ("h:a", 3, "given"), "c": ("h:a", 3, "address")}


def test_what_a_source_tells_apart_is_never_joined() -> None:
    got = found({"a": AT_HOME, "b": AT_HOME, "c": AT_HOME, "d": AT_HOME}, told({"a": "X", "b": "Y"}))
    assert got["a"][0] != got["b"][0]
    assert got["c"] == got["d"] == ("h:c", 2, "address")


def test_somebody_between_two_known_households_joins_neither() -> None:
    got = found({"a": AT_HOME, "b": {"phone": "+1"}, "c": {**AT_HOME, "phone": "+1"}}, told({"a": "X", "b": "Y"}))
    assert got["c"][0] == "h:a", "the address is the stronger key, and reaches one of them only"
    assert got["b"] == ("h:b", 1, "given")


def test_merged_customers_bring_their_households_together() -> None:
    got = found({"a": {}, "b": {}, "c": {}}, told({"a": "X", "b": "X", "c": "Y"}), owners={"c": "b"})
    assert got == {"a": ("h:a", 2, "given"), "b": ("h:a", 2, "given")}


def test_chains_end_before_they_grow_above_the_limit() -> None:
    chain: dict[str, dict[str, str]] = {}
    for n in range(20):
        chain[f"r{n:02d}"] = {"phone": f"+{n // 2}", "address": f"street {(n + 1) // 2}", "family_name": "x"}
    got = found(chain, most_members=4)
    assert {members for _, members, _ in got.values()} <= {1, 2}
    assert {rule for _, _, rule in got.values()} == {"address", "alone"}


def test_roles_come_from_the_source() -> None:
    identifiers, links = people({"a": {}, "b": {}})
    table = households(identifiers, links, told({"a": "X"}), keep=in_memory).order_by("customer_id")
    assert table.role.to_pyarrow().to_pylist() == ["holder", None]


def test_blocked_values_make_no_household() -> None:
    identifiers, links = people({"a": AT_HOME, "b": AT_HOME})
    blocked = identifiers.mutate(status=ibis.literal("blocked"))
    assert households(blocked, links, keep=in_memory).members.max().to_pyarrow().as_py() == 1


def test_a_limit_below_two_is_refused() -> None:
    identifiers, links = people({"a": {}})
    with pytest.raises(ArgumentError, match="most_members is 1"):
        households(identifiers, links, keep=in_memory, most_members=1)


def test_its_parts_compile_for_spark() -> None:
    _ = ibis.pyspark  # loads the dialect's options
    owners = ibis.table({"record_id": "string", "customer_id": "string"}, name="owners")
    homes = ibis.table({"customer_id": "string", "home": "string", "known": "boolean", "level": "int64"}, name="homes")
    reached = ibis.table({"customer_id": "string", "component": "string"}, name="reached")
    roles = ibis.table({"customer_id": "string", "role": "string"}, name="roles")
    shared = _shared(_keys(IDENTIFIERS.unbound(), owners, RAW_HOUSEHOLDS.unbound()), most_members=12, most_on_phone=6)
    widened = _widened(homes, reached, level=2, most_members=12)
    for made in (_ties(shared, homes), widened, _members(homes, _ties(shared, homes), roles)):
        assert "SELECT" in ibis.to_sql(made, dialect="pyspark")


few = st.sampled_from(["1", "2", "3"])
records = st.dictionaries(
    st.sampled_from([f"r{n}" for n in range(9)]),
    st.fixed_dictionaries({}, optional={"address": few, "family_name": few, "phone": few}),
    min_size=1,
)


@settings(max_examples=15, deadline=None)
@given(records, st.dictionaries(st.sampled_from([f"r{n}" for n in range(9)]), few), st.integers(2, 5))
def test_everybody_has_exactly_one_household_that_keeps_the_rules(
    people: dict[str, dict[str, str]], homes: dict[str, str], limit: int
) -> None:
    known = {who: home for who, home in homes.items() if who in people}
    got = found(people, told(known), most_members=limit, most_on_phone=limit)
    assert set(got) == set(people)
    for who, (home, members, rule) in got.items():
        together = [other for other, (their, _, _) in got.items() if their == home]
        assert home == f"h:{min(together)}"
        assert members == len(together) <= limit
        assert (rule == "alone") <= (members == 1)
        assert len({known[other] for other in together if got[other][2] == "given"}) <= 1
        assert (rule == "given") <= (who in known)
