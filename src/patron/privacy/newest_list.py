"""Of several copies of a project's list of the erased, one that knows all that any of them knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from patron.errors import ArgumentError
from patron.language import failure


def newest_list(copies: Iterable[bytes]) -> bytes:
    """Return the contents of one list: every erasure of every copy, once, in the order in which they were written.

    Parameters
    ----------
    copies : iterable of bytes
        What stands in files of the name `erased.jsonl`; an empty one says that nobody was erased.

    Raises
    ------
    ArgumentError
        Two of them have different salts, so they are of two projects: what one says of people means nothing in the
        other.
    """
    lists = [_lines(copy) for copy in copies]
    salts = {lines[0] for lines in lists if lines}
    if len(salts) > 1:
        raise failure(ArgumentError, "operations.two_lists")
    together = dict.fromkeys(line for lines in sorted(lists, key=len, reverse=True) for line in lines)
    return b"".join(line + b"\n" for line in together)


def _lines(copy: bytes) -> Sequence[bytes]:
    """Return the whole lines; one that was cut off by a kill is none."""
    return copy.split(b"\n")[:-1]


__all__ = ["newest_list"]
