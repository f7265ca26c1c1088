"""Which messages are possible today: signals x triggers x audience, each with what it is expected to bring.

In   contracts.signal.SIGNALS            what is fresh for whom
     Trigger                             what the settings, and the life of each, say
     contracts.customer.MEMBERSHIPS      who is in which segment, and who meets which audience
     contracts.action.ACTION_EFFECTS     what an action brings for a signal, by segment
     contracts.response.RESPONSES        what an experiment's action brings to each customer
     contracts.trigger.FIRINGS, TRIGGERS what was sent before, and what each trigger turned out to bring
Out  contracts.trigger.CANDIDATES        one row per customer and trigger that fired for her

Nobody is left out here for being held out, unreachable or over a contact budget: eligibility says so, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis.expr.types as ir

from patron.contracts.trigger import CANDIDATES
from patron.decisions.triggers.due import due
from patron.decisions.triggers.fired import fired
from patron.decisions.triggers.known import Known
from patron.decisions.triggers.trigger import Trigger
from patron.decisions.triggers.valued import valued


def candidates(signals: ir.Table, triggers: Sequence[Trigger], *, as_of: date, known: Known) -> ir.Table:
    """Return every message that is possible on a day.

    Parameters
    ----------
    signals : Table
        `SIGNALS` of the day.
    triggers : sequence of Trigger
        All; those that do not fire on the day are passed over.
    as_of : date
        The day.
    known : Known
        What is known of the customers.

    Returns
    -------
    Table, one row per customer and trigger
        `CANDIDATES`.
    """
    live = [one for one in triggers if one.fires_in_runs_on(as_of)]
    if not live:
        return CANDIDATES.empty()
    return candidates_of(fired(signals, live, as_of=as_of, known=known), live, as_of=as_of, known=known)


def candidates_of(found: ir.Table, live: Sequence[Trigger], *, as_of: date, known: Known) -> ir.Table:
    """Return the candidates among those for whom triggers fired, as `fired` found them."""
    return CANDIDATES.shape(valued(due(found, live, as_of=as_of, known=known), live, known=known))
