"""From text to typed values; what cannot be converted becomes null, never an error."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from patron.contracts import MOMENT
from patron.sources.formats.date_styles import PLAIN, UTC_WORDS, patterns

QUANTITY = "decimal(18, 4)"
_COMPACT_DAY = r"^\d{8}$"  # 19970131
_THOUSANDS: dict[str, tuple[str, str]] = {
    "": ("", ""), ",": (",", ","), ".": (".", r"\."), "'": ("'’", "['’]"), " ": (" \u00a0\u202f", "[ \u00a0\u202f]"),
}  # fmt: skip
"""What stands between thousands: its letters, and its pattern. A space is often one that does not break."""
_LAST_SECOND = 10**11  # in the year 5138; a longer number is no count of seconds


def moment(text: ir.StringValue, *, dates: Sequence[str] = ("iso",), zone: str | None = None) -> ir.TimestampValue:
    """Read a moment.

    Parameters
    ----------
    text : StringValue
        As a file has it, trimmed.
    dates : sequence of str
        Styles (`date_styles.STYLES`, or patterns as `strptime` takes them); the first that reads a text decides.
    zone : str, optional
        The project's time zone: a moment with an offset (``+02:00``, ``Z``), and seconds since 1970, become its
        local time. Left out, texts are read as ISO 8601 (``2011-12-09``, ``2011-12-09 12:50:00``) and compact days
        (``20111209``) without offset, on every engine; that is what `plain` makes of all styles. The others are
        read where the files are, by DuckDB.

    Returns
    -------
    TimestampValue
        In the project's zone, carrying none; null where no style reads the text.
    """
    if zone is None and tuple(dates) == ("iso",):
        return _iso(text)
    read = [reading for style in dates for reading in _in_style(text, style, zone or "UTC")]
    return ibis.coalesce(*read) if len(read) > 1 else read[0]


def _iso(text: ir.StringValue) -> ir.TimestampValue:
    compact = text.re_search(_COMPACT_DAY)
    iso = ibis.ifelse(compact, text.substr(0, 4).concat("-", text.substr(4, 2), "-", text.substr(6, 2)), text)
    return iso.try_cast(MOMENT)


def _in_style(text: ir.StringValue, style: str, zone: str) -> list[ir.TimestampValue]:
    if style in ("seconds", "milliseconds"):
        count = text.try_cast("float64")
        seconds = count if style == "seconds" else count / 1000
        sane = ibis.ifelse(seconds.abs() < _LAST_SECOND, seconds, ibis.null("float64"))
        return [_local(_seconds_since_1970(sane), zone)]
    if style == "plain":
        return [ibis.ifelse(text.re_search(PLAIN), _iso(text), ibis.null(MOMENT))]
    told = sorted(patterns(style), key=lambda pattern: "%Y" in pattern)  # two digits pass for a year of four
    with_offset = [pattern for pattern in told if "%z" in pattern]
    in_utc = [pattern for pattern in told if pattern.endswith(UTC_WORDS)]
    as_it_stands = [pattern for pattern in told if pattern not in {*with_offset, *in_utc}]
    read = []
    if as_it_stands:
        read.append(_try_strptime(text, as_it_stands).cast(MOMENT))
    if in_utc:
        read.append(_local(_with_zone("UTC", _try_strptime(text, in_utc)), zone))
    if with_offset:
        read.append(_local(_try_strptime_offset(text, with_offset), zone))
    return read


def _local(at: ir.TimestampValue, zone: str) -> ir.TimestampValue:
    """Write a moment as the local time of a zone, without the zone."""
    return _zone_time(zone, at)


@ibis.udf.scalar.builtin(name="try_strptime", signature=(("string", "array<string>"), "timestamp(6)"))
def _try_strptime(text, patterns): ...  # type: ignore[no-untyped-def]


@ibis.udf.scalar.builtin(name="try_strptime", signature=(("string", "array<string>"), "timestamp('UTC', 6)"))
def _try_strptime_offset(text, patterns): ...  # type: ignore[no-untyped-def]


@ibis.udf.scalar.builtin(name="to_timestamp", signature=(("float64",), "timestamp('UTC', 6)"))
def _seconds_since_1970(seconds): ...  # type: ignore[no-untyped-def]


@ibis.udf.scalar.builtin(name="timezone", signature=(("string", "timestamp(6)"), "timestamp('UTC', 6)"))
def _with_zone(zone, at): ...  # type: ignore[no-untyped-def]


@ibis.udf.scalar.builtin(name="timezone", signature=(("string", "timestamp('UTC', 6)"), "timestamp(6)"))
def _zone_time(zone, at): ...  # type: ignore[no-untyped-def]


def number_pattern(decimal: str, thousands: str) -> str:
    """Return the pattern of a number with this decimal mark and this mark between thousands, if any.

    Examples
    --------
    >>> import re
    >>> pattern = number_pattern(",", ".")
    >>> [text for text in ("1.234,50", "1234,5", "12.34", "1,5") if re.search(pattern, text)]
    ['1.234,50', '1234,5', '1,5']
    """
    point = r"\." if decimal == "." else decimal
    mark = _THOUSANDS[thousands][1]
    # Two digits, too: 12,34,567 is how India writes 1,234,567.
    whole = rf"(?:[1-9]\d{{0,2}}(?:{mark}\d{{2,3}})*{mark}\d{{3}}|\d*)" if thousands else r"\d*"
    return rf"^[+-]?{whole}(?:{point}\d*)?(?:[eE][+-]?\d+)?$"


def number(text: ir.StringValue, kind: str, *, decimal: str = ".", thousands: str = "") -> ir.DecimalValue:
    """Read a number.

    Parameters
    ----------
    text : StringValue
        As a file has it, trimmed.
    kind : str
        The type, such as ``decimal(18, 2)``.
    decimal, thousands : str
        The marks before the fraction and between thousands; ``""`` for none.
    """
    if decimal == "." and not thousands:
        return text.try_cast(kind)
    return with_point(text, decimal=decimal, thousands=thousands).try_cast(kind)


def with_point(text: ir.StringValue, *, decimal: str, thousands: str) -> ir.StringValue:
    """Write a number's text with a decimal point and nothing between thousands; null where it is no such number."""
    bare = text
    for mark in _THOUSANDS[thousands][0]:
        bare = bare.replace(mark, "")
    pointed = bare if decimal == "." else bare.replace(decimal, ".")
    return ibis.ifelse(text.re_search(number_pattern(decimal, thousands)), pointed, ibis.null("string"))
