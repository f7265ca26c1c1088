"""What does a message take away from those that come after it?

Two things. It may make the customer unsubscribe, and then all later messages by that channel are lost. And she heeds
the next ones less. Both are asked of the messages that were sent, by how many the same customer had got in the window
before, and drawn towards a prior that is stated here: without messages it is all there is.

The chance of unsubscribing is u x growth**n after n messages in the window. That clicks become fewer is read within
customers only: of a customer's own clicks, how many fell on days with many messages? So that those who are written to
more because they click more do not hide it. What is not told apart is the season: where a shop writes more in weeks in
which customers click more anyway, habituation is underrated.

Ref  Andersen (1970), Asymptotic properties of conditional maximum-likelihood estimators, JRSS B 32(2): clicks of one
     customer, given their number, do not depend on how much she clicks
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.decision import FATIGUE
from patron.profile.known import day_of, known_by

Floats = NDArray[np.float64]
Keep = Callable[[str, ir.Table], ir.Table]

DAY = 86_400  # seconds
MOST_LOAD = 15  # messages in the window beyond which there is no more growth
SAMPLED = 20_000  # customers with a click by whom habituation is read
Z = 1.959963984540054
STEPS = 50


@dataclass(frozen=True, kw_only=True)
class FatiguePrior:
    """What is assumed before there are messages: a mean and a standard deviation of each, on the log scale.

    One in 400 messages makes somebody unsubscribe, give or take a factor of two: mailing services report .1 to .5 % for
    newsletters. That the chance grows by a tenth, and that clicks fall by a twentieth, with each message in the week
    before, are the shop's to correct.
    """

    unsubscribe: float = 0.0025
    unsubscribe_log_sd: float = 0.7
    growth: float = 1.1
    growth_log_sd: float = 0.15
    habituation: float = 0.05
    habituation_sd: float = 0.05


@dataclass(frozen=True, kw_only=True)
class Fatigue:
    """What messages by one channel cost those that come later."""

    channel: str
    unsubscribe: float = 0.0025
    growth: float = 1.1
    habituation: float = 0.05
    mean_used: float = 0.0
    unsubscribe_low: float = 0.0
    unsubscribe_high: float = 1.0
    habituation_low: float = 0.0
    habituation_high: float = 1.0
    messages: int = 0
    customers: int = 0
    prior_weight: float = 1.0

    def leaves(self, used: Floats | float) -> Floats:
        """Return the chance that a message makes her unsubscribe, after `used` in the window."""
        return np.asarray(np.minimum(self.unsubscribe * self.growth ** np.minimum(used, MOST_LOAD), 1.0))

    def row(self) -> dict[str, object]:
        """Return contracts.decision.FATIGUE."""
        return {
            "channel": self.channel, "messages": self.messages, "customers": self.customers,
            "unsubscribe_rate": self.unsubscribe, "unsubscribe_low": self.unsubscribe_low,
            "unsubscribe_high": self.unsubscribe_high, "unsubscribe_growth": self.growth,
            "habituation": self.habituation, "habituation_low": self.habituation_low,
            "habituation_high": self.habituation_high, "mean_used": self.mean_used,
            "evidence": "modelled" if self.prior_weight < 0.5 else "assumed", "prior_weight": self.prior_weight,
        }  # fmt: skip


def assumed_fatigue(channel: str, prior: FatiguePrior | None = None) -> Fatigue:
    """Return the prior as it stands, for a channel of which nothing is known.

    Examples
    --------
    >>> round(assumed_fatigue("email").unsubscribe, 4)
    0.0025
    """
    return _learned(channel, np.zeros((1, 3)), np.zeros((0, 4)), prior or FatiguePrior())


def fatigue(
    messages: ir.Table | None,
    *,
    as_of: date,
    window_days: int,
    channels: tuple[str, ...] = (),
    prior: FatiguePrior | None = None,
    keep: Keep = lambda _name, table: table,
) -> dict[str, Fatigue]:
    """Return what messages cost those that come after them, by channel.

    Parameters
    ----------
    messages : Table, optional
        contracts.raw_messages.RAW_MESSAGES with the customer's id.
    as_of : date
        The last day we may know about.
    window_days : int
        How long a message is felt: the window of the contact budget.
    channels : tuple of str
        Channels of which something is to be said in any case.
    prior : FatiguePrior, optional
        What is assumed beforehand.
    keep : callable
        Writes a table and returns it as it is read again.
    """
    prior = prior or FatiguePrior()
    found: dict[str, Fatigue] = {}
    if messages is not None:
        loaded = keep("loads", _loads(messages, as_of=as_of, window_days=window_days))
        cells, clicks = _cells(loaded), _clicks(loaded)
        for channel, rows in cells.items():
            found[channel] = _learned(channel, rows, clicks.get(channel, np.zeros((0, 4))), prior)
        people = _people(loaded)
        found = {name: _with(one, people.get(name, 0)) for name, one in found.items()}
    return {name: found.get(name) or assumed_fatigue(name, prior) for name in sorted({*found, *channels})}


def fatigue_table(found: Mapping[str, Fatigue]) -> ir.Table:
    """Return contracts.decision.FATIGUE."""
    rows = [replace(found[name], channel=name).row() for name in sorted(found)]
    return ibis.memtable(pa.Table.from_pylist(rows, schema=FATIGUE.schema.to_pyarrow()))


def _with(one: Fatigue, customers: int) -> Fatigue:
    return replace(one, customers=customers)


def _loads(messages: ir.Table, *, as_of: date, window_days: int) -> ir.Table:
    """Return each message that arrived: how many came in the window before, and whether she clicked or left."""
    told = known_by(messages, as_of=as_of, column="sent_at")
    told = told.filter(told.channel.notnull() & told.bounced_at.isnull())
    day = ibis.literal(as_of)

    def happened(name: str) -> ir.IntegerValue:
        return ibis.ifelse((day_of(told[name]) <= day).fill_null(False), 1, 0).cast("int64")

    plain = told.select(
        "customer_id", "channel", second=told.sent_at.truncate("s").epoch_seconds().cast("int64"),
        clicked=happened("clicked_at"), left=happened("unsubscribed_at"),
    )  # fmt: skip
    before = ibis.range_window(preceding=(window_days * DAY - 1, 1), group_by=plain.customer_id, order_by=plain.second)
    return plain.mutate(load=plain.count().over(before).fill_null(0).clip(upper=MOST_LOAD).cast("int64"))


def _cells(loaded: ir.Table) -> dict[str, Floats]:
    """Return by channel rows of ``load, messages, left``, of channels that tell of anybody who left; else no trials."""
    counted = loaded.group_by("channel", "load").aggregate(messages=loaded.count(), left=loaded.left.sum())
    rows = counted.order_by("channel", "load").to_pyarrow()
    names = np.asarray(rows["channel"].to_pylist(), dtype=object)
    values = np.column_stack([rows[name].to_numpy().astype(np.float64) for name in ("load", "messages", "left")])
    return {str(name): values[names == name] for name in dict.fromkeys(names.tolist())}


def _clicks(loaded: ir.Table) -> dict[str, Floats]:
    """Return by channel rows of ``customer, load, messages, clicks`` of some of those who ever clicked."""
    clicker = loaded.group_by("channel", "customer_id").aggregate(clicks=loaded.clicked.sum())
    clicker = clicker.filter(clicker.clicks > 0)
    place = clicker.customer_id.hexdigest("sha256")
    order = ibis.window(group_by=clicker.channel, order_by=[place, clicker.customer_id])
    chosen = clicker.mutate(who=ibis.row_number().over(order))
    chosen = chosen.filter(chosen.who < SAMPLED).select(by="channel", clicker="customer_id", who="who")
    theirs = loaded.inner_join(chosen, [loaded.channel == chosen.by, loaded.customer_id == chosen.clicker])
    counted = theirs.group_by("channel", "who", "load").aggregate(messages=theirs.count(), clicks=theirs.clicked.sum())
    rows = counted.order_by("channel", "who", "load").to_pyarrow()
    names = np.asarray(rows["channel"].to_pylist(), dtype=object)
    columns = [rows[name].to_numpy().astype(np.float64) for name in ("who", "load", "messages", "clicks")]
    values = np.column_stack(columns)
    return {str(name): values[names == name] for name in dict.fromkeys(names.tolist())}


def _people(loaded: ir.Table) -> dict[str, int]:
    counted = loaded.group_by("channel").aggregate(people=loaded.customer_id.nunique()).to_pyarrow().to_pylist()
    return {row["channel"]: int(row["people"]) for row in counted}


def _learned(channel: str, cells: Floats, clicks: Floats, prior: FatiguePrior) -> Fatigue:
    """Learn one channel; one that never tells of anybody who left, or clicked, says nothing of that."""
    load, messages, left = cells.T
    told = messages if left.sum() > 0 else np.zeros_like(messages)
    (level, growth), covariance = _unsubscribes(load, told, left, prior)
    slope, spread = _habituation(clicks, prior)
    wide = Z * float(np.sqrt(covariance[0, 0]))
    total = float(messages.sum())
    return Fatigue(
        channel=channel, unsubscribe=float(np.exp(level)), unsubscribe_low=float(np.exp(level - wide)),
        unsubscribe_high=float(min(np.exp(level + wide), 1.0)), growth=float(np.exp(growth)),
        habituation=_share(slope), habituation_low=_share(slope - Z * spread),
        habituation_high=_share(slope + Z * spread),
        mean_used=float((load * messages).sum() / total) if total else 0.0, messages=int(total),
        prior_weight=float(min(covariance[0, 0] / prior.unsubscribe_log_sd**2, 1.0)),
    )  # fmt: skip


def _share(slope: float) -> float:
    """Return by which share one more message lowers what is heeded; messages do not teach to click more."""
    return float(1 - np.exp(-max(slope, 0.0)))


def _unsubscribes(load: Floats, messages: Floats, left: Floats, prior: FatiguePrior) -> tuple[Floats, Floats]:
    """Return log u and log growth, where the posterior is highest, and their covariance: Poisson counts by load."""
    mean = np.array([np.log(prior.unsubscribe), np.log(prior.growth)])
    precision = np.diag([prior.unsubscribe_log_sd**-2, prior.growth_log_sd**-2])
    features = np.column_stack([np.ones_like(load), load])
    at = mean.copy()
    if messages.sum() > 0:
        at[0] = np.log((left.sum() + 0.5) / messages.sum()) - at[1] * float(load @ messages) / messages.sum()
    for _ in range(STEPS):
        expected = messages * np.exp(features @ at)
        slope = features.T @ (left - expected) - precision @ (at - mean) if messages.sum() else -precision @ (at - mean)
        curvature = features.T @ (features * expected[:, None]) + precision
        step = np.linalg.solve(curvature, slope)
        at = at + np.clip(step, -1.0, 1.0)
        if float(np.abs(step).max()) < 1e-9:
            break
    return at, np.linalg.inv(features.T @ (features * (messages * np.exp(features @ at))[:, None]) + precision)


def _habituation(clicks: Floats, prior: FatiguePrior) -> tuple[float, float]:
    """Return the fall of log clicks with each message before, and its standard error, within customers."""
    who, load, messages, clicked = clicks.T if len(clicks) else np.zeros((4, 0))
    code = np.unique(who, return_inverse=True)[1]
    per = np.bincount(code, clicked)
    mean = -float(np.log1p(-prior.habituation))
    spread = prior.habituation_sd
    slope = mean
    curvature = spread**-2
    for _ in range(STEPS):
        weight = messages * np.exp(-slope * load)
        total = np.maximum(np.bincount(code, weight), 1e-300) if len(who) else np.ones(0)
        first = np.bincount(code, weight * load) / total if len(who) else np.zeros(0)
        second = np.bincount(code, weight * load**2) / total if len(who) else np.zeros(0)
        gradient = float((per * first).sum() - (clicked * load).sum()) - (slope - mean) / spread**2
        curvature = float((per * (second - first**2)).sum()) + spread**-2
        step = gradient / curvature
        slope += float(np.clip(step, -0.5, 0.5))
        if abs(step) < 1e-10:
            break
    return slope, curvature**-0.5
