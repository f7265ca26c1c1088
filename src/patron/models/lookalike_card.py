"""What there is to know about a fitted `Lookalike`, row by row: contracts.market.LOOKALIKE_CARD."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from patron.language import listing, say
from patron.models.lookalike import Lookalike, LookalikeParams
from patron.models.lookalike_words import level_words

Row = dict[str, Any]


def card(model: Lookalike, shift: Mapping[str, float]) -> list[Row]:
    """Return the card of a model that ranks.

    Parameters
    ----------
    model : Lookalike
        Fitted.
    shift : mapping of str to float
        `Lookalike.shift` of the prospects that it scored.
    """
    state = model.params_
    test = state.judged
    status = say("lookalike.made", traits=listing(one.name for one in state.levels))
    rows = [
        _row("status", "status", state.people, ideal=state.ideal, text=status),
        _row("auc", "auc", test.people, ideal=test.ideal, value=test.auc, low=test.low, high=test.high),
    ]
    rows += [
        _row(
            "lift", "lift", one.people, place=one.place, ideal=one.ideal, expected=one.expected, value=one.lift,
            low=one.low, high=one.high,
        )
        for one in test.deciles
    ]  # fmt: skip
    rows += _traits(model, state)
    return rows + [_row("shift", name, state.people, value=value) for name, value in sorted(shift.items())]


def left_out(why: str, customers: int) -> list[Row]:
    """Return the card of a model that scores nobody: the reason."""
    return [_row("status", "status", customers, text=why)]


def _traits(model: Lookalike, state: LookalikeParams) -> Iterator[Row]:
    odds = {(row["trait"], row["level"]): row["odds"] for row in model.traits_.to_pylist()}
    for levels, shares, people in zip(state.levels, state.shares, state.known, strict=True):
        for place, share in enumerate(shares):
            words = level_words(levels, place)
            yield _row(
                "trait", levels.name, round(share * people), place=place + 1, value=odds[levels.name, words], text=words
            )


def _row(part: str, name: str, customers: int, **facts: Any) -> Row:
    return {"part": part, "name": name, "place": 0, "customers": customers, **facts}
