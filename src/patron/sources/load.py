"""Load every source of a project: read, clean, count.

The law of this file, held by a test for every source: rows read = kept + rejected + later + removed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from patron.contracts import TABLES
from patron.contracts.raw import FIELDS
from patron.errors import NotEnoughData, SettingsError
from patron.language import failure
from patron.sources import currency, entities, tally
from patron.sources.batches import Batch, Cleaned, added, merged, part_name
from patron.sources.came import Keep, Reader
from patron.sources.checks.unknown_customers import SoldTo
from patron.sources.collected import PREFIX, Collection, beside, named
from patron.sources.erased import Erased
from patron.sources.files import SourceFile, find_files
from patron.sources.formats.format_findings import format_findings
from patron.sources.people import PEOPLE
from patron.sources.quality import Finding, quality
from patron.sources.rules import Setting, plausible
from patron.sources.sold import SALES, Sales, Sold, refused
from patron.sources.spec import SourceName, SourceSpec

OTHERS = "others"
"""The part of `rejected` that holds what is not cleaned by batches."""


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """The raw tables of a run, ready to be written.

    `tables` are whole. Those that are stored by batches of files stand in `parts` too: what is new of them, by part;
    the parts called `taken` are those of the run that they were taken over from. `batches` are all of the order lines',
    those taken over first; none where a later run cannot take them over.
    """

    tables: Mapping[str, ir.Table]
    parts: Mapping[str, Mapping[str, ir.Table]]
    taken: tuple[str, ...]
    batches: tuple[Batch, ...]
    as_of: date
    findings: tuple[Finding, ...]
    sold_to: SoldTo

    def with_tables(self, tables: Mapping[str, ir.Table]) -> Loaded:
        """Return the same with some tables as they were written."""
        return replace(self, tables={**self.tables, **tables})

    def with_quality(self, *more: Finding) -> Loaded:
        """Return the same with `more` findings, all of them in the table `quality`."""
        findings = (*self.findings, *more)
        return replace(self, tables={**self.tables, "quality": quality(findings)}, findings=findings)


@dataclass(frozen=True)
class _Entity:
    """What became of one source that is no sale."""

    kept: ir.Table
    rejected: tuple[ir.Table, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Loader:
    """What loading needs besides the sources.

    `erased` tells who was erased: their rows are in no table, and only counted. It is part of what `mark`
    stands for.
    """

    connection: BaseBackend
    keep: Keep
    base: Path
    today: date
    as_of: date | None = None
    exchange: currency.Exchange = currency.NONE
    zone: str = "UTC"
    staging: Path | None = None
    erased: Erased | None = None

    def load(
        self,
        specs: Mapping[SourceName, SourceSpec],
        *,
        found: Mapping[str, Sequence[SourceFile]] | None = None,
        cleaned: Cleaned | None = None,
        mark: str = "",
    ) -> Loaded:
        """Load all sources.

        Parameters
        ----------
        specs : mapping of source to SourceSpec
            What the settings say.
        found : mapping of source to SourceFile, optional
            The files, where they have been found already.
        cleaned : Cleaned, optional
            What an earlier run made of the first of the order lines' files: they are not read again.
        mark : str
            Fingerprint of everything but the order lines' own files that cleaning them depends on.

        Raises
        ------
        SettingsError, SourceError, ConditionError
            A source is not as the settings say.
        NotEnoughData
            No order has a plausible date.
        """
        given: dict[str, SourceSpec] = dict(specs.items())
        files = found or {
            name: find_files(spec.paths, base=self.base, source=name, told=spec.format) for name, spec in given.items()
        }
        reader = Reader(self.connection, self.keep, self.zone, self.staging, self.erased)
        inbox = self._collection(files)
        if inbox is not None and "order_lines" in inbox.sources:
            given["order_lines"] = inbox.spec("order_lines", None)
            files = {**files, "order_lines": (inbox.staged("order_lines", as_of=self.as_of or self.today),)}
        others = {
            name: _entity(reader, name, given[name], files[name], today=self.today)
            for name in entities.ENTITIES
            if name in given
        }
        tables = {name: TABLES[name].empty() for name in TABLES if name.startswith("raw_")}
        tables |= {f"raw_{name}": other.kept for name, other in others.items()}
        sold = None
        if set(SALES) & set(given):
            sales = Sales(
                reader=reader, specs=given, files=files, listed=tables, exchange=self.exchange, today=self.today,
                asked=self.as_of, cleaned=cleaned,
            )  # fmt: skip
            sold = sales.clean()
        as_of = sold.as_of if sold else self._day_of_customers(tables["raw_customers"], inbox, given)
        bought = _lines_of(sold)
        for name in PEOPLE:
            if name in given:
                asked = tables["raw_invitations"] if "invitations" in given else None
                setting = Setting(given[name], as_of, self.today, name, bought, asked)
                others[name] = _about_people(reader, name, files[name], setting)
                tables[f"raw_{name}"] = others[name].kept
        if inbox is not None:
            for name, entity in self._collected(reader, inbox, given, as_of=as_of, lines=bought):
                others[named(name)] = entity
                tables[f"raw_{name}"] = beside(name, tables[f"raw_{name}"], entity.kept)
        findings = [finding for other in others.values() for finding in other.findings]
        rest = [table for other in others.values() for table in other.rejected]
        if sold is None:
            return _nothing_sold(tables, rest, findings, as_of=as_of)
        if sold.orders is not None:
            tables["raw_orders"] = sold.orders
        loaded = _put_together(sold, sold.batch(mark, today=self.today), sources=tuple(given), tables=tables, rest=rest)
        return replace(loaded, findings=(*findings, *loaded.findings)).with_quality()

    def _collection(self, files: Mapping[str, Sequence[SourceFile]]) -> Collection | None:
        """Return what was collected from the server; none where nothing was."""
        if not any(name.startswith(PREFIX) and found for name, found in files.items()):
            return None
        staging = self.staging or Path(tempfile.mkdtemp(prefix="patron-"))
        return Collection.of(files, connection=self.connection, zone=self.zone, staging=staging)

    def _collected(
        self, reader: Reader, inbox: Collection, given: Mapping[str, SourceSpec], *, as_of: date, lines: ir.Table | None
    ) -> Iterator[tuple[str, _Entity]]:
        """Clean what was collected, each kind as the source that it is of."""
        for name in inbox.sources:
            if name == "order_lines":
                continue  # read where sales are
            files, spec = (inbox.staged(name, as_of=as_of),), inbox.spec(name, given.get(name))
            if name in entities.ENTITIES:
                yield name, _entity(reader, name, spec, files, today=self.today, called=named(name))
            else:
                setting = Setting(spec, as_of, self.today, name, lines, None)
                yield name, _about_people(reader, name, files, setting, called=named(name))

    def _day_of_customers(self, customers: ir.Table, inbox: Collection | None, given: Mapping[str, SourceSpec]) -> date:
        """Return the day that a project without orders is about."""
        if self.as_of is not None:
            return self.as_of
        known = customers.filter(plausible(customers.acquired_on, today=self.today))
        last = known.aggregate(last=known.acquired_on.max()).to_pyarrow()["last"][0].as_py()
        done = inbox.last_day(today=self.today) if inbox else None
        last = max((day for day in (last, done) if day is not None), default=None)
        if last is None and not given:
            raise failure(NotEnoughData, "inbox.nothing_yet")
        if last is None:
            raise failure(SettingsError, "orders.no_day", key="as_of", today=self.today)
        found: date = last
        return found


def _nothing_sold(
    tables: Mapping[str, ir.Table], rest: Sequence[ir.Table], findings: Sequence[Finding], *, as_of: date
) -> Loaded:
    """Return what a project has that knows its customers, but nothing of what they bought."""
    finding = replace(tally.flag("customers", "no_orders", tables["raw_customers"]), severity="warning")
    loaded = Loaded(
        tables={**tables, "rejected": _union(rest)},
        parts={"raw_order_lines": {}, "line_marks": {}, "rejected": {OTHERS: _union(rest)}},
        taken=(),
        batches=(),
        as_of=as_of,
        findings=(*findings, finding),
        sold_to={},
    )
    return loaded.with_quality()


def _entity(
    reader: Reader, source: str, spec: SourceSpec, files: Sequence[SourceFile], *, today: date, called: str = ""
) -> _Entity:
    """Clean a source, counted by its own name, or as it is `called`: then only what becomes of its rows is told."""
    name = called or source
    came = reader.rows(name, spec, files, FIELDS[source])
    judged = reader.keep(f"{name}_judged", entities.judged(came.table, source=source, today=today))
    kept = entities.collected(judged, source=source)
    findings = tally.outcomes(name, judged, came.undecoded, rules=entities.OUTCOMES, erased=came.erased)
    rejected = refused(name, judged, came, entities.OUTCOMES)
    if called:
        return _Entity(kept, rejected, tuple(findings))
    findings += format_findings(source, came.forms)
    if source == "customers":
        findings += tally.of_customers(judged, mapped=came.mapped)
        findings.append(tally.flag(source, "same_person", entities.of_one_person(kept)))
    if source == "spend":
        below = tally.flag(source, "negative_spend", kept.filter(kept.amount < 0))
        findings.append(replace(below, severity="warning" if below.rows else None))
    return _Entity(kept, rejected, tuple(findings))


def _lines_of(sold: Sold | None) -> ir.Table | None:
    """Return all cleaned order lines, those taken over first."""
    if sold is None:
        return None
    return _union([sold.cleaned.lines, sold.lines] if sold.cleaned else [sold.lines])


def _about_people(
    reader: Reader, source: str, files: Sequence[SourceFile], setting: Setting, *, called: str = ""
) -> _Entity:
    """Clean a source, counted by its own name, or as it is `called`: then only what becomes of its rows is told."""
    told, name = PEOPLE[source], called or source
    came = reader.rows(name, setting.spec, files, FIELDS[source])
    judged = reader.keep(f"{name}_judged", told.judged(came, setting))
    kept = told.collected(judged, setting)
    findings = tally.outcomes(name, judged, came.undecoded, rules=told.outcomes, erased=came.erased)
    if not called:
        findings += [*format_findings(source, came.forms), *told.flags(judged, kept)]
    return _Entity(kept, refused(name, judged, came, told.outcomes), tuple(findings))


def _put_together(
    sold: Sold, now: Batch, *, sources: Sequence[str], tables: Mapping[str, ir.Table], rest: Sequence[ir.Table]
) -> Loaded:
    """Lay what was cleaned now beside what was cleaned before."""
    before = sold.cleaned
    batches = (*(before.batches if before else ()), now)
    new = part_name(len(batches) - 1)
    whole = {
        **tables,
        "raw_order_lines": _lines_of(sold),
        "rejected": _union([*([before.rejected] if before else []), *sold.rejected, *rest]),
    }
    parts = {
        "raw_order_lines": {new: sold.lines},
        "line_marks": {} if sold.marks is None else {new: sold.marks.mutate(batch=ibis.literal(len(batches), "int64"))},
        "rejected": {new: _union(sold.rejected), **({OTHERS: _union(rest)} if rest else {})},
    }
    findings = [*merged(batches), *_listed(whole, sold.names[0], sources)]
    for name, forms in sold.forms.items():
        written = [form for batch in batches for form in batch.forms] if name == "order_lines" else forms
        findings += format_findings(name, written)
    return Loaded(
        tables=whole,
        parts=parts,
        taken=tuple(part_name(place) for place in range(len(batches) - 1)),
        batches=batches if sold.marks is not None else (),
        as_of=sold.as_of,
        findings=tuple(findings),
        sold_to=added(batch.sold_to for batch in batches),
    )


_LISTED = {
    "customers": ("customers_without_lines", "customer_id"),
    "products": ("products_without_lines", "product_id"),
}


def _listed(tables: Mapping[str, ir.Table], sales: str, sources: Sequence[str]) -> list[Finding]:
    """Count who or what is listed and never sold, and who bought and is not listed.

    A few are usual; all of them are ids spelt apart.
    """
    sold = tables["raw_order_lines"]
    found = [
        tally.flag(source, check, tables[f"raw_{source}"].anti_join(sold, key))
        for source, (check, key) in _LISTED.items()
        if source in sources
    ]
    if "customers" in sources:
        unlisted = sold.anti_join(tables["raw_customers"], "customer_id")
        found.append(tally.flag(sales, "customer_not_listed", unlisted))
    return found


def _union(tables: Sequence[ir.Table]) -> ir.Table:
    return ibis.union(*tables) if len(tables) > 1 else tables[0]
