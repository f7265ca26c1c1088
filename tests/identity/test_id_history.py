"""An id that went leads to the one that stands now."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import pytest
from sqlalchemy import text

from identity_support import DAY, customers_of, identifiers_of, rows_of
from patron.contracts.person import LINKS
from patron.errors import RunError
from patron.identity import current_id, id_changes, id_history, remember_id_changes, resolve

DAY_OF_RUN = date(2024, 6, 1)


def linked(**customers):
    names = {"record_id": list(customers), "customer_id": list(customers.values())}
    return ibis.memtable(names, schema={"record_id": "string", "customer_id": "string"})


def remember(state, number, before, after):
    changes = id_changes(linked(**before), linked(**after))
    return remember_id_changes(state, changes, run_id=f"20240601-{number:04}", day=DAY_OF_RUN)


def test_only_records_of_both_runs_that_moved():
    made = id_changes(linked(a="a", b="b", gone="x"), linked(a="a", b="a", new="a"))
    assert rows_of(made) == [("b", "b", "a")]


def test_an_older_record_turns_up_and_the_old_id_leads_to_the_new_one(state):
    young = {"b": [("email", "x@y.z", DAY)]}
    before = resolve(identifiers_of(young)).links
    after = resolve(identifiers_of(young | {"a": [("email", "x@y.z", DAY - timedelta(1))]})).links
    assert customers_of(after)["b"] == "a"
    assert remember_id_changes(state, id_changes(before, after), run_id="20240601-0002", day=DAY_OF_RUN) == 1
    assert current_id(state, "b") == "a"
    assert id_history(state).to_pylist() == [
        {"run_id": "20240601-0002", "record_id": "b", "before_id": "b", "after_id": "a", "day": DAY_OF_RUN}
    ]


def test_a_chain_is_followed_and_an_unknown_id_is_itself(state):
    remember(state, 9, {"c": "c"}, {"c": "b"})
    remember(state, 10, {"c": "b", "b": "b"}, {"c": "a", "b": "a"})
    assert [current_id(state, old) for old in "abcz"] == ["a", "a", "a", "z"]


def test_there_and_back_ends(state):
    remember(state, 1, {"b": "b"}, {"b": "a"})
    remember(state, 2, {"b": "a"}, {"b": "b"})
    assert current_id(state, "b") == "b"
    assert current_id(state, "a", links=linked(a="a")) == "a"


def test_a_persons_name_goes_where_most_of_her_records_went(state):
    remember(state, 1, {"a": "Ann", "b": "Ann", "c": "Ann"}, {"a": "a", "b": "b", "c": "b"})
    assert current_id(state, "Ann") == "b"


def test_a_name_that_still_stands_is_itself(state):
    remember(state, 1, {"a": "Ann", "b": "Ann"}, {"a": "Ann", "b": "b"})
    assert current_id(state, "Ann", links=linked(a="Ann", b="b")) == "Ann"


def test_a_run_is_remembered_once_and_the_last_time_counts(state):
    for _ in range(2):
        remember(state, 1, {"b": "b"}, {"b": "a"})
    assert id_history(state).num_rows == 1
    assert remember(state, 1, {"b": "b"}, {"b": "b"}) == 0
    assert id_history(state).num_rows == 0


def test_runs_stand_in_the_order_in_which_they_were_made(state):
    changes = id_changes(linked(b="b"), linked(b="a"))
    remember_id_changes(state, changes, run_id="20240601-0002", day=DAY_OF_RUN)
    remember_id_changes(state, changes, run_id="20230101-0010", day=DAY_OF_RUN)
    assert id_history(state)["run_id"].to_pylist() == ["20240601-0002", "20230101-0010"]


@pytest.mark.parametrize("state", ["sqlite"], indirect=True)  # its refusal is written for SQLite
def test_all_or_nothing(state):
    remember(state, 1, {"b": "b"}, {"b": "a"})
    with state.engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TRIGGER full BEFORE INSERT ON id_history WHEN NEW.record_id = 'c' "
                "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
            )
        )
    with pytest.raises(RunError, match="disk full"):
        remember(state, 1, {"a": "x", "c": "c"}, {"a": "y", "c": "a"})
    assert id_history(state)["record_id"].to_pylist() == ["b"]


def test_it_compiles_for_spark():
    assert ibis.pyspark
    other = ibis.table(LINKS.schema, name="later")
    assert "JOIN" in ibis.to_sql(id_changes(LINKS.unbound(), other), dialect="pyspark")
