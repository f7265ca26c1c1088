"""A channel that was busy and then fell silent: closed by the shop, or a feed that broke."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np

from patron.language import day, percent
from patron.sources.checks.look import Arrays, Look, arrays
from patron.sources.checks.sentences import shown
from patron.sources.checks.series import date_of, day_number
from patron.sources.quality import Finding

BUSY = 0.02
"""Share of all orders that makes a channel worth a sentence; it also bounds how many there can be."""

SILENT = 14
"""Days: a small channel may well have a week without an order."""

EXPECTED = 20.0
"""Orders that the silence should have held by the channel's pace before; none in 20 is chance once in a billion."""

PACE = 91  # days before a channel's last order that say how busy it was
NEW = 120  # days after which the silence is history, and known


@dataclass(frozen=True)
class Silence:
    """A channel's last day, and its share of the orders in the quarter before."""

    channel: str
    last: date
    share: float


def by_channel(orders: ir.Table) -> ir.Table:
    """Count entries by channel and day, for channels with a share of all orders that counts."""
    counted = orders.filter(orders.channel.notnull()).group_by("channel", "day").aggregate(orders=lambda t: t.count())
    whole = counted.mutate(
        total=counted.orders.sum().over(ibis.window(group_by=counted.channel)), everything=counted.orders.sum().over()
    )
    return whole.filter(whole.total >= whole.everything * ibis.literal(BUSY)).select("channel", "day", "orders")


def silent_channels(look: Look) -> list[Finding]:
    """Name the channels that fell silent."""
    found = silent(arrays(by_channel(look.orders)), until=look.as_of)
    if not found:
        return []
    named = [f"{one.channel} ({day(one.last)}, {percent(one.share)})" for one in found]
    recent = any((look.as_of - one.last).days <= NEW for one in found)
    facts = {"count": len(found), "named": shown(named)}
    return [Finding("order_lines", "silent_channels", "flagged", 0, "warning" if recent else "info", facts)]


def silent(counts: Arrays, *, until: date) -> list[Silence]:
    """Return the channels without any order for long enough, the last to fall silent first."""
    days = counts["day"].astype("datetime64[D]").astype(np.int64)
    found = []
    for channel in sorted(set(counts["channel"].tolist())):
        mine = counts["channel"] == channel
        last = int(days[mine].max())
        window = (days > last - PACE) & (days <= last)
        pace = counts["orders"][mine & window].sum() / PACE
        quiet = day_number(until) - last
        if quiet >= SILENT and pace * quiet >= EXPECTED:
            share = counts["orders"][mine & window].sum() / counts["orders"][window].sum()
            found.append(Silence(channel, date_of(last), float(share)))
    return sorted(found, key=lambda one: (-one.last.toordinal(), one.channel))
