"""Remove old runs: never the published one, nor what is needed to make a run that stays again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from patron.engines.run_folder import Run
from patron.engines.store import Store
from patron.errors import ArgumentError
from patron.language import failure
from patron.pipeline.listed import freed_by, made_on

Reason = Literal["published", "compared"]


@dataclass(frozen=True, kw_only=True)
class Pruning:
    """Which runs go, which stay though they are old enough to go and why, and what that frees."""

    removed: tuple[str, ...]
    spared: dict[str, Reason]
    kept: int
    frees: int


def prune(
    store: Store,
    *,
    today: date,
    keep: int | None = None,
    older_than_days: int | None = None,
    with_compared: bool = False,
    carry_out: bool = False,
) -> Pruning:
    """Choose the runs that go, and remove them when that is wanted.

    Parameters
    ----------
    store : Store
        The project's runs.
    today : date
        The day that ages are counted from.
    keep : int, optional
        How many of the runs made last stay.
    older_than_days : int, optional
        Runs that were made longer ago go. Given both, a run goes when both say so.
    with_compared : bool
        Also runs that one which stays was compared with: that one cannot be replayed any more.
    carry_out : bool
        Remove them; without it nothing changes.

    Raises
    ------
    ArgumentError
        Neither `keep` nor `older_than_days` is given, or one is negative.
    RunError
        Another process is making a run.
    """
    if (keep is None and older_than_days is None) or min(keep or 0, older_than_days or 0) < 0:
        raise failure(ArgumentError, "runs.prune_what", keep=keep, older_than_days=older_than_days)
    chosen = _Chosen(keep, None if older_than_days is None else today - timedelta(days=older_than_days), with_compared)
    if not carry_out:
        return chosen.of(store)
    with store.alone():
        pruning = chosen.of(store)
        store.remove(pruning.removed)
    return pruning


@dataclass(frozen=True)
class _Chosen:
    keep: int | None
    made_before: date | None
    with_compared: bool

    def of(self, store: Store) -> Pruning:
        runs, published = store.readable(), store.last_id()
        old = [run for place, run in enumerate(reversed(runs)) if self._goes(run, place)]
        staying = [run for run in runs if run not in old or run.manifest.run_id == published]
        needed = {name for run in staying for name in (run.manifest.compared_with, run.manifest.goes_on_from)}
        spared: dict[str, Reason] = {}
        for run in reversed(old):
            run_id = run.manifest.run_id
            if run_id == published:
                spared[run_id] = "published"
            elif run_id in needed and not self.with_compared:
                spared[run_id] = "compared"
        gone = [run for run in reversed(old) if run.manifest.run_id not in spared]
        return Pruning(
            removed=tuple(run.manifest.run_id for run in gone),
            spared=spared,
            kept=len(runs) - len(gone),
            frees=freed_by([run.folder for run in gone]),
        )

    def _goes(self, run: Run, place: int) -> bool:
        """Tell whether the run that was made `place` runs before the last one is old enough to go."""
        beyond = self.keep is None or place >= self.keep
        return beyond and (self.made_before is None or made_on(run.manifest) < self.made_before)
