"""All couriers of a process: a thread each, so that a destination that hangs slows no other."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from patron.activation.delivery.courier import Courier, Turn
from patron.engines import lease_state
from patron.engines.state import driver_reason

POLL_S = 1.0
"""At the longest until a courier looks for what another process put in."""

log = logging.getLogger("patron.delivery")


class Couriers:
    """Runs couriers until they are told to stop, or once until nothing is due.

    Parameters
    ----------
    couriers : sequence of Courier
    clock : callable
        Gives the moment that it is, aware.
    """

    def __init__(self, couriers: Sequence[Courier], *, clock: Callable[[], datetime]) -> None:
        self.couriers, self._clock = couriers, clock
        self._woken = {one.destination.name: threading.Event() for one in couriers}
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []
        self._heart: threading.Thread | None = None

    def start(self) -> None:
        """Begin to work, and go on until `stop`."""
        self._begin(once=False)

    def run_once(self, *, stop: threading.Event | None = None) -> bool:
        """Work until nothing is due, and return whether another process works some of it.

        What is due later stays, and so does what its destination's breaker, pause or own wish holds back.
        """
        self._begin(once=True)
        for thread in self._threads:
            while thread.is_alive():
                thread.join(0.2)
                if stop is not None and stop.is_set():
                    self._tell_to_end()
        self._stop_heart()
        return any(one.elsewhere for one in self.couriers)

    def wake(self) -> None:
        """Say that something was put in."""
        for event in self._woken.values():
            event.set()

    def stop(self, *, wait_s: float | None = None) -> bool:
        """Finish what is under way, and return whether all is finished.

        What is not finished after `wait_s` seconds goes on until the process ends, and is taken up by the next one.
        """
        self._tell_to_end()
        end = None if wait_s is None else self._clock().timestamp() + wait_s
        for thread in self._threads:
            thread.join(None if end is None else max(0.0, end - self._clock().timestamp()))
        done = not any(thread.is_alive() for thread in self._threads)
        self._stop_heart()
        return done

    def alive(self) -> bool:
        """Tell whether all of them work, or would if there were something to do."""
        return all(thread.is_alive() for thread in self._threads) and all(one.failures < 3 for one in self.couriers)

    def _begin(self, *, once: bool) -> None:
        self._ended.clear()
        for one in self.couriers:
            one.over.clear()
            name = f"courier {one.destination.name}"
            self._threads.append(
                threading.Thread(target=self._work, args=(one,), kwargs={"once": once}, name=name, daemon=True)
            )
        self._heart = threading.Thread(target=self._beat, name="couriers", daemon=True)
        for thread in (*self._threads, self._heart):
            thread.start()

    def _tell_to_end(self) -> None:
        for one in self.couriers:
            one.over.set()
        self.wake()

    def _stop_heart(self) -> None:
        self._ended.set()
        if self._heart is not None:
            self._heart.join()
            self._heart = None

    def _work(self, courier: Courier, *, once: bool) -> None:
        woken = self._woken[courier.destination.name]
        while not courier.over.is_set():
            woken.clear()
            turn = _turn(courier)
            if turn is not None and turn.more:
                continue
            pause_s = self._pause_s(turn)
            if once and _ends(courier, turn):
                break
            woken.wait(pause_s)
        _finish(courier)
        courier.destination.close()

    def _pause_s(self, turn: Turn | None) -> float:
        if turn is None or turn.wait_until is None:
            return POLL_S
        return min(POLL_S, max(0.0, (turn.wait_until - self._clock()).total_seconds()))

    def _beat(self) -> None:
        """Keep the leases of those that are handing something over."""
        while not self._ended.wait(lease_state.LEASE.total_seconds() / 3):
            for one in self.couriers:
                if one.busy_since is not None and one.patient(self._clock()):
                    try:
                        one.keep()
                    except SQLAlchemyError as error:
                        log.warning("%s: lease not kept: %s", one.destination.name, driver_reason(error))


def _turn(courier: Courier) -> Turn | None:
    """Do one turn; none where it failed, which the next one may not."""
    try:
        turn = courier.turn()
    except Exception as error:  # noqa: BLE001 - whatever it is, nothing left by it, and the next turn may do it
        courier.failures += 1
        said = driver_reason(error) if isinstance(error, SQLAlchemyError) else type(error).__name__
        log.error("%s: turn failed: %s", courier.destination.name, said)  # noqa: TRY400 - a trace would show rows
        return None
    courier.failures, courier.elsewhere = 0, turn.elsewhere
    return turn


def _ends(courier: Courier, turn: Turn | None) -> bool:
    """Tell whether a courier that runs once has nothing more to do."""
    return courier.failures >= 3 if turn is None else not turn.paced


def _finish(courier: Courier) -> None:
    try:
        courier.finish()
    except SQLAlchemyError as error:
        log.error("%s: not finished: %s", courier.destination.name, driver_reason(error))  # noqa: TRY400


__all__ = ["POLL_S", "Couriers"]
