"""The truth about a world that has been lived: of each message, of each person, of each day."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.tables import days_column, money_column, names_column
from patron.simulate.world.answers import Answers
from patron.simulate.world.nature import TIERS, Nature
from patron.simulate.world.sending import REASONS

Ints = NDArray[np.int64]

DIGITS = 4
PLACES = 100  # hundredths of a cent in a cent


def message_truth(ids: pa.Array, said: Answers) -> pa.Table:
    """Tell what the messages of a day did."""
    columns = ("within", "pull", "extra", "instead", "stays_away", "referred")
    return pa.table({"message_id": ids, **{name: getattr(said, name) for name in columns}})


def refused_rows(rows: pa.Table, reason: Ints) -> pa.Table:
    """Return the decisions that were not carried out, and why."""
    refused = np.flatnonzero(reason >= 0)
    some = rows.select(["customer_id", "action"]).take(pa.array(refused))
    return some.append_column("reason", names_column(REASONS, reason[refused]))


def told_truth(
    nature: Nature, messages: list[pa.Table], *, ids: pa.Array, since: date, amounts: tuple[Ints, Ints, Ints],
    lived: int,
) -> dict[str, pa.Table]:  # fmt: skip
    """Tell what decisions have changed.

    Parameters
    ----------
    since : date
        The first day that could be lived.
    amounts : arrays, shape (people, days)
        Margin with decisions and without, in cents, and the cost of messages, in hundredths of a cent.
    lived : int
        How many days were.
    """
    names = ("with_decisions", "without", "cost")
    scales = (PLACES, PLACES, 1)

    def columns(axis: int) -> dict[str, pa.Array]:
        return {
            name: money_column(amount[:, :lived].sum(axis=axis) * scale, digits=DIGITS)
            for name, amount, scale in zip(names, amounts, scales, strict=True)
        }

    return {
        "customers": pa.table({
            "customer_id": ids, **columns(1), "tier": names_column(TIERS, nature.tier), "readiness": nature.ready,
            "driven": nature.driven,
        }),
        "days": pa.table({"day": days_column(since, np.arange(lived)), **columns(0)}),
        "messages": pa.concat_tables(messages) if messages else pa.table({}),
    }  # fmt: skip
