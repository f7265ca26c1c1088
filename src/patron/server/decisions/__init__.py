"""Decisions on request: who is asked about, what is known of her, what is given, and what is written down.

::

    counter.py    what holds for everybody, kept in memory and renewed behind the requests
    subject.py    who is asked about: the person now, what may be used of her, how her messages are judged
    answering.py  one placement after the other
    worded.py     an answer in sentences
    log.py        what was given, written in batches behind the answers
    feedback.py   what events tell of decisions: shown, clicked, ordered after
"""

from __future__ import annotations

from patron.server.decisions.counter import Counter
from patron.server.decisions.log import DecisionLog

__all__ = ["Counter", "DecisionLog"]
