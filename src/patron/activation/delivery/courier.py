"""The courier of one destination: takes what is due in hand, hands it over, and writes down what came of it.

Of all processes one works a destination, by a lease (`engines.lease_state`). A turn is one transaction and the handing
over behind it. The transaction writes what came of the turn before, takes up what a process that has gone left, lets go
what has expired or may not leave any more, and takes the next rows in hand. Only then, with that on the disk, they are
handed over: so a process that dies at any moment leaves rows of which it is known that they may have been taken. Where
the destination knows a key again they are handed over again, else a person decides.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from patron.activation.delivery.breaker import after, allowed, rejected_after
from patron.activation.delivery.feedback import Feedback
from patron.activation.delivery.rate import Bucket
from patron.activation.delivery.terms import Check, Tell, Terms, unchecked, untold
from patron.activation.delivery.tried import given_back, tried
from patron.activation.destinations import Delivery, Destination, Outcome
from patron.engines.database import writing
from patron.engines.destination_state import DestinationState, destination_state, remember_destination
from patron.engines.lease_state import give_back, take
from patron.engines.outbox_claims import Settled, Waiting, due, hand, handing, next_due, set_aside, settle, take_up
from patron.engines.state import State

TOGETHER = {"recognised": 100, "never": 10}
"""So many are taken in hand at a time where they are handed over one by one. Of a process that dies so many are not
known, which costs a repetition where they are recognised, and a person's attention where not."""

LONGEST_TURN = timedelta(seconds=1)
"""After that what came of them is written down, and the others are given back."""

PATIENCE = 10
"""So many times the destination's time for an answer may one call take, until it counts as dead."""

log = logging.getLogger("patron.delivery")


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What one turn did. `wait_until` is when there is something to do again: later, or (none) nobody knows."""

    handed: int = 0
    more: bool = False
    wait_until: datetime | None = None
    paced: bool = False  # something is due that its rate lets leave a little later
    elsewhere: bool = False  # another process works this destination


class Courier:
    """Works one destination.

    Parameters
    ----------
    state : State
        The database; its file or server is shared with other processes.
    destination : Destination
    terms : Terms
    holder : str
        Names the process; no other has the same name.
    clock : callable
        Gives the moment that it is, aware.
    check : Check
        Asked in the last moment, in the transaction that takes rows in hand.
    told : Tell
        Tell of what a destination says at once about an address.
    """

    def __init__(
        self, state: State, destination: Destination, *, terms: Terms, holder: str, clock: Callable[[], datetime],
        check: Check = unchecked, told: Tell = untold,
    ) -> None:  # fmt: skip
        self.state, self.destination, self.terms, self.clock = state, destination, terms, clock
        self.lease = f"delivery:{destination.name}"
        self.over = threading.Event()  # set: finish what is under way, and begin nothing
        self.failures = 0  # of turns, one after the other
        self.busy_since: datetime | None = None  # it is handing over
        self.elsewhere = False  # another process works this destination
        self.came: Counter[str] = Counter()  # what came of those that it worked, by state
        self.left_out: Counter[str] = Counter()  # those that were not allowed to leave, by reason
        self._holder, self._check, self._told = holder, check, told
        self._bucket = Bucket(per_second=terms.per_second, at_once=terms.at_once)
        self._settled: list[Settled] = []
        self._calls: list[tuple[Sequence[Outcome], int, datetime]] = []  # not yet in the destination's state
        self._feedback: list[Feedback] = []
        self._aside: list[tuple[str, str]] = []  # state and reason of those that were let go
        self._rejected, self._holds, self._lost = 0, False, False

    def turn(self) -> Turn:
        """Do what there is to do now.

        Raises
        ------
        SQLAlchemyError
            The database refused; what came of the turn before is written by the next one.
        PatronError
            What is sealed cannot be opened, or the last check cannot be made: nothing leaves.
        """
        now = self.clock()
        if not self._settled and (until := self._idle(now)) is not None:
            return until
        turn, rows, standing = self._transact(now)
        if rows:
            self._hand_over(rows, standing)
        if self._feedback:
            self._told(self._feedback)
            self._feedback = []
        return turn

    def finish(self) -> None:
        """Write down what is left, and let another process take over at once.

        Raises
        ------
        SQLAlchemyError
            The database refused: what is left counts as interrupted.
        """
        with writing(self.state.engine) as connection:
            self._write(connection, self.clock())
            give_back(connection, self.lease, holder=self._holder, now=self.clock())
        self._written()
        self._holds = False

    def keep(self) -> None:
        """Keep the lease while something is being handed over."""
        with writing(self.state.engine) as connection:
            self._lost = take(connection, self.lease, holder=self._holder, now=self.clock()) is None

    def patient(self, now: datetime) -> bool:
        """Tell whether what is being handed over may still end: nobody keeps a lease for what hangs for ever."""
        begun = self.busy_since
        return begun is not None and now - begun < LONGEST_TURN + timedelta(seconds=PATIENCE * self.terms.timeout_s)

    def _idle(self, now: datetime) -> Turn | None:
        """Return what to wait for where nothing is to be written or handed over; none where there is something."""
        with self.state.engine.connect() as connection:
            first = next_due(connection, self.destination.name)
            standing = destination_state(connection, self.destination.name)
            left = handing(connection, self.destination.name)
        if left:
            return None
        held = standing.open_until
        ready = first is not None and first <= now and allowed(standing, now) != 0
        if ready:
            wait_s = self._bucket.wait_s(now)
            return Turn(wait_until=now + timedelta(seconds=wait_s), paced=True) if wait_s > 0 else None
        if self._holds:
            self.finish()
        if first is None or standing.paused:
            return Turn()
        return Turn(wait_until=max(first, held) if held is not None else first)

    def _transact(self, now: datetime) -> tuple[Turn, list[Waiting], DestinationState]:
        """Write what came of the last turn, and take the next rows in hand."""
        name, wrote = self.destination.name, bool(self._settled)
        with writing(self.state.engine) as connection:
            standing = self._write(connection, now)
            self._lost = take(connection, self.lease, holder=self._holder, now=now) is None
            rows: list[Waiting] = []
            found = 0
            if not self._lost:
                tries = self.terms.attempts if self.destination.repeats == "recognised" else 0
                take_up(connection, name, attempts=tries, now=now)
                found, rows = self._take(connection, standing, now)
                if rows and standing.breaker == "open":
                    standing = replace(standing, breaker="half_open")
                    remember_destination(connection, standing, now=now)
        self._written()
        self._holds = not self._lost
        return Turn(handed=len(rows), more=wrote or found > 0, elsewhere=self._lost), rows, standing

    def _take(self, connection: Connection, standing: DestinationState, now: datetime) -> tuple[int, list[Waiting]]:
        """Take in hand what is due and may leave; return how many were due, and those."""
        largest = self.destination.largest_batch
        together = largest if largest > 1 else TOGETHER[self.destination.repeats]
        most = allowed(standing, now)
        limit = min(self._bucket.holds(now), together if most is None else min(most, together))
        if limit <= 0 or self.over.is_set():
            return 0, []
        rows = due(connection, self.destination.name, now=now, limit=limit)
        expired = {row.delivery_id: None for row in rows if row.expires_at is not None and row.expires_at <= now}
        fresh = [row for row in rows if row.delivery_id not in expired]
        refused = dict(self._check(connection, [as_delivery(row) for row in fresh], now)) if fresh else {}
        set_aside(connection, expired, state="expired", now=now)
        set_aside(connection, refused, state="cancelled", now=now)
        self._aside = [*(("expired", "expired") for _ in expired), *(("cancelled", why) for why in refused.values())]
        leaving = [row for row in fresh if row.delivery_id not in refused]
        hand(connection, [row.delivery_id for row in leaving], now=now)
        self._bucket.take(len(leaving))
        return len(rows), leaving

    def _hand_over(self, rows: Sequence[Waiting], standing: DestinationState) -> None:
        """Hand rows over, a batch at a time, as long as it goes well and not for long."""
        begun = self.busy_since = self.clock()
        size = self.destination.largest_batch
        try:
            for start in range(0, len(rows), size):
                if start and not self._goes_on(standing, begun):
                    now = self.clock()
                    self._settled += [given_back(as_delivery(row), now=now) for row in rows[start:]]
                    self._bucket.take(start - len(rows))
                    return
                standing = self._call(rows[start : start + size], standing)
        finally:
            self.busy_since = None

    def _goes_on(self, standing: DestinationState, begun: datetime) -> bool:
        now = self.clock()
        stopped = self.over.is_set() or self._lost or now - begun >= LONGEST_TURN
        return not stopped and allowed(standing, now) is None

    def _call(self, rows: Sequence[Waiting], standing: DestinationState) -> DestinationState:
        """Hand one batch over, and keep what came of it."""
        deliveries = [as_delivery(row) for row in rows]
        outcomes = self._deliver(deliveries)
        now = self.clock()
        self._rejected = rejected_after(self._rejected, outcomes)
        self._calls.append((outcomes, self._rejected, now))
        for row, delivery, outcome in zip(rows, deliveries, outcomes, strict=True):
            self._settled.append(tried(
                delivery, outcome, expires_at=row.expires_at, terms=self.terms, repeats=self.destination.repeats,
                now=now,
            ))  # fmt: skip
        self._feedback += [told for told in map(_feedback, deliveries, outcomes, [now] * len(rows)) if told is not None]
        return after(standing, outcomes, rejected=self._rejected, now=now)

    def _deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """Return the outcomes; whatever the destination raises, they may have been taken."""
        try:
            outcomes = self.destination.deliver(deliveries, now=self.clock())
        except Exception as error:  # noqa: BLE001 - anything, as the protocol says
            # By its class alone: its text may name somebody.
            log.error("%s: handing over failed: %s", self.destination.name, type(error).__name__)  # noqa: TRY400
            return [Outcome(status="unknown", reason="failed")] * len(deliveries)
        if len(outcomes) != len(deliveries):
            log.error("%s: %d outcomes of %d", self.destination.name, len(outcomes), len(deliveries))
            return [Outcome(status="unknown", reason="miscounted")] * len(deliveries)
        return outcomes

    def _write(self, connection: Connection, now: datetime) -> DestinationState:
        """Write what came of the last turn: of each delivery, and of the destination."""
        settle(connection, self._settled)
        before = standing = destination_state(connection, self.destination.name)
        for outcomes, rejected, moment in self._calls:
            standing = after(standing, outcomes, rejected=rejected, now=moment)
        if standing != before:
            remember_destination(connection, standing, now=now)
        return standing

    def _written(self) -> None:
        """Forget what is on the disk now, and count it."""
        self.came.update(one.state for one in self._settled)
        self.came.update(state for state, _ in self._aside)
        self.left_out.update(why for _, why in self._aside)
        self._settled, self._calls, self._aside = [], [], []


def as_delivery(row: Waiting) -> Delivery:
    """Return a row as the destination gets it, for its next try."""
    return Delivery(
        delivery_id=row.delivery_id, kind=row.kind, customer_id=row.customer_id, content=row.content,  # type: ignore[arg-type]
        channel=row.channel, address=row.address, trigger=row.trigger, iteration=row.iteration, step=row.step,
        variant=row.variant, purpose=row.purpose, attempt=row.attempts + 1, made_at=row.made_at,
    )  # fmt: skip


def _feedback(delivery: Delivery, outcome: Outcome, now: datetime) -> Feedback | None:
    """Return what a destination says at once about an address, beside not taking a delivery."""
    if outcome.happened is None:
        return None
    return Feedback(
        feedback_id=f"{delivery.delivery_id}:{outcome.happened}", delivery_id=delivery.delivery_id,
        happened=outcome.happened, occurred_at=now, permanent=True, reason=outcome.reason,
    )  # fmt: skip


__all__ = ["Courier", "Turn", "as_delivery"]
