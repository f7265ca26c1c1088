"""What each customer is expected to do next."""

from __future__ import annotations

from patron.models.bg_nbd import BgNbd

__all__ = ["BgNbd"]
