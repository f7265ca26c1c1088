"""Files that were cleaned together, and on which conditions what came of them can be taken over by a later run.

A new day's file costs a day's work: the files before it stay cleaned. That must never show in the result, so a batch is
taken over only where cleaning it again would give the same rows. Whatever is in doubt is cleaned anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
from pydantic import BaseModel, ConfigDict

from patron.sources.checks.unknown_customers import SoldTo
from patron.sources.formats.format_findings import Written
from patron.sources.quality import Finding
from patron.sources.reversals import link_reversals

MOST_BATCHES = 64
"""Beyond these many all files are cleaned as one batch again: a table of a thousand small files is slow to read."""


class Batch(BaseModel):
    """Files of the order lines that one run cleaned together."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    files: dict[str, str]
    """Fingerprint by name, in reading order."""
    mapped: tuple[str, ...]
    """The fields that have a column."""
    mark: str
    """Fingerprint of everything else that cleaning depends on."""
    as_of: date
    today: date
    last_day: date | None
    """The last plausible day of a line with a customer."""
    later: int
    implausible: int
    findings: tuple[Finding, ...]
    forms: tuple[Written, ...]
    sold_to: dict[str, tuple[int, float]]

    def holds(self, *, mark: str, asked: date | None, today: date) -> bool:
        """Tell whether cleaning it again would give the same.

        Parameters
        ----------
        mark : str
            Of this run.
        asked : date, optional
            The day that this run is asked to be about; without one it is the last in the data.
        today : date
            No day after it is plausible.
        """
        # A day that had not come yet may have come by now, and a line that was later may be known by now.
        plausible = today == self.today or (today > self.today and not self.implausible)
        covered = asked is None or self.last_day is None or self.last_day <= asked
        known = asked == self.as_of if self.later else covered
        return mark == self.mark and plausible and known


@dataclass(frozen=True)
class Cleaned:
    """The batches that an earlier run left, with what came of them.

    `lines` keeps contracts.raw.RAW_ORDER_LINES, `marks` contracts.raw.LINE_MARKS, `rejected` contracts.raw.REJECTED;
    each batch has a part of its own in all three, called by `part_name`.
    """

    batches: tuple[Batch, ...]
    lines: ir.Table
    marks: ir.Table
    rejected: ir.Table

    @property
    def files(self) -> int:
        """How many files they hold."""
        return sum(len(batch.files) for batch in self.batches)

    @property
    def mapped(self) -> tuple[str, ...]:
        """The fields that have a column, in all of them."""
        return self.batches[0].mapped

    @property
    def last_day(self) -> date | None:
        """The last plausible day of a line with a customer."""
        return max((batch.last_day for batch in self.batches if batch.last_day), default=None)


def taken_over(
    batches: Sequence[Batch], files: Mapping[str, str], *, mark: str, asked: date | None, today: date
) -> bool:
    """Tell whether all `batches` hold, and `files` (fingerprint by name, in order) are theirs and others after them.

    All or none: a batch that is cleaned again may hold lines that repeat in the batches after it.
    """
    held = [item for batch in batches for item in batch.files.items()]
    return (
        0 < len(batches) < MOST_BATCHES
        and len(held) < len(files)
        and held == list(files.items())[: len(held)]
        and all(batch.holds(mark=mark, asked=asked, today=today) for batch in batches)
    )


def part_name(place: int) -> str:
    """Return the name of the part that a batch has in each table, by its place from 0."""
    return f"lines-{place + 1:04d}"


def merged(batches: Sequence[Batch]) -> list[Finding]:
    """Return the findings of all batches, added up by what they count."""
    rows: dict[tuple[str, str, str], int] = {}
    for batch in batches:
        for finding in batch.findings:
            key = (finding.source, finding.check, finding.outcome)
            rows[key] = rows.get(key, 0) + finding.rows
    return [Finding(*key, count) for key, count in rows.items()]


def added(sold: Iterable[SoldTo]) -> SoldTo:
    """Add up what was sold with and without a customer."""
    sums: dict[str, tuple[int, float]] = {}
    for part in sold:
        for rule, (lines, amount) in part.items():
            before = sums.get(rule, (0, 0.0))
            sums[rule] = (before[0] + lines, before[1] + amount)
    return sums


_COMPARED = (
    "line_id", "order_id", "customer_id", "product_id", "currency", "ordered_at", "unit_price", "derived_price",
    "quantity", "discount", "kind",
)  # fmt: skip


def link_to_older(lines: ir.Table, before: ir.Table, *, derived_price: bool) -> ir.Table:
    """Link new returns to the sales that they take back, old or new.

    Parameters
    ----------
    lines : Table
        New kept lines.
    before : Table
        contracts.raw.RAW_ORDER_LINES of the lines before, in the currency in which they came.
    derived_price : bool
        Whether their prices were derived from amounts.
    """
    giving_back = lines.filter(lines.kind == "return").select("customer_id").distinct()
    theirs = before.semi_join(giving_back, "customer_id").mutate(derived_price=ibis.literal(derived_price))
    # The older returns are among them: they have used up what they took back, and find the same sales as before.
    linked = link_reversals(ibis.union(lines.select(_COMPARED), theirs.select(_COMPARED)))
    found = linked.select(found_id=linked.line_id, reverses=linked.reverses, given_back=linked.discount)
    joined = lines.left_join(found, lines.line_id == found.found_id)
    return joined.mutate(discount=joined.given_back).drop("found_id", "given_back")


def reach_back(lines: ir.Table, before: ir.Table) -> ir.IntegerScalar:
    """Count the new lines that may change what an older return took back.

    Returns are served in the order in which they came, so a new line can only matter to one that came no earlier.

    Parameters
    ----------
    lines, before : Table
        New and older lines with `customer_id, ordered_at`; of the older ones also `kind`.
    """
    returns = before.filter(before.kind == "return")
    last = returns.group_by("customer_id").aggregate(last=returns.ordered_at.max())
    met = lines.inner_join(last, "customer_id")
    return met.filter(met.ordered_at <= met["last"]).count()
