"""Where a step's tables stand already: in the published run, in what a failed run left, in any earlier run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis.expr.types as ir
from ibis.backends import BaseBackend

from patron.engines.finished import Finished, Shelf
from patron.engines.run_folder import Run, read_files


@dataclass(frozen=True)
class Held:
    """A step's tables, made before from equal inputs by equal code."""

    where: Run | Finished
    as_of: date
    today: date
    models: Mapping[str, Mapping[str, float]]
    batches: tuple[dict[str, Any], ...] = ()

    @property
    def resumed(self) -> bool:
        """Whether a run that was not published made them."""
        return isinstance(self.where, Finished)

    def table(self, name: str, connection: BaseBackend) -> ir.Table:
        """Return one of the tables."""
        return read_files(self.where.files(name), connection)


@dataclass(frozen=True)
class Reuse:
    """Everything that can be taken over."""

    runs: Sequence[Run]
    shelf: Shelf

    @property
    def base(self) -> Run | None:
        """The run that a new one may grow from: the published one, else the newest."""
        return self.runs[0] if self.runs else None

    def find(self, step: str, mark: str, names: Sequence[str]) -> Iterator[Held]:
        """Yield where the tables of a step with the fingerprint `mark` stand whole, the best place first."""
        for run in self.runs:
            facts = run.manifest.steps.get(step)
            if facts is not None and facts.fingerprint == mark and run.holds(names):
                yield Held(run, run.manifest.as_of, run.manifest.today, facts.models, facts.batches)
        left = self.shelf.find(step)
        if left is not None and left.made.fingerprint == mark and left.holds(names):
            yield Held(left, left.made.as_of, left.made.today, left.made.models, left.made.batches)


def reusable(runs: Sequence[Run], *, published: str | None, shelf: Shelf) -> Reuse:
    """Return what can be taken over: from the published run first, then from the others, the newest first."""
    last = [run for run in runs if run.manifest.run_id == published]
    return Reuse([*last, *(run for run in reversed(runs) if run not in last)], shelf)
