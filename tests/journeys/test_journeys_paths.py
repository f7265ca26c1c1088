"""Complete journeys, and patterns in them."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts.journey import JOURNEY_PATHS
from patron.errors import ArgumentError
from patron.journeys import frequent_paths, path_share
from patron.journeys.pattern import letter, regular_expression

BEGIN = datetime(2024, 1, 1)  # noqa: DTZ001
NAMES = ["call", "cart", "order", "page", "add to cart"]


def events(ways: list[str]) -> pa.Table:
    """Return events of people by the first letters of the steps, one an hour."""
    names = {"c": "cart", "o": "order", "p": "page", "h": "call", "a": "add to cart"}
    rows = [
        {"customer_id": f"c{who:03d}", "step": names[step], "at": BEGIN + timedelta(hours=place),
         "value": 5.0 if step == "o" else 0.0, "device": "app" if who % 2 else "web"}
        for who, way in enumerate(ways) for place, step in enumerate(way)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows)


def found(pattern: str, *ways: str) -> list[bool]:
    short = {"h": 0, "c": 1, "o": 2, "p": 3, "a": 4}
    wanted = regular_expression(pattern, NAMES)
    return [bool(re.search(wanted, "".join(letter(short[one]) for one in way))) for way in ways]


@pytest.mark.parametrize(
    ("pattern", "hits", "misses"),
    [
        ("cart > order", ["co", "pcoh"], ["cpo", "oc", "c"]),
        ("cart > not call* > order", ["co", "cppo", "hcco"], ["cho", "cpho"]),
        ("cart > ... > order", ["co", "chho"], ["oc"]),
        ("cart > any > order", ["cho", "cco"], ["co"]),
        ("start > page", ["pc"], ["cp"]),
        ("order > drop_off", ["po"], ["op"]),
        ("start > cart > order > drop_off", ["co"], ["pco", "coo"]),
        ("page+ > cart? > order", ["ppo", "pco"], ["co", "ppcco"]),
        ("(call | page > page) > order", ["ho", "ppo"], ["po"]),
        ("cart > not (call | page) > order", ["coo", "cao"], ["cho", "cpo"]),
        ('"add to cart" > order', ["ao"], ["co"]),
        ("cart>(page|call)*>order", ["co", "cphpo"], ["cao"]),
    ],
)
def test_patterns(pattern: str, hits: list[str], misses: list[str]) -> None:
    assert found(pattern, *hits) == [True] * len(hits)
    assert found(pattern, *misses) == [False] * len(misses)


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("cart >", "ends where a step should follow, at letter 7"),
        ("", "ends where a step should follow, at letter 1"),
        ("> cart", "from letter 1"),
        ("cart order", "from letter 6"),
        ("cart > (order", "at letter 14"),
        ("cart > order)", "from letter 13"),
        ("cart > **", "from letter 8"),
        ("crat > order", "Did you mean 'cart'"),
        ("not not cart", "names the step 'not'"),
        ("cart > drop_off > cart", "from letter 17"),
        ("page > start", "names the step 'start'"),
        ('cart > "order', "from letter 7"),
    ],
)
def test_patterns_that_cannot_be_read(pattern: str, says: str) -> None:
    with pytest.raises(ArgumentError, match=re.escape(says)):
        regular_expression(pattern, NAMES)


def test_a_pattern_is_found_in_the_engine_as_by_hand() -> None:
    ways = ["pco", "pcho", "c", "pcpo"] * 25
    by_all = path_share(events(ways), "cart > not call* > order", by="device").to_pylist()
    assert [row["segment"] for row in by_all] == ["all", "app", "web"]
    everybody = by_all[0]
    assert (everybody["journeys"], everybody["found"], everybody["people"]) == (100, 50, 50)
    assert everybody["share_low"] < 0.5 < everybody["share_high"]
    assert (everybody["value_found"], everybody["value_others"]) == (5.0, 2.5)
    assert [row["found"] for row in by_all[1:]] == [25, 25]


@settings(max_examples=4, deadline=None)
@given(st.lists(st.text(alphabet="cop", min_size=1, max_size=6), min_size=1, max_size=15))
def test_paths_are_counted_as_by_hand(ways: list[str]) -> None:
    table = frequent_paths(events(ways), most=3)
    JOURNEY_PATHS.check(ibis.memtable(table))
    names = {"c": "cart", "o": "order", "p": "page"}
    wanted = Counter(" > ".join(names[one] for one in way) for way in ways)
    rows = table.to_pylist()
    assert [row["times"] for row in rows] == [count for _, count in wanted.most_common(3)]
    for row in rows:
        assert row["times"] == wanted[row["path"]] == row["people"]
        assert row["share"] == pytest.approx(row["times"] / len(ways))
        assert row["share_low"] <= row["share"] <= row["share_high"]
        assert row["steps"] == row["path"].count(" > ") + 1
        assert float(row["value"]) == 5.0 * row["times"] * row["path"].count("order")
        assert row["median_hours"] == row["steps"] - 1


def test_journeys_too_long_to_read_count_but_have_no_path() -> None:
    ways = ["c" + "p" * 300, "co", "co"]
    rows = frequent_paths(events(ways)).to_pylist()
    assert [(row["path"], row["share"]) for row in rows] == [("cart > order", pytest.approx(2 / 3))]
    # Where the reading stops is no end of the journey.
    assert path_share(events(ways), "page > drop_off").to_pylist()[0]["found"] == 0
    assert path_share(events(ways), "cart > page").to_pylist()[0]["found"] == 1
