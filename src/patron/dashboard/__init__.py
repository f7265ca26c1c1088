"""The war room: a web application in which people look, decide and act, on the same server as the API."""

from __future__ import annotations

from patron.dashboard.app import dashboard

__all__ = ["dashboard"]
