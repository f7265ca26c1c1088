"""The cleaning rules for orders and their lines, in the order in which they are asked; the first that applies decides.

A rule says what becomes of a row (`rejected`, `later` or `removed`) and when. Adding one is adding one entry here and
its two sentences in the catalogue (``quality.rule.NAME`` and ``quality.advice.NAME``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import ibis
import ibis.expr.types as ir

from patron.engines.condition import condition
from patron.sources.spec import SourceSpec

EARLIEST = date(1990, 1, 1)
"""No shop's electronic orders are older; such days are typos or defaults."""


@dataclass(frozen=True)
class Setting:
    """What the rules need to know besides the row."""

    spec: SourceSpec
    as_of: date
    today: date
    source: str = "order_lines"
    lines: ir.Table | None = None  # the cleaned order lines, for a source that knows people by their orders
    invitations: ir.Table | None = None  # the cleaned invitations, for answers that know people by them


@dataclass(frozen=True)
class Rule:
    """One cleaning rule."""

    name: str
    outcome: Literal["rejected", "later", "removed"]
    applies: Callable[[ir.Table, Setting], ir.BooleanValue]


def plausible(day: ir.DateValue, *, today: date) -> ir.BooleanValue:
    """Tell whether a day can be true: since 1990, and not after the run's day."""
    return (day >= ibis.literal(EARLIEST)) & (day <= ibis.literal(today))


def _never(_lines: ir.Table, _setting: Setting) -> ir.BooleanValue:
    return ibis.literal(value=False)


def _repeated_across_files(lines: ir.Table, setting: Setting) -> ir.BooleanValue:
    keep = setting.spec.clean.repeated_across_files == "keep"
    return ibis.literal(value=False) if keep else lines.in_earlier_file


def _unreadable_number(lines: ir.Table, _setting: Setting) -> ir.BooleanValue:
    return lines.bad_number | lines.quantity.isnull() | lines.unit_price.isnull() | lines.amount.isnull()


def _non_positive_price(lines: ir.Table, setting: Setting) -> ir.BooleanValue:
    if setting.spec.clean.non_positive_price == "keep":
        return lines.unit_price < 0
    return lines.unit_price <= 0


def _cancelled(lines: ir.Table, setting: Setting) -> ir.BooleanValue:
    """Refuse cancelled lines that never took place; one with a negative quantity is the reversal, and is kept."""
    if setting.spec.cancelled is None:
        return ibis.literal(value=False)
    cancelled = condition(setting.spec.cancelled, lines, where=f"sources.{setting.source}.cancelled")
    return cancelled.compile(lines) & (lines.quantity > 0)


def _excluded(lines: ir.Table, setting: Setting) -> ir.BooleanValue:
    if setting.spec.exclude is None:
        return ibis.literal(value=False)
    return condition(setting.spec.exclude, lines, where=f"sources.{setting.source}.exclude").compile(lines)


BROKEN = Rule("broken_row", "rejected", lambda lines, _: lines.broken)
_DATED = (
    Rule("unparsable_date", "rejected", lambda lines, _: lines.ordered_at.isnull()),
    Rule("implausible_date", "rejected", lambda lines, s: ~plausible(lines.ordered_at.date(), today=s.today)),
    Rule("later", "later", lambda lines, s: lines.ordered_at.date() > ibis.literal(s.as_of)),
    Rule("missing_customer", "rejected", lambda lines, _: lines.customer_id.isnull()),
)
EXCLUDED = Rule("excluded", "rejected", _excluded)
_CANCELLED = Rule("cancelled", "rejected", _cancelled)
_PRICED = Rule("non_positive_price", "rejected", _non_positive_price)

CLEANING: tuple[Rule, ...] = (
    BROKEN,
    Rule("repeated_across_files", "removed", _repeated_across_files),
    Rule("order_missing", "rejected", _never),
    *_DATED,
    # Before the numbers: an amount divided by no units is no price, but nothing that could not be read.
    Rule("zero_quantity", "rejected", lambda lines, _: lines.quantity == 0),
    Rule("unreadable_number", "rejected", _unreadable_number),
    EXCLUDED,
    _CANCELLED,
    _PRICED,
)
"""For order lines. A line falls by a rule, too, when its order in the source `orders` fell by it; `order_missing` falls
on lines whose order is not there."""

READABLE: tuple[Rule, ...] = (
    BROKEN,
    Rule("missing_key", "rejected", lambda orders, _: orders.order_id.isnull()),
    EXCLUDED,
    *_DATED,
    Rule("unreadable_number", "rejected", lambda orders, _: orders.bad_number),
)
"""For orders: what a row must be before it can say how its order stands."""

EARLIER_VERSION = Rule("earlier_version", "removed", lambda orders, _: orders.superseded)
"""For orders: a later row of the same order says how it stands now."""

VALID_BESIDE_LINES: tuple[Rule, ...] = (_CANCELLED,)
"""For orders whose goods stand in `order_lines`."""

VALID_ALONE: tuple[Rule, ...] = (
    Rule("unreadable_number", "rejected", lambda orders, _: orders.amount.isnull()),
    _CANCELLED,
    _PRICED,
)
"""For orders that stand for their goods themselves."""

ORDERS: tuple[Rule, ...] = (*READABLE, EARLIER_VERSION, *VALID_ALONE)
"""All rules for orders."""


def ruled(rows: ir.Table, setting: Setting, rules: Sequence[Rule]) -> ir.StringValue:
    """Return the name of the first of `rules` that applies to a row, null where none does.

    A row with the column `order_rule`, the rule by which its order fell, falls by the same.
    """
    branches = []
    for rule in rules:
        applies = rule.applies(rows, setting).fill_null(False)
        inherited = (rows.order_rule == rule.name).fill_null(False) if "order_rule" in rows.columns else None
        branches.append((applies if inherited is None else applies | inherited, rule.name))
    return ibis.cases(*branches, else_=ibis.null("string"))


def classify(lines: ir.Table, setting: Setting, *, rules: Sequence[Rule] = CLEANING) -> ir.Table:
    """Add the column `rule`: the name of the first rule that applies, null for a line that is kept."""
    return lines.mutate(rule=ruled(lines, setting, rules))
