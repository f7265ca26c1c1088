"""What one process counts as it works, in the format of Prometheus.

A value of a label is a pattern of an address, a status, a code of ours or a name of the settings: there are few of each
whatever is sent, and none names anybody. Several processes of one server write to files in a folder that their parent
made, and a scrape of any of them tells the sums.

Ref  https://prometheus.io/docs/instrumenting/exposition_formats/; prometheus_client, multiprocess mode
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext

from patron.engines.upgrade import VERSION
from patron.server.metrics.folder import FOLDER
from patron.server.metrics.standing import Standing
from patron.server.services import Services

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
NOWHERE = "-"


class Meter:
    """The meter of one process.

    Parameters
    ----------
    services : Services
        The process's.
    """

    def __init__(self, services: Services) -> None:
        self._registry = registry = CollectorRegistry()
        self._engine = services.state.engine
        self._standing = Standing(services)
        self._requests = Counter(
            "patron_requests", "Requests answered.", ("route", "method", "status"), registry=registry
        )
        self._seconds = Histogram(
            "patron_request_seconds", "How long requests took.", ("route",), buckets=SECONDS, registry=registry
        )
        self._events = Counter("patron_events", "Events that were sent, by what came of them.", ("result",),
                               registry=registry)  # fmt: skip
        self._refused = Counter("patron_database_errors", "Statements that the database refused, by the error's class.",
                                ("error",), registry=registry)  # fmt: skip
        self._built = Gauge("patron_build_info", "1; what runs here.", ("version", "python", "schema"),
                            registry=registry, multiprocess_mode="max")  # fmt: skip
        self._built.labels(version("patron"), platform.python_version(), VERSION).set(1)

    def start(self) -> None:
        """Begin to count what the database refuses."""
        event.listen(self._engine, "handle_error", self._failed)

    def stop(self) -> None:
        """End."""
        if event.contains(self._engine, "handle_error", self._failed):
            event.remove(self._engine, "handle_error", self._failed)

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answered request, by the pattern of its address."""
        self._requests.labels(route, method if method in METHODS else NOWHERE, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def events(self, accepted: int, reasons: Iterable[str]) -> None:
        """Count events of one request that was committed: those that can be used, and why others cannot."""
        self._events.labels("accepted").inc(accepted)
        for reason in reasons:
            self._events.labels(reason).inc()

    def told(self) -> bytes:
        """Return everything in Prometheus's text format."""
        if FOLDER not in os.environ:
            counted = self._registry
        else:
            counted = CollectorRegistry()
            MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
        return generate_latest(counted) + self._standing.told()

    def _failed(self, context: ExceptionContext) -> None:
        self._refused.labels(type(context.original_exception).__name__).inc()


__all__ = ["Meter"]
