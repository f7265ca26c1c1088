"""The sections of a run's report, made ahead in the background once somebody looks.

With a million customers one may take seconds, and who turns to the next page shall not wait for it.
"""

from __future__ import annotations

from threading import Event, Lock, Thread

from patron.server.figures import SECTION, FigureBook, Figures
from patron.server.guard import tell
from patron.server.services import Services


class Ahead:
    """Makes sections ahead; started and stopped with the process, at work only after `begin`."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._figures: Figures | None = None
        self._thread: Thread | None = None
        self._lock, self._ending = Lock(), Event()

    def start(self) -> None:
        """Wait to be asked."""

    def stop(self) -> None:
        """End after the section that is being made."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()

    def begin(self) -> None:
        """Begin with the sections of the published run, unless that was done.

        Raises
        ------
        RunError
            There is no run yet.
        """
        with self._lock:
            figures = self.services.part(FigureBook).of(self.services.published().run)
            if figures is self._figures or self._ending.is_set() or (self._thread and self._thread.is_alive()):
                return  # a run that comes while one is at work is begun with by the next who looks
            self._figures = figures
            self._thread = Thread(target=self._make, args=(figures,), name="sections-ahead")
            self._thread.start()

    def done(self) -> None:
        """Return when nothing is being made."""
        if self._thread is not None:
            self._thread.join()

    def _make(self, figures: Figures) -> None:
        for name in SECTION:
            if self._ending.is_set():
                return
            try:
                figures.section(name)
            except Exception as error:  # noqa: BLE001 - whoever asks for the section is told; the others are made
                tell(error, f"sections-ahead {name}")
