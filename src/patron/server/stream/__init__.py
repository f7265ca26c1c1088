"""What comes in between two runs, worked once: live state, timers, decisions.

::

    worker.py     StreamWorker: one process at a time, one transaction a batch
    react.py      an event arms timers, cancels them, or fires at once
    schedule.py   triggers that fire by the clock
    fire.py       what is due: sent, waiting for attention, refused, held out
    desk.py       what holds for every customer; known.py what is known of one
"""

from patron.server.stream.worker import StreamWorker, Turn

__all__ = ["StreamWorker", "Turn"]
