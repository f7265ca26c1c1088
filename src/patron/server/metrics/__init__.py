"""What `/metrics` tells: what this server counts as it works, and how things stand in the database.

::

    meter.py      Meter: counters and histograms of one process, or the sums of several
    standing.py   read at a scrape: inbox, timers, sends, outbox, destinations, the published run, jobs
"""

from patron.server.metrics.meter import Meter

__all__ = ["Meter"]
