"""Micro-segments as a person says them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from patron.language import has, say
from patron.segments.micro_cells import REST, values_of


def title_of(cell: str, axes: Sequence[str], titles: Mapping[tuple[str, str], str]) -> str:
    """Return the name of a cell for people.

    Parameters
    ----------
    cell : str
        Its stable name.
    axes : sequence of str
        What it is cut by.
    titles : mapping of (segmentation, segment) to str
        Names for people; where one is missing the catalogue's, else the stable name.

    Examples
    --------
    >>> title_of("champions/GB", ("rfm", "country"), {}), title_of("champions/*", ("rfm", "country"), {})
    ('Champions, GB', 'Champions, all others')
    """
    words = [_word(axis, value, titles) for axis, value in zip(axes, values_of(cell), strict=False)]
    if not words:
        return say("micro.all_others")
    if cell.endswith(REST):
        return say("micro.others", of=", ".join(words))
    return ", ".join(words)


def _word(axis: str, value: str | None, titles: Mapping[tuple[str, str], str]) -> str:
    if value is None:
        return say("micro.none", axis=axis.replace("_", " "))
    key = f"segments.{axis}.{value}.title"
    return titles.get((axis, value)) or (say(key) if has(key) else value)
