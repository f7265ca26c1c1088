"""What tells that a line stood in an earlier file, when that file is not read again.

In   sources.lines.compared       lines with the hash of their content
Out  contracts.raw.LINE_MARKS     one row per content
"""

from __future__ import annotations

import ibis.expr.types as ir

_LARGEST = 2**63 - 1


def mark_of(lines: ir.Table) -> ir.IntegerValue:
    """Return the number that is stored for a line's content: 63 bits of its hash `mark`.

    Two contents share a number with a chance of one in 10^19: of a hundred million lines and a new day of a hundred
    thousand, one pair in two million such days.
    """
    # Engines hash to signed or to unsigned numbers of 64 bits; a decimal holds either.
    return (lines.mark.cast("decimal(38, 0)") % _LARGEST).cast("int64")


def line_marks(lines: ir.Table) -> ir.Table:
    """Return how often each content stands in the file that has it most often.

    Parameters
    ----------
    lines : Table
        With `mark` and `occurrence`, the place of a line among those of its file with the same content, from 0.
    """
    marked = lines.select(mark=mark_of(lines), occurrence=lines.occurrence)
    return marked.group_by("mark").aggregate(copies=marked.occurrence.max() + 1)
