"""Bring what the engine cannot read as it lies into a local file: other letters, JSON, Excel, zip, databases, URLs."""

__all__: list[str] = []  # each name from its own file: the settings need some of them, and they the settings
