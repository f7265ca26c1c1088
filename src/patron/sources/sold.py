"""Who bought what, when: the sources `orders` and `order_lines`, cleaned to order lines.

Each stage is a pure function from tables to tables, in a file of its own: came -> compared -> typed -> judged -> kept
-> discounts of orders -> reversals -> one currency -> products. Those that look at all lines at once are
`copies.compared`, `orders.judged`, `orders.with_orders`, `orders.with_order_discount`, `reversals.link_reversals` and
`currency.with_rate`; what lines that were cleaned before say to them is `batches.Cleaned`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import ibis.expr.types as ir

from patron.contracts import Column
from patron.contracts.raw import FIELDS, REJECTED
from patron.errors import NotEnoughData, SettingsError
from patron.language import failure
from patron.sources import currency, lines, orders, tally
from patron.sources.batches import Batch, Cleaned, link_to_older, reach_back
from patron.sources.came import Came, Reader
from patron.sources.checks.unknown_customers import SoldTo, sold_to
from patron.sources.completed import with_products
from patron.sources.copies import compared, line_marks
from patron.sources.files import SourceFile
from patron.sources.formats.format_findings import Written
from patron.sources.quality import Finding
from patron.sources.reversals import link_reversals
from patron.sources.rules import CLEANING, ORDERS, Rule, Setting, classify, plausible
from patron.sources.spec import SourceSpec

SALES = ("order_lines", "orders")
"""The sources that say who bought what, when."""

_RULES: dict[str, tuple[Rule, ...]] = {"order_lines": CLEANING, "orders": ORDERS}


@dataclass(frozen=True, kw_only=True)
class Sold:
    """What came of the files that were cleaned.

    `lines` keeps contracts.raw.RAW_ORDER_LINES, `marks` contracts.raw.LINE_MARKS, `rejected` contracts.raw.REJECTED.
    """

    names: tuple[str, ...]
    cleaned: Cleaned | None
    files: Mapping[str, str]
    mapped: tuple[str, ...]
    lines: ir.Table
    orders: ir.Table | None
    marks: ir.Table | None
    rejected: tuple[ir.Table, ...]
    findings: tuple[Finding, ...]
    forms: Mapping[str, tuple[Written, ...]]
    sold_to: SoldTo
    last_day: date | None
    as_of: date

    def batch(self, mark: str, *, today: date) -> Batch:
        """Return what a later run must know to take this over."""
        counted = {finding.check: finding.rows for finding in self.findings}
        return Batch(
            files=dict(self.files),
            mapped=self.mapped,
            mark=mark,
            as_of=self.as_of,
            today=today,
            last_day=self.last_day,
            later=counted.get("later", 0),
            implausible=counted.get("implausible_date", 0),
            findings=self.findings,
            forms=self.forms.get("order_lines", ()),
            sold_to=self.sold_to,
        )


@dataclass(frozen=True, kw_only=True)
class Sales:
    """The sources of orders of one project, and all that cleaning them depends on.

    `listed` are the raw tables of products and rates. `cleaned` is what an earlier run made of the first files of the
    order lines; only the files after those are read.
    """

    reader: Reader
    specs: Mapping[str, SourceSpec]
    files: Mapping[str, Sequence[SourceFile]]
    listed: Mapping[str, ir.Table]
    exchange: currency.Exchange
    today: date
    asked: date | None
    cleaned: Cleaned | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The sources that are there."""
        return tuple(name for name in SALES if name in self.specs)

    def clean(self) -> Sold:
        """Clean the files.

        Raises
        ------
        SettingsError, SourceError, ConditionError
            A source is not as the settings say.
        NotEnoughData
            No order has a plausible date.
        """
        _check_prices({name: self._came[name].mapped for name in self.names})
        typed = {name: self._typed(name) for name in self.names}
        last_day = self._last_plausible_day(typed["orders" if "orders" in typed else "order_lines"])
        as_of = self._as_of(last_day)
        judged = self._judged(typed, as_of)
        kept = self._kept(judged)
        if self.cleaned is not None and self._unlike(kept, self.cleaned):
            return replace(self, cleaned=None).clean()
        whole = self._in_one_currency(self._linked(kept))
        return Sold(
            names=self.names,
            cleaned=self.cleaned,
            files={file.name: file.fingerprint() for file in self._files("order_lines")},
            mapped=self._came[self.names[0]].mapped,
            lines=with_products(whole, self.listed["raw_products"]),
            orders=orders.collected(judged["orders"]) if "orders" in judged else None,
            marks=line_marks(self._came["order_lines"].marks) if self._can_grow else None,
            rejected=tuple(table for name in self.names for table in self._refused(name, judged[name])),
            findings=(*self._outcomes(judged), *self._flags(whole, judged)),
            forms={name: self._came[name].forms for name in self.names},
            sold_to=sold_to(judged[self.names[0]]),
            last_day=last_day,
            as_of=as_of,
        )

    @cached_property
    def _came(self) -> dict[str, Came]:
        came: dict[str, Came] = {}
        for name in reversed(self.names):  # orders first: the lines of an erased person's order are theirs too
            gone = came["orders"].gone if "orders" in came else None
            fields = _fields(name, self.names)
            came[name] = self.reader.rows(name, self.specs[name], self._files(name), fields, gone=gone)
        return {name: came[name] for name in self.names}

    def _files(self, source: str) -> Sequence[SourceFile]:
        """Return the files that are to be read."""
        done = self.cleaned.files if self.cleaned and source == "order_lines" else 0
        return self.files.get(source, ())[done:]

    @property
    def _can_grow(self) -> bool:
        """Whether a later run can take over what this one cleans, and clean new files alone.

        Not where a line leans on another source that grows too, or on what the cleaned lines do not keep: the price in
        the order's own currency, or which of the prices were derived.
        """
        mapped = set(self._came["order_lines"].mapped) if "order_lines" in self.names else set()
        alone = self.names == ("order_lines",) and len(self.files["order_lines"]) > 1
        return alone and not self._has_currencies and not {"unit_price", "amount"} <= mapped

    def _unlike(self, kept: ir.Table, cleaned: Cleaned) -> bool:
        """Tell whether the new files cannot stand beside the cleaned ones: other fields, or lines that reach back."""
        if self._came["order_lines"].mapped != cleaned.mapped:
            return True
        return bool(reach_back(kept, cleaned.lines).to_pyarrow().as_py())

    def _typed(self, source: str) -> ir.Table:
        came = self._came[source]
        if source == "orders":
            return orders.typed(came.table, came.marks, mapped=came.mapped)
        seen = self.cleaned.marks if self.cleaned else None
        before = self.cleaned.files if self.cleaned else 0
        return lines.typed(compared(came.table, came.marks, seen=seen), mapped=came.mapped, files_before=before)

    def _last_plausible_day(self, typed: ir.Table) -> date | None:
        day = typed.ordered_at.date()
        usable = typed.filter(plausible(day, today=self.today) & typed.customer_id.notnull())
        last: date | None = usable.aggregate(last=day.max()).to_pyarrow()["last"][0].as_py()
        return last

    def _as_of(self, last_day: date | None) -> date:
        if self.asked is not None:
            return self.asked
        known = [day for day in (last_day, self.cleaned.last_day if self.cleaned else None) if day is not None]
        if not known:
            raise failure(NotEnoughData, "sources.no_plausible_day", today=self.today)
        return max(known)

    def _judged(self, typed: Mapping[str, ir.Table], as_of: date) -> dict[str, ir.Table]:
        settings = {name: Setting(self.specs[name], as_of, self.today, name) for name in self.names}
        judged: dict[str, ir.Table] = {}
        if "orders" in typed:
            alone = "order_lines" not in typed
            judged["orders"] = self.reader.keep(
                "orders_judged", orders.judged(typed["orders"], settings["orders"], alone=alone)
            )
        if "order_lines" in typed:
            rows = typed["order_lines"]
            rows = orders.with_orders(rows, judged["orders"]) if "orders" in judged else rows
            judged["order_lines"] = self.reader.keep("order_lines_judged", classify(rows, settings["order_lines"]))
        return judged

    def _kept(self, judged: Mapping[str, ir.Table]) -> ir.Table:
        """Return the kept lines: of the order lines, else each order as one."""
        if "order_lines" not in judged:
            return lines.kept(judged["orders"], self.specs["orders"], source="orders")
        kept = lines.kept(judged["order_lines"], self.specs["order_lines"], source="order_lines")
        return orders.with_order_discount(kept, judged["orders"]) if "orders" in judged else kept

    def _linked(self, kept: ir.Table) -> ir.Table:
        """Link returns to the sales that they take back, which may be among the lines that were cleaned before."""
        if self.cleaned is None:
            return self.reader.keep("order_lines_linked", link_reversals(kept))
        derived = "unit_price" not in self._came["order_lines"].mapped
        return self.reader.keep(
            "order_lines_linked",
            link_to_older(self.reader.keep("order_lines_new", kept), self.cleaned.lines, derived_price=derived),
        )

    def _in_one_currency(self, whole: ir.Table) -> ir.Table:
        if not self._has_currencies:
            return whole
        ours = self.exchange.currency
        rates = currency.rates(self.exchange, self.listed["raw_rates"])
        rated = self.reader.keep("order_lines_rated", currency.with_rate(whole, rates, currency=ours))
        currency.check_rates(rated, currency=ours)
        return currency.converted(rated)

    @property
    def _has_currencies(self) -> bool:
        return any("currency" in came.mapped for came in self._came.values())

    def _outcomes(self, judged: Mapping[str, ir.Table]) -> list[Finding]:
        return [
            finding
            for name in self.names
            for finding in tally.outcomes(
                name, judged[name], self._came[name].undecoded, rules=_outcomes_of(name), erased=self._came[name].erased
            )
        ]

    def _flags(self, whole: ir.Table, judged: Mapping[str, ir.Table]) -> list[Finding]:
        """Count what was kept, but deserves to be known."""
        found = tally.flagged(whole, source=self.names[0])
        if len(self.names) > 1:
            lacking = orders.without_lines(judged["orders"], judged["order_lines"])
            found.append(tally.flag("orders", "orders_without_lines", lacking))
        if "orders" in judged:
            found.append(tally.flag("orders", "versions_differ", orders.differing(judged["orders"])))
        if self._has_currencies:
            found.append(tally.flag(self.names[0], "converted", currency.foreign(whole, self.exchange.currency)))
        return found

    def _refused(self, source: str, judged: ir.Table) -> tuple[ir.Table, ir.Table]:
        return refused(source, judged, self._came[source], _outcomes_of(source))


def refused(source: str, judged: ir.Table, came: Came, outcomes: Mapping[str, str]) -> tuple[ir.Table, ir.Table]:
    """Return the rows of a source that are not used: those that a rule refused, and those that nothing could decode."""
    rules = [rule for rule, outcome in outcomes.items() if outcome == "rejected"]
    rows = lines.rejected(judged, came.told, fields=came.mapped, source=source, rules=rules)
    return REJECTED.shape(rows), came.undecoded


def _outcomes_of(source: str) -> dict[str, str]:
    return {rule.name: rule.outcome for rule in _RULES[source]}


def _fields(source: str, names: Sequence[str]) -> tuple[Column, ...]:
    """Return the fields of a source; beside orders, a line needs its order and takes customer and moment from it."""
    if source != "order_lines" or "orders" not in names:
        return FIELDS[source]
    required = {"customer_id": True, "ordered_at": True, "order_id": False}
    return tuple(replace(field, nullable=required.get(field.name, field.nullable)) for field in FIELDS[source])


def _check_prices(mapped: Mapping[str, Sequence[str]]) -> None:
    """Hold that a source that has prices says them."""
    if "order_lines" in mapped and not {"unit_price", "amount"} & set(mapped["order_lines"]):
        raise failure(SettingsError, "sources.no_price", key="sources.order_lines.columns")
    if "order_lines" not in mapped and "amount" not in mapped["orders"]:
        raise failure(SettingsError, "orders.no_amount", key="sources.orders.columns")
