"""Which rows of a table file are about a person? The columns' names tell, so that unknown tables are searched, too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import md5

import pyarrow as pa
import pyarrow.compute as pc

from patron.contracts.raw_dealings import PROSPECT
from patron.engines.cipher import VARIABLE, current
from patron.errors import RunError
from patron.language import failure
from patron.privacy.stores import Subject

IDS = ("customer_id", "record_id", "person_id", "subject", "referred_id")
"""Columns that name a person or a record of hers."""

VISITOR, SESSION, CONTENT, HOUSEHOLD = "anonymous_id", "session_id", "content", "household_id"
SEEN_BEFORE = "prospect_id"

_SEALED = "__sealed_"
_BETWEEN = " | "
_LONG = 6  # letters of a value that names somebody wherever it stands
_WRITTEN = ("email", "phone")  # values by which a row that was refused may name her


@dataclass(frozen=True)
class Hers:
    """Finds the rows of one person.

    Parameters
    ----------
    subject : Subject
        Whom. Ids such as ``visitor:D1`` and ``visit:`` with an MD5 are those of the links of visits, ``prospect:P1``
        is what she was called before she was a customer.
    renamed : mapping
        Household ids that hold her id, and what stands in their place in rows of others.
    """

    subject: Subject
    renamed: Mapping[str, str]

    @cached_property
    def _ids(self) -> pa.Array:
        return pa.array(self.subject.ids, pa.string())

    @cached_property
    def _written(self) -> frozenset[str]:
        return frozenset(
            value for kind in _WRITTEN for value in self.subject.values.get(kind, ()) if len(value) >= _LONG
        )

    def columns(self, names: Iterable[str]) -> list[str]:
        """Return which columns of a file have to be read to tell."""
        wanted = {*IDS, VISITOR, CONTENT, HOUSEHOLD, SEEN_BEFORE}
        found = [name for name in names if _plain(name) in wanted]
        return [*found, *(name for name in names if name == SESSION)] if found else []

    def mask(self, batch: pa.RecordBatch) -> pa.Array:
        """Tell of each row whether it is hers."""
        columns = opened(batch)
        own = [pc.is_in(columns[name], self._ids) for name in IDS if name in columns]
        if VISITOR in columns:
            own.append(self._visits(columns))
        if SEEN_BEFORE in columns:
            own.append(pc.is_in(as_prospects(columns[SEEN_BEFORE]), self._ids))
        if CONTENT in columns:
            own.append(pa.array([self._names_her(text) for text in columns[CONTENT].to_pylist()], pa.bool_()))
        hers = pa.array([False] * batch.num_rows, pa.bool_())
        for found in own:
            hers = pc.or_(hers, found)
        return hers

    def renames(self, batch: pa.RecordBatch) -> pa.Array:
        """Tell of each row whether its household is called after her."""
        if HOUSEHOLD not in batch.schema.names:
            return pa.array([False] * batch.num_rows, pa.bool_())
        return pc.is_in(batch.column(HOUSEHOLD), pa.array(sorted(self.renamed), pa.string()))

    def without(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the rows of all others, in households that are not called after her."""
        kept = batch.filter(pc.invert(self.mask(batch)))
        if not pc.any(self.renames(kept)).as_py():
            return kept
        place = kept.schema.get_field_index(HOUSEHOLD)
        named = [self.renamed.get(name, name) for name in kept.column(place).to_pylist()]
        return kept.set_column(place, kept.schema.field(place), pa.array(named, kept.schema.field(place).type))

    def _visits(self, columns: Mapping[str, pa.Array]) -> pa.Array:
        """Tell which visits are hers though nobody was signed in."""
        ids = set(self.subject.ids)
        nobody = [None] * len(columns[VISITOR])
        visitors = columns[VISITOR].to_pylist()
        sessions = columns[SESSION].to_pylist() if SESSION in columns else nobody
        owners = columns["customer_id"].to_pylist() if "customer_id" in columns else nobody
        return pa.array(
            [
                owner is None and visitor is not None
                and (f"visitor:{visitor}" in ids or (session is not None and _visit(visitor, session) in ids))
                for owner, visitor, session in zip(owners, visitors, sessions, strict=True)
            ],
            pa.bool_(),
        )  # fmt: skip

    def _names_her(self, content: str | None) -> bool:
        """Tell whether a row that was refused is hers: a field is her id, or a value of hers stands in it."""
        text = content or ""
        fields = dict(part.partition("=")[::2] for part in text.split(_BETWEEN))
        own = {fields[name].strip() for name in ("customer_id", "person_id", "referred_id") if name in fields}
        own |= {f"{PROSPECT}{fields[SEEN_BEFORE].strip()}"} if SEEN_BEFORE in fields else set()
        ids = set(self.subject.ids)
        if any(one in ids or one.lower() in ids for one in own):
            return True
        return any(value in text or value in text.lower() for value in self._written)


def as_prospects(ids: pa.Array) -> pa.Array:
    """Return the ids of prospects as they are called where customers are, too."""
    return pc.binary_join_element_wise(PROSPECT, ids, "")


def opened(batch: pa.RecordBatch, *, whole: bool = False) -> dict[str, pa.Array]:
    """Return a batch's columns by their own names, with what is sealed opened.

    Sealed columns that tell nothing of whose a row is are left out, unless the `whole` batch is wanted.

    Raises
    ------
    RunError
        A column that may name her is sealed with a key that is not here.
    """
    return {_plain(name): _open(batch.column(name), name) for name in batch.schema.names if whole or _searched(name)}


def _searched(name: str) -> bool:
    return _SEALED not in name or _plain(name) in (
        *IDS, VISITOR, SESSION, CONTENT, SEEN_BEFORE, "value", "given", "kind",
    )  # fmt: skip


def _plain(name: str) -> str:
    return name.partition(_SEALED)[0]


def _open(values: pa.Array, name: str) -> pa.Array:
    column, sealed, rest = name.partition(_SEALED)
    if not sealed:
        return values
    cipher, key = current(), rest.partition("_")[0]
    if cipher is None:
        raise failure(RunError, "cipher.no_key", variable=VARIABLE, key=key)
    if cipher.name != key:
        raise failure(RunError, "cipher.other_key", variable=VARIABLE, key=key, came=cipher.name)
    return cipher.open(values, column)


def _visit(visitor: str, session: str) -> str:
    both = f"{visitor}\n{session}"
    return f"visit:{md5(both.encode(), usedforsecurity=False).hexdigest()}"
