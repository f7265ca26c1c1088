"""The cleaning rules for order lines, in the order in which they are asked; the first that applies decides.

A rule says what becomes of a row (`rejected`, `later` or `removed`) and when. Adding one is adding one entry here and
its two sentences in the catalogue (``quality.rule.NAME`` and ``quality.advice.NAME``).
"""

from __future__ import annotations

from collections.abc import Callable
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


@dataclass(frozen=True)
class Rule:
    """One cleaning rule."""

    name: str
    outcome: Literal["rejected", "later", "removed"]
    applies: Callable[[ir.Table, Setting], ir.BooleanValue]


def plausible(day: ir.DateValue, *, today: date) -> ir.BooleanValue:
    """Tell whether a day can be true: since 1990, and not after the run's day."""
    return (day >= ibis.literal(EARLIEST)) & (day <= ibis.literal(today))


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
    return condition(setting.spec.cancelled, lines, where="sources.order_lines.cancelled") & (lines.quantity > 0)


def _excluded(lines: ir.Table, setting: Setting) -> ir.BooleanValue:
    if setting.spec.exclude is None:
        return ibis.literal(value=False)
    return condition(setting.spec.exclude, lines, where="sources.order_lines.exclude")


CLEANING: tuple[Rule, ...] = (
    Rule("broken_row", "rejected", lambda lines, _: lines.broken),
    Rule("repeated_across_files", "removed", _repeated_across_files),
    Rule("unparsable_date", "rejected", lambda lines, _: lines.ordered_at.isnull()),
    Rule("implausible_date", "rejected", lambda lines, s: ~plausible(lines.ordered_at.date(), today=s.today)),
    Rule("later", "later", lambda lines, s: lines.ordered_at.date() > ibis.literal(s.as_of)),
    Rule("missing_customer", "rejected", lambda lines, _: lines.customer_id.isnull()),
    Rule("unreadable_number", "rejected", _unreadable_number),
    Rule("zero_quantity", "rejected", lambda lines, _: lines.quantity == 0),
    Rule("excluded", "rejected", _excluded),
    Rule("cancelled", "rejected", _cancelled),
    Rule("non_positive_price", "rejected", _non_positive_price),
)


def classify(lines: ir.Table, setting: Setting) -> ir.Table:
    """Add the column `rule`: the name of the first rule that applies, null for a line that is kept."""
    branches = [(rule.applies(lines, setting).fill_null(False), rule.name) for rule in CLEANING]
    return lines.mutate(rule=ibis.cases(*branches, else_=ibis.null("string")))
