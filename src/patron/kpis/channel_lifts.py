"""What did lift tests measure of a channel, and what had attribution given it for the same customers and days?

In   contracts.effect.EFFECTS (orders, everybody), who was in which arm, and each order's shares
Out  contracts.touch.CHANNEL_LIFTS
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.special import ndtri

from patron.kpis.order_shares import Shares
from patron.sources.marketing_channel import channel_word_of
from patron.stats.lift_ratio import Lift, Ratio, lift_ratio

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class LiftTest:
    """One readable arm of an experiment about a channel, and which orders of which of its customers count.

    `treated` and `control` are rows of orders; `person` numbers their customers, for each of these rows. `n` and
    `n_control` are all customers of the arms, with or without an order.
    """

    experiment: str
    arm: str
    n: int
    n_control: int
    effect: float
    error: float
    treated: NDArray[np.int64]
    control: NDArray[np.int64]
    person: NDArray[np.int64]


def lift_tests(
    effects: Sequence[Mapping[str, Any]], drawn: pa.Table, orders: pa.Table, names: Sequence[str]
) -> list[LiftTest]:  # fmt: skip
    """Return the readable arms of some experiments.

    Parameters
    ----------
    effects : rows of contracts.effect.EFFECTS
        Of the metric ``orders``, of everybody.
    drawn : Arrow table
        ``experiment, customer_id, arm, assigned_on, last_day`` as `experiments.units.drawn` makes them.
    orders : Arrow table
        `Ways.orders`.
    names : sequence of str
        Which experiments.
    """
    found = []
    for name in names:
        people = drawn.filter(pc.equal(drawn["experiment"], name))
        for row in (row for row in effects if row["experiment"] == name and row["status"] == "read"):
            if row["effect"] is None or not row["standard_error"]:
                continue
            arms = {arm: _orders_of(people.filter(pc.equal(people["arm"], arm)), orders)
                    for arm in (row["arm"], row["control"])}  # fmt: skip
            found.append(
                LiftTest(
                    experiment=name, arm=row["arm"], n=row["n"], n_control=row["n_control"], effect=row["effect"],
                    error=row["standard_error"], treated=arms[row["arm"]], control=arms[row["control"]],
                    person=_coded(orders["customer_id"]),
                )
            )  # fmt: skip
    return found


def about(tests: Sequence[LiftTest], channel: str) -> list[LiftTest]:
    """Return the tests of a channel: of an experiment with an arm that is called so only that arm."""
    own = {test.experiment for test in tests if channel_word_of(test.arm) == channel}
    return [test for test in tests if test.experiment not in own or channel_word_of(test.arm) == channel]


def _orders_of(people: pa.Table, orders: pa.Table) -> NDArray[np.int64]:
    """Return the rows of the orders that customers placed in the days that count of them."""
    place = pc.index_in(orders["customer_id"], value_set=people["customer_id"].combine_chunks())
    known = pc.is_valid(place)
    mine = people.take(pc.fill_null(place, 0)) if people.num_rows else None
    if mine is None:
        return np.empty(0, dtype=np.int64)
    day = orders["ordered_on"]
    inside = pc.and_(pc.greater(day, mine["assigned_on"]), pc.less_equal(day, mine["last_day"]))
    return np.flatnonzero(pc.and_(known, inside).to_numpy(zero_copy_only=False))


def _coded(customers: pa.ChunkedArray) -> NDArray[np.int64]:
    return np.asarray(customers.combine_chunks().dictionary_encode().indices.to_numpy(), dtype=np.int64)


def lift_of(test: LiftTest, shares: Shares, place: int) -> Lift:
    """Return what a test measured and what a model gave its channel, per customer of the arm."""
    given = np.where(shares.channel == place, shares.share, 0.0)
    own = np.asarray(np.bincount(shares.order, given, shares.orders), dtype=np.float64)
    (mean, error), (mean_control, error_control) = (
        _mean(own[rows], test.person[rows], many)
        for rows, many in ((test.treated, test.n), (test.control, test.n_control))
    )
    return Lift(
        measured=test.effect, measured_error=test.error, attributed=mean - mean_control,
        attributed_error=float(np.hypot(error, error_control)),
    )  # fmt: skip


def _mean(credit: NDArray[np.float64], person: NDArray[np.int64], many: int) -> tuple[float, float]:
    """Return the mean credit of an arm's customers and its standard error; a customer's orders hang together."""
    _, of = np.unique(person, return_inverse=True)
    each = np.bincount(of, credit) if len(credit) else np.zeros(0)
    mean = float(each.sum() / many)
    variance = (float((each**2).sum()) - many * mean**2) / max(many - 1, 1)
    return mean, float(np.sqrt(max(variance, 0.0) / many))


def lift_row(
    channel: str, names: Sequence[str], tests: Sequence[LiftTest], shares: Shares | None, model: str
) -> tuple[Row, Ratio | None]:  # fmt: skip
    """Return one row of contracts.touch.CHANNEL_LIFTS, and the ratio if there is one."""
    row: Row = {"channel": channel, "model": model, "tests": ", ".join(names), "customers": 0, "status": "unknown"}
    if shares is None or channel not in shares.channels:
        return row, None
    if not tests:
        return row | {"status": "not_read"}, None
    place = shares.channels.index(channel)
    lifts = [lift_of(test, shares, place) for test in tests]
    many = np.array([test.n for test in tests])
    measured = float(many @ np.array([lift.measured for lift in lifts]))
    spread = float(ndtri(0.975)) * float(np.sqrt((many**2) @ np.array([lift.measured_error**2 for lift in lifts])))
    row |= {
        "customers": int(min(min(test.n, test.n_control) for test in tests)), "measured": measured,
        "measured_low": measured - spread, "measured_high": measured + spread,
        "attributed": float(many @ np.array([lift.attributed for lift in lifts])), "status": "nothing_attributed",
    }  # fmt: skip
    ratio = lift_ratio(lifts)
    if ratio is None:
        return row, None
    told = {"raw": ratio.raw, "ratio": ratio.shrunk, "ratio_low": ratio.low, "ratio_high": ratio.high}
    return row | told | {"status": "calibrated"}, ratio
