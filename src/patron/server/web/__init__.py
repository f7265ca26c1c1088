"""The few pages that the server shows by itself: to sign in, to see who one is."""

from __future__ import annotations

from patron.server.web.form import described, fields
from patron.server.web.page import HOME, local_path, page

__all__ = ["HOME", "described", "fields", "local_path", "page"]
