"""Make one run and publish it.

Nothing is visible before the very end; whatever fails leaves the published run as it was. The steps that were finished
by then are taken over by the next run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from patron.engines.draft import Draft
from patron.engines.run_folder import Run
from patron.engines.store import Store
from patron.pipeline.inputs import find_inputs
from patron.pipeline.making import HANDED, Making, engine_of
from patron.pipeline.order import Order, Progress
from patron.pipeline.own_segments import check_own_segments
from patron.pipeline.own_signals import check_own_signals
from patron.pipeline.reuse import reusable

MODELS = "segment_models"
WORDS = "theme_words"


def make_run(order: Order, *, draft: Draft, store: Store) -> Run:
    """Make a run and publish it.

    Parameters
    ----------
    order : Order
        What it is to be.
    draft : Draft
        Begun by the caller, who also discards it.
    store : Store
        The project's runs.

    Raises
    ------
    PatronError
        Whatever was wrong; nothing is published then.
    """
    settings, runs = order.settings, store.readable()
    check_own_segments(settings)
    check_own_signals(settings)
    with engine_of(settings, draft) as connection:
        making = Making(
            order=order,
            connection=connection,
            draft=draft,
            inputs=find_inputs(
                settings.sources,
                folder=order.folder,
                collected=order.collected,
            ),
            earlier_of=lambda as_of: earlier_run(runs, as_of=as_of, terms=settings.terms()),
            learned_of=lambda as_of: learned_run(runs, as_of=as_of),
            handed_of=lambda as_of: handed_run(runs, as_of=as_of),
            reuse=reusable(runs, published=store.last_id(), shelf=draft.finished),
        )
        return draft.publish(making.make())


def earlier_run(runs: Sequence[Run], *, as_of: date, terms: str) -> Run | None:
    """Return the run about the latest earlier day, of those in which value means the same."""
    known = (run for run in runs if run.manifest.terms == terms and run.holds(("memberships", "forecasts")))
    return _latest(known, as_of=as_of)


def learned_run(runs: Sequence[Run], *, as_of: date) -> Run | None:
    """Return the run about the latest earlier day that knows segments of behaviour, whatever value means in it.

    Where none knows them, the latest that knows themes.
    """
    for name in (MODELS, WORDS):
        knows = (run for run in runs if run.holds((MODELS, name)) and run.manifest.tables[name].rows)
        if (found := _latest(knows, as_of=as_of)) is not None:
            return found
    return None


def handed_run(runs: Sequence[Run], *, as_of: date) -> Run | None:
    """Return the run about the latest earlier day that knows whom triggers fired for, whatever value means in it."""
    return _latest((run for run in runs if run.holds(HANDED)), as_of=as_of)


def _latest(runs: Iterable[Run], *, as_of: date) -> Run | None:
    # Of two about one day the one made first; they are equal.
    known = (run for run in runs if run.manifest.as_of < as_of and run.manifest.only is None)
    return max(known, key=lambda run: run.manifest.as_of, default=None)


__all__ = ["Order", "Progress", "earlier_run", "handed_run", "learned_run", "make_run"]
