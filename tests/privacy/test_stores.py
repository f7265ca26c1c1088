"""Stores: the suite that holds them to their promises sees each way to break one; and the erasure over all of them."""

from __future__ import annotations

import pytest
from store_conformance import conforms

from patron.errors import ArgumentError, RunError
from patron.privacy.stores import Erased, Found, Store, Subject, erase_from, find_in

ANN = Subject("ann", frozenset({"ann", "a2"}), {"email": frozenset({"ann@example.com"})})
BOB = Subject("bob", frozenset({"bob"}))


class Shelf:
    """A store in memory, as it should be."""

    def __init__(self, name="shelf", **rows):
        self.name = name
        self.rows = rows or {"lines": ["ann", "a2", "bob", "ann"], "notes": ["bob", "ann"]}

    def find(self, subject):
        counts = {place: sum(one in subject.ids for one in ids) for place, ids in self.rows.items()}
        return Found({place: count for place, count in counts.items() if count})

    def erase(self, subject):
        found = self.find(subject)
        for place, ids in self.rows.items():
            self.rows[place] = [one for one in ids if one not in subject.ids]
        return Erased(self.name, found.rows)


class Shy(Shelf):
    """Has one place that it may keep."""

    def erase(self, subject):
        kept = list(self.rows["notes"])
        erased = super().erase(subject)
        self.rows["notes"] = kept
        rows = {place: count for place, count in erased.rows.items() if place != "notes"}
        return Erased(self.name, rows, {"notes": "kept for legal claims"})


class Lazy(Shelf):
    def erase(self, subject):
        return Erased(self.name, self.find(subject).rows)


class Forgetful(Shelf):
    """Knows the customer, but not her other records."""

    def erase(self, subject):
        return super().erase(Subject(subject.customer_id))


class Greedy(Shelf):
    def erase(self, subject):
        found = self.find(subject)
        self.rows = {place: [] for place in self.rows}
        return Erased(self.name, found.rows)


class Boastful(Shelf):
    def erase(self, subject):
        super().erase(subject)
        return Erased(self.name, {"lines": 3})


class Silent(Shelf):
    def erase(self, subject):
        super().erase(subject)
        return Erased(self.name)


class Telling(Shelf):
    def __init__(self):
        super().__init__(**{"ann@example.com.csv": ["ann"], "rest": ["bob"]})


class Unreasoned(Shelf):
    def erase(self, subject):
        return Erased(self.name, {}, dict.fromkeys(self.rows, " "))


@pytest.mark.parametrize("store", [Shelf(), Shy()])
def test_a_store_that_keeps_its_promises_conforms(store):
    assert isinstance(store, Store)
    conforms(store, ANN, [BOB])


@pytest.mark.parametrize(
    ("store", "said"),
    [
        (Lazy(), "still holds"),
        (Forgetful(), "still holds"),
        (Greedy(), "others were touched"),
        (Boastful(), "says that it erased"),
        (Silent(), "says that it erased"),
        (Telling(), "names a person"),
        (Unreasoned(), "without a reason"),
        (Shelf(lines=["bob"]), "prepare the store"),
        (Shelf(lines=["ann"]), "rows of others"),
    ],
)
def test_a_store_that_breaks_one_does_not(store, said):
    with pytest.raises(AssertionError, match=said):
        conforms(store, ANN, [BOB])


def test_an_erasure_goes_through_all_stores_in_order_and_notes_each():
    stores, noted = [Shelf("one"), Shy("two")], []
    assert {name: found.total for name, found in find_in(stores, ANN).items()} == {"one": 4, "two": 4}
    erased = erase_from(stores, ANN, note=lambda done: noted.append([one.store for one in done]))
    assert [one.store for one in erased] == ["one", "two"]
    assert noted == [["one"], ["one", "two"]]
    assert find_in(stores, BOB)["one"].total == 2


def test_an_erasure_that_was_killed_goes_on_where_it_was():
    stores, noted = [Shelf("one"), Shelf("two"), Shelf("three")], []

    def killed(done):
        noted.append(done)
        if len(done) == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        erase_from(stores, ANN, note=killed)
    erased = erase_from(stores, ANN, done=noted[-1])
    assert [(one.store, sum(one.rows.values())) for one in erased] == [("one", 4), ("two", 4), ("three", 4)]


def test_a_store_that_still_holds_her_stops_the_erasure_without_naming_her():
    with pytest.raises(RunError, match="'two' still holds the person in lines, notes") as error:
        erase_from([Shelf("one"), Lazy("two"), Shelf("three")], ANN)
    assert "ann" not in str(error.value)


def test_two_stores_of_one_name_are_refused():
    with pytest.raises(ArgumentError, match="shelf"):
        find_in([Shelf(), Shelf()], ANN)


def test_what_is_written_down_comes_back():
    assert Subject.from_json(ANN.as_json()) == ANN
    erased = Erased("runs", {"b": 2, "a": 1}, {"models": "why"})
    assert Erased.from_json(erased.as_json()) == erased
    assert ANN.ids == ("a2", "ann")
