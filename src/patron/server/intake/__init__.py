"""The intake: events by the Segment specification, answered as soon as they are on the disk.

::

    app.py        one ASGI application for all of its paths: key, body, answer
    body.py       the body of a request, within its limits
    calls.py      one call or a batch, read by a fast parser
    sorted.py     which of its events can be used, and why the others cannot
    committer.py  one thread that writes what came meanwhile in one transaction
    described.py  what the API's description says of them
    replay.py     dead letters, judged again
"""

from patron.server.intake.app import Intake, intake_paths
from patron.server.intake.committer import Committer
from patron.server.intake.described import described

__all__ = ["Committer", "Intake", "described", "intake_paths"]
