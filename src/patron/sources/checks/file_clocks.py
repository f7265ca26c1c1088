"""Files that disagree about the time: hours shifted against the other files, or orders after the file's own day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import numpy as np

from patron.language import number
from patron.sources.checks.look import Hours, Look
from patron.sources.checks.sentences import shown
from patron.sources.checks.series import day_number
from patron.sources.checks.time_zone import CLEAR, apart, middle
from patron.sources.quality import Finding

ORDERS = 300
"""Orders with a time that a file needs: the mean hour is then sure to a quarter of an hour."""

DAYS = 14
"""Days that a file must span: a file of one Sunday has a Sunday's hours."""

SHIFT = 0.8
"""Hours from the other files: shops change their hours slowly, clocks by whole ones."""

LATER = 0.05
"""Share of a file's orders that may lie after the day in its name for them to be wrong; a name with most of them after
its day is named after its first day, or its month."""

_DAY = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True)
class Shifted:
    """A file whose hours are shifted."""

    name: str
    hours: float
    lines: int


def file_clocks(look: Look) -> list[Finding]:
    """Name the files with another clock, and those with orders from after their own day."""
    return [*_shifted(look), *_after(look)]


def shifted(hours: Hours) -> list[Shifted]:
    """Return the files whose middle of the day is apart from that of the other files."""
    found = []
    for place, name in enumerate(hours.files):
        mine = hours.file == place
        if not _tells(hours, mine) or not _tells(hours, ~mine):
            continue
        (own, clear), (others, clear_others) = (
            middle(np.bincount(hours.hour[part], hours.timed[part], 24).astype(np.float64)) for part in (mine, ~mine)
        )
        off = float(apart(others, own))
        if min(clear, clear_others) >= CLEAR and abs(off) >= SHIFT:
            found.append(Shifted(name, off, int(hours.lines[mine].sum())))
    if len(found) == len(hours.files):  # two files disagree: the smaller is the odd one
        found = [min(found, key=lambda one: (one.lines, one.name))]
    return found


def later_than_named(hours: Hours) -> dict[str, tuple[int, int]]:
    """Return, by file, the orders and lines that lie after the day in its name, where these are few."""
    found = {}
    for place, name in enumerate(hours.files):
        named = named_day(name)
        mine = hours.file == place
        if named is None or hours.day[mine].min() > day_number(named):
            continue
        late = mine & (hours.day > day_number(named))
        if 0 < hours.orders[late].sum() <= LATER * hours.orders[mine].sum():
            found[name] = (int(hours.orders[late].sum()), int(hours.lines[late].sum()))
    return found


def named_day(name: str) -> date | None:
    """Return the last day that a file's name holds.

    Examples
    --------
    >>> named_day("export-2024-03-05.csv"), named_day("orders_20240101_20240131.csv.gz"), named_day("orders.csv")
    (datetime.date(2024, 3, 5), datetime.date(2024, 1, 31), None)
    """
    days = []
    for year, month, on in _DAY.findall(name.rpartition("/")[2]):
        try:
            days.append(date(int(year), int(month), int(on)))
        except ValueError:  # the 31st of a short month is no day
            continue
    return max(days, default=None)


def _tells(hours: Hours, part: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> bool:
    enough = int(hours.timed[part].sum()) >= ORDERS
    return (
        enough and int(np.ptp(hours.day[part])) >= DAYS and 2 * hours.dateless[part].sum() <= hours.orders[part].sum()
    )


def _shifted(look: Look) -> list[Finding]:
    found = shifted(look.hours) if len(look.hours.files) > 1 else []
    if not found:
        return []
    facts = {"count": len(found), "named": shown([f"{one.name} ({one.hours:+.1f} h)" for one in found])}
    return [Finding("order_lines", "file_clocks", "flagged", sum(o.lines for o in found), "warning", facts)]


def _after(look: Look) -> list[Finding]:
    found = later_than_named(look.hours)
    if not found:
        return []
    orders = sum(one for one, _ in found.values())
    facts = {"count": orders, "orders": number(orders), "named": shown(sorted(found))}
    rows = sum(lines for _, lines in found.values())
    return [Finding("order_lines", "after_file_day", "flagged", rows, "warning", facts)]
