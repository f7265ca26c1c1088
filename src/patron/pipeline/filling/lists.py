"""Into the outbox: a frozen audience, to one destination, because somebody says so.

Only whom its draw treats; whether each of them may still be reached is asked again in the moment before it leaves
(`pipeline.last_check`). The same list to the same destination is put in once.
"""

from __future__ import annotations

import tempfile
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, select

from patron.engines.connect import connected
from patron.engines.state import State
from patron.engines.state_tables import ASSIGNMENTS, AUDIENCES
from patron.errors import ArgumentError
from patron.language import did_you_mean, failure
from patron.pipeline.filling.filled import Filled
from patron.pipeline.filling.messages import Putting, words_of
from patron.pipeline.filling.wanted import TOGETHER, Wanted
from patron.pipeline.project import Project

TREATED = "treated"


def lists(
    project: Project, state: State, *, audience: str, to: str, message: str | None = None, now: datetime
) -> Filled:  # fmt: skip
    """Put a frozen audience in.

    Parameters
    ----------
    project : Project
        With a published run.
    state : State
        Its operational database.
    audience : str
        The list's name, as `patron audience` froze it.
    to : str
        The destination's name in the settings. Its first channel says how people are reached.
    message : str, optional
        Whose words they get: a name under ``messages``. By default the one that is called as the list. Letters, calls
        and files need none.
    now : datetime
        Aware.

    Raises
    ------
    ArgumentError
        There is no such list, destination or message.
    RunError
        There is no published run.
    """
    settings, run = project.settings, project.last()
    section = settings.destinations.get(to)
    if section is None:
        raise _unknown("to", to, list(settings.destinations))
    if message is not None and message not in settings.messages:
        raise _unknown("message", message, list(settings.messages))
    with state.engine.connect() as connection:
        purpose = _purpose(connection, audience)
        treated = _treated(connection, audience)
    channel = section.channels[0] if section.channels else ""
    with (
        tempfile.TemporaryDirectory(dir=project.own) as aside,
        connected("duckdb://", spill=project.own / "spill", memory=settings.memory) as engine,
    ):
        made = Putting(
            settings=settings, state=state, run=run, engine=engine, aside=Path(aside), now=now, to=to,
            words=words_of(project, settings, now=now),
        )  # fmt: skip
        for start in range(0, len(treated), TOGETHER):
            made.put([
                Wanted(
                    delivery_id=list_delivery(audience, to, one), source="audience", customer_id=one, channel=channel,
                    purpose=purpose, kind="promotion", audience=audience, message=message or audience, due_at=now,
                    run_id=run.manifest.run_id,
                )
                for one in treated[start : start + TOGETHER]
            ])  # fmt: skip
    return made.filled()


def list_delivery(audience: str, to: str, customer_id: str) -> str:
    """Return the name of one customer's delivery of a list: told again, it is the same."""
    return sha256("\x1f".join(("list", audience, to, customer_id)).encode()).hexdigest()[:32]


def _purpose(connection: Connection, audience: str) -> str:
    known = {row.name: row.purpose for row in connection.execute(select(AUDIENCES).where(AUDIENCES.c.published))}
    if audience not in known:
        raise _unknown("audience", audience, list(known))
    return str(known[audience])


def _treated(connection: Connection, audience: str) -> list[str]:
    arms = ASSIGNMENTS.c
    query = select(arms.customer_id).where(arms.audience == audience, arms.arm == TREATED)
    return list(connection.execute(query.order_by(arms.customer_id)).scalars())


def _unknown(argument: str, came: str, known: list[str]) -> ArgumentError:
    hint = did_you_mean(came, known) if known else ""
    return failure(ArgumentError, _NOT_THERE[argument], argument=argument, came=came, hint=hint)


_NOT_THERE = {"audience": "filling.no_audience", "to": "filling.no_to", "message": "filling.no_message"}


__all__ = ["list_delivery", "lists"]
