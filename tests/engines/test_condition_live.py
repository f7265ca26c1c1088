"""One expression, one meaning: the engine and one live customer agree on every row, whatever the types and values."""

# ruff: noqa: DTZ001 - moments without a zone are what some columns hold

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Context, Decimal

import ibis
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from patron.engines.condition import condition
from patron.engines.condition_text import _letters, changed, matcher
from patron.errors import ConditionError

SCHEMA = pa.schema(
    {
        "id": pa.int64(), "a": pa.int64(), "b": pa.int32(), "u": pa.uint64(), "m": pa.decimal128(18, 2),
        "w": pa.decimal128(38, 10), "x": pa.float64(), "y": pa.float32(), "s": pa.string(), "t": pa.string(),
        "d": pa.date32(), "e": pa.date32(), "k": pa.timestamp("us"), "n": pa.timestamp("ns"),
        "z": pa.timestamp("us", "UTC"), "p": pa.bool_(), "q": pa.bool_(),
    }
)  # fmt: skip
TABLE = ibis.table(ibis.Schema.from_pyarrow(SCHEMA), name="live_rows")
ENGINE = ibis.duckdb.connect()


# Values: what is usual, what is alike in another type, and the ends of each type.


def _in_digits(digits: int, scale: int) -> st.SearchStrategy[Decimal]:
    most = 10**digits - 1
    return (st.integers(-200, 200) | st.sampled_from([-most, most, most - 1]) | st.integers(-most, most)).map(
        lambda n: Decimal(n).scaleb(-scale, _ROOM)
    )


_ROOM = Context(prec=80)
_INT64 = st.integers(-3, 3) | st.sampled_from([-(2**63), 2**63 - 1, 2**53 + 1]) | st.integers(-(2**63), 2**63 - 1)
_FLOATS = (
    st.sampled_from([0.0, -0.0, 0.1, 0.25, 2.0, -1.5, 1e308, 5e-324, math.inf, -math.inf, math.nan, 2.0**53])
    | st.floats()
)
_TEXT = st.sampled_from(
    ["", "a", "A", "ab", " a ", "\ta\u00a0", "it's", "%", "a%b", "a_b", "a\\b", "ß", "ẞ", "İ", "ı", "Σας", "ΣΑΣ", "é",
     "e\u0301", "🤦🏼‍♂️", "a\nb", "2024-02-29", "2023-02-29", "2024-03-01 10:00", "2024-03-01T10:00:00.5", "20240229",
     "0000-01-01", "9999-12-31", "2024-2-1", "2024-02-29\n", "24:00", "2024-03-01 24:00:00", "epoch", "infinity"]
) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)  # fmt: skip
_DAYS = st.sampled_from([date.min, date.max, date(2024, 2, 29), date(2024, 3, 1), date(1970, 1, 1)]) | st.dates()
_MOMENTS = st.sampled_from(
    [datetime(2024, 2, 29), datetime(2024, 3, 1, 10), datetime(1969, 12, 31, 23, 59, 59, 999999), datetime(1, 1, 1),
     datetime(9999, 12, 31, 23, 59, 59, 999999)]
) | st.datetimes()  # fmt: skip
_ZONES = st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(-timedelta(hours=9, minutes=30))])
_INSTANTS = st.sampled_from(
    [datetime(2024, 3, 1, 10, tzinfo=UTC), datetime(2024, 3, 1, 12, tzinfo=timezone(timedelta(hours=2)))]
) | st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=_ZONES)
_NS = st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1))

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            name: st.none() | values
            for name, values in {
                "a": _INT64, "b": st.integers(-(2**31), 2**31 - 1), "u": st.integers(0, 2**64 - 1) | st.integers(0, 3),
                "m": _in_digits(18, 2), "w": _in_digits(38, 10), "x": _FLOATS, "y": st.floats(width=32), "s": _TEXT,
                "t": _TEXT, "d": _DAYS, "e": _DAYS, "k": _MOMENTS, "n": _NS, "z": _INSTANTS, "p": st.booleans(),
                "q": st.booleans(),
            }.items()
        }
    ),
    min_size=1,
    max_size=12,
)  # fmt: skip


# Expressions: well typed, over columns of every type.

_EXACT = st.sampled_from(
    ["a", "b", "u", "m", "w", "0", "1", "2", "-1", "0.25", "1.50", "9223372036854775807", "99999999999999.99"]
)
_FLOATING = st.sampled_from(["x", "y", "1e0", "2.5e-1", "1e300"])
_TEXTS = st.sampled_from(["s", "t", "'a'", "'A'", "' a '", "''", "'it''s'", "'ß'", "'2024-02-29'", "'\\'"])
_DATED = st.sampled_from(["d", "e", "DATE '2024-02-29'", "CAST(s AS DATE)", "CAST(k AS DATE)", "CAST(d AS DATE)"])
_MOMENT = st.sampled_from(
    [
        "k",
        "n",
        "d",
        "TIMESTAMP '2024-03-01 10:00:00'",
        "CAST(s AS TIMESTAMP)",
        "CAST(d AS TIMESTAMP)",
        "'2024-03-01T10:00'",
    ]
)
_INSTANT = st.sampled_from(["z", "'2024-03-01T12:00:00+02:00'", "NULL"])
_TRUE = st.sampled_from(["p", "q", "TRUE", "FALSE", "NULL"])
_PATTERN = st.sampled_from(
    ["'%'", "'a%'", "'_'", "'%a%'", "''", "'A_'", "'a\\b'", "'%\\%'", "'%b'", "'_%_'", "'ß'", "'%A%a%'", "'a_b%'"]
)
_ESCAPED = st.sampled_from(["'a!%b' ESCAPE '!'", "'a\\_b' ESCAPE '\\'", "'%#%%' ESCAPE '#'", "'!!%' ESCAPE '!'"])
_COMPARE = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
_NOT = st.sampled_from(["", "NOT "])


def _of(form: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda told: form.format(*told))


def _more_numbers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return (
        _of("({} {} {})", inner, st.sampled_from("+-*/"), inner)
        | _of("ABS({})", inner)
        | _of("-({})", inner)
        | _of("COALESCE({}, {})", inner, inner)
    )


NUMBERS = st.recursive(_EXACT | _FLOATING, _more_numbers, max_leaves=4) | _of("LENGTH({})", _TEXTS)
TEXTS = st.recursive(
    _TEXTS,
    lambda inner: (
        _of("{}({})", st.sampled_from(["LOWER", "UPPER", "TRIM"]), inner) | _of("COALESCE({}, {})", inner, inner)
    ),
    max_leaves=3,
)
_SIDES = [NUMBERS, TEXTS, _DATED, _MOMENT, _INSTANT, _TRUE]


def _atoms(side: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    choices = st.lists(side | st.just("NULL"), min_size=1, max_size=3).map(", ".join)
    return (
        _of("{} {} {}", side, _COMPARE, side)
        | _of("({}) {}IN ({})", side, _NOT, choices)
        | _of("({}) {}BETWEEN {} AND {}", side, _NOT, side, side)
        | _of("{} IS {}NULL", side, _NOT)
    )


ATOMS = (
    st.one_of(*map(_atoms, _SIDES))
    | _of("{} {}{} {}", TEXTS, _NOT, st.sampled_from(["LIKE", "ILIKE"]), _PATTERN | _ESCAPED)
    | _of("{} IS {}{}", st.sampled_from(["p", "(a = b)"]), _NOT, st.sampled_from(["TRUE", "FALSE"]))
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: _of("({}) {} ({})", inner, st.sampled_from(["AND", "OR"]), inner) | _of("NOT ({})", inner),
    max_leaves=4,
)


def held(rows):
    return pa.Table.from_pylist([{"id": n, **row} for n, row in enumerate(rows)], schema=SCHEMA)


def in_the_engine(said, rows, engine=ENGINE):
    engine.con.register("live_rows", held(rows))
    table = engine.table("live_rows")
    return sorted(table.filter(said).id.to_pyarrow().to_pylist())


def agree(expression, rows):
    for form in (expression, f"NOT ({expression})"):  # what is false and what is unknown are told apart, too
        try:
            said = condition(form, TABLE, where="test")
        except ConditionError:  # two texts as days and the like: refused beforehand, for engine and customer alike
            return
        assert in_the_engine(said, rows) == [n for n, row in enumerate(rows) if said(row)], form


NOTHING_KNOWN = dict.fromkeys(SCHEMA.names[1:])


@settings(max_examples=100)
@example("m - 0.1 = 0.2", [NOTHING_KNOWN | {"m": Decimal("0.3")}])
@example("w = a", [NOTHING_KNOWN | {"w": Decimal(1 - 10**38).scaleb(-10, _ROOM)}])
@given(CONDITIONS, ROWS)
def test_the_engine_and_one_live_customer_agree(expression, rows):
    agree(expression, rows)


@pytest.mark.slow
@settings(max_examples=400)
@given(CONDITIONS, ROWS)
def test_they_agree_on_many_more(expression, rows):
    agree(expression, rows)


@given(CONDITIONS)
@settings(max_examples=10)
def test_what_is_compiled_for_duckdb_compiles_for_spark(expression):
    assert ibis.pyspark
    try:
        said = condition(f"({expression}) OR a = 1", TABLE, where="test")
    except ConditionError:
        return
    assert "WHERE" in ibis.to_sql(TABLE.filter(said), dialect="pyspark")


@pytest.mark.parametrize("case", ["lower", "upper"])
def test_letters_change_as_in_the_engine_and_one_for_one(case):
    assert all(len(letter) == 1 for letter in _letters(case).values())
    texts = [chr(code) for code in [*range(1, 0xD800), *range(0xE000, 0x20000)]]
    told = ENGINE.con.execute(f"SELECT {case}(unnest($1::VARCHAR[]))", [texts]).fetchall()
    assert [changed(text, case) for text in texts] == [text for (text,) in told]


def test_a_pattern_of_many_wildcards_does_not_take_for_ever():
    pattern = "%a" * 30 + "%b"
    assert not matcher(pattern, None)("a" * 20_000)
    assert matcher(pattern, None)("a" * 20_000 + "b")


ROW = {
    "a": 3, "b": 1, "m": Decimal("12.30"), "x": 0.5, "s": "Ann", "d": date(2024, 3, 1), "k": datetime(2024, 3, 1, 10),
    "z": datetime(2024, 3, 1, 10, tzinfo=UTC), "p": True,
}  # fmt: skip


def test_a_live_row_may_say_more_than_the_condition_asks():
    said = condition("a > 2 AND p", TABLE, where="test")
    assert said.columns == ("a", "p")
    assert said({"a": 3, "p": True, "colour": object()}) is True
    assert said({"a": None, "p": True}) is False


@pytest.mark.parametrize(
    ("expression", "row", "expected"),
    [
        ("m = 12.35", ROW | {"m": 12.35}, True),  # a float stands for the shortest number that it is
        ("m = 12.35", ROW | {"m": Decimal("12.345")}, True),  # a column of two digits would hold that
        ("m = 12", ROW | {"m": 12}, True),
        ("x = 3", ROW | {"x": 3}, True),
        ("y = 0.1", {"y": 0.1}, False),  # a column of 32 bits holds another number
        ("z = '2024-03-01T11:00:00+01:00'", ROW, True),
        ("z < '2024-03-01T11:00:00Z'", ROW, True),
    ],
)
def test_values_are_read_as_the_column_would_hold_them(expression, row, expected):
    assert condition(expression, TABLE, where="test")(row) is expected


@pytest.mark.parametrize(
    ("expression", "row", "told"),
    [
        ("a > 2", {"b": 1, "aa": 3}, "Did you mean 'aa'"),
        ("a > 2", {}, "needs the column a"),
        ("a > 2", {"a": "3"}, "a of the live customer is '3'"),
        ("a > 2", {"a": 3.5}, "a number"),
        ("a > 2", {"a": True}, "a number"),
        ("a > 2", {"a": 2**63}, "cannot hold"),
        ("m > 2", {"m": "2"}, "decimal"),
        ("m > 2", {"m": math.nan}, "decimal"),
        ("m > 2", {"m": Decimal(10) ** 16}, "cannot hold"),
        ("x > 2", {"x": "2"}, "a number"),
        ("s = 'a'", {"s": 3}, "text"),
        ("d = DATE '2024-03-01'", {"d": datetime(2024, 3, 1)}, "a day"),
        ("d = DATE '2024-03-01'", {"d": "2024-03-01"}, "a day"),
        ("k = DATE '2024-03-01'", {"k": datetime(2024, 3, 1, tzinfo=UTC)}, "without a time zone"),
        ("z = '2024-03-01T00:00Z'", {"z": datetime(2024, 3, 1)}, "with a time zone"),
        ("p", {"p": 1}, "true or false"),
    ],
)
def test_a_row_that_no_column_could_hold_is_refused_in_words(expression, row, told):
    with pytest.raises(ConditionError) as caught:
        condition(expression, TABLE, where="segments.vip")(row)
    assert told in str(caught.value)
    assert caught.value.data["where"] == "segments.vip"


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("z > '2024-03-01T10:00'", "states no time zone"),
        ("z > k", "a moment with a time zone, a moment without"),
        ("CAST(z AS DATE) = d", "depends on where one asks"),
        ("CAST('2024-3-1' AS DATE) = d", "is not written as"),
        ("CAST(a AS DATE) = d", "neither a day nor a moment"),
        ("CAST(s AS INTEGER) = 1", "only DATE and TIMESTAMP"),
    ],
)
def test_what_would_depend_on_the_engine_is_refused(expression, told):
    with pytest.raises(ConditionError, match=told):
        condition(expression, TABLE, where="test")


def test_one_object_filters_a_table_and_answers_for_a_row_and_follows_another_tables_types():
    said = condition("a / 2 > 1.4", TABLE, where="test")
    other = ibis.memtable({"a": [2.5, 3.5]})
    assert other.filter(said).to_pyarrow()["a"].to_pylist() == [3.5]
    assert said({"a": 3}) is True
    with pytest.raises(ConditionError, match="compares what cannot"):
        said.compile(ibis.memtable({"a": ["x"]}))
