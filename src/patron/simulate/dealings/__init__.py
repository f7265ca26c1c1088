"""What the simulated customers have to do with the shop beside their orders."""

from __future__ import annotations

from patron.simulate.dealings.dealings import Dealings, dealings

__all__ = ["Dealings", "dealings"]
