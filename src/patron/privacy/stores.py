"""Every place that holds data of persons can find one of them, and erase her.

A store is an object with a `name`, `find` and `erase`. Which stores there are is written once, in
`pipeline/erasure.py`; what a store must do is written in `tests/privacy/store_conformance.py`:

- `find` counts what it holds of a person, by place (a table, a file), and changes nothing;
- `erase` removes or replaces it, leaves everybody else untouched, and may be called again after it was interrupted:
  what is gone is not counted twice;
- after it, `find` is empty, but for places that are exempt, each with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from patron.errors import ArgumentError, RunError
from patron.language import failure, listing

VISITOR = "visitor:"
"""How the links of visits call a browser: this word, and the browser's own id."""

Rows = Mapping[str, int]
"""How many rows, by place. Places are names of tables and files; never personal data."""


@dataclass(frozen=True)
class Subject:
    """The person who is looked for: her customer id, the ids of all her records, and her values by kind."""

    customer_id: str
    record_ids: frozenset[str] = frozenset()
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)  # email, phone, ... as `identifiers` has them

    def __repr__(self) -> str:
        # What is logged or shown in a traceback names nobody.
        return f"Subject({len(self.ids)} ids, {sum(map(len, self.values.values()))} values)"

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id under which her rows may stand, in order."""
        return tuple(sorted({self.customer_id, *self.record_ids}))

    def as_json(self) -> dict[str, Any]:
        """Return what `from_json` reads. It holds personal data."""
        values = {kind: sorted(known) for kind, known in sorted(self.values.items())}
        return {"customer_id": self.customer_id, "record_ids": sorted(self.record_ids), "values": values}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Subject:
        """Read what `as_json` returned."""
        values = {kind: frozenset(known) for kind, known in record["values"].items()}
        return cls(record["customer_id"], frozenset(record["record_ids"]), values)


@dataclass(frozen=True)
class Found:
    """What a store holds of a person."""

    rows: Rows = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All rows together."""
        return sum(self.rows.values())


@dataclass(frozen=True)
class Erased:
    """What a store erased of a person, and what it had to leave and why (a sentence)."""

    store: str
    rows: Rows = field(default_factory=dict)
    exempt: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return {
            "store": self.store,
            "rows": dict(sorted(self.rows.items())),
            "exempt": dict(sorted(self.exempt.items())),
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Erased:
        """Read what `as_json` returned."""
        return cls(record["store"], dict(record["rows"]), dict(record["exempt"]))


@runtime_checkable
class Store(Protocol):
    """One place that holds data of persons."""

    @property
    def name(self) -> str:
        """What the certificate calls it."""
        ...

    def find(self, subject: Subject) -> Found:
        """Count what is held of the person, and change nothing."""
        ...

    def erase(self, subject: Subject) -> Erased:
        """Remove or replace what is held of the person; again does no harm."""
        ...


def find_in(stores: Iterable[Store], subject: Subject) -> dict[str, Found]:
    """Return what each store holds of the person, by the store's name.

    Raises
    ------
    ArgumentError
        Two stores have the same name.
    """
    return {store.name: store.find(subject) for store in _checked(stores)}


def erase_from(
    stores: Iterable[Store],
    subject: Subject,
    *,
    done: Sequence[Erased] = (),
    note: Callable[[tuple[Erased, ...]], None] = lambda _erased: None,
) -> tuple[Erased, ...]:
    """Erase the person from every store, in their order, and look that she is gone.

    Parameters
    ----------
    stores : iterable of Store
        The one that keeps the request itself last.
    subject : Subject
        Whom.
    done : sequence of Erased
        What an attempt that was interrupted had erased: those stores are not asked again.
    note : callable
        Told after each store what was erased so far, so that it can be written down.

    Returns
    -------
    tuple of Erased
        One for each store, in their order.

    Raises
    ------
    ArgumentError
        Two stores have the same name.
    RunError
        A store still holds rows of her that it does not call exempt.
    """
    erased = list(done)
    finished = {one.store for one in done}
    for store in _checked(stores):
        if store.name in finished:
            continue
        one = store.erase(subject)
        _check_gone(store, subject, one)
        erased.append(one)
        note(tuple(erased))
    return tuple(erased)


def _check_gone(store: Store, subject: Subject, erased: Erased) -> None:
    left = {place for place, rows in store.find(subject).rows.items() if rows} - set(erased.exempt)
    if left:
        raise failure(RunError, "requests.still_held", store=store.name, places=listing(sorted(left)))


def _checked(stores: Iterable[Store]) -> list[Store]:
    listed = list(stores)
    names = [store.name for store in listed]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise failure(ArgumentError, "requests.store_twice", came=listing(twice))
    return listed
