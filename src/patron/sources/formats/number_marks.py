"""Which marks stand before the fraction of a number, and between its thousands? Judged by the shapes of all values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from patron.sources.convert import number_pattern

Marks = tuple[str, str]
"""Before the fraction, and between thousands."""

PLAIN: Marks = (".", "")
MARKS: tuple[Marks, ...] = (
    PLAIN, (",", ""), (".", ","), (",", "."), (".", " "), (",", " "), (".", "'"), (",", "'"),
)  # fmt: skip
"""In the order of preference where two read the same."""

MOSTLY = 0.9
"""Marks fit a column when they read so much of what any marks read."""


@dataclass(frozen=True)
class Shapes:
    """How often each shape of a text occurs, the most frequent first, and an example of each."""

    counts: Mapping[str, int]
    examples: Mapping[str, str]


def marks_of(
    shapes: Mapping[str, Shapes], *, allowed: Sequence[Marks] = MARKS, together: bool = True
) -> tuple[dict[str, Marks], tuple[str, str] | None]:
    """Choose the marks of each column.

    A file is written by one program, so the marks that read most of all its columns are taken for each of them that
    they fit; another column may have its own.

    Parameters
    ----------
    shapes : mapping of str to Shapes
        By column.
    allowed : sequence of Marks
        What may be chosen from, in the order of preference.
    together : bool
        Whether columns speak for each other; not where numbers have a type of their own.

    Returns
    -------
    dict of str to Marks, tuple or None
        The marks by column; and a column with an example, when its comma may be either mark and nothing tells which.

    Examples
    --------
    >>> price = Shapes({"99,99": 8, "9.999,99": 1}, {"99,99": "12,50", "9.999,99": "1.200,00"})
    >>> marks_of({"price": price, "units": Shapes({"9.999": 2}, {"9.999": "1.500"})})[0]
    {'price': (',', '.'), 'units': (',', '.')}
    """
    read = {name: {marks: _read(column, [marks]) for marks in allowed} for name, column in shapes.items()}
    overall = {marks: sum(counts[marks] for counts in read.values()) for marks in allowed}
    common = _best(overall)
    chosen: dict[str, Marks] = {}
    for name, counts in read.items():
        enough, own = MOSTLY * _read(shapes[name], allowed), _best(counts)
        chosen[name] = common if (together and counts[common] >= enough) or counts[own] < enough else own
        if _is_doubtful(chosen[name], overall if together else counts):
            example = next((shapes[name].examples[shape] for shape in shapes[name].counts if "," in shape), "")
            if example:
                return chosen, (name, example)
    return chosen, None


def _is_doubtful(chosen: Marks, counts: Mapping[Marks, int]) -> bool:
    """Tell whether a comma would read as much before a fraction as between thousands."""
    either = ((",", ""), (".", ","))
    return chosen in either and all(marks in counts for marks in either) and counts[either[0]] == counts[either[1]]


def _best(counts: Mapping[Marks, int]) -> Marks:
    return max(counts, key=lambda marks: counts[marks])  # the first of equals: dicts keep their order


def _read(column: Shapes, marks: Sequence[Marks]) -> int:
    """Count the texts that any of these marks read."""
    patterns = [re.compile(number_pattern(*one)) for one in marks]
    return sum(count for shape, count in column.counts.items() if any(one.search(shape) for one in patterns))
