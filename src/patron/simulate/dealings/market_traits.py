"""What others know of customers and of prospects alike: traits of which some go with being an ideal customer.

Who is ideal is the truth of the customers: those who bring most margin in the last year of the data and the year after.
Of a prospect who becomes a customer the traits are the customer's; the others are ideal with the chance that
`IDEAL_PROSPECTS` says. What each is, the traits are drawn from as in `patron.simulate.lookalikes`. Beside them stand
four traps, which would tell everything and must not be used: one whose licence has ended, one that the law protects,
one that was given for operations alone, and one that is dated after the last day.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.simulate.calendar import YEAR, Calendar
from patron.simulate.lines import Lines
from patron.simulate.lookalikes import AGE, IDEAL_CUSTOMERS, IDEAL_PROSPECTS, TRAITS, drawn, log_ratio
from patron.simulate.people import People
from patron.simulate.tables import days_column, names_column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SELLER, LICENCE = "Example Panel", "two years, audiences"
PURPOSES = ("advertising", "marketing", "analytics")
LICENSED = 400  # days after the last day until which licences run, at most
TRAPS = {
    "wealth_rank": "advertising",
    "health_interest": "advertising",
    "service_level": "operations",
    "club": "advertising",
}
"""What would tell everything, and what it was given for: an ended licence, a sensitive name, a purpose, a later day."""

YES, NO = "high", "low"


def market_traits(
    rng: np.random.Generator, *, folk: People, lines: Lines, cost: Floats, ids: pa.Array, prospects: pa.Table,
    calendar: Calendar, effect: float = 1.0,
) -> tuple[pa.Table, pa.Table]:  # fmt: skip
    """Draw the traits of the customers and of the prospects, and tell the truth about each.

    Parameters
    ----------
    rng : Generator
        Its own, so that nothing else is drawn otherwise.
    folk : People
        The customers.
    lines : Lines
        The true lines with those of the year after the last day.
    cost : array of shape (products,)
        What a unit of each costs, in cents.
    ids : array of shape (customers,)
        The customers' ids.
    prospects : Table
        ``prospect_id, first_seen_on, customer_id`` (none before they are customers).
    calendar : Calendar
        The shop's days.
    effect : float
        How much the traits tell; 0: nothing.

    Returns
    -------
    Table, one row per person and trait
        Columns as in `contracts.raw.FIELDS`.
    Table, one row per person
        ``customer_id`` or ``prospect_id``; ``ideal`` (1 or 0); ``log_ratio``, the best score there is.
    """
    ideal = _ideal(lines, cost, len(folk), calendar)
    own = np.asarray(pc.index_in(prospects["customer_id"], ids).fill_null(-1).to_numpy(), dtype=np.int64)
    fresh = rng.random(len(own)) < IDEAL_PROSPECTS
    everybody = np.concatenate([ideal, np.where(own >= 0, ideal[own], fresh)])
    codes, age = drawn(rng, everybody, effect=effect)
    place = np.concatenate([np.arange(len(folk)), np.where(own >= 0, own, len(folk) + np.arange(len(own)))])
    codes, age = {name: code[place] for name, code in codes.items()}, age[place]
    nobody = pa.nulls(len(own), pa.string())
    customers = pa.chunked_array([ids, nobody]).combine_chunks()
    theirs = pa.chunked_array([pa.nulls(len(folk), pa.string()), prospects["prospect_id"].combine_chunks()])
    who = pa.table({"customer_id": customers, "prospect_id": theirs.combine_chunks()})
    seen = np.asarray(prospects["first_seen_on"].cast(pa.int32()).to_numpy(), dtype=np.int64)
    first = int(np.datetime64(calendar.first_day, "D").astype(np.int64))
    dated = np.concatenate([np.maximum(folk.acquired, 0), seen - first])
    truth = who.append_column("ideal", pa.array(everybody.astype(np.int64)))
    truth = truth.append_column("log_ratio", pa.array(log_ratio(codes, age, effect=effect)))
    parts = list(_rows(rng, who, codes, age, dated, everybody, calendar))
    return pa.concat_tables(parts), truth


def _ideal(lines: Lines, cost: Floats, customers: int, calendar: Calendar) -> Bools:
    late = lines.where(lines.day >= calendar.days - YEAR)
    margin = late.quantity * (late.price - cost[late.product]) - late.discount
    value = np.bincount(late.customer, margin, customers)
    return np.asarray((value > 0) & (value > np.quantile(value, 1 - IDEAL_CUSTOMERS)))


def _rows(
    rng: np.random.Generator, who: pa.Table, codes: dict[str, Ints], age: Floats, dated: Ints, ideal: Bools,
    calendar: Calendar,
) -> Iterator[pa.Table]:  # fmt: skip
    last = calendar.days - 1
    ends = last + 1 + rng.integers(0, LICENSED, who.num_rows)
    given = rng.integers(0, len(PURPOSES), who.num_rows)
    values = {name: names_column(TRAITS[name].values, code) for name, code in codes.items()}
    years = np.nan_to_num(age).astype(np.int64)
    values[AGE] = pa.array(years.astype(str).tolist(), mask=np.isnan(age))
    for name, value in values.items():
        yield _table(who, name, value, names_column(PURPOSES, given), dated, ends, calendar)
    told = names_column((NO, YES), ideal.astype(np.int64))
    for name, purpose in TRAPS.items():
        use = pa.array([purpose] * who.num_rows)
        until = np.full(who.num_rows, last - 1) if name == "wealth_rank" else ends
        day = np.full(who.num_rows, last + 1) if name == "club" else dated
        yield _table(who, name, told, use, np.minimum(day, until), until, calendar)


def _table(
    who: pa.Table, trait: str, value: pa.Array, purpose: pa.Array, dated: Ints, ends: Ints, calendar: Calendar
) -> pa.Table:
    whole = pa.table({
        "customer_id": who["customer_id"], "prospect_id": who["prospect_id"], "trait": [trait] * who.num_rows,
        "value": value, "source": [SELLER] * who.num_rows, "dated": days_column(calendar.first_day, dated),
        "licence": [LICENCE] * who.num_rows, "expires_on": days_column(calendar.first_day, ends), "purpose": purpose,
    })  # fmt: skip
    return whole.filter(pc.is_valid(whole["value"]))
