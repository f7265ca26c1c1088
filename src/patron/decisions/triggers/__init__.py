"""Triggers: what is done when a signal fires, for whom, and whether it pays."""

from __future__ import annotations

from patron.decisions.triggers.candidates import candidates
from patron.decisions.triggers.known import Known
from patron.decisions.triggers.trigger import LIVE, UNBOUND, Caps, Trigger, TriggerStep

__all__ = ["LIVE", "UNBOUND", "Caps", "Known", "Trigger", "TriggerStep", "candidates"]
