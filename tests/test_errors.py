"""Every error is ours and also one of Python's, carries its facts, and says what to do."""

from __future__ import annotations

import copy
import inspect
import pickle
import re

import pytest

from patron import errors
from patron.errors import PatronError
from patron.language import failure

CLASSES = {
    name: kind
    for name, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, PatronError) and kind is not PatronError
}
DRAWN = dict(re.findall(r"[├└]── (\w+)\s+\((\w+)\)", inspect.getdoc(errors) or ""))


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes():
    assert {name: kind.__mro__[2].__name__ for name, kind in CLASSES.items()} == DRAWN


@pytest.mark.parametrize("kind", CLASSES.values(), ids=list(CLASSES))
def test_each_error_is_ours_and_pythons(kind):
    ours, pythons = kind.__mro__[1:3]
    assert ours is PatronError
    assert pythons.__module__ == "builtins"
    with pytest.raises(pythons, match="broken"):
        raise kind("it is broken\nmend it", table="orders", came=3)


@pytest.mark.parametrize("kind", CLASSES.values(), ids=list(CLASSES))
def test_each_error_carries_its_facts_and_splits_problem_from_remedy(kind):
    error = kind("it is broken\nmend it\nor call", table="orders", came=3)
    assert dict(error.data) == {"table": "orders", "came": 3}
    assert (error.problem, error.remedy) == ("it is broken", "mend it\nor call")
    assert str(error) == "it is broken\nmend it\nor call"
    with pytest.raises(TypeError):
        error.data["came"] = 4  # type: ignore[index]


def test_an_error_of_one_line_has_no_remedy():
    assert PatronError("it is broken").remedy == ""


def test_failure_puts_the_same_facts_into_text_and_data():
    error = failure(errors.MissingTable, "errors.table_missing", table="orders", run="20111209-0001", hint="Known: –.")
    assert isinstance(error, LookupError)
    assert error.data["table"] == "orders"
    assert "'orders'" in error.problem
    assert error.remedy == "Known: –."


@pytest.mark.parametrize("kind", CLASSES.values(), ids=list(CLASSES))
def test_an_error_survives_the_way_between_two_processes(kind):
    error = kind("it is broken\nmend it", table="orders")
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert str(again) == str(error)
        assert dict(again.data) == {"table": "orders"}
