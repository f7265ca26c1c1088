"""What every store must do: `pipeline/erasure.py` lists them, and a test hands each to `conforms`."""

from __future__ import annotations

from collections.abc import Iterable

from patron.privacy.stores import Erased, Store, Subject


def conforms(store: Store, subject: Subject, others: Iterable[Subject]) -> Erased:
    """Hold a store, which must hold something of `subject` and of all `others`, to its promises.

    Looking changes nothing; erasing takes away all that was found and nothing of others; again takes nothing; what is
    left is exempt, with a reason. Returns what was erased.
    """
    assert isinstance(store, Store), "has no name, find or erase"
    assert store.name, "has no name"
    others = list(others)
    before = store.find(subject)
    assert before.total > 0, f"{store.name}: prepare the store with rows of the subject first"
    assert all(count > 0 for count in before.rows.values()), f"{store.name}: a place without rows is not found"
    kept = [store.find(other) for other in others]
    assert others, "without others nobody sees whether they are touched"
    assert all(found.total > 0 for found in kept), f"{store.name}: prepare it with rows of others first"
    assert store.find(subject) == before, f"{store.name}: looking changed something"

    erased = store.erase(subject)
    assert erased.store == store.name
    assert all(reason.strip() for reason in erased.exempt.values()), f"{store.name}: exempt without a reason"
    left = {place: count for place, count in store.find(subject).rows.items() if place not in erased.exempt}
    assert left == {}, f"{store.name}: still holds {left}"
    wanted = {place: count for place, count in before.rows.items() if place not in erased.exempt}
    told = {place: count for place, count in erased.rows.items() if place not in erased.exempt}
    assert told == wanted, f"{store.name}: found {wanted}, says that it erased {told}"
    assert [store.find(other) for other in others] == kept, f"{store.name}: others were touched"

    again = store.erase(subject)
    assert sum(again.rows.values()) == 0, f"{store.name}: erased what was gone: {dict(again.rows)}"
    assert [store.find(other) for other in others] == kept, f"{store.name}: others were touched by the second time"

    stranger = Subject("somebody of whom nothing is held")
    assert store.find(stranger).total == 0
    assert sum(store.erase(stranger).rows.values()) == 0
    assert [store.find(other) for other in others] == kept, f"{store.name}: others were touched for a stranger"
    for found in (before, *kept):
        _names_nobody(store, found.rows, [subject, *others])
    _names_nobody(store, {**erased.rows, **dict.fromkeys(erased.exempt, 0)}, [subject, *others])
    return erased


def _names_nobody(store: Store, rows: Iterable[str], people: Iterable[Subject]) -> None:
    for person in people:
        for word in (*person.ids, *(value for known in person.values.values() for value in known)):
            for place in rows:
                assert len(word) < 4 or word not in place, f"{store.name}: a place names a person"
