"""Which lines stood before, in the same file or in an earlier one?

Lines are compared by two hashes of their content, and only contents that stand more than once are looked at again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

_LARGEST = 2**63 - 1


def content_of(texts: Mapping[str, ir.StringValue]) -> ir.StringValue:
    """Join what is not null by ' | '."""
    # In one call: each call writes the whole text anew.
    first, *rest = (ibis.literal(f"{name}=").concat(text, " | ").fill_null("") for name, text in texts.items())
    return first.concat(*rest) if rest else first


def marks(rows: ir.Table, fields: Sequence[str]) -> ir.Table:
    """Return the place of every row and two hashes of its content: ``file_number, row, mark, seal``.

    Together the hashes are the same for two contents once in 10^38. The comparison must not see the blanks, so the
    fields are trimmed: of one shop's 22,523 overlapping lines only 18,170 match byte for byte.
    """
    content = content_of({name: rows[name] for name in fields})
    return rows.select("file_number", "row", mark=content.hash(), seal=ibis.literal("seal ").concat(content).hash())


def compared(lines: ir.Table, marks: ir.Table, *, seen: ir.Table | None = None) -> ir.Table:
    """Say which lines stood before: `repeated` in the same file, `in_earlier_file` in an earlier one.

    The k-th copy of a line in a file answers to the k-th copy in another: a line that stands twice in one file and
    three times in the next is kept three times, for repeated lines inside one file are often real.

    Parameters
    ----------
    lines : Table
        With `file_number, row`.
    marks : Table
        What `marks` says of these lines.
    seen : Table, optional
        contracts.raw.LINE_MARKS of files before these, which are not read again.
    """
    copies = _copies(marks, seen)
    places = copies.select(copy_file=copies.file_number, copy_row=copies.row, place=copies.place, before=copies.before)
    joined = lines.left_join(places, [("file_number", "copy_file"), ("row", "copy_row")])
    return joined.mutate(repeated=joined.place.fill_null(0) > 0, in_earlier_file=joined.before.fill_null(False)).drop(
        "copy_file", "copy_row", "place", "before"
    )


def _copies(marks: ir.Table, seen: ir.Table | None) -> ir.Table:
    """Return the rows whose content stands more than once, their `place` in their file, and if they stood `before`."""
    same = ["mark", "seal"]
    several = marks.group_by(same).aggregate(copies=marks.count()).filter(lambda t: t.copies > 1)
    twice = marks.semi_join(several, same)
    if seen is not None:
        known = marks.mutate(stored=stored(marks)).semi_join(seen, [("stored", "mark")]).drop("stored")
        twice = ibis.union(twice, known, distinct=True)
    in_file = ibis.window(group_by=[*same, "file_number"], order_by="row")
    placed = twice.mutate(place=ibis.row_number().over(in_file))
    everywhere = ibis.window(group_by=[*same, placed.place])
    told = placed.mutate(before=placed.file_number > placed.file_number.min().over(everywhere))
    if seen is None:
        return told
    most = seen.group_by(seen_mark=seen.mark).aggregate(copies=seen.copies.max())
    joined = told.mutate(stored=stored(told)).left_join(most, [("stored", "seen_mark")])
    return joined.mutate(before=joined.before | (joined.place < joined.copies.fill_null(0)))


def stored(marks: ir.Table) -> ir.IntegerValue:
    """Return the number that is stored for a content: 63 bits of its hash `mark`.

    Two contents share a number with a chance of one in 10^19: of a hundred million lines and a new day of a hundred
    thousand, one pair in two million such days.
    """
    # Engines hash to signed or to unsigned numbers of 64 bits; a decimal holds either.
    return (marks.mark.cast("decimal(38, 0)") % _LARGEST).cast("int64")


def line_marks(marks: ir.Table) -> ir.Table:
    """Return how often each content stands in the file that has it most often.

    Parameters
    ----------
    marks : Table
        What `marks` says of all lines that were read.
    """
    per_file = marks.group_by("file_number", mark=stored(marks)).aggregate(copies=marks.count())
    return per_file.group_by("mark").aggregate(copies=per_file.copies.max())


def as_one_batch(marks: ir.Table) -> ir.Table:
    """Return contracts.raw.LINE_MARKS of several batches as it would be had their files been one batch."""
    return marks.group_by("mark").aggregate(batch=ibis.literal(1, "int64"), copies=marks.copies.max())
