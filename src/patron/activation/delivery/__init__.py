"""Delivery: what is to leave waits in an outbox, leaves once, and everything that became of it is written down."""

from __future__ import annotations

from patron.activation.delivery.courier import Courier, Turn
from patron.activation.delivery.couriers import Couriers
from patron.activation.delivery.feedback import Called, Feedback, FeedbackReader, FeedbackSource, Happened, Theirs, Told
from patron.activation.delivery.terms import Check, Terms

__all__ = [
    "Called",
    "Check",
    "Courier",
    "Couriers",
    "Feedback",
    "FeedbackReader",
    "FeedbackSource",
    "Happened",
    "Terms",
    "Theirs",
    "Told",
    "Turn",
]
