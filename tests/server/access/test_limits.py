"""Rate limits: never more than the burst and what has come since, whatever the clock does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app_client import AppClient
from patron.server.access import Limiter
from patron.server.access import limits as module
from patron.server.app import create_app
from server_project import empty_project

START = datetime(2024, 1, 1, tzinfo=UTC)


@given(st.floats(0.1, 50), st.integers(1, 20), st.lists(st.floats(-5, 5), max_size=60))
def test_never_more_than_the_burst_and_what_came_since(per_second, burst, steps):
    now = START
    limiter = Limiter(per_second, burst, lambda: now)
    let_in, forward = 0, 0.0
    for step in steps:
        now += timedelta(seconds=step)
        forward += max(step, 0.0)
        let_in += limiter.wait("ann") == 0
        assert let_in <= burst + per_second * forward + 1e-6


@given(st.floats(0.1, 50), st.integers(1, 20))
def test_after_the_wait_one_is_let_in_and_not_before(per_second, burst):
    now = START
    limiter = Limiter(per_second, burst, lambda: now)
    assert [limiter.wait("ann") for _ in range(burst)] == [0.0] * burst
    wait = limiter.wait("ann")
    now += timedelta(seconds=wait / 2)
    assert limiter.wait("ann") > 0
    now += timedelta(seconds=wait / 2 + 1e-5)
    assert limiter.wait("ann") == 0


def test_each_has_an_own_bucket_and_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(module, "MOST", 10)
    limiter = Limiter(1, 1, lambda: START)
    assert [limiter.wait(name) for name in ("ann", "bob")] == [0, 0]
    assert limiter.wait("ann") > 0
    for number in range(1000):
        limiter.wait(str(number))
    assert len(limiter._buckets) == 10


@pytest.fixture
def strict(tmp_path, database, clock):
    more = "server: {requests_per_second: 1, requests_at_once: 3, strangers_per_second: 0.5, strangers_at_once: 2}\n"
    app = create_app(empty_project(tmp_path, more), state=database, clock=clock, workers_inside=False)
    with AppClient(app) as client:
        yield client


def test_who_asks_too_often_is_told_when_to_come_again(strict, token, clock):
    busy, calm = token("read", name="busy"), token("read", name="calm")
    assert [strict.get("/me", headers=busy).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert strict.get("/me", headers=calm).status_code == 200
    wait = int(strict.get("/me", headers=busy).headers["Retry-After"])
    clock.forward(seconds=wait)
    assert strict.get("/me", headers=busy).status_code == 200


def test_an_address_of_strangers_is_limited_but_not_those_who_are_known(strict, token):
    bad = {"Authorization": "Bearer x"}
    assert [strict.get("/me", headers=bad).status_code for _ in range(3)] == [401, 401, 429]
    assert strict.get("/me", headers=token("read")).status_code == 200
