"""Audiences of ad platforms: who should be in one, and by which keys she is told."""

from __future__ import annotations

from patron.pipeline.audiences.allowed import Allowed
from patron.pipeline.audiences.told_keys import told_keys
from patron.pipeline.audiences.wanted import wanted

__all__ = ["Allowed", "told_keys", "wanted"]
