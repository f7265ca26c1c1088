"""What deciding needs beside the person, kept in memory: the desk, what the shop shows, how often banners were clicked.

It is read once a run, and again when somebody changed a trigger, in a thread of its own: requests go on by what was
known before, and only the very first waits.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar, TypeVarTuple, Unpack

from sqlalchemy.exc import SQLAlchemyError

from patron.decisions.on_request.banner import banner_shares
from patron.engines.decision_log_state import answered_counts
from patron.engines.moments import stored
from patron.errors import PatronError, RunError
from patron.pipeline.serving import Published
from patron.pipeline.showcase import Showcase, showcase
from patron.server.services import Services
from patron.server.stream.desk import Desk, Desks

LOOK_S = 1.0
"""How often it is looked whether something has changed."""

AT_ONCE = 2
"""Decisions that are made at a time in a process. A decision is reckoned, not waited for: more threads would only take
turns with each other, and all of them be late."""

READ = (
    "forecasts", "memberships", "consents", "decisions", "contacts", "next_actions", "next_products", "raw_messages",
    "raw_tickets",
)  # fmt: skip
"""Tables whose rows of one customer a decision reads: made ready before a run is served."""

COUNTED_DAYS = 90
"""For how long a click counts for a banner."""

COUNTED_AGAIN = timedelta(minutes=1)
"""How old the counts of a banner may be."""

KEPT_SHARES = 1_000
"""So many sets of banners are remembered; a caller that makes names up does not fill the memory."""

Made = TypeVar("Made")
Given = TypeVarTuple("Given")

log = logging.getLogger("patron.decisions")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What holds for everybody now."""

    desk: Desk
    showcase: Showcase

    @property
    def published(self) -> Published:
        """The run that it was read from."""
        return self.desk.published


@dataclass
class _Shares:
    """The chances of banners by placement and options, and when they were counted."""

    known: dict[tuple[str, tuple[str, ...]], tuple[datetime, dict[str, float]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Counter:
    """Keeps what holds for everybody; one a process.

    Parameters
    ----------
    services : Services
        The process's.
    """

    def __init__(self, services: Services) -> None:
        self._services, self._desks = services, Desks(services)
        self._standing: Standing | None = None
        self._first = threading.Lock()
        self._shares = _Shares()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="decide")
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    async def in_turn(self, work: Callable[[Unpack[Given]], Made], *given: *Given) -> Made:
        """Do something in a thread that decides, after what came before it."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)

    @property
    def floor(self) -> float:
        """The share of choices that is spread over all options."""
        return self._services.limits.exploration

    def start(self) -> None:
        """Begin to look for what has changed."""
        self._over.clear()
        self._thread = threading.Thread(target=self._look, name="decisions", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._threads.shutdown()

    def standing(self) -> Standing:
        """Return what holds now, or did a moment ago.

        Raises
        ------
        RunError
            There is no run yet.
        """
        found = self._standing
        if found is not None and found.published.folder.exists():
            return found
        with self._first:
            return self.renew()

    def renew(self) -> Standing:
        """Return what holds now; what has not changed is not read again.

        Raises
        ------
        RunError
            There is no run yet.
        """
        published, now, last = self._services.published(), self._services.clock(), self._standing
        with self._services.state.engine.connect() as connection:
            desk = self._desks.at(connection, published, now)
        if last is not None and last.desk is desk:
            return last
        same = last is not None and last.published is published
        if not same:
            published.ready()
            published.ready(READ)
        shown = last.showcase if last is not None and same else showcase(
            published, self._services.settings, as_of=published.as_of
        )  # fmt: skip
        self._standing = Standing(desk=desk, showcase=shown)
        if not same:
            published.forget_others()
        return self._standing

    def banner_shares(self, placement: str, options: tuple[str, ...]) -> dict[str, float]:
        """Return the chance of each of a placement's banners, by what was clicked in the last days."""
        now, key = self._services.clock(), (placement, options)
        with self._shares.lock:
            known = self._shares.known.get(key)
        if known is not None and timedelta() <= now - known[0] < COUNTED_AGAIN:
            return known[1]
        since = stored(now - timedelta(days=COUNTED_DAYS))
        with self._services.state.engine.connect() as connection:
            counts = answered_counts(connection, placement, since=since)
        found = banner_shares(options, counts, floor=self._services.limits.exploration)
        with self._shares.lock:
            if len(self._shares.known) >= KEPT_SHARES:
                self._shares.known.clear()
            self._shares.known[key] = (now, found)
        return found

    def _look(self) -> None:
        said = None
        while not self._over.is_set():
            failed = None
            try:
                with self._first:
                    self.renew()
            except RunError:
                pass  # nothing is published yet
            except (PatronError, SQLAlchemyError, OSError) as error:
                failed = type(error).__name__
            if failed is not None and failed != said:  # once, and not every second
                log.warning("not renewed: %s", failed)
            said = failed
            self._over.wait(LOOK_S)
