"""Read a YAML file so that every key knows its line, and nothing is read twice or more than written.

YAML lets a key stand twice (the last one silently wins) and lets an alias stand for a whole tree (a few lines can
unfold to gigabytes). A settings file needs neither, so both are errors here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from patron.errors import SettingsError
from patron.language import failure

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True)
class YamlFile:
    """A file's content, and the line of every key."""

    path: Path
    content: dict[str, Any]
    lines: Mapping[KeyPath, int]
    others: Mapping[KeyPath, YamlFile] = field(default_factory=dict)  # what stands in files of its own, by its key

    def place_of(self, key: KeyPath) -> tuple[Path, int]:
        """Return the file and the line of a key, or of the nearest key above."""
        for above, other in self.others.items():
            if key[: len(above)] == above:
                return other.place_of(key[len(above) :])
        while key and key not in self.lines:
            key = key[:-1]
        return self.path, self.lines.get(key, 1)


class _Loader(yaml.SafeLoader):
    """YAML's safe loader, with days left as text: the settings model reads them, and can say what is wrong."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the base class declares it so
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def read_yaml(path: Path) -> YamlFile:
    """Read a file of settings.

    Raises
    ------
    SettingsError
        There is no such file, it is no UTF-8 text or no YAML, holds a key twice, an alias, or no mapping at its top.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise failure(SettingsError, "settings.file", file=str(path), came=_reason(error)) from error
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent):
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise failure(SettingsError, "settings.alias", file=str(path), line=line)
        node = yaml.compose(text, Loader=_Loader)
        lines: dict[KeyPath, int] = {}
        _walk(node, (), lines, path)
        content = yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, SettingsError):
            raise
        mark = getattr(error, "problem_mark", None)
        raise failure(
            SettingsError, "settings.syntax", file=str(path), line=mark.line + 1 if mark else 1, came=_reason(error)
        ) from error
    if not isinstance(content, dict):
        raise failure(SettingsError, "settings.no_mapping", file=str(path), came=type(content).__name__)
    return YamlFile(path, content, lines)


def _walk(node: yaml.Node | None, key: KeyPath, lines: dict[KeyPath, int], path: Path) -> None:
    """Note the line of every key below `node`."""
    if isinstance(node, yaml.SequenceNode):
        for place, item in enumerate(node.value):
            lines[(*key, place)] = item.start_mark.line + 1
            _walk(item, (*key, place), lines, path)
    elif isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            below = (*key, str(name.value))
            line = name.start_mark.line + 1
            if below in lines:
                raise failure(
                    SettingsError, "settings.twice", file=str(path), line=line, key=".".join(map(str, below)),
                    first=lines[below],
                )  # fmt: skip
            lines[below] = line
            _walk(value, below, lines, path)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return str(error.strerror)
    return str(getattr(error, "problem", None) or error).partition("\n")[0]
