"""What happened to a customer, or with her, that asks for an answer: a library of signals, and the project's own.

One file a theme, one small function a signal. `SIGNALS` is the library, `signals` asks all of it at once.
"""

from __future__ import annotations

from patron.decisions.signals.find import READS, SOURCES, Found, Wanted, signals
from patron.decisions.signals.library import SIGNALS
from patron.decisions.signals.own import OwnSignal, own_rows
from patron.decisions.signals.signal import Signal
from patron.decisions.signals.words import needed, signal_clock, signal_meaning, signal_reason, signal_title

__all__ = [
    "READS",
    "SIGNALS",
    "SOURCES",
    "Found",
    "OwnSignal",
    "Signal",
    "Wanted",
    "needed",
    "own_rows",
    "signal_clock",
    "signal_meaning",
    "signal_reason",
    "signal_title",
    "signals",
]
