"""Which letters, separator and header does a text file have?"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence

from patron.language import listing, say
from patron.sources.formats.format import Format
from patron.sources.spec import FormatSpec
from patron.sources.staging.scan import BLOCK, Scan
from patron.sources.staging.transcode import WHITESPACE, columns_of

_MARKS = ((b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"),
          (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8"))  # fmt: skip
_SEPARATORS = (",", ";", "\t", "|", WHITESPACE)
_LINES = 200  # of the beginning, to tell the separator
_DATA = re.compile(r"[\d\s.,:;/+'-]*\d[\d\s.,:;/+'-]*(T[\d:.]+Z?)?")
"""What a value looks like that no column is called by: digits and marks alone."""


def find_text_format(scan: Scan, *, told: FormatSpec) -> Format:
    """Find how a CSV file is written.

    Raises
    ------
    ValueError
        There is no line that is not blank, a column's name stands twice, or the header is no text.
    """
    encoding = told.encoding or encoding_of(scan)
    quote = '"' if told.quote is None else told.quote
    lines = lines_of(scan.head, encoding)[:_LINES]
    if not lines:
        raise ValueError(say("sources.blank"))
    separator = told.separator or _separator(lines, quote)
    first = split(lines[0], separator, quote)
    header = _has_header(first, told)
    columns = _named(first, header=header, told=told)
    unusual = {"encoding": encoding != "utf-8", "separator": separator != ",", "header": not header and not told.names}
    return Format(
        separator=separator, quote=quote, encoding=encoding, header=header, columns=columns,
        found=tuple(name for name, seen in unusual.items() if seen and getattr(told, name) is None),
    )  # fmt: skip


def encoding_of(scan: Scan) -> str:
    """Return how a file's letters are written.

    Good UTF-8 beyond ASCII hardly happens by chance: a file that holds some is UTF-8, and its other lines are faulty.
    A file without any is Western, when everything beyond ASCII in it makes sense as that.
    """
    for mark, encoding in _MARKS:
        if scan.head.startswith(mark):
            return encoding
    odd, even = (scan.head[place:4096:2] for place in (1, 0))
    if odd.count(0) > 0.4 * len(odd) and even.count(0) < 0.1 * len(even):
        return "utf-16-le"
    if even.count(0) > 0.4 * len(even) and odd.count(0) < 0.1 * len(odd):
        return "utf-16-be"
    return "cp1252" if scan.bad and scan.western and not scan.wide else "utf-8"


def lines_of(head: bytes, encoding: str) -> list[str]:
    """Return the first lines that are not blank; the last of them may be cut off, and is left out then."""
    text = head.decode(encoding, errors="replace").removeprefix("\ufeff")
    lines = text.split("\n")
    whole = lines[:-1] if len(lines) > 1 and len(head) >= BLOCK else lines
    return [line.removesuffix("\r") for line in whole if line.strip()]


def _separator(lines: Sequence[str], quote: str) -> str:
    """Return the separator that cuts most lines into as many columns as the first, and into most of them."""
    best, reached = ",", (0.0, 1)
    for separator in _SEPARATORS:
        if separator == WHITESPACE and reached[1] > 1:
            break  # blanks stand in texts, too
        counts = [len(split(line, separator, quote)) for line in lines]
        columns = counts[0] if counts else 0
        share = Counter(counts)[columns] / len(counts) if columns > 1 else 0.0
        if columns > 1 and (round(share, 1), columns) > reached and (separator != WHITESPACE or share > 0.5):
            best, reached = separator, (round(share, 1), columns)
    return best


def split(line: str, separator: str, quote: str) -> list[str]:
    """Return the columns of one line."""
    if separator == WHITESPACE:
        return columns_of(line)
    quoting = {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
    try:
        return next(csv.reader([line], delimiter=separator, **quoting), [])
    except csv.Error:  # a field of more letters than Python's reader takes
        return line.split(separator)


def _has_header(first: Sequence[str], told: FormatSpec) -> bool:
    """Tell whether the first line names the columns: some name in it is no number and no day."""
    if told.header is not None:
        return told.header
    if told.names is not None:
        return False
    return not first or not all(_DATA.fullmatch(name) for name in first if name.strip())


def _named(first: Sequence[str], *, header: bool, told: FormatSpec) -> tuple[str, ...]:
    # Programs that write row numbers leave their column without a name.
    own = [name if name and header else f"column {place}" for place, name in enumerate(first, start=1)]
    names = told.names or own
    if {"\ufffd", "\0"} & set("".join(names)):
        raise ValueError(say("sources.header_no_text"))
    spelt = [name.lower() for name in names]  # engines do not tell Price from PRICE
    if len(set(spelt)) < len(spelt):
        twice = listing(name for name, plain in zip(names, spelt, strict=True) if spelt.count(plain) > 1)
        raise ValueError(say("sources.header_twice", columns=twice))
    return tuple(names)
