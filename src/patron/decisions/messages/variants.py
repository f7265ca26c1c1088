"""All combinations of a message's options: the variants among which the shop learns what works."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from math import prod

import pyarrow as pa

from patron.contracts.message import PARTS, VARIANTS
from patron.decisions.messages.message import Message

MOST = 4096
"""Variants of one message: with more, no list is long enough to learn from."""

_BETWEEN, _IS = "/", "="

Options = Mapping[str, tuple[str, ...]]


def many(options: Options) -> int:
    """Return how many variants there are.

    Examples
    --------
    >>> many({"headline": ("warm", "plain"), "offer": ("none", "ten", "gift")})
    6
    """
    return prod(map(len, options.values()))


def variant_name(chosen: Mapping[str, str]) -> str:
    """Return the name of a combination, with its parts in their order.

    Examples
    --------
    >>> variant_name({"offer": "none", "headline": "warm"})
    'headline=warm/offer=none'
    """
    return _BETWEEN.join(f"{part}{_IS}{chosen[part]}" for part in PARTS if part in chosen)


def parts_of(variant: str) -> dict[str, str]:
    """Return the option of each part that a variant's name tells; nothing of a name that is not one of ours.

    Examples
    --------
    >>> parts_of("headline=warm/offer=none")
    {'headline': 'warm', 'offer': 'none'}
    >>> parts_of("B")
    {}
    """
    told = [piece.partition(_IS) for piece in variant.split(_BETWEEN)]
    found = {part: option for part, mark, option in told if mark and option and part in PARTS}
    return found if len(found) == len(told) else {}


def combinations(options: Options) -> list[dict[str, str]]:
    """Return every combination, in the order in which the options are told.

    Examples
    --------
    >>> combinations({"headline": ("warm", "plain"), "time": ("09:00",)})
    [{'headline': 'warm', 'time': '09:00'}, {'headline': 'plain', 'time': '09:00'}]
    """
    return [dict(zip(options, one, strict=True)) for one in product(*options.values())]


def variants(messages: Iterable[Message], *, language: str) -> pa.Table:
    """Return the variants of messages: contracts.message.VARIANTS.

    Parameters
    ----------
    messages : iterable of Message
        One a trigger.
    language : str
        Whose words stand under `value`.
    """
    rows = [row for message in messages for row in _rows(message, language)]
    return pa.Table.from_pylist(rows, schema=VARIANTS.schema.to_pyarrow())


def _rows(message: Message, language: str) -> list[dict[str, object]]:
    told = {
        (part, name): {
            "part": part, "option": name,
            "value": option.texts.get(language) or next(iter(option.texts.values()), None),
            "languages": ",".join(sorted(option.texts)) if part in ("headline", "copy", "offer") else None,
            "discount": option.discount, "cost": option.cost,
        }
        for part, options in message.parts.items()
        for name, option in options.items()
    }  # fmt: skip
    return [
        {"trigger": message.trigger, "variant": variant_name(chosen), **told[part, name]}
        for chosen in combinations(message.options())
        for part, name in chosen.items()
    ]
