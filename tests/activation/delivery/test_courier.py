"""One courier: what is due leaves once, what came of it is written down, and nothing is lost whatever happens."""

from __future__ import annotations

from datetime import timedelta

import pytest
from delivery_support import (
    ACCEPTED,
    NOW,
    REJECTED,
    RETRY,
    UNKNOWN,
    Moved,
    courier,
    fill,
    rows,
    states,
    work,
)
from sqlalchemy.exc import OperationalError

from patron.activation.delivery.pauses import LONGEST_S
from patron.activation.destinations import Outcome
from patron.activation.destinations.memory import Memory
from patron.engines.database import writing
from patron.engines.destination_state import DestinationState, destination_state, remember_destination
from patron.engines.outbox_claims import next_due


def standing(state, name="mail"):
    with state.engine.connect() as connection:
        return destination_state(connection, name)


def when_due(state):
    with state.engine.connect() as connection:
        return next_due(connection, "mail")


def test_what_is_due_leaves_once_and_what_it_said_is_forgotten(state):
    clock, memory = Moved(), Memory("mail")
    memory.otherwise = ACCEPTED
    fill(state, range(250))
    fill(state, range(250, 252), due_at=NOW + timedelta(hours=1))
    one = courier(state, memory, clock, cost_of=lambda delivery: 0.25)
    assert work(one) == 250
    assert work(one) == 0
    assert len(memory.handed) == len({delivery.delivery_id for delivery in memory.handed}) == 250
    assert {delivery.attempt for delivery in memory.handed} == {1}
    first, *_, last = rows(state)
    assert (first["state"], first["receipt"], first["cost"], first["attempts"]) == ("delivered", "r1", 0.25, 1)
    assert first["address"] is first["content"] is None
    assert (last["state"], last["attempts"], last["cost"]) == ("waiting", 0, None)
    clock.forward(hours=1)
    assert work(one) == 2


def test_each_outcome_is_written_as_what_it_means(state):
    clock, memory = Moved(), Memory("mail", repeats="never").will(ACCEPTED, REJECTED, RETRY, UNKNOWN)
    fill(state, range(4))
    work(courier(state, memory, clock))
    assert states(state) == ["delivered", "rejected", "waiting", "unknown"]
    assert [row["reason"] for row in rows(state)] == [None, "http_400", "http_503", "timed_out"]
    assert rows(state)[1]["content"] is None
    assert rows(state)[3]["content"]  # a person may want it handed over again


def test_what_is_unknown_is_tried_again_only_where_it_is_recognised(state):
    clock, knows, forgets = Moved(), Memory("mail").will(UNKNOWN), Memory("hook", repeats="never").will(UNKNOWN)
    fill(state, range(1))
    fill(state, range(1, 2), destination="hook")
    couriers = [courier(state, one, clock) for one in (knows, forgets)]
    for _ in range(3):
        for one in couriers:
            work(one)
        clock.forward(seconds=LONGEST_S)
    assert [delivery.attempt for delivery in knows.handed] == [1, 2]
    assert [delivery.attempt for delivery in forgets.handed] == [1]
    assert (states(state), states(state, "hook")) == (["delivered"], ["unknown"])


def test_each_pause_is_longer_and_the_last_try_is_a_dead_letter(state):
    clock, memory = Moved(), Memory("mail")
    memory.otherwise = RETRY
    fill(state, range(1))
    one, pauses = courier(state, memory, clock, attempts=4), []
    while states(state) == ["waiting"]:
        due = when_due(state)
        pauses.append((due - clock.now).total_seconds())
        clock.now = max(due, clock.now)
        work(one)
    assert [delivery.attempt for delivery in memory.handed] == [1, 2, 3, 4]
    assert pauses[0] == 0
    assert all(0 <= pause <= most for pause, most in zip(pauses[1:], (30, 120, 480), strict=True))
    [row] = rows(state)
    assert (row["state"], row["attempts"], row["reason"]) == ("dead", 4, "http_503")
    assert row["content"]


def test_what_expires_is_not_handed_over_and_not_waited_for(state):
    clock, memory = Moved(), Memory("mail").will(RETRY)
    fill(state, range(1), expires_at=NOW)
    fill(state, range(1, 2), expires_at=NOW + timedelta(seconds=0.001))
    work(courier(state, memory, clock))
    assert [delivery.delivery_id for delivery in memory.handed] == ["d000001"]
    assert states(state) == ["expired", "expired"]
    assert [row["reason"] for row in rows(state)] == [None, "http_503"]


def test_who_may_not_leave_is_cancelled_in_the_last_moment(state):
    clock, memory = Moved(), Memory("mail")
    fill(state, range(3))
    asked = []

    def check(connection, deliveries, now):
        asked.append([(one.address, now) for one in deliveries])
        return {"d000001": "consent"}

    assert work(courier(state, memory, clock, check=check)) == 2
    assert states(state) == ["delivered", "cancelled", "delivered"]
    assert rows(state)[1]["reason"] == "consent"
    assert asked == [[("ann.smith@example.org", NOW)] * 3]


def test_nothing_leaves_while_the_last_check_cannot_be_made(state):
    def check(connection, deliveries, now):
        raise OperationalError("SELECT", {}, Exception("gone"))

    clock, memory = Moved(), Memory("mail")
    fill(state, range(1))
    with pytest.raises(OperationalError):
        work(courier(state, memory, clock, check=check))
    assert (memory.handed, states(state)) == ([], ["waiting"])


def test_who_fails_several_times_is_left_alone_and_then_tried_with_one(state):
    clock, memory = Moved(), Memory("mail")
    memory.otherwise = RETRY
    fill(state, range(100))
    one = courier(state, memory, clock)
    work(one)
    assert len(memory.handed) == 5  # and the others were given back
    assert standing(state).breaker == "open"
    assert standing(state).reason == "http_503"
    assert states(state).count("waiting") == 100
    assert sum(row["attempts"] for row in rows(state)) == 5
    assert work(one) == 0
    clock.forward(seconds=30)
    assert work(one) == 1  # half open
    assert (standing(state).open_until - clock.now).total_seconds() == 60
    memory.otherwise = ACCEPTED
    clock.forward(seconds=60)
    assert work(one) > 90
    assert standing(state).breaker == "closed"


def test_it_is_left_alone_as_long_as_it_asks(state):
    clock, memory = Moved(), Memory("mail").will(Outcome(status="retry", reason="http_429", retry_after_s=7))
    fill(state, range(20))
    one = courier(state, memory, clock)
    work(one)
    assert len(memory.handed) == 1
    assert (standing(state).breaker, standing(state).reason) == ("closed", "http_429")
    clock.forward(seconds=6)
    assert work(one) == 0
    clock.forward(seconds=1)
    assert work(one) >= 19


def test_when_everything_is_rejected_the_queue_is_not_lost(state):
    clock, memory = Moved(), Memory("mail")
    memory.otherwise = REJECTED
    fill(state, range(1000))
    work(courier(state, memory, clock))
    assert states(state).count("rejected") == 100
    assert standing(state).reason == "all_rejected"


def test_a_destination_that_raises_has_an_unknown_outcome(state):
    def raising(delivery):
        raise ValueError("ann.smith@example.org")

    clock, memory = Moved(), Memory("mail", repeats="never").will(raising)
    fill(state, range(2))
    work(courier(state, memory, clock))
    assert states(state) == ["unknown", "delivered"]
    assert rows(state)[0]["reason"] == "failed"


def test_a_destination_that_miscounts_has_an_unknown_outcome(state):
    class Short(Memory):
        def deliver(self, deliveries, *, now):
            return super().deliver(deliveries, now=now)[1:]

    clock = Moved()
    fill(state, range(3))
    work(courier(state, Short("mail", repeats="never", largest_batch=3), clock))
    assert {(row["state"], row["reason"]) for row in rows(state)} == {("unknown", "miscounted")}


def test_no_batch_is_larger_than_it_takes(state):
    sizes = []

    class Counting(Memory):
        def deliver(self, deliveries, *, now):
            sizes.append(len(deliveries))
            return super().deliver(deliveries, now=now)

    fill(state, range(25))
    work(courier(state, Counting("mail", largest_batch=10), Moved()))
    assert sizes == [10, 10, 5]


def test_a_rate_is_kept(state):
    clock, memory = Moved(), Memory("mail")
    fill(state, range(100))
    one = courier(state, memory, clock, per_second=2, at_once=5)
    assert work(one) == 5
    for _ in range(4):
        clock.forward(seconds=1)
        assert work(one) == 2
    clock.forward(minutes=1)
    assert work(one) == 5


def test_what_is_paused_waits(state):
    clock, memory = Moved(), Memory("mail")
    fill(state, range(3))
    with writing(state.engine) as connection:
        remember_destination(connection, DestinationState(destination="mail", paused=True), now=NOW)
    one = courier(state, memory, clock)
    assert work(one) == 0
    with writing(state.engine) as connection:
        remember_destination(connection, DestinationState(destination="mail"), now=NOW)
    assert work(one) == 3


@pytest.mark.parametrize(("repeats", "left", "tries"), [("recognised", "delivered", 2), ("never", "unknown", 1)])
def test_what_a_process_left_behind_is_taken_up_when_its_lease_has_ended(state, repeats, left, tries):
    def dying(delivery):
        raise KeyboardInterrupt  # goes through everything, as a signal does

    clock = Moved()
    fill(state, range(1))
    first, second = Memory("mail", repeats=repeats).will(dying), Memory("mail", repeats=repeats)
    with pytest.raises(KeyboardInterrupt):
        courier(state, first, clock, holder="first").turn()
    assert states(state) == ["handing"]
    other = courier(state, second, clock, holder="second")
    assert other.turn().elsewhere
    assert states(state) == ["handing"]
    clock.forward(seconds=11)
    work(other)
    assert states(state) == [left]
    assert rows(state)[0]["attempts"] == tries
    assert len(second.handed) == tries - 1


def test_what_kills_whoever_hands_it_over_does_so_a_limited_number_of_times(state):
    def dying(delivery):
        raise KeyboardInterrupt

    clock, memory = Moved(), Memory("mail").will(dying, dying)
    fill(state, range(1))
    for number in range(2):
        with pytest.raises(KeyboardInterrupt):
            courier(state, memory, clock, holder=str(number), attempts=2).turn()
        clock.forward(seconds=11)
    work(courier(state, memory, clock, holder="last", attempts=2))
    assert (states(state), rows(state)[0]["reason"]) == (["unknown"], "interrupted")
    assert len(memory.handed) == 2


def test_of_what_was_given_up_the_late_outcome_counts(state):
    clock, slow, other = Moved(), Memory("mail", repeats="never"), Memory("mail", repeats="never")
    one, two = courier(state, slow, clock, holder="one"), courier(state, other, clock, holder="two")

    def stopped(delivery):  # for so long that another process took over
        clock.forward(seconds=11)
        two.turn()
        assert states(state) == ["unknown"]
        return ACCEPTED

    fill(state, range(1))
    slow.will(stopped)
    work(one)
    assert states(state) == ["delivered"]
    assert other.handed == []


def test_an_erased_row_does_no_harm(state):
    def erased(delivery):
        with writing(state.engine) as connection:
            connection.exec_driver_sql("DELETE FROM outbox")
        return ACCEPTED

    fill(state, range(1))
    work(courier(state, Memory("mail").will(erased), Moved()))
    assert rows(state) == []


def test_what_a_destination_says_of_an_address_is_told(state):
    told = []
    gone = Outcome(status="rejected", reason="unregistered", happened="bounced")
    fill(state, range(2))
    work(courier(state, Memory("mail").will(gone), Moved(), told=told.extend))
    [one] = told
    assert (one.delivery_id, one.happened, one.permanent) == ("d000000", "bounced", True)
    assert one.feedback_id == "d000000:bounced"
