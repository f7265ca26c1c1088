"""The past in memory: features of some days, and what came after them, row by row.

A customer who did nothing has no row in what came, and zeros here. Of very many customers the days that are learned
from see a part, the same on every day and whole households together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.models.outlook import with_outlook
from patron.models.propensity_targets import Seen, Target
from patron.models.what_came import COUNTS, MONEYS, Question, what_came
from patron.profile.facts import Facts
from patron.profile.features import features
from patron.profile.prospects import prospect_features, prospects_converted

Floats = NDArray[np.float64]

MOST_CUSTOMERS = 50_000
"""Of one day that is learned from: as many tell an area under the curve to three thousandths."""

ORDERS_AT_A_TIME = 800_000
"""As many orders, each counted once for every day that is asked for, go into one question. It takes half a second to
put, and the engine has to hold what it cannot put on the disk."""

_HASHED = 16**4


Keep = Callable[[str, ir.Table], ir.Table]


def as_it_is(_name: str, table: ir.Table) -> ir.Table:
    """Write nothing aside."""
    return table


@dataclass(frozen=True, kw_only=True)
class Past:
    """Features by day, sorted by customer, and what came by question."""

    features: Mapping[date, pa.Table]
    came: Mapping[Question, pa.Table]

    def seen(self, question: Question, *, above: float, lapse_factor: float) -> Seen:
        """Return all rows of a question's day with what came."""
        table = self.features[question.as_of]
        came = self.came[question]
        place = pc.index_in(table["customer_id"], came["customer_id"].combine_chunks())
        place = np.asarray(place.fill_null(-1).to_numpy(), dtype=np.int64)
        return Seen(
            features=numbers(table),
            came={name: _at(came[name], place) for name in came.column_names if name != "customer_id"},
            horizon=question.horizon_days, above=above, lapse_factor=lapse_factor,
        )  # fmt: skip

    def people(self, day: date, target: Target, *, lapse_factor: float) -> pa.Table:
        """Return the rows of a day of whom a target can be foretold."""
        table = self.features[day]
        nothing = np.zeros(table.num_rows)
        came = dict.fromkeys((*COUNTS, *MONEYS, "converted"), nothing)
        seen = Seen(features=numbers(table), came=came, horizon=1, lapse_factor=lapse_factor)
        return table.filter(pa.array(target.population(seen)))


def numbers(table: pa.Table) -> dict[str, Floats]:
    """Return a table's columns of numbers as arrays, NaN where there is none."""
    return {
        field.name: np.asarray(table[field.name].cast(pa.float64()).to_numpy(), dtype=np.float64)
        for field in table.schema
        if not (pa.types.is_string(field.type) or pa.types.is_date(field.type))
    }


def customers_past(
    facts: Facts, *, today: date, days: Sequence[date], questions: Sequence[Question], keep: Keep = as_it_is
) -> Past:
    """Read the features of customers of as many days at a time as there is room for, and what came."""
    asked = sorted({today, *days})
    part = sampled(facts, keep=keep)
    tables: dict[date, pa.Table] = {}
    if part is not facts:  # today everybody is looked at
        tables |= _by_day(features(facts, days=[today]))
        asked.remove(today)
    together = max(1, ORDERS_AT_A_TIME // max(1, part.bought.count().to_pyarrow().as_py()))
    for start in range(0, len(asked), together):
        tables |= _by_day(features(part, days=asked[start : start + together]))
    return Past(
        features={day: with_outlook(table) for day, table in tables.items()},
        came=_by_question(what_came(part, questions), questions),
    )


def prospects_past(prospects: ir.Table, *, days: Sequence[date], questions: Sequence[Question]) -> Past:
    """Read the features of prospects, and who became a customer."""
    asked = ibis.memtable(
        pa.table({
            "as_of": pa.array([one.as_of for one in questions], pa.date32()),
            "horizon_days": pa.array([one.horizon_days for one in questions], pa.int64()),
            "known_on": pa.array([one.known_on for one in questions], pa.date32()),
        })
    )  # fmt: skip
    return Past(
        features=_by_day(prospect_features(prospects, days=days)),
        came=_by_question(prospects_converted(prospects, asked=asked), questions),
    )


def sampled(facts: Facts, *, most: int = MOST_CUSTOMERS, keep: Keep = as_it_is) -> Facts:
    """Return the facts of a part of the households, where there are many customers; else all of them."""
    customers = int(facts.bought.customer_id.nunique().to_pyarrow().as_py())
    if customers <= most:
        return facts
    homes = facts.households.select("customer_id", home="household_id")
    everybody = facts.bought.select("customer_id").distinct().left_join(homes, "customer_id")
    home = ibis.coalesce(everybody.home, "h:" + everybody.customer_id)
    least = ibis.literal(f"{int(_HASHED * most / customers):04x}")
    chosen = everybody.filter(home.hexdigest("md5").substr(0, 4) < least).select(chosen_id="customer_id")
    chosen = keep("chosen", chosen)

    def part(table: ir.Table) -> ir.Table:
        return table.semi_join(chosen, [(table.customer_id, chosen.chosen_id)])

    tables = {name: keep(f"part_{name}", part(table)) for name, table in vars(facts).items() if table is not None}
    return replace(facts, **tables)


def _by_day(table: ir.Table) -> dict[date, pa.Table]:
    whole = table.to_pyarrow().sort_by("customer_id")
    days = whole["as_of"].unique().to_pylist()
    return {day: whole.filter(pc.equal(whole["as_of"], pa.scalar(day, pa.date32()))) for day in sorted(days)}


def _by_question(table: ir.Table, questions: Sequence[Question]) -> dict[Question, pa.Table]:
    whole = table.to_pyarrow()
    found = {}
    for question in questions:
        mine = pc.and_(
            pc.and_(
                pc.equal(whole["as_of"], pa.scalar(question.as_of, pa.date32())),
                pc.equal(whole["known_on"], pa.scalar(question.known_on, pa.date32())),
            ),
            pc.equal(whole["horizon_days"], question.horizon_days),
        )
        found[question] = whole.filter(mine).drop_columns(["as_of", "known_on", "horizon_days"])
    return found


def _at(column: pa.ChunkedArray, place: NDArray[np.int64]) -> Floats:
    """Return each row's value, 0 for who has none."""
    values = np.append(np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64), 0.0)
    return values[place]
