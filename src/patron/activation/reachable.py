"""Which members of a segment may be on a list, today and for this purpose?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import ibis.expr.types as ir

from patron.activation.members import Members
from patron.contracts.raw_people import CHANNELS
from patron.errors import NotEnoughData
from patron.language import failure, listing, number, say
from patron.privacy import permitted

By = Callable[[str | None], ir.Table]


def reachable(members: Members, *, purpose: str) -> ir.Table:
    """Return the members who may be on a list for `purpose`, by their channel.

    Raises
    ------
    SettingsError
        The purpose is unknown.
    ArgumentError
        The channel is unknown.
    NotEnoughData
        Nobody may be on it; the message says how many could be reached in which way.
    """

    def by(channel: str | None) -> ir.Table:
        return permitted(members.table, purpose=purpose, stage="export", guard=members.guard, channel=channel)

    found = by(members.channel)
    if _count(found):
        return found
    way = say("activation.by_channel", channel=members.channel) if members.channel else say("activation.in_every_way")
    others = tuple(_other_ways(by))
    raise failure(
        NotEnoughData, "activation.nobody", members=number(_count(members.table)), segment=members.source,
        purpose=purpose, way=way,
        hint=say("activation.other_ways", ways=listing(others)) if others else say("activation.no_other_way"),
    )  # fmt: skip


def _other_ways(by: By) -> Iterator[str]:
    """Yield each channel by which anybody may be reached, with how many."""
    for channel in CHANNELS[1:]:
        if count := _count(by(channel)):
            yield say("activation.other_way", customers=number(count), channel=channel)


def _count(table: ir.Table) -> int:
    return int(table.count().to_pyarrow().as_py())
