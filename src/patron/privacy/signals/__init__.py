"""Privacy signals: browsers' and consent platforms' own notations, read and written."""

from __future__ import annotations

from patron.privacy.signals.gpc import Gpc, GpcSupport
from patron.privacy.signals.gpp import Gpp, UsSection
from patron.privacy.signals.said import SENSITIVE, Said
from patron.privacy.signals.signals import SIGNALS, Signals, read_signal, signals
from patron.privacy.signals.tcf import Choices, PublisherTc, Restriction, Tcf, in_app
from patron.privacy.signals.us_privacy import UsPrivacy

__all__ = [
    "SENSITIVE",
    "SIGNALS",
    "Choices",
    "Gpc",
    "GpcSupport",
    "Gpp",
    "PublisherTc",
    "Restriction",
    "Said",
    "Signals",
    "Tcf",
    "UsPrivacy",
    "UsSection",
    "in_app",
    "read_signal",
    "signals",
]
