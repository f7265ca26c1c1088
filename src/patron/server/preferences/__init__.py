"""What pages behind signed links share: whose link it is, and what a form of theirs sends."""

from __future__ import annotations

from patron.server.preferences.body import describing_form, posted
from patron.server.preferences.link_desk import PAGES, LinkDesk, Opened, Token, opened

__all__ = ["PAGES", "LinkDesk", "Opened", "Token", "describing_form", "opened", "posted"]
