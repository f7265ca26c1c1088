"""A pseudonym says nothing, stays the same, and leads nowhere once its row is gone."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError

from patron.engines.database import writing
from patron.engines.state import State
from patron.engines.state_tables import PSEUDONYMS
from patron.privacy.pseudonyms import is_pseudonym, known_pseudonym, pseudonym, pseudonyms, random_pseudonym


@pytest.fixture
def connection():
    with State.open(":memory:") as state, writing(state.engine) as opened:
        yield opened


def test_it_stays_the_same_for_one_and_differs_for_two(connection):
    ann, bob = pseudonym(connection, "ann"), pseudonym(connection, "bob")
    assert ann == pseudonym(connection, "ann") == known_pseudonym(connection, "ann")
    assert ann != bob
    assert is_pseudonym(ann)
    assert "ann" not in ann


def test_a_new_one_has_nothing_to_do_with_one_that_was_deleted(connection):
    before = pseudonym(connection, "ann")
    connection.execute(delete(PSEUDONYMS))
    assert known_pseudonym(connection, "ann") is None
    assert pseudonym(connection, "ann") != before


@pytest.mark.parametrize("part", [1, 2, 500])
def test_those_of_many_are_those_of_each(connection, monkeypatch, part):
    monkeypatch.setattr("patron.privacy.pseudonyms.PART", part)
    ann = pseudonym(connection, "ann")
    made = pseudonyms(connection, {"ann", "bob", "eve"})
    assert made["ann"] == ann
    assert made == {one: known_pseudonym(connection, one) for one in ("ann", "bob", "eve")}
    assert len(set(made.values())) == 3
    assert pseudonyms(connection, []) == {}


def test_asking_alone_makes_none(connection):
    assert known_pseudonym(connection, "ann") is None
    assert connection.execute(PSEUDONYMS.select()).all() == []


def test_the_form_is_told_from_an_id():
    assert is_pseudonym(random_pseudonym())
    assert not any(map(is_pseudonym, ("p-", "p-" + "g" * 32, "p-" + "a" * 33, " p-" + "a" * 32, "ann")))


def test_of_two_who_make_one_at_once_the_first_stands(connection):
    """As on PostgreSQL: between looking and writing another one wrote."""

    def late():
        connection.execute(insert(PSEUDONYMS).values(customer_id="ann", pseudonym="p-first"))
        return "p-second"

    # The inner transaction rolls back its own row alone, not what stood there before it began.
    assert pseudonym(connection, "ann", draw=late) == "p-first"


def test_two_customers_never_share_one(connection):
    pseudonym(connection, "ann", draw=lambda: "p-same")
    with pytest.raises(IntegrityError):
        pseudonym(connection, "bob", draw=lambda: "p-same")
    assert known_pseudonym(connection, "bob") is None
