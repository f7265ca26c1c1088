"""Who is at the keyboard?"""

from __future__ import annotations

from getpass import getuser

NOBODY = "unknown"
"""Who acts where the operating system does not say."""


def actor() -> str:
    """Return who is at the keyboard, by the operating system's name."""
    try:
        return getuser() or NOBODY
    except (OSError, KeyError, ImportError):  # a container's user may have no name
        return NOBODY
