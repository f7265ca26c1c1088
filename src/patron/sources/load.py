"""Load every source of a project: read, clean, count.

The law of this file, held by a test for every source: rows read = kept + rejected + later + removed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from patron.contracts import MONEY, TABLES
from patron.contracts.raw import FIELDS, RAW_ORDER_LINES, REJECTED
from patron.errors import NotEnoughData, SettingsError
from patron.language import failure
from patron.sources import entities, lines
from patron.sources.check_complete import check_complete
from patron.sources.convert import QUANTITY, moment
from patron.sources.files import SourceFile, find_files
from patron.sources.quality import Finding, quality
from patron.sources.read import UNDECODED, read_files, undecoded_rows
from patron.sources.reversals import link_reversals
from patron.sources.rules import CLEANING, Setting, classify, plausible
from patron.sources.spec import SourceName, SourceSpec

_WIDE = "decimal(38, 4)"

Keep = Callable[[str, ir.Table], ir.Table]
"""Write an intermediate table aside and return it as written."""


@dataclass(frozen=True)
class Loaded:
    """The raw tables of a run, ready to be written."""

    tables: Mapping[str, ir.Table]
    as_of: date
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Loader:
    """What loading needs besides the sources."""

    connection: BaseBackend
    keep: Keep
    base: Path
    today: date
    as_of: date | None = None

    def load(self, specs: Mapping[SourceName, SourceSpec]) -> Loaded:
        """Load all sources.

        Raises
        ------
        SettingsError, SourceError, ConditionError
            A source is not as the settings say.
        NotEnoughData
            No order line has a plausible date.
        """
        given: dict[str, SourceSpec] = dict(specs.items())
        found = {name: find_files(spec.paths, base=self.base, source=name) for name, spec in given.items()}
        tables: dict[str, ir.Table] = {}
        refused: list[ir.Table] = []
        findings: list[Finding] = []
        for name in entities.ENTITIES:
            if name in given:
                part = self._entity(name, given[name], found[name])
                tables[f"raw_{name}"] = part.tables["kept"]
                refused.append(part.tables["rejected"])
                findings += part.findings
            else:
                tables[f"raw_{name}"] = TABLES[f"raw_{name}"].empty()
        orders = self._order_lines(given["order_lines"], found["order_lines"], products=tables["raw_products"])
        tables["raw_order_lines"] = orders.tables["kept"]
        tables["rejected"] = ibis.union(orders.tables["rejected"], *refused) if refused else orders.tables["rejected"]
        findings += orders.findings
        findings += [_without_lines(name, tables) for name in _LISTED if name in given]
        return Loaded({**tables, "quality": quality(findings)}, orders.as_of, tuple(findings))

    def _read(
        self, source: str, spec: SourceSpec, files: Sequence[SourceFile]
    ) -> tuple[ir.Table, tuple[str, ...], ir.Table]:
        """Return the trimmed rows, the mapped fields, and the lines that could not even be decoded."""
        fields = FIELDS[source]
        read = read_files(files, columns=spec.columns, fields=fields, source=source, connection=self.connection)
        # Written aside before anything is computed on it: files are read in one thread, the rest in all of them.
        came = self.keep(f"{source}_read", read.table)
        undecoded = undecoded_rows(self.connection, files)
        check_complete(came, undecoded, files=files, source=source, connection=self.connection)
        rows = self.keep(f"{source}_trimmed", lines.trimmed(came, read.mapped))
        noted = ibis.memtable(undecoded, schema=ibis.schema(UNDECODED)).mutate(
            source=ibis.literal(source), rule=ibis.literal("undecoded")
        )
        return rows, read.mapped, self.keep(f"{source}_undecoded", REJECTED.shape(noted))

    def _order_lines(self, spec: SourceSpec, files: Sequence[SourceFile], *, products: ir.Table) -> Loaded:
        rows, mapped, undecoded = self._read("order_lines", spec, files)
        if not {"unit_price", "amount"} & set(mapped):
            raise failure(SettingsError, "sources.no_price", key="sources.order_lines.columns")
        as_of = self.as_of or self._last_plausible_day(rows)
        typed = lines.typed(lines.compared(rows, files=len(files)), mapped=mapped)
        setting = Setting(spec, as_of, self.today)
        judged = self.keep("order_lines_judged", classify(typed, setting))
        whole = self.keep("order_lines_kept", link_reversals(lines.kept(judged, spec)))
        refused = [rule.name for rule in CLEANING if rule.outcome == "rejected"]
        findings = _counted("order_lines", judged, undecoded, {rule.name: rule.outcome for rule in CLEANING})
        return Loaded(
            {
                "kept": _with_products(whole, products),
                "rejected": ibis.union(
                    REJECTED.shape(lines.rejected(judged, source="order_lines", rules=refused)), undecoded
                ),
            },
            as_of,
            (*findings, *_flagged(whole)),
        )

    def _last_plausible_day(self, rows: ir.Table) -> date:
        day = moment(rows.ordered_at).date()
        usable = rows.filter(plausible(day, today=self.today) & rows.customer_id.notnull())
        last = usable.aggregate(last=moment(usable.ordered_at).date().max()).to_pyarrow()["last"][0].as_py()
        if last is None:
            raise failure(NotEnoughData, "sources.no_plausible_day", today=self.today)
        found: date = last
        return found

    def _entity(self, source: str, spec: SourceSpec, files: Sequence[SourceFile]) -> Loaded:
        rows, _, undecoded = self._read(source, spec, files)
        judged = self.keep(f"{source}_judged", entities.judged(rows, source=source))
        refused = [rule for rule, outcome in entities.OUTCOMES.items() if outcome == "rejected"]
        return Loaded(
            {
                "kept": entities.collected(judged, source=source),
                "rejected": ibis.union(REJECTED.shape(lines.rejected(judged, source=source, rules=refused)), undecoded),
            },
            self.today,
            tuple(_counted(source, judged, undecoded, entities.OUTCOMES)),
        )


def _counted(source: str, judged: ir.Table, undecoded: ir.Table, outcomes: Mapping[str, str]) -> list[Finding]:
    """Count what was read, what was kept and what each rule decided, in one pass."""
    sums = {"rows": judged.count(), "trimmed": judged.trimmed.sum(), "breaks": judged.breaks.sum()}
    by_rule = judged.group_by("rule").aggregate(**sums).to_pyarrow().to_pylist()
    lost = int(undecoded.count().to_pyarrow().as_py())
    rows = {record["rule"]: int(record["rows"]) for record in by_rule}
    return [
        Finding(source, "read", "read", sum(rows.values()) + lost),
        Finding(source, "kept", "kept", rows.get(None, 0)),
        Finding(source, "undecoded", "rejected", lost),
        *(Finding(source, rule, outcome, rows.get(rule, 0)) for rule, outcome in outcomes.items()),
        Finding(source, "trimmed", "changed", sum(int(record["trimmed"] or 0) for record in by_rule)),
        Finding(
            source, "lines_in_broken_rows", "flagged", sum(r["breaks"] for r in by_rule if r["rule"] == "broken_row")
        ),
    ]


def _flagged(whole: ir.Table) -> list[Finding]:
    """Count what was kept, but deserves to be known."""
    checks = {
        "repeated_in_file": whole.repeated,
        "adjustment": whole.kind == "adjustment",
        "return_matched": (whole.kind == "return") & whole.reverses.notnull(),
        "return_unmatched": (whole.kind == "return") & whole.reverses.isnull(),
    }
    counts = whole.aggregate(**{name: check.sum() for name, check in checks.items()}).to_pyarrow().to_pylist()[0]
    return [Finding("order_lines", name, "flagged", int(counts[name] or 0)) for name in checks]


_LISTED = {
    "customers": ("customers_without_lines", "customer_id"),
    "products": ("products_without_lines", "product_id"),
}


def _without_lines(source: str, tables: Mapping[str, ir.Table]) -> Finding:
    """Count the customers or products that no order line names: a few are usual, all of them are ids spelt apart."""
    check, key = _LISTED[source]
    unsold = tables[f"raw_{source}"].anti_join(tables["raw_order_lines"], key)
    return Finding(source, check, "flagged", int(unsold.count().to_pyarrow().as_py()))


def _with_products(whole: ir.Table, products: ir.Table) -> ir.Table:
    """Complete the lines with what the product list knows, and give each its cost."""
    known = products.select(
        "product_id", listed_name=products.product_name, listed_category=products.category,
        listed_brand=products.brand, listed_cost=products.unit_cost,
    )  # fmt: skip
    joined = whole.left_join(known, "product_id")
    unit_cost = ibis.coalesce(joined.unit_cost, joined.listed_cost)
    completed = joined.mutate(
        product_name=ibis.coalesce(joined.product_name, joined.listed_name),
        category=ibis.coalesce(joined.category, joined.listed_category),
        brand=ibis.coalesce(joined.brand, joined.listed_brand),
        cost=(unit_cost.cast(_WIDE) * joined.quantity.cast(QUANTITY).cast(_WIDE)).round(2).try_cast(MONEY),
    )
    return RAW_ORDER_LINES.shape(completed)
