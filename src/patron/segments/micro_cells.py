"""Which cells can stand for themselves, and into which rest do the others go?

A cell holds the customers of one value on each axis. One with fewer customers than a test needs goes to the rest of its
parent, together with its siblings of the same fate; where that rest is too small as well, to the rest above. The rest
of the whole takes what is left. This is decided by sizes alone, never by what the cells did: else chance would choose
which of them are seen, and the cells would be others in each run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

REST, NONE, BETWEEN = "*", "(none)", "/"

Values = tuple[str | None, ...]

_ESCAPED = {"%": "%25", BETWEEN: "%2F", "+": "%2B"}  # + stands between the segments of a list


@dataclass(frozen=True, kw_only=True)
class Cells:
    """Every cell of the axes that has a customer, by its values, and the segment that its customers are in."""

    segment: Mapping[Values, str]

    @property
    def own(self) -> dict[Values, str]:
        """The name of each cell, whether it stands or not."""
        return {values: name_of(values) for values in self.segment}


def cells(customers: Mapping[Values, int], *, least: int) -> Cells:
    """Merge the cells that have fewer customers than `least` into the rest of their parent.

    Examples
    --------
    >>> cells({("tea", "new"): 500, ("tea", "lost"): 90, ("rum", "new"): 70, ("rum", "lost"): 60}, least=100).segment
    {('tea', 'new'): 'tea/new', ('rum', 'lost'): 'rum/*', ('rum', 'new'): 'rum/*', ('tea', 'lost'): '*'}
    """
    segment: dict[Values, str] = {}
    waiting = sorted(customers, key=_order)
    depth = len(waiting[0]) if waiting else 0
    for level in range(depth, -1, -1):
        still: list[Values] = []
        for prefix, group in groupby(waiting, key=lambda values: values[:level]):
            together = list(group)
            if level == 0 or sum(customers[values] for values in together) >= least:
                segment |= dict.fromkeys(together, name_of(prefix, depth=depth))
            else:
                still += together
        waiting = still
    return Cells(segment=segment)


def name_of(values: Sequence[str | None], *, depth: int | None = None) -> str:
    """Return the stable name of a cell, or of the rest of a parent where fewer values than axes are given.

    Examples
    --------
    >>> name_of(("tea", None)), name_of(("a/b",), depth=2), name_of((), depth=2)
    ('tea/(none)', 'a%2Fb/*', '*')
    """
    rest = [REST] if depth is not None and len(values) < depth else []
    return BETWEEN.join([*map(_written, values), *rest])


def values_of(name: str) -> Values:
    """Return the values that a name was made of; of a rest those that it has.

    Examples
    --------
    >>> values_of("a%2Fb/(none)"), values_of("tea/*"), values_of("*")
    (('a/b', None), ('tea',), ())
    """
    parts = name.split(BETWEEN)
    return tuple(map(_read, parts[:-1] if parts[-1] == REST else parts))


def parent_of(name: str) -> str | None:
    """Return the rest to which a cell goes, or a rest itself; None of the rest of the whole.

    Examples
    --------
    >>> parent_of("tea/new"), parent_of("tea/*"), parent_of("*")
    ('tea/*', '*', None)
    """
    if name == REST:
        return None
    parts = name.split(BETWEEN)
    above = parts[:-2] if parts[-1] == REST else parts[:-1]
    return BETWEEN.join([*above, REST])


def _written(value: str | None) -> str:
    if value is None:
        return NONE
    for sign, escaped in _ESCAPED.items():
        value = value.replace(sign, escaped)
    if value in (REST, NONE, ""):  # names that mean something else
        return f"%{ord(value[0]):02X}{value[1:]}" if value else "%00"
    return value


def _read(text: str) -> str | None:
    if text == NONE:
        return None
    if text == "%00":
        return ""
    for sign in (REST, "("):
        text = text.replace(f"%{ord(sign):02X}", sign)
    for sign, escaped in reversed(_ESCAPED.items()):
        text = text.replace(escaped, sign)
    return text


def _order(values: Values) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, value or "") for value in values)
