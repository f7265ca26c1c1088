"""What a person said about the use of her data holds from that day, and until she takes it back."""

from __future__ import annotations

from datetime import date

import ibis
import pytest

from patron.engines.database import writing
from patron.errors import ArgumentError
from patron.privacy.corrections import correct, corrections
from patron.privacy.rights import RIGHTS, end, exercise, rights

DAY, LATER, LAST = date(2024, 3, 1), date(2024, 4, 1), date(2024, 5, 1)


def held(state):
    return rights(state).to_pyarrow().to_pylist()


def test_none_is_a_table_without_rows_of_the_right_types(state):
    assert rights(state).schema() == ibis.schema(
        {"customer_id": "!string", "right": "!string", "since": "!date", "until": "date"}
    )
    assert held(state) == []
    assert corrections(state).to_pyarrow().num_rows == 0


@pytest.mark.parametrize("right", RIGHTS)
def test_a_right_holds_until_it_is_ended_and_can_begin_anew(state, right):
    with writing(state.engine) as connection:
        exercise(connection, "ann", right, since=DAY)
    assert held(state) == [{"customer_id": "ann", "right": right, "since": DAY, "until": None}]
    with writing(state.engine) as connection:
        assert end(connection, "ann", right, until=LATER)
        assert not end(connection, "ann", right, until=LAST)
    assert held(state)[0]["until"] == LATER
    with writing(state.engine) as connection:
        exercise(connection, "ann", right, since=LAST)
    assert held(state) == [{"customer_id": "ann", "right": right, "since": LAST, "until": None}]


@pytest.mark.parametrize("days", [(DAY, LATER), (LATER, DAY)])
def test_the_same_twice_holds_from_the_earlier_day(state, days):
    for day in days:
        with writing(state.engine) as connection:
            exercise(connection, "ann", "restriction", since=day)
    assert held(state) == [{"customer_id": "ann", "right": "restriction", "since": DAY, "until": None}]


def test_others_are_left_alone(state):
    with writing(state.engine) as connection:
        for customer, right in (("ann", "restriction"), ("ann", "opt_out_sale"), ("bob", "restriction")):
            exercise(connection, customer, right, since=DAY)
        end(connection, "ann", "restriction", until=LATER)
    assert [(row["customer_id"], row["right"]) for row in held(state) if row["until"] is None] == [
        ("ann", "opt_out_sale"), ("bob", "restriction"),
    ]  # fmt: skip


def test_an_unknown_right_is_refused(state):
    with writing(state.engine) as connection:
        with pytest.raises(ArgumentError, match="opt_out_sale"):
            exercise(connection, "ann", "opt_out_sales", since=DAY)
        with pytest.raises(ArgumentError, match="not a right"):
            end(connection, "ann", "x", until=DAY)


def test_the_last_correction_stands(state):
    for value, day in (("Rom", DAY), ("Rome", LATER)):
        with writing(state.engine) as connection:
            correct(connection, "ann", "city", value, made_on=day)
            correct(connection, "bob", "city", "Bern", made_on=DAY)
    assert corrections(state).to_pyarrow().to_pylist() == [
        {"customer_id": "ann", "attribute": "city", "value": "Rome", "made_on": LATER},
        {"customer_id": "bob", "attribute": "city", "value": "Bern", "made_on": DAY},
    ]


@pytest.mark.parametrize(("attribute", "value"), [("", "x"), ("city", "  ")])
def test_a_correction_without_words_is_refused(state, attribute, value):
    with writing(state.engine) as connection, pytest.raises(ArgumentError, match="empty"):
        correct(connection, "ann", attribute, value, made_on=DAY)
