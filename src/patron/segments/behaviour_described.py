"""From groups of customers to segments that people know: with an id, a rule, what sets each apart, and a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from patron.segments.behaviour_features import Scale
from patron.segments.behaviour_identity import carried_ids
from patron.segments.behaviour_model import Apart, BehaviourModel, Segment
from patron.segments.behaviour_rules import Rule, find_rules
from patron.segments.behaviour_words import named_by, titles
from patron.stats.diagonal_mixture import DiagonalMixture

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RULES_BY = 6_000  # customers that rules are found by and judged on


def segments_of(
    mixture: DiagonalMixture,
    stability: Floats,
    *,
    scales: Sequence[Scale],
    columns: dict[str, Floats],
    also: Sequence[str],
    old: BehaviourModel | None,
    names: Mapping[str, str],
    as_of: date | None,
) -> tuple[tuple[Segment, ...], Ints, int]:
    """Return the segments in the order of their numbers, the group of the mixture that each is, and the next number.

    Parameters
    ----------
    mixture : DiagonalMixture
        The groups, none of them without a customer.
    stability : array, shape (groups,)
        How much of each is found again.
    scales : sequence of Scale
        Of the mixture's features.
    columns : mapping of name to array
        The sample in its own units.
    also : sequence of str
        Columns that rules may name beside the features.
    old : BehaviourModel or None
        The run before's.
    names : mapping of id to name
        From the settings.
    as_of : date or None
        When new segments are born.
    """
    rows = np.stack([scale.scaled(columns) for scale in scales], axis=1)
    groups = mixture.assign(rows)
    number = len(mixture.weights)
    was, numbers, following = _numbers(groups, number, columns, old)
    step = max(1, -(-len(groups) // RULES_BY))
    told = {name: columns[name][::step] for name in (*(scale.name for scale in scales), *also)}
    rules = find_rules(told, groups[::step], number=number)
    order = np.array(sorted(range(number), key=lambda group: numbers[group]), dtype=np.int64)
    made = [
        _segment(group, numbers, was, rules[group], apart=_apart(rows, groups == group, scales, columns),
                 stability=float(stability[group]), as_of=as_of)
        for group in order.tolist()
    ]  # fmt: skip
    called = titles([one.named_by for one in made], [one.id for one in made])
    named = tuple(_renamed(one, names.get(one.id, title)) for one, title in zip(made, called, strict=True))
    return named, order, following


def _numbers(
    groups: Ints, number: int, columns: dict[str, Floats], old: BehaviourModel | None
) -> tuple[dict[int, Segment], dict[int, int], int]:
    """Return of each group the segment that it was and its number; the largest new one comes first."""
    was: dict[int, Segment] = {}
    following = 1
    if old is not None:
        pairs, _ = carried_ids(old, columns, groups, number)
        was = {group: old.segments[place] for group, place in pairs.items()}
        following = old.next_number
    numbers = {group: int(segment.id[1:]) for group, segment in was.items()}
    sizes = np.bincount(groups, minlength=number)
    for group in sorted(set(range(number)) - set(was), key=lambda group: (-int(sizes[group]), group)):
        numbers[group] = following
        following += 1
    return was, numbers, following


def _segment(
    group: int, numbers: Mapping[int, int], was: Mapping[int, Segment], rule: Rule, *, apart: tuple[Apart, ...],
    stability: float, as_of: date | None,
) -> Segment:  # fmt: skip
    before = was.get(group)
    return Segment(
        id=f"b{numbers[group]}",
        title="",
        born_on=before.born_on if before else (as_of.isoformat() if as_of else None),
        apart=apart,
        named_by=named_by(apart, before.named_by if before else ()),
        rule=rule,
        stability=stability,
    )


def _renamed(segment: Segment, title: str) -> Segment:
    return Segment(**{**vars(segment), "title": title})


def _apart(
    rows: Floats, inside: NDArray[np.bool_], scales: Sequence[Scale], columns: Mapping[str, Floats]
) -> tuple[Apart, ...]:
    """Return the features of a segment, the one that sets it apart most first."""
    found = []
    for place, scale in enumerate(scales):
        values, raw = rows[:, place], columns[scale.name]
        own, known = values[inside & np.isfinite(values)], values[np.isfinite(values)]
        if not len(own):
            continue
        effect = (own.mean() - known.mean()) / max(known.std(), 1e-9)
        typical = np.nanmean if scale.kind == "share" else np.nanmedian
        middles = float(typical(raw[inside])), float(typical(raw))
        found.append(
            Apart(column=scale.name, high=bool(effect > 0), effect=float(effect), middle=middles[0], overall=middles[1])
        )
    return tuple(sorted(found, key=lambda one: (-abs(one.effect), one.column)))
