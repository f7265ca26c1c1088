"""Live triggers: what comes in arms timers, cancels them and fires, once, on both databases."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from stream_support import CART, Inbox, added, ordered, sends, services_of, timers

from patron.decisions.holdouts import Holdout, holds
from patron.engines.lease_state import LEASE, take
from patron.engines.trigger_state import TriggerEvent, remember_trigger_event
from patron.pipeline import Project
from patron.server.intake.committer import Committer
from patron.server.stream import StreamWorker, schedule


@pytest.fixture(scope="session")
def people(shop_made):
    """Customers of the shop who may be written to, by the ids that its sources have for them."""
    project = Project(shop_made)
    links, consents = project.table("links"), project.table("consents")
    by_mail = (consents.purpose == "marketing") & (consents.channel == "email")
    open_to = consents.filter(consents.allowed, by_mail).select("customer_id").distinct()
    own = links.filter(links.record_id == links.customer_id).semi_join(open_to, "customer_id")
    return sorted(own.customer_id.to_pyarrow().unique().to_pylist())


@pytest.fixture
def shop_of(shop_made, database, clock):
    """Return a function that makes the shop's worker with live triggers."""

    def make(triggers=CART, **more):
        return StreamWorker(services_of(Project(shop_made), database, clock, triggers, **more))

    return make


@pytest.fixture
def inbox(database):
    return Inbox(database)


def until_done(worker):
    while worker.turn().more:
        pass


def outcomes(database):
    return Counter(row["outcome"] for row in sends(database))


def test_a_cart_that_is_left_is_answered_once(shop_of, database, inbox, clock, people):
    worker = shop_of()
    inbox.put(added(people[0]), added(people[1]), at=clock())
    until_done(worker)
    assert [row["customer_id"] for row in timers(database)] == people[:2]
    clock.forward(hours=1)
    inbox.put(ordered(people[1]), at=clock())
    until_done(worker)
    assert [row["customer_id"] for row in timers(database)] == people[:1]
    clock.forward(hours=2, minutes=59)
    until_done(shop_of())  # another process, after a restart
    assert sends(database) == []
    clock.forward(minutes=1)
    until_done(shop_of())
    until_done(worker)
    (send,) = sends(database)
    assert (send["customer_id"], send["trigger"], send["occasion"]) == (people[0], "left_cart", "m1")
    assert send["outcome"] in ("waiting", "refused")
    assert timers(database) == []


def test_more_of_the_same_begins_anew_and_what_comes_late_does_not(shop_of, database, inbox, clock, people):
    worker = shop_of()
    begun = clock()
    inbox.put(added(people[0]), at=begun)
    clock.forward(hours=3)
    inbox.put(added(people[0]), at=clock())
    inbox.put(added(people[0]) | {"timestamp": begun.isoformat()}, at=clock())
    until_done(worker)
    (timer,) = timers(database)
    assert timer["due_at"] == (begun + timedelta(hours=7)).replace(tzinfo=None)
    assert timer["occasion"] == "m2"


def test_an_order_that_overtook_its_cart_counts(shop_of, database, inbox, clock, people):
    worker = shop_of()
    put_in = clock()
    clock.forward(minutes=5)
    inbox.put(ordered(people[0]), at=clock())
    until_done(worker)
    inbox.put(added(people[0]) | {"timestamp": put_in.isoformat()}, at=clock())
    until_done(worker)
    assert timers(database) == []
    clock.forward(hours=1)
    inbox.put(added(people[0]), at=clock())  # a new cart after the order
    until_done(worker)
    assert len(timers(database)) == 1


def test_what_is_older_than_a_message_makes_sense_sets_nothing_going(shop_of, database, inbox, clock, people):
    old = (clock() - timedelta(hours=29)).isoformat()
    inbox.put(added(people[0]) | {"timestamp": old}, at=clock())
    until_done(shop_of())
    assert timers(database) == [] == sends(database)


def test_a_visitor_who_signs_in_takes_her_timers_along(shop_of, database, inbox, clock, people):
    worker = shop_of()
    visitor = {key: value for key, value in added("").items() if key != "userId"} | {"anonymousId": "browser-7"}
    inbox.put(visitor, at=clock())
    until_done(worker)
    assert timers(database)[0]["person"] == "anonymous:browser-7"
    clock.forward(hours=1)
    inbox.put({"type": "identify", "userId": people[0], "anonymousId": "browser-7"}, at=clock())
    until_done(worker)
    clock.forward(hours=1)
    inbox.put(ordered(people[0]), at=clock())
    until_done(worker)
    assert timers(database) == []


def test_a_visitor_whom_nobody_knows_is_written_nothing(shop_of, database, inbox, clock):
    worker = shop_of()
    visitor = {key: value for key, value in added("").items() if key != "userId"} | {"anonymousId": "browser-8"}
    inbox.put(visitor, at=clock())
    until_done(worker)
    clock.forward(hours=4)
    until_done(worker)
    assert sends(database) == [] == timers(database)


def test_of_two_products_an_order_cancels_the_one_that_it_is_about(shop_of, database, inbox, clock, people):
    worker = shop_of(CART.replace("key: cart", "key: product"))
    inbox.put(added(people[0]), added(people[0], product_id="p2"), at=clock())
    until_done(worker)
    assert [row["subject"] for row in timers(database)] == ["p1", "p2"]
    clock.forward(hours=1)
    inbox.put(ordered(people[0], products=[{"product_id": "p2", "price": 1}]), at=clock())
    until_done(worker)
    assert [row["subject"] for row in timers(database)] == ["p1"]


AT_ONCE = """
thanks:
  live: {events: [order], where: amount >= 50, key: order}
  action: thank
  holdout: none
  state: scaled
  kind: transactional
"""


def test_an_event_fires_at_once_where_it_is_meant(shop_of, database, inbox, clock, people):
    inbox.put(ordered(people[0]), ordered(people[1], revenue=49.99), at=clock())
    assert shop_of(AT_ONCE).turn().decided == 1
    (send,) = sends(database)
    assert (send["customer_id"], send["subject_kind"], send["subject"]) == (people[0], "order", "o1")
    assert send["outcome"] == "waiting"
    assert send["send_at"] == clock().replace(tzinfo=None)


def test_the_audience_is_asked_of_what_is_known_now(shop_of, database, inbox, clock, people):
    text = AT_ONCE.replace("key: order}", "key: order}\n  audience: days_since_last = 0")
    inbox.put(ordered(people[0]), at=clock())
    until_done(shop_of(text))
    assert len(sends(database)) == 1
    other = AT_ONCE.replace("thanks:", "never:").replace("key: order}", "key: order}\n  audience: days_since_last > 0")
    inbox.put(ordered(people[0], order_id="o2"), at=clock())
    until_done(shop_of(other))
    assert [row["trigger"] for row in sends(database)] == ["thanks"]


def test_the_held_out_are_those_of_the_run_and_are_written_down(shop_of, database, inbox, clock, people):
    text = CART.replace("holdout: none", "holdout: 50%")
    worker = shop_of(text)
    inbox.put(*(added(one) for one in people[:20]), at=clock())
    clock.forward(hours=4)
    until_done(worker)
    own = [Holdout(name="trigger:left_cart", share=0.5)]
    told = {row["customer_id"]: row for row in sends(database) if row["outcome"] != "refused"}
    assert len(told) > 5
    for customer_id, row in told.items():
        held = holds(customer_id, own)
        assert (row["outcome"], row["held_by"]) == (("held_out", held) if held else ("waiting", None))
    assert {row["outcome"] for row in told.values()} == {"held_out", "waiting"}


THREE = "".join(CART.replace("left_cart", name).replace("after: 4h, unless: [order], ", "") for name in "abc")


def test_the_contact_budget_holds_whatever_fires(shop_of, database, inbox, clock, people):
    worker = shop_of(THREE, contact={"most": 1, "reserve": False})
    for _ in range(3):
        inbox.put(*(added(one) for one in people[:5]), at=clock())
        until_done(worker)
        clock.forward(hours=7)  # what waits asks again
        until_done(worker)
    written = Counter(row["customer_id"] for row in sends(database) if row["outcome"] == "waiting")
    assert written
    assert max(written.values()) == 1
    assert any(row["reason"] == "contact_budget" for row in sends(database) if row["outcome"] == "queued")
    clock.forward(days=2)
    until_done(worker)
    assert "queued" not in outcomes(database)
    assert timers(database) == []


@pytest.mark.parametrize(("again", "hours", "fired"), [("once", 24 * 30, 1), ("7d", 24 * 6, 1), ("7d", 24 * 7, 2)])
def test_whether_it_fires_again(shop_of, database, inbox, clock, people, again, hours, fired):
    text = CART.replace("after: 4h, unless: [order], key: cart", f"again: {again}")
    worker = shop_of(text, contact={"most": 10, "window": "1d"})
    for _ in range(2):
        inbox.put(added(people[0]), at=clock())
        until_done(worker)
        clock.forward(hours=hours)
    assert len([row for row in sends(database) if row["outcome"] != "refused"]) == fired


def test_two_of_one_batch_are_decided_one_after_the_other(shop_of, database, inbox, clock, people):
    text = AT_ONCE + CART.replace("after: 4h, unless: [order], key: cart", "again: once, key: product")
    first, other = people[:2]
    bought = [ordered(first), ordered(first, order_id="o2")]
    inbox.put(*bought, added(first), added(first, product_id="p2"), added(other, product_id="p3"), at=clock())
    until_done(shop_of(text))
    told = Counter((row["customer_id"], row["trigger"]) for row in sends(database) if row["outcome"] == "waiting")
    assert told == {(first, "thanks"): 2, (first, "left_cart"): 1, (other, "left_cart"): 1}


def test_a_trigger_writes_to_so_many_a_day(shop_of, database, inbox, clock, people):
    worker = shop_of(CART.replace("after: 4h, unless: [order], key: cart", "key: cart") + "  caps: {per_day: 3}\n")
    inbox.put(*(added(one) for one in people[:8]), at=clock())
    until_done(worker)
    assert outcomes(database)["waiting"] == 3
    capped = [row["customer_id"] for row in sends(database) if row["reason"] == "capped"]
    assert capped
    clock.forward(days=1)
    inbox.put(added(capped[0]), at=clock())
    until_done(worker)
    assert outcomes(database)["waiting"] == 4


DAILY = """
morning:
  live: {at: "09:00", expires: 12h}
  action: remind
  audience: orders > 1
  holdout: none
  state: scaled
  kind: service
"""


def test_the_clock_fires_for_the_audience_once_a_day_in_parts(shop_of, database, clock, shop_made, monkeypatch):
    monkeypatch.setattr(schedule, "PART", 60)
    profiles = Project(shop_made).table("profiles")
    meant = {*profiles.filter(profiles.orders > 1).customer_id.to_pyarrow().to_pylist()}
    worker = shop_of(DAILY)
    until_done(worker)  # plans the next morning; it is noon
    assert sends(database) == []
    clock.forward(hours=21)
    for _ in range(6):
        shop_of(DAILY).turn()  # each in another process
        clock.now += LEASE
    assert {row["customer_id"] for row in sends(database)} == meant
    assert len(sends(database)) == len(meant)
    clock.forward(days=3)  # nobody was there for three days: what was missed is over, but for the last morning
    until_done(worker)
    assert len({row["fired_at"] for row in sends(database)}) <= 2
    clock.forward(days=-2)  # and the clock is set right
    until_done(worker)
    clock.forward(hours=2)
    until_done(worker)
    assert max(Counter((row["customer_id"], row["fired_at"]) for row in sends(database)).values()) == 1


def test_a_clock_that_jumps_fires_nothing_twice(shop_of, database, inbox, clock, people):
    worker = shop_of()
    inbox.put(added(people[0]), at=clock())
    until_done(worker)
    clock.forward(hours=5)
    until_done(worker)
    clock.forward(hours=-5)
    until_done(worker)
    until_done(shop_of())
    clock.forward(hours=6)
    until_done(worker)
    assert len(sends(database)) == 1


def test_of_two_workers_each_event_is_worked_by_one(shop_of, database, inbox, clock, people):
    """Both work as fast as they can, each believing half the time that the other's lease has ended."""
    text = CART.replace("after: 4h, unless: [order], key: cart", "key: cart").replace("kind: service", "kind: legal")
    workers = [shop_of(text), shop_of(text)]
    for one in range(6):
        inbox.put(*(added(person) | {"messageId": f"{one}-{person}"} for person in people[:10]), at=clock())
    failed = []

    def work(worker):
        try:
            for _ in range(12):
                clock.now += LEASE
                worker.turn()
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=work, args=(one,)) for one in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    until_done(workers[0])
    assert Counter(row["occasion"] for row in sends(database)) == Counter(
        f"{one}-{person}" for one in range(6) for person in people[:10]
    )


def test_the_lease_passes_on_when_its_time_is_over_or_its_clock_was_wrong(database, clock):
    def took(holder):
        with database.engine.execution_options(patron_writes=True).begin() as connection:
            found = take(connection, "stream", holder=holder, now=clock())
        return None if found is None else found.turn

    assert took("one") == 1
    assert took("two") is None
    assert took("one") == 2
    clock.now += LEASE
    assert took("two") == 3
    assert took("one") is None
    clock.forward(hours=-5)  # the lease would now last for five hours
    assert took("one") == 4


def test_an_event_that_cannot_be_worked_is_left_behind(shop_of, database, inbox, clock, people, monkeypatch, caplog):
    import patron.server.stream.worker as module

    real = module.fold

    def fold(connection, events, *, published):
        if any(one.message_id == "bad" for one in events):
            raise ZeroDivisionError
        real(connection, events, published=published)

    monkeypatch.setattr(module, "fold", fold)
    secret = added(people[1], secret="do not tell")
    inbox.put(added(people[0]), secret | {"messageId": "bad"}, added(people[2]), at=clock())
    worker = shop_of()
    for _ in range(6):
        worker.turn()
    assert {row["customer_id"] for row in timers(database)} == {people[0], people[2]}
    assert "left behind: ZeroDivisionError" in caplog.text
    assert "do not tell" not in caplog.text
    assert people[1] not in caplog.text


def test_a_trigger_that_is_paused_fires_no_more(shop_of, database, inbox, clock, people):
    worker = shop_of()
    inbox.put(added(people[0]), at=clock())
    until_done(worker)
    day = clock().date()
    event = TriggerEvent(trigger_name="left_cart", event="pause", day=day, state="paused", iteration=1)
    remember_trigger_event(database, event)
    clock.forward(hours=4)
    until_done(worker)
    assert sends(database) == [] == timers(database)


SEQUENCE = {
    "welcome": {
        "live": {"events": ["identify"]}, "holdout": "none", "state": "scaled", "kind": "legal",
        "exit": "days_since_last = 0", "within": "30d",
        "steps": [{"name": "hello", "action": "welcome"}, {"name": "how", "action": "welcome", "wait": "3d"}],
    }
}  # fmt: skip


def test_a_sequence_goes_on_until_she_leaves_it(shop_of, database, inbox, clock, people):
    worker = shop_of("{}", sequences=SEQUENCE)
    inbox.put(*({"type": "identify", "userId": one} for one in people[:2]), at=clock())
    until_done(worker)
    assert [row["step"] for row in sends(database)] == ["hello", "hello"]
    clock.forward(days=3, minutes=-1)
    inbox.put(ordered(people[1]), at=clock())
    until_done(worker)
    assert len(sends(database)) == 2
    clock.forward(minutes=1)
    until_done(worker)
    assert [(row["customer_id"], row["step"]) for row in sends(database)[2:]] == [(people[0], "how")]
    assert timers(database) == []


def test_the_thread_works_when_it_is_woken_and_ends_when_it_is_told(shop_of, database, inbox, clock, people):
    worker = shop_of(AT_ONCE)
    committer = Committer(worker.services)
    worker.services.parts[Committer] = committer
    worker.start()
    try:
        assert worker.alive()
        inbox.put(ordered(people[0]), at=clock())
        for listener in committer.listeners:  # as after each commit of the intake
            listener()
        waiting = threading.Event()
        for _ in range(400):
            if sends(database):
                break
            waiting.wait(0.02)
        assert len(sends(database)) == 1
    finally:
        worker.stop()
    assert not worker.alive()
