"""`patron.yaml` and what was saved beside it, as one: each key still knows its file and line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from patron.errors import SettingsError
from patron.language import failure
from patron.pipeline.yaml_file import KeyPath, YamlFile, read_yaml

FOLDER = "saved"

SECTIONS = ("segments", "triggers")
"""The sections of the settings of which single entries can be saved."""

Saved = tuple[str, str]
"""A section, and the name of an entry."""


def saved_file(folder: Path, entry: Saved) -> Path:
    """Return the file of a saved entry."""
    return folder / FOLDER / entry[0] / f"{entry[1]}.yaml"


def together(
    file: YamlFile, folder: Path, *, also: Mapping[Saved, dict[str, Any]], without: Saved | None = None
) -> YamlFile:  # fmt: skip
    """Return the settings with what was saved.

    Parameters
    ----------
    file : YamlFile
        `patron.yaml`.
    folder : Path
        The project's.
    also : mapping of (section, name) to dict
        Entries that are to be saved, or are to take the place of saved ones.
    without : (section, name), optional
        One that is to be removed.

    Raises
    ------
    SettingsError
        A saved file is no YAML, or its name stands in `patron.yaml`, too.
    """
    content, others = dict(file.content), dict[KeyPath, YamlFile]()
    for section in SECTIONS:
        entries = {path.stem: read_yaml(path) for path in sorted((folder / FOLDER / section).glob("*.yaml"))}
        added = {name: one.content for name, one in entries.items() if (section, name) != without}
        added |= {name: told for (within, name), told in also.items() if within == section}
        written = content.get(section)
        if not added or not (written is None or isinstance(written, dict)):
            continue
        for name in added:
            if name in (written or {}):
                place = {"file": str(saved_file(folder, (section, name))), "line": 1, "key": f"{section}.{name}"}
                raise failure(SettingsError, "settings.saved_twice", **place)
        content[section] = {**(written or {}), **added}
        others |= {(section, name): one for name, one in entries.items()}
    return replace(file, content=content, others=others)
