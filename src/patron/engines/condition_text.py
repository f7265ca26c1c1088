"""Text in conditions as the engine takes it: LIKE with its wildcards, capital and small letters, blanks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Literal

import duckdb
import ibis.expr.types as ir

from patron.engines.condition_kinds import BOOLEAN, NOTHING, TEXT, Kind
from patron.engines.condition_terms import UNKNOWN, Term, as_kind, known
from patron.language import say

Case = Literal["lower", "upper"]
BLANKS = " \t\n\r\v\f"
"""What TRIM takes off on each engine."""

_ANY, _ONE = "%", "_"


def changed(text: str, case: Case) -> str:
    """Return a text in small or capital letters as DuckDB writes them: one letter for one letter (ß becomes ẞ).

    Python's own `lower` and `upper` follow Unicode's long forms (ß becomes SS), which DuckDB does not.
    """
    if text.isascii():
        return text.lower() if case == "lower" else text.upper()
    return text.translate(_letters(case))


@cache
def _letters(case: Case) -> dict[int, str]:
    """Ask the engine for the letters beyond ASCII that change, once a process: no other list would be its own."""
    asked = (
        f"SELECT code, {case}(chr(code)) FROM range(1, 1114112) AS every(big), LATERAL (SELECT big::INTEGER AS code) "
        f"WHERE code NOT BETWEEN 55296 AND 57343 AND {case}(chr(code)) <> chr(code)"
    )
    with duckdb.connect() as connection:
        return dict(connection.execute(asked).fetchall())


def tokens(pattern: str, escape: str | None) -> Iterator[tuple[bool, str]]:
    """Yield a pattern's characters, each with whether it is a wildcard.

    Raises
    ------
    ValueError
        The pattern ends with the escape character.
    """
    characters = iter(pattern)
    for character in characters:
        if character == escape:
            following = next(characters, None)
            if following is None:
                raise ValueError(pattern)
            yield False, following
        else:
            yield character in (_ANY, _ONE), character


def like(value: ir.StringValue, pattern: str, escape: str | None) -> ir.BooleanValue:
    """Return whether a column's texts match a pattern."""
    parts = list(tokens(pattern, escape))
    # Spark takes a backslash for an escape where none is named, DuckDB does not, and Ibis cannot name one.
    if any(character in (_ANY, _ONE, "\\") for wild, character in parts if not wild):
        body = "".join({_ANY: ".*", _ONE: "."}[character] if wild else _quoted(character) for wild, character in parts)
        return value.re_search(rf"(?s)\A{body}\z")
    return value.like("".join(character for _, character in parts))


def _quoted(character: str) -> str:
    return f"\\{character}" if character in r"\.+*?()|[]{}^$" else character


def matcher(pattern: str, escape: str | None) -> Callable[[str], bool]:
    """Return a function that tells whether one text matches a pattern.

    What stands between two wildcards ``%`` is looked for from the left, so the time grows with the text's length times
    the pattern's, whatever they hold.
    """
    pieces: list[list[tuple[bool, str]]] = [[]]
    for wild, character in tokens(pattern, escape):
        if wild and character == _ANY:
            pieces.append([])
        else:
            pieces[-1].append((wild, character))
    texts = [re.compile("".join("." if wild else re.escape(c) for wild, c in piece), re.DOTALL) for piece in pieces]
    lengths = [len(piece) for piece in pieces]
    if len(pieces) == 1:
        return lambda text: texts[0].fullmatch(text) is not None

    def matches(text: str) -> bool:
        end = len(text) - lengths[-1]
        if end < lengths[0] or not texts[0].match(text) or not texts[-1].match(text, end):
            return False
        place = lengths[0]
        for middle in texts[1:-1]:
            found = middle.search(text, place, end)
            if found is None:
                return False
            place = found.end()
        return True

    return matches


def _text(term: Term) -> Term:
    if term.kind not in (TEXT, NOTHING):
        raise TypeError(say("errors.kind.no_text", kind=term.kind.title))
    return as_kind(term, TEXT)


def in_letters(term: Term, case: Case) -> Term:
    """Return a text in small or capital letters."""
    term = _text(term)
    return Term(
        TEXT,
        lambda table: term.engine(table).lower() if case == "lower" else term.engine(table).upper(),
        known(term, lambda text: changed(text, case)),
    )


def stripped(term: Term) -> Term:
    """Return a text without the blanks at its ends."""
    term = _text(term)
    return Term(TEXT, lambda table: term.engine(table).strip(), known(term, lambda text: text.strip(BLANKS)))


def length(term: Term) -> Term:
    """Return how many characters a text has."""
    term = _text(term)
    return Term(
        Kind("exact", 10, whole=True), lambda table: term.engine(table).length().cast("int64"), known(term, len)
    )


def liked(term: Term, pattern: Term, escape: str | None, *, any_case: bool) -> Term:
    """Tell whether a text matches a pattern that is written out."""
    if pattern.kind is NOTHING:
        return UNKNOWN
    if pattern.kind is not TEXT or not pattern.is_written:
        raise TypeError(say("errors.kind.pattern"))
    text, wanted = _text(term), str(pattern.value)
    if escape is not None and (len(escape) != 1 or escape.isalnum() or escape in "%_"):
        raise TypeError(say("errors.kind.escape", came=escape))
    if any_case:
        text, wanted = in_letters(text, "lower"), changed(wanted, "lower")
    return Term(BOOLEAN, lambda table: like(text.engine(table), wanted, escape), known(text, matcher(wanted, escape)))
