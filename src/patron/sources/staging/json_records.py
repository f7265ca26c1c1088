"""JSON: one object a line, or one array of objects. Nested objects become columns such as ``customer.id``.

Numbers stay the text that they were written as. What is no object is refused and shown, never skipped.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

from patron.language import say

Refuse = Callable[[int, str], None]
"""Told of the number and the text of what could not be read."""

_CHUNK = 1 << 20
_SHOWN = 2000  # letters of what is refused
_WHITE = " \t\r\n"


def _no_constant(word: str) -> str:
    return word


_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=_no_constant)


def json_records(stream: BinaryIO, *, refuse: Refuse, encoding: str = "utf-8") -> Iterator[dict[str, str | None]]:
    """Read records, flat and as text.

    Parameters
    ----------
    stream : BinaryIO
        Unzipped, at its beginning.
    refuse : callable
        Told of each record that cannot be read: its number among all, from 1, and its text.
    encoding : str
        How the letters are written.

    Raises
    ------
    ValueError
        It is neither an array nor objects in lines.
    """
    begun = stream.readline(_CHUNK)
    while begun and not begun.strip(b" \t\r\n\xef\xbb\xbf"):
        begun = stream.readline(_CHUNK)
    text = begun.decode(encoding, errors="replace").lstrip("\ufeff" + _WHITE)
    if text.startswith("["):
        yield from _array(text, stream, refuse, encoding)
    elif text.startswith("{"):
        yield from _lines(begun, stream, refuse, encoding)
    else:
        raise ValueError(say("sources.no_json"))


def _lines(begun: bytes, stream: BinaryIO, refuse: Refuse, encoding: str) -> Iterator[dict[str, str | None]]:
    while not begun.endswith(b"\n") and (more := stream.readline()):
        begun += more
    line, number = begun, 0
    while line:
        if line.strip():
            number += 1
            record = _object(line, number, refuse, encoding)
            if record is None and number == 1 and line.strip() == b"{":
                raise ValueError(say("sources.no_json"))
            if record is not None:
                yield record
        line = stream.readline()


def _object(line: bytes, number: int, refuse: Refuse, encoding: str) -> dict[str, str | None] | None:
    try:
        text = line.decode(encoding).lstrip("\ufeff").strip()
        value, end = _DECODER.raw_decode(text)
        if isinstance(value, dict) and end == len(text):
            return flat(value)
    except (ValueError, RecursionError):
        pass
    refuse(number, line[: _SHOWN * 4].decode(encoding, errors="replace").strip()[:_SHOWN])
    return None


def _array(text: str, stream: BinaryIO, refuse: Refuse, encoding: str) -> Iterator[dict[str, str | None]]:
    """Read an array as it comes: one object at a time, more bytes only when the object at hand is not whole."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    rest, number, closed = text[1:], 0, False
    size, ended = _CHUNK, False
    while not closed:
        rest = rest.lstrip(_WHITE + ",")
        closed = rest.startswith("]")
        value, end = (None, 0) if closed or not rest else _one(rest)
        if end and (ended or end < len(rest)):  # a number that touches the end may go on
            number += 1
            rest, size = rest[end:], _CHUNK
            if isinstance(value, dict):
                yield flat(value)
            else:
                refuse(number, str(value)[:_SHOWN])
        elif not closed and ended:
            refuse(number + 1, rest[:_SHOWN] or say("sources.unclosed_array"))
            return
        elif not closed:
            block = stream.read(size)
            ended, size = not block, size * 2
            rest += decoder.decode(block, final=ended)
    if rest[1:].strip(_WHITE):
        refuse(number + 1, rest[1:].strip(_WHITE)[:_SHOWN])


def _one(text: str) -> tuple[Any, int]:
    """Return the value at the beginning of a text and where it ends; 0 when it is not whole."""
    try:
        return _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return None, 0


def flat(record: Mapping[str, Any], above: str = "") -> dict[str, str | None]:
    """Return a record without nesting, all values as text.

    Examples
    --------
    >>> flat({"id": "7", "customer": {"id": "a", "tags": ["x", "y"]}, "paid": True, "note": None})
    {'id': '7', 'customer.id': 'a', 'customer.tags': '["x", "y"]', 'paid': 'true', 'note': None}
    """
    found: dict[str, str | None] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            found |= flat(value, f"{above}{name}.")
        else:
            found[f"{above}{name}"] = _text(value)
    return found


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value if value is None else value.encode("utf-8", errors="replace").decode()
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False).encode("utf-8", errors="replace").decode()
