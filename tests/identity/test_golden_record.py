"""One value per attribute, by rules that are stated, and the values that lost."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts.person import GOLDEN_CONFLICTS, GOLDEN_RECORDS, IDENTIFIERS, LINKS
from patron.identity.golden_record import golden_records

CORRECTIONS = ibis.schema({"customer_id": "string", "attribute": "string", "value": "string", "made_on": "date"})


def table(schema: ibis.Schema, rows: list[dict[str, Any]]) -> Any:
    return ibis.memtable(
        pa.table({name: [row.get(name) for row in rows] for name in schema.names}, schema=schema.to_pyarrow())
    )


def said(record: str, value: str, *, kind: str = "email", source: str = "shop", on: date | None = None,
         status: str = "used", given: str | None = None) -> dict[str, Any]:  # fmt: skip
    return {"source": source, "record_id": record, "kind": kind, "value": value, "given": given or value,
            "changed_on": on, "status": status}  # fmt: skip


def chosen(
    rows: list[dict[str, Any]], *, owner: str = "a", trust: tuple[str, ...] = (), corrections: Any = None
) -> tuple[dict[str, tuple[Any, ...]], set[tuple[str, str]]]:
    """Resolve everything to one customer: attribute -> (value, rule, record, others), and the conflicts."""
    links = [
        {"source": source, "record_id": record, "customer_id": owner, "rule": "own_id", "confidence": 1.0}
        for source, record in sorted({(row["source"], row["record_id"]) for row in rows})
    ]
    fixed = None if corrections is None else table(CORRECTIONS, corrections)
    records, conflicts = golden_records(
        table(IDENTIFIERS.schema, rows), table(LINKS.schema, links), trust=trust, corrections=fixed
    )
    records, conflicts = (ibis.memtable(made.to_pyarrow()) for made in (records, conflicts))
    GOLDEN_RECORDS.check(records)
    GOLDEN_CONFLICTS.check(conflicts)
    standing = {
        row["attribute"]: (row["value"], row["rule"], row["record_id"], row["others"])
        for row in records.to_pyarrow().to_pylist()
    }
    return standing, {(row["attribute"], row["value"]) for row in conflicts.to_pyarrow().to_pylist()}


OLD, NEW = date(2023, 1, 1), date(2024, 1, 1)
CASES: dict[str, tuple[list[dict[str, Any]], tuple[str, ...], tuple[str, str, str, int]]] = {
    "only": ([said("r1", "x")], (), ("x", "only", "r1", 0)),
    "only, twice": ([said("r2", "x"), said("r1", "x")], (), ("x", "only", "r1", 0)),
    "trusted before newest": (
        [said("r1", "x", source="crm", on=OLD), said("r2", "y", on=NEW)], ("crm",), ("x", "trusted", "r1", 1),
    ),
    "those not named are alike": (
        [said("r1", "x", source="p", on=OLD), said("r2", "y", source="q", on=NEW)], ("crm",), ("y", "newest", "r2", 1),
    ),
    "newest before most frequent": (
        [said("r1", "x", on=OLD), said("r2", "x", on=OLD), said("r3", "y", on=NEW)], (), ("y", "newest", "r3", 1),
    ),
    "a day before none": ([said("r1", "x"), said("r2", "y", on=OLD)], (), ("y", "newest", "r2", 1)),
    "most frequent before longest": (
        [said("r1", "x"), said("r2", "x"), said("r3", "longer")], (), ("x", "most_frequent", "r1", 1),
    ),
    "longest": ([said("r1", "x"), said("r2", "longer")], (), ("longer", "most_complete", "r2", 1)),
    "text": ([said("r1", "y"), said("r2", "x")], (), ("x", "tied", "r2", 1)),
    "invalid never": ([said("r1", "x", on=NEW, status="invalid"), said("r2", "y")], (), ("y", "only", "r2", 0)),
    "blocked never": ([said("r1", "x", on=NEW, status="blocked"), said("r2", "y")], (), ("y", "only", "r2", 0)),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_rule(case: str) -> None:
    rows, trust, expected = CASES[case]
    standing, conflicts = chosen(rows, trust=trust)
    assert standing["email"] == expected
    assert len(conflicts) == expected[3]


def test_a_person_has_the_last_word() -> None:
    corrections = [
        {"customer_id": "r1", "attribute": "email", "value": "Hers@x", "made_on": OLD},
        {"customer_id": "r2", "attribute": "email", "value": "old@x", "made_on": date(2022, 1, 1)},
    ]
    standing, conflicts = chosen(
        [said("r1", "a@x", on=NEW), said("r2", "b@x", on=NEW)], owner="r1", corrections=corrections
    )
    assert standing["email"] == ("Hers@x", "corrected", "r1", 2)
    assert conflicts == {("email", "a@x"), ("email", "b@x")}


def test_a_correction_stands_where_no_record_says_anything() -> None:
    corrections = [{"customer_id": "z", "attribute": "city", "value": "Bath", "made_on": OLD}]
    standing, _ = chosen([said("a", "a@x")], corrections=corrections)
    assert standing == {"email": ("a@x", "only", "a", 0)}
    corrections[0]["customer_id"] = "a"
    assert chosen([said("a", "a@x")], corrections=corrections)[0]["city"] == ("Bath", "corrected", "a", 0)


def test_the_value_is_as_a_person_wrote_it_and_spellings_are_no_conflict() -> None:
    standing, conflicts = chosen(
        [
            said("r1", "jurgen", kind="given_name", given="Jürgen"),
            said("r2", "jurgen", kind="given_name", given="JURGEN"),
        ]
    )
    assert standing["given_name"][0] == "JURGEN"
    assert conflicts == set()


def test_an_address_comes_from_one_record() -> None:
    def home(record: str, on: date, **parts: str) -> list[dict[str, Any]]:
        return [said(record, value, kind=kind, on=on) for kind, value in parts.items()]

    rows = [
        *home("r1", OLD, street="1 a very long street name", city="york", postal_code="yo1"),
        *home("r2", NEW, street="2 elm", city="zennor", postal_code="tr26"),
        *home("r3", OLD, city="york"),
    ]
    standing, _ = chosen(rows)
    assert {kind: value[0] for kind, value in standing.items()} == {
        "street": "2 elm", "city": "zennor", "postal_code": "tr26",
    }  # fmt: skip
    undated = [{**row, "changed_on": None} for row in rows]
    standing, _ = chosen(undated)
    assert {value[2] for value in standing.values()} == {"r1"}, "york is in two records, but each address stands alone"


def test_visitors_are_nobodys_records() -> None:
    links = [
        {"source": "shop", "record_id": "r", "customer_id": "a", "rule": "own_id", "confidence": 1.0},
        {"source": "events", "record_id": "r", "customer_id": "b", "rule": "visitor", "confidence": 1.0},
    ]
    records, _ = golden_records(table(IDENTIFIERS.schema, [said("r", "x")]), table(LINKS.schema, links))
    assert records.customer_id.to_pyarrow().to_pylist() == ["a"]


rows_of = st.lists(
    st.builds(
        said,
        st.sampled_from(["r1", "r2", "r3"]),
        st.sampled_from(["x", "y", "zz"]),
        kind=st.sampled_from(["email", "city", "street"]),
        source=st.sampled_from(["p", "q"]),
        on=st.sampled_from([None, OLD, NEW]),
        status=st.sampled_from(["used", "used", "invalid"]),
    ),
    min_size=1,
    unique_by=lambda row: (row["source"], row["record_id"], row["kind"], row["value"]),
)


@settings(max_examples=10, deadline=None)
@given(rows_of, st.randoms(use_true_random=False))
def test_every_used_value_stands_or_is_listed_whatever_the_order(rows: list[dict[str, Any]], random: Any) -> None:
    standing, conflicts = chosen(rows, trust=("q",))
    used = {(row["kind"], row["value"]) for row in rows if row["status"] == "used"}
    stands = {(kind, value[0]) for kind, value in standing.items()}
    assert stands | conflicts == used
    assert not stands & conflicts
    assert {kind: value[3] for kind, value in standing.items()} == {
        kind: len([value for other, value in used if other == kind]) - 1 for kind in standing
    }
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert chosen(shuffled, trust=("q",)) == (standing, conflicts)


def test_it_compiles_for_spark() -> None:
    _ = ibis.pyspark  # loads the dialect's options
    corrections = ibis.table(CORRECTIONS, name="corrections")
    for made in golden_records(IDENTIFIERS.unbound(), LINKS.unbound(), trust=("crm",), corrections=corrections):
        assert "SELECT" in ibis.to_sql(made, dialect="pyspark")
