"""Read the sources into a run: all of their files, or those that came since an earlier run read the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis.expr.types as ir
from ibis.backends import BaseBackend

from patron.contracts import TABLES
from patron.engines.draft import Draft
from patron.engines.run_folder import Run, read_files
from patron.pipeline.carried import CARRIED, Grew
from patron.pipeline.fingerprint import code_version, fingerprint
from patron.pipeline.inputs import Inputs
from patron.pipeline.order import Order
from patron.pipeline.retention import cut
from patron.sources import Loaded, Loader
from patron.sources.batches import Batch, Cleaned, part_name, taken_over
from patron.sources.collected import PREFIX
from patron.sources.examine import examine

RAW = (*(name for name in TABLES if name.startswith("raw_")), "line_marks", "rejected", "quality")
"""The tables that loading the sources makes, before the first step."""

LOAD = "load"
_APART = ("order_lines: ", PREFIX)
"""Sources on whose files cleaning order lines does not depend."""

_PARTED = ("raw_order_lines", "line_marks", "rejected")
_MOVING = ("costs", "purposes", "timezone", "currency")
"""Settings that orders and takings depend on, beside the lines."""


@dataclass(frozen=True, kw_only=True)
class Read:
    """What reading the sources gave; `tables` are those of `RAW` as written."""

    as_of: date
    tables: Mapping[str, ir.Table]
    batches: tuple[dict[str, Any], ...]
    grew: Grew | None


@dataclass(frozen=True, kw_only=True)
class Loading:
    """What reading the sources needs.

    `base` is the run whose cleaned lines may be taken over, `earlier_of` finds the run that is compared with.
    """

    order: Order
    connection: BaseBackend
    draft: Draft
    inputs: Inputs
    base: Run | None
    earlier_of: Callable[[date], Run | None]

    def read(self) -> Read:
        """Read the sources and write the raw tables.

        Raises
        ------
        PatronError
            A source is not as the settings say.
        """
        order, settings = self.order, self.order.settings
        loader = Loader(
            self.connection, self._keep, order.folder, order.today, order.asked, exchange=settings.exchange(),
            zone=settings.timezone, staging=self.draft.aside / "staged", erased=order.erased.asked(),
        )  # fmt: skip
        mark = self._mark()
        loaded = loader.load(dict(settings.sources), found=self.inputs.found, cleaned=self._cleaned(mark), mark=mark)
        tables = self._written(cut(loaded, settings.privacy.retention))
        return Read(
            as_of=loaded.as_of,
            tables=tables,
            batches=tuple(batch.model_dump(mode="json") for batch in loaded.batches),
            grew=self._grew(loaded),
        )

    def _mark(self) -> str:
        """Return a fingerprint of all that cleaning depends on, but for the files of the order lines."""
        settings = self.order.settings
        lines = settings.sources.get("order_lines")
        listed = {key: value for key, value in self.inputs.fingerprints.items() if not key.startswith(_APART)}
        return fingerprint(
            code=code_version(), zone=settings.timezone, currency=settings.currency,
            rates=settings.model_dump(mode="json", include={"rates"}), listed=listed,
            erased=self.order.erased.digest(), retention=settings.privacy.retention,
            lines=lines.model_dump(mode="json", exclude={"path"}) if lines else None,
        )  # fmt: skip

    def _cleaned(self, mark: str) -> Cleaned | None:
        """Return what the base run cleaned, where cleaning it again would give the same."""
        base = self.base
        windowed = "raw_order_lines" in self.order.settings.privacy.retention
        if base is None or windowed or not base.holds(_PARTED):
            return None
        batches = _batches(base)
        files = {file.name: file.fingerprint() for file in self.inputs.found.get("order_lines", ())}
        if not taken_over(batches, files, mark=mark, asked=self.order.asked, today=self.order.today):
            return None
        places = range(len(batches))
        lines, marks, rejected = (
            read_files([base.parts(name)[part_name(place)] for place in places], self.connection) for name in _PARTED
        )
        return Cleaned(batches=batches, lines=lines, marks=marks, rejected=rejected)

    def _written(self, loaded: Loaded) -> dict[str, ir.Table]:
        tables = {name: self._write(name, loaded) for name in RAW if name != "quality"}
        if self.order.settings.sells:
            earlier = self.earlier_of(loaded.as_of)
            order = self.order
            # Whether the feed has stopped is asked of the newest data alone.
            today = order.today if order.asked is None else None
            loaded = examine(
                loaded.with_tables(tables), keep=self._keep, zone=order.settings.timezone, today=today,
                before=earlier.table("raw_order_lines", self.connection) if earlier else None,
            )  # fmt: skip
        tables["quality"] = self.draft.write("quality", loaded.tables["quality"], self.connection)
        return tables

    def _write(self, name: str, loaded: Loaded) -> ir.Table:
        if name not in loaded.parts:
            return self.draft.write(name, loaded.tables[name], self.connection)
        taken = {part: self.base.parts(name)[part] for part in loaded.taken} if self.base else {}
        # No key of a part stands in another: batches have their own files, and a line's id holds its file.
        return self.draft.parts(name, {**taken, **loaded.parts[name]}, self.connection, whole=False)

    def _grew(self, loaded: Loaded) -> Grew | None:
        """Return what carrying over customers starts from, where the base run's lines were taken over."""
        base = self.base
        if base is None or not loaded.taken or not base.holds(CARRIED):
            return None
        ours = self.order.settings.model_dump(mode="json", include=set(_MOVING))
        if base.manifest.code_version != code_version() or ours != {k: base.manifest.settings.get(k) for k in ours}:
            return None
        new = {file.stem: file for file in self.draft.files("raw_order_lines")}[part_name(len(loaded.taken))]
        return Grew(
            as_of=base.manifest.as_of,
            tables={name: base.table(name, self.connection) for name in CARRIED},
            lines=read_files([new], self.connection),
        )

    def _keep(self, name: str, table: ir.Table) -> ir.Table:
        return self.draft.scratch(name, table, self.connection)


def _batches(run: Run) -> tuple[Batch, ...]:
    facts = run.manifest.steps.get(LOAD)
    return tuple(Batch.model_validate(batch) for batch in facts.batches) if facts else ()
