"""How shops write a moment: named styles, and patterns as `strptime` takes them.

A style is found by shapes: a text with every digit turned into a nine. A file of a million moments has a handful of
shapes, and each shape has one pattern in a style, so the engine is told exactly what to read and guesses nothing.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from itertools import product

from patron.errors import ArgumentError
from patron.language import failure, listing

STYLES = ("iso", "day first", "month first", "month by name", "seconds", "milliseconds")
"""The named styles, in the order of preference where two read the same."""

PLAIN = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$|^\d{8}$"
"""What needs no style: days and moments as ISO 8601 writes them, without an offset, and compact days."""

SINCE_1970 = {"seconds": r"^[1-9]\d{8,9}(\.\d*)?$", "milliseconds": r"^[1-9]\d{11,12}(\.\d*)?$"}
"""What is plainly a number of seconds or milliseconds since 1970: the years from 1973 to 2286."""

UTC_WORDS = ("Z", "UTC", "GMT")

_NUMBERS = r"\d{1,2}(?P<mark>[-/. ])\d{1,2}(?P<mark2>[-/. ])(?P<year>\d{4}|\d{2})(?!\d)"
_WEEKDAY = r"(?P<weekday>(?:[A-Za-z]{3}|[A-Za-z]{6,9})(?P<comma>,?) )?"
_NAME = r"(?P<name>[A-Za-z]{3,9})"
_DAYS: tuple[tuple[str, str, str], ...] = (
    ("iso", r"\d{4}(?P<mark>[-/.])\d{1,2}(?P<mark2>[-/.])\d{1,2}(?!\d)", "%Y{mark}%m{mark2}%d"),
    ("iso", r"\d{8}(?!\d)", "%Y%m%d"),
    ("day first", _NUMBERS, "%d{mark}%m{mark2}{year}"),
    ("month first", _NUMBERS, "%m{mark}%d{mark2}{year}"),
    (
        "month by name",
        rf"{_WEEKDAY}\d{{1,2}}(?P<mark>[-/. ]){_NAME}(?P<mark2>,? |[-/.])(?P<year>\d{{4}}|\d{{2}})(?!\d)",
        "{weekday}%d{mark}{name}{mark2}{year}",
    ),
    (
        "month by name",
        rf"{_WEEKDAY}{_NAME} \d{{1,2}}(?P<mark2>,? )(?P<year>\d{{4}})(?!\d)",
        "{weekday}{name} %d{mark2}%Y",
    ),
)
_TIME = (
    r"(?P<gap>[T ,]+)(?P<hour>\d{1,2}):\d{2}(?P<second>:\d{2}(?P<fraction>[.,]\d{1,6})?)?"
    r"(?P<half_gap> ?)(?P<half>[AaPp][Mm])?(?P<offset_gap> ?)(?P<offset>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?"
)
_DIRECTIVES = "YymdbBHIMSfpzaA%"
_SHORT = {"%F": "%Y-%m-%d", "%T": "%H:%M:%S", "%R": "%H:%M", "%D": "%m/%d/%y"}


def shape(text: str) -> str:
    """Return a text with every digit turned into a nine.

    Examples
    --------
    >>> shape("31/12/2011 8:05")
    '99/99/9999 9:99'
    """
    return re.sub(r"[0-9]", "9", text)


@cache
def pattern_of(shape: str, style: str) -> str | None:
    """Return the `strptime` pattern that a shape has in a named style, or none when it is not of that style.

    Examples
    --------
    >>> pattern_of("99/99/9999 9:99", "day first"), pattern_of("99/99/9999 9:99", "iso")
    ('%d/%m/%Y %H:%M', None)
    >>> pattern_of("Fri, 9 Dec 2011 99:99:99 +9999", "month by name")
    '%a, %d %b %Y %H:%M:%S %z'
    """
    for name, regex, template in _DAYS:
        found = re.match(regex, shape) if name == style else None
        if found is None:
            continue
        day, rest = template.format(**_pieces(found)), shape[found.end() :]
        time = re.fullmatch(_TIME, rest)
        if not rest or time:
            return day + (_time(time) if time else "")
    return None


def _pieces(found: re.Match[str]) -> dict[str, str]:
    """Return what each part of a day is called in a pattern."""
    parts = {name: text or "" for name, text in found.groupdict().items()}
    year = "%Y" if len(parts.get("year", "")) == 4 else "%y"
    name = "%b" if len(parts.get("name", "")) == 3 else "%B"
    weekday = parts.get("weekday", "")
    if weekday:
        weekday = ("%a" if len(weekday.rstrip(", ")) == 3 else "%A") + parts["comma"] + " "
    return {**parts, "year": year, "name": name, "weekday": weekday}


def _time(found: re.Match[str]) -> str:
    """Return the pattern of a time of day."""
    hour = "%I" if found["half"] else "%H"
    second = ":%S" if found["second"] else ""
    fraction = f"{found['fraction'][0]}%f" if found["fraction"] else ""
    half = f"{found['half_gap']}%p" if found["half"] else found["half_gap"]
    offset = found["offset"] or ""
    zone = offset if offset in UTC_WORDS else "%z" if offset else ""
    return f"{found['gap']}{hour}:%M{second}{fraction}{half}{found['offset_gap']}{zone}"


@cache
def patterns(style: str) -> tuple[str, ...]:
    """Return every pattern of a named style, or the one pattern that was told.

    A year of two digits stands first: a year of four is too long for it, while two digits pass for a year of four.

    Raises
    ------
    ArgumentError
        It is no named style, and no pattern that tells a day.

    Examples
    --------
    >>> patterns("%d.%m.%Y"), patterns("day first")[0]
    (('%d.%m.%Y',), '%d/%m/%y')
    """
    if style not in STYLES:
        return (_checked(style),)
    days = {
        "iso": ["9999-99-99", "9999/99/99", "9999.99.99", "99999999"],
        "day first": [f"99{mark}99{mark}{year}" for mark in "/.- " for year in ("99", "9999")],
        "month by name": ["99 Dec 9999", "99-Dec-99", "99-Dec-9999", "Dec 99, 9999", "December 99, 9999"],
    }.get("day first" if style == "month first" else style, [])
    times = ["", *(f"{gap}99:99{second}" for gap in " T" for second in ("", ":99", ":99.999"))]
    ends = ["", "Z", "+99:99", " +99:99", " PM"]
    told = (pattern_of(f"{day}{time}{end}", style) for day, time, end in product(days, times, ends))
    return tuple(dict.fromkeys(pattern for pattern in told if pattern))


def _checked(pattern: str) -> str:
    for short, long in _SHORT.items():
        pattern = pattern.replace(short, long)
    told = re.findall(r"%(.?)", pattern)
    days = {"Y": "year", "y": "year", "m": "month", "b": "month", "B": "month", "d": "day"}
    parts = sorted(days[name] for name in told if name in days)
    if not set(told) <= set(_DIRECTIVES) or parts != ["day", "month", "year"] or len(set(told)) < len(told):
        raise failure(
            ArgumentError, "sources.date_pattern", came=pattern, styles=listing(STYLES),
            allowed=listing(f"%{name}" for name in _DIRECTIVES),
        )  # fmt: skip
    return pattern


def read_by(text: str, pattern: str) -> bool:
    """Tell whether a text is a day or a moment of this pattern; Python's answer, for a sample."""
    try:
        datetime.strptime(text, pattern)  # noqa: DTZ007 - only whether it can be read
    except ValueError:
        return False
    return True
