"""What decisions ask for, in the world's own numbers: whom to send what, by which channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.errors import ArgumentError
from patron.language import failure, listing
from patron.simulate.arguments import not_negative
from patron.simulate.world.planted import CHANNELS, KINDS, Planted

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NEEDED = ("customer_id", "action", "channel")
SENT = "sent"
REASONS = ("unknown_customer", "unsubscribed", "another_day")
"""Why a decision was not carried out."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Sending:
    """One entry a message in every array."""

    customer: Ints
    action: Ints  # place among the planted actions
    channel: Ints  # place in CHANNELS
    kind: Floats  # how much it tires, see KINDS
    off: Floats  # share of the price that it takes off
    lift: Floats  # what its variant does to its pull
    trigger: NDArray[np.object_]
    variant: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.customer)

    def where(self, chosen: Bools | Ints) -> Sending:
        """Return the chosen messages."""
        return Sending(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


def table_of(decisions: Any) -> pa.Table:
    """Return decisions as an Arrow table: an Arrow or Ibis table, a data frame, or a mapping of columns."""
    if isinstance(decisions, pa.Table):
        return decisions
    if hasattr(decisions, "to_pyarrow"):
        return decisions.to_pyarrow()
    if isinstance(decisions, Mapping):
        return pa.table({name: pa.array(column) for name, column in decisions.items()})
    return pa.Table.from_pandas(decisions, preserve_index=False)


def sending(
    table: pa.Table, *, ids: pa.Array, planted: Sequence[Planted], variants: Mapping[str, float], day: date
) -> tuple[Sending, pa.Table, Ints]:
    """Read decisions.

    Returns
    -------
    Sending, Table, array
        The messages of customers of the shop; the rows that are to be sent at all, and for each of them the place in
        REASONS of what speaks against it, -1 for nothing.

    Raises
    ------
    ArgumentError
        A column is missing; an action, a channel or a kind is unknown; a share taken off is no share.
    """
    for name in NEEDED:
        if name not in table.column_names:
            raise failure(ArgumentError, "world.no_column", column=name, came=listing(table.column_names))
    if "outcome" in table.column_names:
        table = table.filter(pc.equal(table["outcome"], SENT))
    who = pc.fill_null(pc.index_in(_words(table, "customer_id"), value_set=ids), -1).to_numpy(zero_copy_only=False)
    reason = np.where(who < 0, 0, -1)
    if "send_on" in table.column_names:
        later = pc.not_equal(table["send_on"].cast(pa.date32()), pa.scalar(day, pa.date32()))
        reason = np.where(pc.fill_null(later, fill_value=False).to_numpy(), 2, reason)
    action = _places(table, "action", [one.action for one in planted])
    kind = np.array(list(KINDS.values()))[_places(table, "kind", list(KINDS), otherwise="promotion")]
    off = np.array([one.off for one in planted])[action] if len(action) else np.zeros(0)
    if "off" in table.column_names:
        given = table["off"].cast(pa.float64()).to_numpy()
        off = not_negative("off", np.where(np.isnan(given), off, given))
        if (off >= 1).any():
            raise failure(ArgumentError, "world.off", came=off[off >= 1][0])
    variant = _texts(table, "variant")
    return (
        Sending(
            customer=who.astype(np.int64), action=action, channel=_places(table, "channel", CHANNELS),
            kind=kind, off=off, lift=np.array([variants.get(name, 1.0) for name in variant], dtype=np.float64),
            trigger=_texts(table, "trigger"), variant=variant,
        ),
        table,
        reason.astype(np.int64),
    )  # fmt: skip


def _words(table: pa.Table, column: str) -> pa.Array:
    return table[column].cast(pa.string()).combine_chunks()


def _texts(table: pa.Table, column: str) -> NDArray[np.object_]:
    """Return a column of texts, None where there is none."""
    if column not in table.column_names:
        return np.full(table.num_rows, None, dtype=object)
    return np.array(table[column].cast(pa.string()).to_pylist(), dtype=object)


def _places(table: pa.Table, column: str, allowed: Sequence[str], *, otherwise: str | None = None) -> Ints:
    """Return the place of each value among the allowed ones."""
    if column not in table.column_names:
        return np.full(table.num_rows, list(allowed).index(str(otherwise)), dtype=np.int64)
    words = _words(table, column)
    if otherwise is not None:
        words = pc.fill_null(words, otherwise)
    place = pc.fill_null(pc.index_in(words, value_set=pa.array(list(allowed), pa.string())), -1)
    found = np.asarray(place.to_numpy(zero_copy_only=False)).astype(np.int64)
    if (found < 0).any():
        came = words[int(np.flatnonzero(found < 0)[0])].as_py()
        raise failure(ArgumentError, "world.unknown", column=column, came=came, allowed=listing(allowed))
    return found
