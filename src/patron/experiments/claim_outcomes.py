"""What did everybody bring who is in an arm of a claim, in all and by the weeks since?

In   the claims (which arm of which experiment against which), contracts.outcome.ASSIGNMENTS, contracts.customer.TAKINGS
Out  one row per claim and customer; and of these the sums by claim and side, a few rows whatever the size of the shop
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations_with_replacement, pairwise
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.profile.known import known_by

Floats = NDArray[np.float64]

EDGES = (0, 7, 14, 21, 28, 56, 91, 182)
"""Days after the assignment between which stretches lie: four weeks one by one, then longer ones."""

STRETCHES = tuple(f"stretch_{place}" for place in range(len(EDGES) - 1))

WIDE = "decimal(38, 2)"  # room for the square of a sum of money: exact, so the order of adding cannot matter


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One arm of an experiment against its control, and the days that count."""

    entry: str
    experiment: str
    arm: str | None  # none: everybody who is not in control, as for a hold-out
    control: str
    from_day: date
    to_day: date


CLAIMS = ibis.schema(
    {"entry": "string", "claimed": "string", "claimed_arm": "string", "control": "string", "from_day": "date",
     "to_day": "date"}
)  # fmt: skip


def claim_outcomes(claims: Sequence[Claim], assignments: ir.Table, takings: ir.Table, *, as_of: date) -> ir.Table:
    """Return what each customer of each claim brought.

    Parameters
    ----------
    claims : sequence of Claim
        A control group that several claims share has its rows in each of them.
    assignments : Table, one row per customer and experiment
        Columns ``experiment, customer_id, arm, assigned_on``.
    takings : Table, one row per customer and day
        Columns ``customer_id, day, margin, discount``.
    as_of : date
        The last day that counts.

    Returns
    -------
    Table, one row per claim and customer
        ``entry, customer_id, treated``  which claim, who, on which side
        ``days``                         watched: from the day after the assignment to the claim's last day
        ``margin, discount``             in these days; 0 of who did nothing
        ``stretch_0`` ...                the margin between `EDGES`; none where it was not watched to its end
    """
    rows = [
        {"entry": one.entry, "claimed": one.experiment, "claimed_arm": one.arm, "control": one.control,
         "from_day": one.from_day, "to_day": min(one.to_day, as_of)}
        for one in claims
    ]  # fmt: skip
    claimed = ibis.memtable(pa.Table.from_pylist(rows, schema=CLAIMS.to_pyarrow()))
    known = known_by(assignments, as_of=as_of, column="assigned_on")
    sides = known.inner_join(claimed, known.experiment == claimed.claimed)
    sides = sides.filter(
        (sides.arm == sides.control) | sides.claimed_arm.isnull() | (sides.arm == sides.claimed_arm),
        sides.assigned_on < sides.to_day,
    )
    drawn = sides.select(
        "entry", "customer_id", "assigned_on", "to_day", treated=ibis.ifelse(sides.arm == sides.control, 0, 1),
        days=sides.to_day.delta(sides.assigned_on, unit="day").cast("int64"),
    )  # fmt: skip
    brought = _brought(drawn, known_by(takings, as_of=as_of, column="day"))
    both = drawn.left_join(brought, ["entry", "customer_id"])
    nothing = ibis.literal(0).cast(WIDE)
    return both.select(
        "entry", "customer_id", treated=both.treated.cast("int64"), days=both.days,
        **{name: ibis.coalesce(both[name], nothing).cast(WIDE) for name in ("margin", "discount")},
        **{
            name: ibis.ifelse(both.days >= until, ibis.coalesce(both[name], nothing), ibis.null(WIDE)).cast(WIDE)
            for name, until in zip(STRETCHES, EDGES[1:], strict=True)
        },
    )  # fmt: skip


def _brought(drawn: ir.Table, takings: ir.Table) -> ir.Table:
    """Sum the takings after each assignment, of those who brought anything."""
    after = drawn.inner_join(
        takings.select("customer_id", "day", "margin", "discount"),
        ["customer_id", takings.day > drawn.assigned_on, takings.day <= drawn.to_day],
    )
    since = after.day.delta(after.assigned_on, unit="day")  # 1 on the first day that counts
    dated = after.mutate(since=since)
    return dated.group_by("entry", "customer_id").aggregate(
        margin=dated.margin.sum(),
        discount=dated.discount.sum(),
        **{
            name: dated.margin.sum(where=(dated.since > start) & (dated.since <= until))
            for name, (start, until) in zip(STRETCHES, pairwise(EDGES), strict=True)
        },
    )


def claim_sums(outcomes: ir.Table) -> list[dict[str, Any]]:
    """Return the sums of `claim_outcomes` by claim and side: counts, sums, squares, and products of stretches."""
    crossed = {
        f"{one}_{other}": outcomes[one] * outcomes[other] for one, other in combinations_with_replacement(STRETCHES, 2)
    }
    products = {f"{name}_{name}": outcomes[name] * outcomes[name] for name in ("margin", "discount")} | crossed
    sums = outcomes.group_by("entry", "treated").aggregate(
        n=outcomes.count(),
        **{name: outcomes[name].sum() for name in ("margin", "discount", *STRETCHES)},
        **{f"{name}_n": outcomes[name].count() for name in STRETCHES},
        **{name: product.sum() for name, product in products.items()},
    )
    floats = ("margin", "discount", *STRETCHES, *products)
    table = sums.mutate(**{name: sums[name].cast("float64") for name in floats}).order_by("entry", "treated")
    rows: list[dict[str, Any]] = table.to_pyarrow().to_pylist()
    return rows


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side of a claim: counts and additive sums."""

    row: dict[str, Any]

    @property
    def n(self) -> int:
        """Customers."""
        return int(self.row["n"])

    def mean(self, name: str) -> float:
        """Return the mean of what each customer brought."""
        return float(self.row[name]) / self.n

    def variance(self, name: str) -> float:
        """Return the unbiased variance of it."""
        spread = self.row[f"{name}_{name}"] - self.row[name] ** 2 / self.n
        return max(0.0, float(spread)) / (self.n - 1)

    @property
    def watched(self) -> int:
        """How many stretches somebody was watched through."""
        return sum(1 for name in STRETCHES if (self.row[f"{name}_n"] or 0) > 1)

    def stretches(self, count: int) -> tuple[Floats, Floats, list[int]]:
        """Return means, the covariance of these means, and customers of the first `count` stretches."""
        names = STRETCHES[:count]
        watched = [int(self.row[f"{name}_n"]) for name in names]
        means = np.array([self.row[name] / many for name, many in zip(names, watched, strict=True)])
        spread = np.empty((count, count))
        for one in range(count):
            for other in range(one, count):  # who was watched through the later was so through the earlier
                many = watched[other]
                product = self.row[f"{names[one]}_{names[other]}"] / many - means[one] * means[other]
                spread[one, other] = spread[other, one] = product * many / (many - 1) / watched[one]
        return means, spread, watched


def sides_of(sums: Sequence[dict[str, Any]]) -> dict[str, dict[bool, Side]]:
    """Return the sides of each claim: true is treated."""
    found: dict[str, dict[bool, Side]] = {}
    for row in sums:
        found.setdefault(row["entry"], {})[bool(row["treated"])] = Side(row=row)
    return found
