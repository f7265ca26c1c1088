"""What does an event set going? It arms timers, cancels them, or fires at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from patron.decisions.triggers.event_row import event_row, stake_of
from patron.decisions.triggers.live_rule import WHOLE, cancels, subjects_of
from patron.decisions.triggers.trigger import Trigger
from patron.engines.send_state import any_waits, let_go
from patron.engines.timer_state import Ids, Timer, arm, disarm, timers_of
from patron.pipeline.live_triggers import LiveTriggers
from patron.pipeline.serving import Published
from patron.server.live import LivePerson, person
from patron.sources.stream import StreamEvent


@dataclass
class People:
    """The people of one transaction, each read once."""

    connection: Connection
    published: Published
    now: datetime
    _known: dict[tuple[str | None, str | None, str | None], LivePerson] = field(default_factory=dict)

    def of(
        self, user_id: str | None, anonymous_id: str | None, customer_id: str | None = None
    ) -> LivePerson:  # fmt: skip
        """Return who it is, by the best of the ids: what the run knows, what the shop calls her, her browser."""
        if user_id is not None or customer_id is not None:
            anonymous_id = None
        key = (customer_id, None if customer_id is not None else user_id, anonymous_id)
        if key not in self._known:
            found = person(
                self.connection, self.published, customer_id=key[0], user_id=key[1], anonymous_id=key[2], now=self.now
            )
            self._known[key] = found
        return self._known[key]


def ids_of(who: LivePerson) -> Ids:
    """Return by what timers of a person may be filed."""
    return Ids(person=who.key, users=who.user_ids, visitors=who.anonymous_ids)


def react(
    connection: Connection, events: Iterable[StreamEvent], triggers: LiveTriggers, people: People, *, now: datetime
) -> list[Timer]:
    """Arm and cancel timers for events, in their order, and return what fires at once.

    Parameters
    ----------
    connection : Connection
        Of the transaction in which the events are worked.
    events : iterable of StreamEvent
        In the order of their numbers, folded into the live state already.
    triggers : LiveTriggers
        As they stand.
    people : People
        Of the same transaction.
    now : datetime
        Aware.
    """
    at_once: list[Timer] = []
    waits = any_waits(connection)
    for event in events:
        if (names := triggers.cancelling.get(event.event)) is not None:
            _cancel(connection, event, names, triggers, people, waits=waits)
        for trigger in triggers.arming.get(event.event, ()):
            for timer in _timers(event, trigger, triggers, people, now=now):
                if triggers.rule(trigger.name).after:
                    _arm(connection, timer, people.of(event.user_id, event.anonymous_id), waits=waits)
                else:
                    at_once.append(timer)
    return at_once


def _cancel(
    connection: Connection, event: StreamEvent, names: Iterable[str], triggers: LiveTriggers, people: People, *,
    waits: bool,
) -> None:  # fmt: skip
    """Cancel the timers that an event speaks against: of what it is about, armed before it happened."""
    who = people.of(event.user_id, event.anonymous_id)
    found = timers_of(connection, ids_of(who), list(names))
    over = [
        one.key
        for one in found
        if one.fired_at <= event.occurred_at and cancels(event, triggers.rule(one.trigger).key, one.subject)
    ]
    disarm(connection, over)
    for key in over if waits else ():
        let_go(connection, key)


def _timers(
    event: StreamEvent, trigger: Trigger, triggers: LiveTriggers, people: People, *, now: datetime
) -> Iterable[Timer]:
    """Yield what an event would set going by a trigger; nothing where it came too late or is not meant."""
    rule = triggers.rule(trigger.name)
    fired_at = min(event.occurred_at, now)  # nothing happens later than now, whatever a clock says
    due_at = fired_at + rule.after
    if due_at + rule.expires <= now:
        return
    meant = triggers.where.get(trigger.name)
    if meant is not None and not meant.holds(event_row(event)):
        return
    who = people.of(event.user_id, event.anonymous_id)
    for subject in subjects_of(event, rule.key):
        if rule.after and _over(who, trigger, triggers, subject, since=fired_at):
            continue
        yield Timer(
            trigger=trigger.name, person=who.key, subject=subject,
            subject_kind=rule.key if subject != WHOLE else "none", customer_id=who.customer_id,
            user_id=event.user_id, anonymous_id=event.anonymous_id, iteration=trigger.iteration,
            occasion=event.message_id, fired_at=fired_at, due_at=due_at, expires_at=due_at + rule.expires,
            stake=stake_of(event),
        )  # fmt: skip


def _over(who: LivePerson, trigger: Trigger, triggers: LiveTriggers, subject: str, *, since: datetime) -> bool:
    """Tell whether what speaks against it has happened already, as far as is known: events come in any order."""
    rule = triggers.rule(trigger.name)
    return any(
        one.event in rule.unless and one.occurred_at >= since and cancels(one, rule.key, subject) for one in who.since
    )


def _arm(connection: Connection, timer: Timer, who: LivePerson, *, waits: bool) -> None:
    """Arm a timer in the place of those of the same trigger and subject that stand under other ids of hers."""
    found = timers_of(connection, ids_of(who), [timer.trigger])
    same = [one for one in found if one.subject == timer.subject and one.person != timer.person]
    disarm(connection, [one.key for one in same if one.due_at <= timer.due_at])
    if all(one.due_at <= timer.due_at for one in same):
        arm(connection, [timer])
        if waits:
            let_go(connection, timer.key, but=timer.occasion)


__all__ = ["People", "ids_of", "react"]
