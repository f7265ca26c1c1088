"""What a customer's data may be used for."""

from __future__ import annotations

from patron.privacy.purpose import STAGES, permitted

__all__ = ["STAGES", "permitted"]
