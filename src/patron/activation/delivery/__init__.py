"""Delivery: what is to leave waits in an outbox, leaves once, and everything that became of it is written down."""

from __future__ import annotations

from patron.activation.delivery.feedback import (
    Called,
    Feedback,
    FeedbackReader,
    FeedbackSource,
    Happened,
    Theirs,
    Told,
)

__all__ = ["Called", "Feedback", "FeedbackReader", "FeedbackSource", "Happened", "Theirs", "Told"]
