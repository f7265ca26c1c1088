"""What a behaviour segment is called, and its rule in words: all of it from the catalogue.

A column that the catalogue does not know is called by its own name.
"""

from __future__ import annotations

from collections.abc import Sequence

from patron.language import has, listing, number, percent, say
from patron.segments.behaviour_model import Apart
from patron.segments.behaviour_rules import Term

NEAR = 0.4  # standard deviations: what lies nearer to everybody sets nobody apart
STILL = 0.3  # what keeps a segment's name
POINTS, TIMES = 0.08, 1.25  # and what a person would not call different: shares by eight points, amounts by a quarter
NAMES = 2  # features in a name
TOLD = 4  # features in what sets a segment apart
SHARES = ("_share", "_rate", "_depth")


def feature_words(column: str) -> str:
    """Return what a column is called.

    Examples
    --------
    >>> feature_words("discount_rate"), feature_words("wine_spend")
    ('price taken off', 'wine spend')
    """
    return say(f"behaviour.{column}") if has(f"behaviour.{column}") else column.replace("_", " ")


def named_by(apart: Sequence[Apart], before: Sequence[tuple[str, bool]] = ()) -> tuple[tuple[str, bool], ...]:
    """Return the features that name a segment: those of the run before while they hold, else the farthest."""
    now = {(one.column, one.high): one.effect for one in apart}
    if before and all(abs(now.get(name, 0.0)) >= STILL for name in before):
        return tuple(before)
    far = [one for one in apart if abs(one.effect) >= NEAR and _matters(one)]
    return tuple((one.column, one.high) for one in far[:NAMES])


def _matters(one: Apart) -> bool:
    """Tell whether a person would call the segment's middle another one than that of all, in the way that is said."""
    if one.high != (one.middle > one.overall):
        return False
    if one.column.endswith(SHARES):
        return abs(one.middle - one.overall) >= POINTS
    low, high = sorted((one.middle, one.overall))
    return high >= TIMES * low if low > 0 else high > low


def titles(names: Sequence[Sequence[tuple[str, bool]]], ids: Sequence[str]) -> list[str]:
    """Return a title for each segment; who would be called like another one carries the id, too."""
    plain = [_title(one) for one in names]
    return [
        say("behaviour.same", title=title, id=own) if plain.count(title) > 1 else title
        for title, own in zip(plain, ids, strict=True)
    ]


def advice(names: Sequence[tuple[str, bool]]) -> str:
    """Return what the segment is for: by the first of its features that the catalogue has advice for."""
    for column, high in names:
        key = f"behaviour.{column}.{_way(high)}.advice"
        if has(key):
            return say(key)
    return say("behaviour.advice")


def rule_words(terms: Sequence[Term]) -> str:
    """Return a rule in words."""
    if not terms:
        return say("behaviour.no_rule")
    columns = list(dict.fromkeys(term.column for term in terms))
    return listing(_term_words(column, [term for term in terms if term.column == column]) for column in columns)


def _term_words(column: str, terms: Sequence[Term]) -> str:
    """Return the one or two ends of one column in words."""
    ends = {term.above: value_words(column, term.threshold) for term in terms}
    key = "behaviour.between" if len(ends) == 2 else "behaviour.at_least" if True in ends else "behaviour.below"
    return say(key, feature=feature_words(column), low=ends.get(True, ""), high=ends.get(False, ""))


def apart_words(apart: Sequence[Apart]) -> str:
    """Return what sets a segment apart: each feature with the segment's middle and that of all."""
    return "; ".join(
        say(
            "behaviour.apart", feature=feature_words(one.column), middle=value_words(one.column, one.middle),
            overall=value_words(one.column, one.overall),
        )
        for one in apart[:TOLD]
    )  # fmt: skip


def value_words(column: str, value: float) -> str:
    """Write a value in the column's unit.

    Examples
    --------
    >>> value_words("discount_rate", 0.3), value_words("expected_interval_days", 42.0), value_words("spend", 1.25)
    ('30%', '42', '1.2')
    """
    if column.endswith(SHARES):
        return percent(value, digits=0 if abs(value) >= 0.01 or not value else 1)
    return number(value, digits=0 if abs(value) >= 10 or value == round(value) else 1)


def _title(names: Sequence[tuple[str, bool]]) -> str:
    if not names:
        return say("behaviour.middle")
    first = _noun(*names[0])
    if len(names) == 1:
        return first
    return say("behaviour.title", first=first, second=_too(*names[1]))


def _noun(column: str, high: bool) -> str:  # noqa: FBT001 - half of a pair
    key = f"behaviour.{column}.{_way(high)}"
    return say(key) if has(key) else say(f"behaviour.other.{_way(high)}", feature=feature_words(column))


def _too(column: str, high: bool) -> str:  # noqa: FBT001 - half of a pair
    key = f"behaviour.{column}.{_way(high)}.too"
    return say(key) if has(key) else say(f"behaviour.other.{_way(high)}.too", feature=feature_words(column))


def _way(high: bool) -> str:  # noqa: FBT001 - half of a pair
    return "high" if high else "low"
