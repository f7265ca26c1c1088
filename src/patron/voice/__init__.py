"""What customers say, asked or not, and what can be made of it."""

from __future__ import annotations

from patron.voice.themes import Themes
from patron.voice.themes_segments import themes_by_segment

__all__ = ["Themes", "themes_by_segment"]
