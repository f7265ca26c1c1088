"""How things stand, read from the database when it is asked, at most once in a few seconds.

Everything here is the same whichever process of a server is asked. The counts come from indexes: to count a million
rows that wait takes a fraction of a second, and nothing is read of any of them but where it goes and how it stands.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from patron.engines.delivery_tables import DESTINATION_STATES, OUTBOX
from patron.engines.inbox_state import micros, newest
from patron.engines.inbox_tables import DEAD_LETTERS, INBOX
from patron.engines.job_tables import SCHEDULED_JOBS
from patron.engines.lease_state import worked_to
from patron.engines.moments import aware, stored
from patron.engines.timer_tables import SENDS, TIMERS
from patron.errors import PatronError
from patron.server.services import Services

KEPT = timedelta(seconds=5)
"""How old an answer may be: asking often costs no more than asking now and then."""

STREAM = "stream"
BREAKERS = ("closed", "half_open", "open")

Families = Sequence[GaugeMetricFamily]


class Standing:
    """Reads how things stand."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._held: tuple[datetime, bytes] | None = None
        self._reading = threading.Lock()

    def told(self) -> bytes:
        """Return it in Prometheus's text format; where the database does not answer, that."""
        now = self._services.clock()
        with self._reading:
            if self._held is None or not timedelta() <= now - self._held[0] < KEPT:
                registry = CollectorRegistry()
                registry.register(_Told(self._families(now)))
                self._held = (now, generate_latest(registry))
            return self._held[1]

    def _families(self, now: datetime) -> Families:
        try:
            with self._services.state.engine.connect() as connection:
                found = [*_inbox(connection, now), *_messages(connection, now), *_destinations(connection, now),
                         *_jobs(connection)]  # fmt: skip
        except SQLAlchemyError:
            found = [_one("patron_database_up", "Whether the database answers.", 0)]
        else:
            found.append(_one("patron_database_up", "Whether the database answers.", 1))
        return [*found, *self._run(now)]

    def _run(self, now: datetime) -> Iterator[GaugeMetricFamily]:
        try:
            last = self._services.project.store.last()
        except PatronError:  # `/ready` says that it cannot be read
            last = None
        yield _one("patron_run_published", "Whether a run is published.", last is not None)
        if last is not None:
            zone_free = datetime.combine(last.manifest.as_of, datetime.min.time())
            yield _one("patron_run_as_of_seconds", "The last day that the published run knows, in seconds since 1970.",
                       (zone_free - datetime(1970, 1, 1)).total_seconds())  # fmt: skip # noqa: DTZ001
            if last.manifest.made_at is not None:
                age = (now - last.manifest.made_at).total_seconds()
                yield _one("patron_run_age_seconds", "How long ago the published run was published.", age)


class _Told:
    """A collector of what was read already."""

    def __init__(self, families: Families) -> None:
        self._families = families

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from self._families


def _inbox(connection: Connection, now: datetime) -> Iterator[GaugeMetricFamily]:
    last, worked = newest(connection), worked_to(connection, STREAM)
    yield _one("patron_events_committed", "The number of the newest event.", last)
    yield _one("patron_stream_events_waiting", "Events that live triggers have not worked.", max(last - worked, 0))
    oldest = connection.execute(
        select(INBOX.c.received_at).where(INBOX.c.number > worked).order_by(INBOX.c.number).limit(1)
    ).scalar_one_or_none()
    lag = 0.0 if oldest is None else (micros(now) - oldest) / 1e6
    yield _one("patron_stream_lag_seconds", "How long the oldest of them has waited.", lag)
    first = connection.execute(select(func.min(INBOX.c.number))).scalar_one()
    depth = 0 if first is None else last - first + 1
    yield _one("patron_inbox_events", "Events that no run has collected, and those just collected.", depth)
    letters = connection.execute(select(func.count()).select_from(DEAD_LETTERS)).scalar_one()
    yield _one("patron_dead_letters", "Events that could not be used.", letters)


def _messages(connection: Connection, now: datetime) -> Iterator[GaugeMetricFamily]:
    due = select(func.count()).select_from(TIMERS).where(TIMERS.c.due_at <= stored(now))
    yield _one("patron_timers_due", "Timers that should have fired.", connection.execute(due).scalar_one())
    sends = GaugeMetricFamily("patron_sends", "Messages of live triggers, by what was decided.", labels=("outcome",))
    for outcome, count in connection.execute(select(SENDS.c.outcome, func.count()).group_by(SENDS.c.outcome)):
        sends.add_metric((outcome,), count)
    yield sends


def _destinations(connection: Connection, now: datetime) -> Iterator[GaugeMetricFamily]:
    outbox = GaugeMetricFamily("patron_outbox", "Deliveries, by where they go and how they stand.",
                               labels=("destination", "state"))  # fmt: skip
    oldest = GaugeMetricFamily("patron_outbox_overdue_seconds", "How long the oldest has waited that is due.",
                               labels=("destination",))  # fmt: skip
    counted = select(OUTBOX.c.destination, OUTBOX.c.state, func.count(), func.min(OUTBOX.c.due_at))
    for name, state, count, due in connection.execute(counted.group_by(OUTBOX.c.destination, OUTBOX.c.state)):
        outbox.add_metric((name, state), count)
        if state == "waiting":
            oldest.add_metric((name,), max((now - aware(due)).total_seconds(), 0.0))
    yield from (outbox, oldest)
    breaker = GaugeMetricFamily("patron_destination_breaker", "1 for how its breaker stands.",
                                labels=("destination", "state"))  # fmt: skip
    paused = GaugeMetricFamily("patron_destination_paused", "Whether a person paused it.", labels=("destination",))
    failures = GaugeMetricFamily("patron_destination_failures", "Failures one after the other.",
                                 labels=("destination",))  # fmt: skip
    for row in connection.execute(select(DESTINATION_STATES)):
        for one in BREAKERS:
            breaker.add_metric((row.destination, one), float(row.breaker == one))
        paused.add_metric((row.destination,), float(row.paused))
        failures.add_metric((row.destination,), row.failures)
    yield from (breaker, paused, failures)


def _jobs(connection: Connection) -> Iterator[GaugeMetricFamily]:
    done = GaugeMetricFamily("patron_job_ended_seconds", "When a planned job last ended, in seconds since 1970.",
                             labels=("job",))  # fmt: skip
    failed = GaugeMetricFamily("patron_job_failed", "Whether it failed then.", labels=("job",))
    for row in connection.execute(select(SCHEDULED_JOBS)):
        if row.ended_at is not None:
            done.add_metric((row.name,), aware(row.ended_at).timestamp())
            failed.add_metric((row.name,), float(row.outcome == "failed"))
    yield from (done, failed)


def _one(name: str, about: str, value: float) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, about)
    family.add_metric((), value)
    return family


__all__ = ["Standing"]
