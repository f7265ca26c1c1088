"""Who may be used for what: as a run knew it, and as it is known now that something leaves the system."""

from __future__ import annotations

from datetime import date

import ibis.expr.types as ir
from ibis.backends import BaseBackend

from patron.engines.run_folder import Run
from patron.engines.state import State
from patron.language import number, say
from patron.pipeline.settings import Settings
from patron.privacy import Guard, Purpose, consents, guard, rights, statements
from patron.privacy.policy import Settled
from patron.privacy.signals import signals
from patron.privacy.statements import collected

ABOUT = 20
"""Fewer people are not counted in what is said to everybody."""


def consents_on(
    raw: ir.Table, stated: ir.Table, exercised: ir.Table, links: ir.Table, *, as_of: date, settings: Settings
) -> ir.Table:
    """Return what holds on a day: contracts.person.CONSENTS.

    Parameters
    ----------
    raw, stated : Table
        Statements of the sources, and of the operational database.
    exercised : Table
        Rights of the operational database.
    links : Table
        contracts.person.LINKS.
    as_of : date
        The last day we may know about.
    settings : Settings
        The project's.
    """
    return consents(
        raw, stated, exercised, links, as_of=as_of, policy=settings.privacy.policy(), signals=signals(raw, stated).table
    )


def guard_of(
    holding: ir.Table, raw: ir.Table, stated: ir.Table, *, settings: Settings
) -> tuple[Guard, tuple[str, ...]]:
    """Return the guard over what holds, and what to say aloud of how the policy was decided."""
    settled = _settled(raw, stated, settings)
    made = guard(holding, policy=settled.policy)
    return made, (*settled.notes, *_without_profiles(made))


def _settled(raw: ir.Table, stated: ir.Table, settings: Settings) -> Settled:
    kept = any(bool(table.count().to_pyarrow().as_py()) for table in (raw, collected(stated)))
    return settings.privacy.policy().settled(statements_kept=kept)


def _without_profiles(made: Guard) -> tuple[str, ...]:
    """Say that some are in no profile, forecast or segment, for their turnover is still in the sums.

    About how many: reports show it, and of two exact counts the difference may be one person.
    """
    purpose = Purpose.PROFILING
    if made.policy.asks_consent(purpose):
        return (say("privacy.note.profiling_consent"),)
    if not made.keeps_out(purpose):
        return ()
    refused = int(made.refused(purpose, stage="evaluation").count().to_pyarrow().as_py())
    if not refused:
        return ()
    if refused < ABOUT:
        return (say("privacy.note.few_without_profile"),)
    return (say("privacy.note.no_profiling", people=number(round(refused, -len(str(refused)) + 1))),)


def guard_now(run: Run, connection: BaseBackend, *, state: State, settings: Settings, today: date) -> Guard:
    """Return the guard for what leaves the system today: what was said since the run was made counts, too."""
    raw, links = (run.table(name, connection) for name in ("raw_consents", "links"))
    stated = statements(state)
    as_of = max(today, run.manifest.as_of)
    holding = consents_on(raw, stated, rights(state), links, as_of=as_of, settings=settings)
    return guard(holding, policy=_settled(raw, stated, settings).policy)
