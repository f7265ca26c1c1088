"""What a published run changed in who is who: remembered by id, and for those who hold a frozen list.

A run is published first and remembered after. A process that is killed in between leaves the ids of the published run
unremembered; the next run begins by making up for it. Lists need no such care: what is to be changed in them is always
the difference between what their holders were told and what the run says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ibis.expr.types as ir
from ibis.backends import BaseBackend
from sqlalchemy import select

from patron.engines.state import State
from patron.engines.state_tables import ID_HISTORY
from patron.engines.store import Run, Store
from patron.experiments import assignments_table, list_changes
from patron.identity import id_changes, remember_id_changes
from patron.identity.record_owners import VISITORS
from patron.profile import known_by

ADD, REMOVE = "add", "remove"

UNMERGED = "unmerged"
"""Why a change of a list is taken back."""


def remember_who_became_who(state: State, before: Run | None, made: Run, connection: BaseBackend) -> None:
    """Remember what a run changed; doing it again changes nothing.

    Parameters
    ----------
    state : State
        The project's database.
    before : Run, optional
        The run that was published before it.
    made : Run
        The run that is published now.
    connection : BaseBackend
        The engine.

    Raises
    ------
    RunError
        The database refused.
    """
    if before is not None:
        _remember_ids(state, before, made, connection)
    state.remember_audience_events(_events(state, made, connection))


def published_before(state: State, store: Store, connection: BaseBackend) -> Run | None:
    """Return the published run, with what it changed remembered; none where there is none that can be read.

    Raises
    ------
    RunError
        The database refused.
    """
    runs, published = store.readable(), store.last_id()
    ids = [run.manifest.run_id for run in runs]
    if published is None or published not in ids:
        return None
    place = ids.index(published)
    run = runs[place]
    if place and not _remembered(state, published):
        _remember_ids(state, runs[place - 1], run, connection)
    return run


def _remembered(state: State, run_id: str) -> bool:
    """Tell whether any change of a run is remembered; of one that changed nothing, nothing is."""
    query = select(ID_HISTORY.c.run_id).where(ID_HISTORY.c.run_id == run_id).limit(1)
    with state.engine.connect() as connection:
        return connection.execute(query).first() is not None


def _remember_ids(state: State, before: Run, made: Run, connection: BaseBackend) -> None:
    if _same_links(before, made) or not (before.holds(("links",)) and made.holds(("links",))):
        return
    changes = id_changes(_records(before, connection), _records(made, connection))
    remember_id_changes(state, changes, run_id=made.manifest.run_id, day=made.manifest.as_of)


def _same_links(before: Run, made: Run) -> bool:
    """Tell without reading whether both runs' links are the same."""
    then, now = before.manifest.steps.get("links"), made.manifest.steps.get("links")
    return then is not None and now is not None and then.fingerprint == now.fingerprint


def _records(run: Run, connection: BaseBackend) -> ir.Table:
    """Return the links of customer records: browsers and visits are nobody's ids."""
    links = run.table("links", connection)
    return links.filter(links.rule.notin(VISITORS))


def _events(state: State, made: Run, connection: BaseBackend) -> Iterator[dict[str, Any]]:
    """Return what the holders of lists were not told yet."""
    day, run_id = made.manifest.as_of, made.manifest.run_id
    told = state.audience_events().to_pylist()
    drawn = known_by(assignments_table(state), as_of=day, column="assigned_on")
    # A run about an earlier day, or made earlier, knows less than what holders were told already.
    later = any(row["day"] > day or _number(row["run_id"]) > _number(run_id) for row in told)
    if later or not drawn.count().to_pyarrow().as_py():
        return
    last = {(row["audience"], row["customer_id"]): row["event"] for row in told}
    wanted = {
        (row["experiment"], row["customer_id"]): (row["event"], row["reason"])
        for row in list_changes(drawn, made.table("links", connection)).to_pyarrow().to_pylist()
    }
    facts = {"run_id": run_id, "day": day}
    for (audience, customer_id), (event, reason) in sorted((wanted | _taken_back(drawn, last, wanted)).items()):
        if last.get((audience, customer_id)) != event:
            yield {"audience": audience, "customer_id": customer_id, "event": event, "reason": reason, **facts}


def _taken_back(
    drawn: ir.Table, last: dict[tuple[str, str], str], wanted: dict[tuple[str, str], tuple[str, str]]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Return who has to be on the list again as drawn, or off it, because the change of her is no longer wanted."""
    stale = [key for key in last if key not in wanted]
    if not stale:
        return {}
    ids = sorted({customer_id for _, customer_id in stale})
    listed = drawn.filter((drawn.arm == "treated") & drawn.customer_id.isin(ids)).select("experiment", "customer_id")
    on_it = {tuple(row.values()) for row in listed.to_pyarrow().to_pylist()}
    return {key: (ADD if key in on_it else REMOVE, UNMERGED) for key in stale}


def _number(run_id: str) -> int:
    """Return a run's running number: the order in which runs were made."""
    return int(run_id.rpartition("-")[2])
