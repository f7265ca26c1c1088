"""How are files written? Told or found: letters, separators, days, numbers; and everything made plain."""

__all__: list[str] = []  # each name from its own file: the settings need some of them, and they the settings
