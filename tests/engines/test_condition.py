"""A condition means what the same words mean in SQL, on every engine, and can do nothing else."""

# ruff: noqa: DTZ001 - moments are in the project's time zone and carry none

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.engines.condition import ALLOWED, DEEPEST, columns_of, condition
from patron.errors import ConditionError
from patron.language import say

ROWS = pa.table(
    {
        "id": [1, 2, 3, 4],
        "customer_id": ["ann", "bob", "C1%x", "c_2"],
        "country": ["France", "Côte d'Ivoire", None, " spain "],
        "orders": pa.array([3, 0, 12, None], pa.int64()),
        "spent": pa.array([Decimal("12.50"), Decimal(0), Decimal(-1), Decimal("99.99")], pa.decimal128(18, 2)),
        "score": [0.5, None, -2.0, 0.0],
        "since": [date(2011, 1, 1), date(2011, 6, 30), None, date(2011, 12, 9)],
        "seen_at": pa.array(
            [datetime(2011, 1, 1, 10), None, datetime(2011, 12, 9, 23, 59, 59), datetime(2011, 12, 9)],
            pa.timestamp("us"),
        ),
        "lapsed": [False, True, None, False],
    }
)
TABLE = ibis.memtable(ROWS)
UNBOUND = ibis.table(TABLE.schema(), name="customers")
CASES = [
    tuple(side.strip() for side in f" {line}".rsplit(" =>", 1))
    for line in (Path(__file__).parent / "conditions.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
GOOD = [case for case in CASES if not case[1].startswith("!")]
BAD = [(case[0], *case[1][1:].split(maxsplit=1)) for case in CASES if case[1].startswith("!")]


def spark_sql(expression: str) -> str:
    assert ibis.pyspark
    return str(ibis.to_sql(UNBOUND.filter(condition(expression, UNBOUND, where="test")), dialect="pyspark"))


def matching(expression: str, table: ibis.Table = TABLE) -> list[int]:
    kept = table.filter(condition(expression, table, where="test"))
    return sorted(kept.id.to_pyarrow().to_pylist())


@pytest.mark.parametrize(("expression", "expected"), GOOD, ids=[case[0] for case in GOOD])
def test_the_rows_that_match(expression, expected):
    assert matching(expression) == [int(id_) for id_ in expected.split()]
    said = condition(expression, TABLE, where="test")
    assert [row["id"] for row in ROWS.to_pylist() if said(row)] == [int(id_) for id_ in expected.split()]
    assert spark_sql(expression).startswith("SELECT")


@pytest.mark.parametrize("case", BAD, ids=[case[0] or "(empty)" for case in BAD])
def test_what_is_refused_and_why(case):
    expression, kind, *part = case
    with pytest.raises(ConditionError) as caught:
        condition(expression, TABLE, where="segments.vip")
    error = caught.value
    facts = dict.fromkeys(("expression", "came", "allowed", "column", "hint"), "")
    opening = say(f"errors.condition_{kind}", where="segments.vip", **facts).split(":")[0].split(" , ")[0].rstrip()
    assert error.problem.startswith(opening.removesuffix("(in")), str(error)
    assert error.data["where"] == "segments.vip"
    assert error.remedy
    assert all(text in str(error) for text in part)


def test_the_cases_cover_every_word_that_is_allowed():
    good = " ".join(expression for expression, _ in GOOD)
    assert [word for word in ALLOWED if word.partition(" '")[0] not in good] == []


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 200 + "orders = 3" + ")" * 200,
        "NOT " * 5_000 + "lapsed",
        " + ".join(["orders"] * 2_000) + " > 3",
        "(" * 5_000,
        "-" + " -" * 1_000 + "1 = orders",
        "COALESCE(" * 300 + "orders" + ", 1)" * 300 + " = 3",
    ],
    ids=["brackets", "not", "plus", "open brackets", "minus", "functions"],
)
def test_what_is_too_deep_is_refused_in_words(expression):
    with pytest.raises(ConditionError):
        condition(expression, TABLE, where="test")


@pytest.mark.parametrize("depth", [1, 10, DEEPEST - 2])
def test_what_is_deep_but_allowed_works(depth):
    assert matching("(" * depth + "orders = 3" + ")" * depth) == [1]


def test_chains_and_lists_may_be_as_long_as_they_like():
    assert matching(" OR ".join(f"orders = {n}" for n in range(3, 300))) == [1, 3]
    assert matching(" AND ".join(f"orders <> {n}" for n in range(4, 300))) == [1, 2]
    assert matching(f"orders IN ({', '.join(str(n) for n in range(3, 5_000))})") == [1, 3]


def test_the_columns_that_a_condition_names():
    assert columns_of("orders > 2 AND (country = 'x' OR orders IS NULL)", where="test") == ("country", "orders")
    assert columns_of("TRUE", where="test") == ()
    with pytest.raises(ConditionError):
        columns_of("orders =", where="test")


# The law: our reading of any condition is the reading of a database. Division is written so that zero means null.

_NUMBERS = st.sampled_from(["a", "b", "x", "0", "1", "2", "7", "0.25", "1.5"])
_TEXTS = st.sampled_from(["s", "t", "'a'", "'A'", "'ab'", "''", "'it''s'", "' a '", "'%'"])
_DAYS = st.sampled_from(["d", "DATE '2024-02-29'", "DATE '2023-01-01'"])
_PATTERNS = st.sampled_from(["'%'", "'a%'", "'_'", "'%a%'", "''", "'A_'", "'%''%'", "'%%'"])
_COMPARE = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
Pair = tuple[str, str]  # the same, as a setting says it and as DuckDB reads it


def _same(text: str) -> Pair:
    return text, text


def _joined(operator: str, left: Pair, right: Pair) -> Pair:
    if operator == "/":
        return f"{left[0]} / {right[0]}", f"{left[1]} / NULLIF({right[1]}, 0)"
    return f"{left[0]} {operator} {right[0]}", f"{left[1]} {operator} {right[1]}"


def _wrapped(pair: Pair, before: str = "(", after: str = ")") -> Pair:
    return f"{before}{pair[0]}{after}", f"{before}{pair[1]}{after}"


def _larger_number(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    closed = inner.map(_wrapped) | _NUMBERS.map(_same)
    return (
        st.builds(_joined, st.sampled_from(["+", "-", "*"]), inner, closed)
        | st.builds(_joined, st.just("/"), closed, closed)
        | closed.map(lambda pair: _wrapped(pair, "ABS(", ")"))
        | closed.map(lambda pair: _wrapped(pair, "- (", ")"))
        | st.builds(lambda a, b: (f"COALESCE({a[0]}, {b[0]})", f"COALESCE({a[1]}, {b[1]})"), inner, inner)
    )


numbers = st.recursive(_NUMBERS.map(_same), _larger_number, max_leaves=4)
texts = st.recursive(
    _TEXTS,
    lambda inner: (
        st.builds("{}({})".format, st.sampled_from(["LOWER", "UPPER", "TRIM"]), inner)
        | st.builds("COALESCE({}, {})".format, inner, inner)
    ),
    max_leaves=3,
)
_not = st.sampled_from(["", "NOT "])
_closed = numbers.map(_wrapped)
atoms = (
    st.builds(_joined, _COMPARE, numbers, numbers)
    | st.builds("{} {} {}".format, texts, _COMPARE, texts).map(_same)
    | st.builds("{} {} {}".format, _DAYS, _COMPARE, _DAYS).map(_same)
    | st.sampled_from(["p", "q", "TRUE", "FALSE", "p = q"]).map(_same)
    | st.sampled_from(["p IS NULL", "s IS NOT NULL", "p IS TRUE", "q IS NOT FALSE"]).map(_same)
    | st.builds("{} {}{} {}".format, texts, _not, st.sampled_from(["LIKE", "ILIKE"]), _PATTERNS).map(_same)
    | st.builds(
        lambda value, no, choices: (
            f"{value[0]} {no}IN ({', '.join(c[0] for c in choices)})",
            f"{value[1]} {no}IN ({', '.join(c[1] for c in choices)})",
        ),
        _closed, _not, st.lists(st.sampled_from(["1", "2", "0.25", "NULL", "a"]).map(_same), min_size=1, max_size=3),
    )
    | st.builds(
        lambda value, no, low, high: (
            f"{value[0]} {no}BETWEEN {low[0]} AND {high[0]}",
            f"{value[1]} {no}BETWEEN {low[1]} AND {high[1]}",
        ),
        _closed, _not, _closed, _closed,
    )
    | st.builds("LENGTH({}) {} {}".format, texts, _COMPARE, st.sampled_from(["0", "1", "a"])).map(_same)
)  # fmt: skip
conditions = st.recursive(
    atoms,
    lambda inner: (
        st.builds(_joined, st.sampled_from(["AND", "OR"]), inner, inner)
        | inner.map(_wrapped)
        | inner.map(lambda pair: _wrapped(pair, "NOT (", ")"))
        | atoms.map(lambda pair: _wrapped(pair, "NOT ", ""))
    ),
    max_leaves=5,
)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "a": st.none() | st.integers(-3, 3),
            "b": st.none() | st.integers(-3, 3),
            "x": st.none() | st.sampled_from([-1.5, -0.25, 0.0, 0.25, 2.0]),
            "s": st.none() | st.sampled_from(["", "a", "A", "ab", " a ", "it's", "%"]),
            "t": st.none() | st.sampled_from(["", "a", "b"]),
            "d": st.none() | st.sampled_from([date(2023, 1, 1), date(2024, 2, 29), date(2024, 3, 1)]),
            "p": st.none() | st.booleans(),
            "q": st.none() | st.booleans(),
        }
    ),
    min_size=1,
    max_size=8,
)
SCHEMA = pa.schema(
    {"id": pa.int64(), "a": pa.int64(), "b": pa.int64(), "x": pa.float64(), "s": pa.string(), "t": pa.string(),
     "d": pa.date32(), "p": pa.bool_(), "q": pa.bool_()}
)  # fmt: skip
ENGINE = ibis.duckdb.connect()


@given(conditions, rows)
@settings(max_examples=60, deadline=None)
def test_a_condition_means_what_a_database_reads_in_it(pair, records):
    ours, theirs = pair
    held = pa.Table.from_pylist([{"id": n, **record} for n, record in enumerate(records)], schema=SCHEMA)
    ENGINE.con.register("plain_rows", held)
    table = ENGINE.table("plain_rows")
    expected = [id_ for (id_,) in ENGINE.con.sql(f"SELECT id FROM plain_rows WHERE {theirs} ORDER BY id").fetchall()]
    assert matching(ours, table) == expected
    # What is false and what is unknown are told apart too: NOT turns only the first round.
    opposite = ENGINE.con.sql(f"SELECT id FROM plain_rows WHERE NOT ({theirs}) ORDER BY id").fetchall()
    assert matching(f"NOT ({ours})", table) == [id_ for (id_,) in opposite]


@given(conditions)
@settings(max_examples=40, deadline=None)
def test_whatever_compiles_for_duckdb_compiles_for_spark(pair):
    assert ibis.pyspark
    table = ibis.table(ibis.Schema.from_pyarrow(SCHEMA), name="rows")
    assert "WHERE" in ibis.to_sql(
        table.filter(condition(f"({pair[0]}) OR a = 1", table, where="test")), dialect="pyspark"
    )


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_condition_or_is_refused_in_words(text):
    with suppress(ConditionError):
        assert condition(text, UNBOUND, where="test").compile(UNBOUND).type().is_boolean()
