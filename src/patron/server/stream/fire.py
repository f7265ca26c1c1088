"""What is due: is it sent, does it wait, is it refused, or is she held out?

Everything that is due for one person is decided together, by the same rules as in a run: eligibility, hold-outs, then
the auction for her attention. What was sent since the run counts as if the run had known it. Each decision is written
in the transaction that takes its timer away, and under a name that is made of what fired: so it is made once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from patron.decisions.attention.one import Bid, best
from patron.decisions.eligibility.one import Judged, judged
from patron.decisions.triggers.live_candidate import (
    Fired,
    action_of,
    cap_on,
    channels_of,
    cost_of,
    live_candidate,
    piloted,
    with_way_given,
)
from patron.decisions.triggers.live_rule import cancels, free_again
from patron.decisions.triggers.trigger import Trigger
from patron.engines.send_state import (
    LEAVING,
    Send,
    any_waits,
    fired_before,
    known_outcomes,
    let_go,
    remember_sends,
    send_id,
    sent_on_day,
)
from patron.engines.timer_state import Timer, arm, disarm
from patron.server.live import LivePerson
from patron.server.stream.desk import Desk
from patron.server.stream.known import Known, known_of
from patron.server.stream.react import People

RETRY = timedelta(hours=6)
"""When what waits for a place in her attention asks again."""

ANOTHER_WAY = ("restricted", "said_no", "no_consent", "unsubscribed", "bounced")
"""Refusals that are about the channel: the next one is asked."""

Row = dict[str, Any]
_Own = tuple[LivePerson, list[Timer]]


@dataclass(frozen=True, kw_only=True)
class _Case:
    """One message that is possible."""

    timer: Timer
    trigger: Trigger
    send_id: str
    row: Row
    judged: Judged


@dataclass(frozen=True)
class _Moment:
    """The transaction in which it is decided."""

    connection: Connection
    desk: Desk
    now: datetime
    waits: bool  # whether any message waits for attention
    known: dict[str, str]  # outcomes of what was decided on before
    left: Counter[str] = field(default_factory=Counter)  # messages that leave and are not written yet, by trigger
    again: list[Timer] = field(default_factory=list)  # timers that follow


def fire(
    connection: Connection, timers: Iterable[Timer], desk: Desk, people: People, *, now: datetime, armed: bool = True
) -> list[Send]:  # fmt: skip
    """Decide about what is due, take its timers away, and return what was decided.

    Parameters
    ----------
    connection : Connection
        Of a transaction that may write, in which no other process decides.
    timers : iterable of Timer
        Whose time has come.
    desk : Desk
        What holds for everybody.
    people : People
        Of the same transaction.
    now : datetime
        Aware.
    armed : bool
        Whether they stand in the database, and not only in an event.
    """
    every, running = list(timers), desk.triggers.running
    names = [_name(desk, one) for one in every if one.trigger in running]
    waits = any_waits(connection)
    at = _Moment(connection, desk, now, waits, known_outcomes(connection, names) if names else {})
    disarm(connection, [one.key for one in every if armed or waits])
    if waits:
        for one in every:
            let_go(connection, one.key, but=one.occasion)
    sends: list[Send] = []
    for part in _rounds(every, people):
        sends += _round(at, part)
    arm(connection, at.again)
    return sends


def _rounds(timers: Sequence[Timer], people: People) -> list[list[_Own]]:
    """Part timers so that a person has one of each trigger in a part: the next is decided when this one is known."""
    rounds: list[dict[str, _Own]] = []
    for one in timers:
        who = people.of(one.user_id, one.anonymous_id, one.customer_id)
        for part in rounds:
            own = part.setdefault(who.key, (who, []))[1]
            if all(other.trigger != one.trigger for other in own):
                own.append(one)
                break
        else:
            rounds.append({who.key: (who, [one])})
    return [list(part.values()) for part in rounds]


def _round(at: _Moment, part: Iterable[_Own]) -> list[Send]:
    """Decide for each person, and write it down."""
    sends: list[Send] = []
    at.left.clear()
    for who, own in part:
        made = _decide(at, who, own)
        at.left.update(send.trigger for send in made if send.outcome in LEAVING)
        sends += made
    remember_sends(at.connection, sends)
    return sends


def _decide(at: _Moment, who: LivePerson, timers: Sequence[Timer]) -> list[Send]:
    """Decide about everything that is due for one person."""
    customer_id = who.customer_id or next(iter(who.user_ids), None)
    if customer_id is None:  # a visitor: there is nobody to write to
        return []
    standing = _standing(at, who, customer_id, timers)
    for one in timers if at.waits else ():
        if all(one is not other for other, _ in standing):
            let_go(at.connection, one.key)
    if not standing:
        return []
    known = known_of(at.connection, at.desk, who, customer_id, now=at.now)
    rows = with_way_given([_row(at, one, known) for one, _ in standing], at.desk.triggers.running)
    cases = [_case(at, one, name, row, known) for (one, name), row in zip(standing, rows, strict=True)]
    made = _auction(at, cases, known)
    sends = [_send(at, who, case, bid, known) for case, bid in made]
    following = (_again(at, case, send) for (case, _), send in zip(made, sends, strict=True))
    at.again.extend(one for one in following if one is not None)
    return sends


def _standing(at: _Moment, who: LivePerson, customer_id: str, timers: Sequence[Timer]) -> list[tuple[Timer, str]]:
    """Return the timers that still mean something, each with the name of its message."""
    named = {_name(at.desk, one): one for one in timers if one.trigger in at.desk.triggers.running}
    return [
        (one, name)
        for name, one in named.items()
        if at.known.get(name, "queued") == "queued" and _means(at, who, customer_id, one, name)
    ]


def _name(desk: Desk, one: Timer) -> str:
    iteration = desk.triggers.running[one.trigger].iteration
    return send_id(one.trigger, iteration, one.subject, one.occasion, one.place)


def _means(at: _Moment, who: LivePerson, customer_id: str, one: Timer, name: str) -> bool:
    """Tell whether a trigger fires for a person: she is meant, nothing came in between, and it may fire again."""
    triggers = at.desk.triggers
    trigger, rule = triggers.running[one.trigger], triggers.rule(one.trigger)
    if not piloted(trigger, customer_id) or not _meant(at, who, trigger.name):
        return False
    if one.place:
        return True
    heard = (event for event in who.since if event.event in rule.unless and event.occurred_at >= one.fired_at)
    if any(cancels(event, rule.key, one.subject) for event in heard):
        return False
    if rule.again == timedelta(0):
        return True
    before = fired_before(at.connection, who.key, customer_id, trigger.name, trigger.iteration)
    return free_again(rule, [moment for other, moment in before if other != name], one.fired_at)


def _meant(at: _Moment, who: LivePerson, trigger: str) -> bool:
    """Tell whether a person is of the audience, and has not left the sequence."""
    audience, exits = (found.get(trigger) for found in (at.desk.triggers.audience, at.desk.triggers.exits))
    return (audience is None or who.holds(audience)) and (exits is None or not who.holds(exits))


def _row(at: _Moment, one: Timer, known: Known) -> Row:
    """Return the row of CANDIDATES by the preferred channel."""
    trigger = at.desk.triggers.running[one.trigger]
    return _by(at, one, channels_of(trigger, one.place, wanted=known.preference.channel)[0], known)


def _by(at: _Moment, one: Timer, channel: str, known: Known) -> Row:
    trigger = at.desk.triggers.running[one.trigger]
    value = at.desk.values.value(
        trigger, action=action_of(trigger, one.place), channel=channel, stake=one.stake,
        own_cost=cost_of(trigger, one.place), segments=known.segments,
    )  # fmt: skip
    fired = Fired(
        customer_id=known.hers.customer_id, subject_kind=one.subject_kind, subject=one.subject, place=one.place,
        fired_on=at.desk.local(one.fired_at), expires_on=at.desk.local(one.expires_at),
    )  # fmt: skip
    row = live_candidate(trigger, fired, channel, value)
    own = [send for send in known.sends if send.trigger == trigger.name and send.iteration == trigger.iteration]
    row["capped"] = cap_on(
        trigger, in_iteration=len(own), today=at.desk.today,
        sent_on=[contact["sent_on"] for contact in known.hers.contacts if contact["campaign"] == trigger.name],
        sent_today=_sent_today(at, trigger.name) if trigger.caps.per_day is not None else None,
    )  # fmt: skip
    return row


def _sent_today(at: _Moment, trigger: str) -> int:
    return sent_on_day(at.connection, trigger, at.desk.zone, at.now) + at.left[trigger]


def _case(at: _Moment, one: Timer, name: str, row: Row, known: Known) -> _Case:
    """Judge a message by each of its channels, and take the first by which it may be sent."""
    trigger = at.desk.triggers.running[one.trigger]
    house, local = at.desk.deciding.house, at.now.astimezone(at.desk.zone)
    if one.expires_at <= at.now:
        return _Case(
            timer=one, trigger=trigger, send_id=name, row=row, judged=Judged(outcome="expired", reason="stale")
        )
    found: list[tuple[Row, Judged]] = []
    for channel in channels_of(trigger, one.place, wanted=known.preference.channel):
        own = row | {"channel": channel}
        told = judged(own, known.hers, house, as_of=at.desk.today, now=local)
        found.append((own, told))
        if told.reason not in ANOTHER_WAY:
            break
    own, told = next((pair for pair in found if pair[1].reason not in ANOTHER_WAY), found[0])
    return _Case(timer=one, trigger=trigger, send_id=name, row=own, judged=_in_time(at, one, told))


def _in_time(at: _Moment, one: Timer, told: Judged) -> Judged:
    """Let go of what would leave after its time: a day is too coarse for what is worth something for hours."""
    if told.send_at is None or told.send_at.replace(tzinfo=at.desk.zone) < one.expires_at:
        return told
    return Judged(outcome="expired", reason="quiet")


def _auction(at: _Moment, cases: Sequence[_Case], known: Known) -> list[tuple[_Case, Bid | None]]:
    """Let those that may be sent bid; the others have no bid."""
    free = [case for case in cases if case.judged.free]
    deciding = at.desk.deciding
    used = deciding.counted(known.hers.contacts, on=at.desk.today)
    rows, most = [case.row for case in free], known.preference.most
    found = best(rows, deciding.terms, contacts=used, level=known.level, most=most).every if free else ()
    bids = {case.send_id: bid for case, bid in zip(free, found, strict=True)}
    return [(case, bids.get(case.send_id)) for case in cases]


def _send(at: _Moment, who: LivePerson, case: _Case, bid: Bid | None, known: Known) -> Send:
    """Put it into the row that is kept."""
    row, told, one = case.row, case.judged, case.timer
    leaves = bid is not None and bid.outcome == "sent"
    drawn = known.variant(at.desk, case.trigger.name, row["step"]) if leaves else None
    send_at = told.send_at.replace(tzinfo=at.desk.zone) if leaves and told.send_at is not None else None
    given = {
        name: row[name]
        for name in ("customer_id", "trigger", "iteration", "step", "kind", "action", "channel", "subject_kind",
                     "subject", "offer", "purpose", "value", "cost")
    }  # fmt: skip
    return Send(
        **given, send_id=case.send_id, person=who.key, occasion=one.occasion, fired_at=one.fired_at,
        decided_at=at.now, send_at=send_at, expires_at=one.expires_at,
        outcome="waiting" if leaves else "queued" if bid is not None else str(told.outcome),
        reason=bid.reason if bid is not None else told.reason, held_by=told.held_by,
        bid=None if bid is None else bid.bid, price=None if bid is None else bid.price,
        variant=None if drawn is None else drawn[0], variant_propensity=None if drawn is None else drawn[1],
        run_id=at.desk.published.run_id,
    )  # fmt: skip


def _again(at: _Moment, case: _Case, send: Send) -> Timer | None:
    """Return the timer that follows: of what waits for attention another try, of a sequence its next step."""
    one = replace(case.timer, person=send.person, customer_id=case.timer.customer_id)
    if send.outcome == "queued":
        due_at = min(at.now + RETRY, one.expires_at)
        return replace(one, due_at=due_at)
    place = one.place + 1
    if send.outcome != "waiting" or place >= len(case.trigger.steps):
        return None
    due_at = (send.send_at or at.now) + timedelta(days=case.trigger.steps[place].wait_days)
    if case.trigger.within_days is not None and due_at > one.fired_at + timedelta(days=case.trigger.within_days):
        return None
    expires = at.desk.triggers.rule(case.trigger.name).expires
    return replace(one, place=place, due_at=due_at, expires_at=due_at + expires)


__all__ = ["RETRY", "fire"]
