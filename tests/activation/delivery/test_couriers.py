"""Several destinations: one that hangs, fails or answers nonsense slows no other, loses nothing, and can be seen."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from delivery_support import ACCEPTED, courier, entry, rows, states

from destination_server import DestinationServer, answer, close, close_mid_body, garbage, hang, nonsense, slow, throttle
from patron.activation.delivery import Couriers
from patron.activation.destinations.memory import Memory
from patron.activation.destinations.webhook import Webhook
from patron.engines.database import writing
from patron.engines.destination_state import DestinationState, destination_state, remember_destination
from patron.engines.outbox_claims import next_due
from patron.engines.outbox_state import put
from patron.engines.state import State

SECRET = bytes(32)


def true_clock():
    return datetime.now(UTC)


def fill(state, name, many):
    now = true_clock()
    with writing(state.engine) as connection:
        put(connection, (
            entry(number, delivery_id=f"{name}-{number}", destination=name, made_at=now, due_at=now)
            for number in range(many)
        ))  # fmt: skip


def webhook(name, server, timeout_s=0.5):
    return Webhook(name, server.url, secrets=[SECRET], timeout_s=timeout_s)


def settled(state, name):
    return not {"waiting", "handing"} & set(states(state, name))


def standing(state, name):
    with state.engine.connect() as connection:
        return destination_state(connection, name)


MISBEHAVING = {
    "hangs": (hang(), "timed_out", True),
    "answers 500": (answer(500), "http_500", True),
    "answers garbage": (garbage(), "no_http", True),
    "closes": (close(), "closed", True),
    "closes mid-body": (close_mid_body(), "closed", True),
    "throttles": (throttle(30), "http_429", False),
    "answers nonsense": (nonsense(500), "http_500", True),
}


@pytest.mark.parametrize("what", MISBEHAVING)
def test_a_destination_that_misbehaves_harms_no_other(database, what):
    act, reason, opens = MISBEHAVING[what]
    with DestinationServer() as good, DestinationServer(otherwise=act) as bad:
        fill(database, "good", 100)
        fill(database, "bad", 100)
        both = [courier(database, webhook(name, to), true_clock) for name, to in (("good", good), ("bad", bad))]
        couriers = Couriers(both, clock=true_clock)
        couriers.start()
        good.wait_for(100, seconds=20)
        bad.wait_for(5 if opens else 1, seconds=20)
        assert couriers.stop()
    assert states(database, "good") == ["delivered"] * 100
    assert {request.headers["webhook-id"] for request in good.requests} == {f"good-{one}" for one in range(100)}
    left = rows(database, "bad")
    assert len(left) == 100  # nothing is lost
    assert {row["state"] for row in left} == {"waiting"}
    assert {row["reason"] for row in left if row["attempts"]} == {reason}
    assert sum(row["attempts"] for row in left) <= 5
    seen = standing(database, "bad")
    assert seen.reason == reason  # and it can be seen
    assert seen.open_until > true_clock() or not opens
    assert seen.breaker == ("open" if opens else "closed")


@pytest.fixture
def database(tmp_path):
    with State.open(tmp_path / "state.db") as state:
        yield state


def test_the_healthy_one_is_as_fast_beside_one_that_hangs(database, record_property):
    """Measured: seconds for 300 deliveries alone, and beside one that hangs; generous for a busy machine."""

    def seconds(names):
        with DestinationServer() as good, DestinationServer(otherwise=hang()) as bad:
            for name in names:
                fill(database, name, 300)
            to = {"bad": bad}
            all_of_them = [courier(database, webhook(name, to.get(name, good)), true_clock) for name in names]
            couriers, begun = Couriers(all_of_them, clock=true_clock), time.perf_counter()
            couriers.start()
            good.wait_for(300, seconds=60)
            took = time.perf_counter() - begun
            assert couriers.stop()
            return took

    alone, beside = seconds(["alone"]), seconds(["beside", "bad"])
    record_property("deliveries_a_second", {"alone": 300 / alone, "beside one that hangs": 300 / beside})
    assert beside < 3 * alone + 1


def test_once_means_until_nothing_is_due(state):
    memory, other = Memory("mail"), Memory("hook")
    later = true_clock().replace(year=2090)
    fill(state, "mail", 25)
    with writing(state.engine) as connection:
        put(connection, [entry(1, delivery_id="later", destination="hook", due_at=later)])
    both = [courier(state, one, true_clock, per_second=200, at_once=5) for one in (memory, other)]
    couriers = Couriers(both, clock=true_clock)
    assert couriers.run_once() is False
    assert states(state) == ["delivered"] * 25
    assert states(state, "hook") == ["waiting"]
    assert both[0].came == {"delivered": 25}
    assert memory.closed


def test_once_leaves_alone_what_another_process_works(state):
    memory = Memory("mail")
    fill(state, "mail", 1)
    begun, go_on = threading.Event(), threading.Event()

    def slowly(delivery):
        begun.set()
        go_on.wait()
        return ACCEPTED

    first = Couriers([courier(state, Memory("mail").will(slowly), true_clock, holder="first")], clock=true_clock)
    first.start()
    begun.wait()
    fill(state, "mail", 2)
    assert Couriers([courier(state, memory, true_clock, holder="second")], clock=true_clock).run_once() is True
    assert memory.handed == []
    go_on.set()
    assert first.stop()


def test_what_is_put_in_leaves_when_the_courier_is_woken(state):
    couriers = Couriers([courier(state, Memory("mail"), true_clock)], clock=true_clock)
    couriers.start()
    fill(state, "mail", 1)
    couriers.wake()
    waiting = threading.Event()
    for _ in range(200):
        if settled(state, "mail"):
            break
        waiting.wait(0.02)
    assert couriers.alive()
    assert couriers.stop()
    assert states(state) == ["delivered"]


def test_to_stop_finishes_what_is_under_way_and_gives_the_rest_back(state):
    begun, go_on = threading.Event(), threading.Event()

    def slowly(delivery):
        begun.set()
        go_on.wait()
        return ACCEPTED

    fill(state, "mail", 20)
    couriers = Couriers([courier(state, Memory("mail").will(slowly), true_clock)], clock=true_clock)
    couriers.start()
    begun.wait()
    threading.Timer(0.1, go_on.set).start()
    assert couriers.stop()
    assert sorted(states(state)) == ["delivered"] + ["waiting"] * 19
    assert {row["attempts"] for row in rows(state) if row["state"] == "waiting"} == {0}
    next_one = Couriers([courier(state, Memory("mail"), true_clock, holder="next")], clock=true_clock)
    next_one.run_once()  # the lease was given back
    assert states(state) == ["delivered"] * 20


def test_a_signal_ends_what_runs_once_in_good_order(tmp_path):
    """A process that delivers once is told to end in the middle: what is under way is finished, and noted."""
    with State.open(tmp_path / "state.db") as state, DestinationServer(otherwise=slow(0.2)) as server:
        fill(state, "hook", 50)
        words = [
            sys.executable,
            str(Path(__file__).with_name("deliver_once.py")),
            str(tmp_path / "state.db"),
            server.url,
        ]
        process = subprocess.Popen(words)
        server.wait_for(2, seconds=60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        arrived = len(server.requests)
        came = states(state, "hook")
    assert (came.count("delivered"), came.count("waiting")) == (arrived, 50 - arrived)
    assert arrived < 50


def test_what_hangs_for_longer_than_one_may_wait_is_left_to_the_next_process(state):
    begun, go_on = threading.Event(), threading.Event()

    def hangs(delivery):
        begun.set()
        go_on.wait()
        return ACCEPTED

    fill(state, "mail", 1)
    couriers = Couriers([courier(state, Memory("mail").will(hangs), true_clock)], clock=true_clock)
    couriers.start()
    begun.wait()
    assert not couriers.stop(wait_s=0.1)
    assert states(state) == ["handing"]
    go_on.set()
    assert couriers.stop(wait_s=10)


def test_a_breaker_outlives_the_process(state):
    now = true_clock()
    held = DestinationState(destination="mail", breaker="open", failures=5, open_until=now.replace(year=2090))
    with writing(state.engine) as connection:
        remember_destination(connection, held, now=now)
    fill(state, "mail", 1)
    memory = Memory("mail")
    Couriers([courier(state, memory, true_clock)], clock=true_clock).run_once()
    assert memory.handed == []
    with state.engine.connect() as connection:
        assert next_due(connection, "mail") is not None
