"""Deliveries of members and removals, put together as platforms take them: one audience and one way at a time.

The `content` of such a delivery is a `MemberContent`: hashed keys, and nothing that names anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from patron.activation.destinations.destination import Delivery, Kind, Outcome


class MemberContent(TypedDict, total=False):
    """The `content` of a delivery of kind `member` or `removal`."""

    list: str  # the audience's id at the platform
    keys: list[Mapping[str, Any]]  # of `activation.match_keys`
    value: float  # what she is worth, of an audience by value


@dataclass(frozen=True)
class Part:
    """Some deliveries that leave in one request."""

    kind: Kind
    list: str
    places: tuple[int, ...]  # among all deliveries
    deliveries: tuple[Delivery, ...]

    @property
    def adds(self) -> bool:
        """Whether they come in, and do not go out."""
        return self.kind == "member"


Sending = Callable[[Part], Sequence[Outcome]]


def by_part(deliveries: Sequence[Delivery], *, largest: int, send: Sending) -> list[Outcome]:
    """Send deliveries part by part, and return what came of each, in their order.

    Parameters
    ----------
    deliveries : sequence of Delivery
        Of kind `member` or `removal`. Their order is kept within an audience, so that who comes in and goes out in one
        batch has gone out in the end.
    largest : int
        How many keys a request may hold; those of one delivery stay together.
    send : callable
        Sends one part, and returns an outcome for each of its deliveries.
    """
    outcomes: dict[int, Outcome] = {}
    for part in _parts(deliveries, largest):
        outcomes.update(zip(part.places, send(part), strict=True))
    return [outcomes[place] for place in range(len(deliveries))]


def _parts(deliveries: Sequence[Delivery], largest: int) -> Iterator[Part]:
    lists = dict.fromkeys(one.content["list"] for one in deliveries)
    for name in lists:
        part: list[int] = []
        size = 0
        for place, one in enumerate(deliveries):
            if one.content["list"] != name:
                continue
            keys = len(one.content["keys"])
            if part and (deliveries[part[0]].kind != one.kind or size + keys > largest):
                yield _part(deliveries, part)
                part, size = [], 0
            part.append(place)
            size += keys
        yield _part(deliveries, part)


def _part(deliveries: Sequence[Delivery], places: list[int]) -> Part:
    chosen = tuple(deliveries[place] for place in places)
    return Part(chosen[0].kind, chosen[0].content["list"], tuple(places), chosen)
