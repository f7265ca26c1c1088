"""Triggers that fire by the clock: at their time they fire for everybody who is meant, a part at a time.

Only timers are made here, due at once; each is decided on like any other. So a firing for a million customers never
holds the database for long, and one that is interrupted goes on where it was: the name of each message is made of the
planned moment and the customer, and is made once. What was missed while no server ran fires once, as long as its
messages still make sense.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from patron.decisions.triggers.live_rule import WHOLE, Schedule
from patron.decisions.triggers.trigger import Trigger
from patron.engines.schedule_state import Planned, plan, planned, unplan
from patron.engines.timer_state import Timer, arm
from patron.server.stream.desk import Desk

PART = 500  # customers for whom timers are made in one transaction


def schedule(connection: Connection, desk: Desk, *, now: datetime) -> bool:
    """Plan what is new, and make a part of the timers of what is due; return whether there is more to do at once.

    Parameters
    ----------
    connection : Connection
        Of a transaction that may write, in which no other process decides.
    desk : Desk
        What holds for everybody.
    now : datetime
        Aware.
    """
    known = planned(connection)
    clocked = {
        name: (one, one.rule.schedule)
        for name, one in desk.triggers.running.items()
        if one.rule is not None and one.rule.schedule is not None
    }
    for name in known.keys() - clocked.keys():
        unplan(connection, name)
    more = False
    for name, (trigger, times) in clocked.items():
        if (one := known.get(name)) is None:
            plan(connection, Planned(trigger=name, planned_at=times.after(now)))
        elif one.planned_at <= now:
            more |= _go_on(connection, desk, trigger, times, one, now=now)
        elif one.planned_at > (first := times.after(now)):  # the settings changed, or the clock was set back
            plan(connection, replace(one, planned_at=first, done=0, run_id=None))
    return more


def _go_on(
    connection: Connection, desk: Desk, trigger: Trigger, times: Schedule, one: Planned, *, now: datetime
) -> bool:
    """Make the next part of the timers of a firing; plan the next firing when all are made."""
    rule = desk.triggers.rule(trigger.name)
    expires_at = one.planned_at + rule.expires
    start = one.done if one.run_id == desk.published.run_id else 0
    people = desk.customers(start, PART) if expires_at > now else []
    arm(connection, [
        Timer(
            trigger=trigger.name, person=f"customer:{customer_id}", subject=WHOLE, subject_kind="none",
            customer_id=customer_id, iteration=trigger.iteration,
            occasion=f"{one.planned_at:%Y-%m-%dT%H:%M}Z {customer_id}", fired_at=one.planned_at,
            due_at=one.planned_at, expires_at=expires_at,
        )
        for customer_id in people
    ])  # fmt: skip
    if len(people) == PART:
        plan(connection, replace(one, done=start + PART, run_id=desk.published.run_id))
        return True
    plan(connection, Planned(trigger=trigger.name, planned_at=times.after(now)))
    return False


__all__ = ["schedule"]
