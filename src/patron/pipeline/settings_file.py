"""Read a project's `patron.yaml`; every mistake with its file, line and key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from patron.errors import ConditionError, SettingsError
from patron.language import did_you_mean, failure, say
from patron.pipeline.destinations import kinds
from patron.pipeline.destinations.in_a_folder import PROJECT
from patron.pipeline.settings import FILE, Settings
from patron.pipeline.settings_together import Saved, together
from patron.pipeline.yaml_file import KeyPath, YamlFile, read_yaml
from patron.sources.spec import SourceName


def read_settings(
    folder: Path, *, also: Mapping[Saved, dict[str, Any]] | None = None, without: Saved | None = None
) -> Settings:  # fmt: skip
    """Read a project's `patron.yaml`, and what was saved beside it.

    Parameters
    ----------
    folder : Path
    also, without
        As they would be with these entries, and without that one (`patron.pipeline.settings_together`).

    Raises
    ------
    SettingsError
        With `file`, `line` and `key` in its data.
    """
    file = together(read_yaml(folder / FILE), folder, also=also or {}, without=without)
    try:
        return Settings.model_validate(file.content, context={PROJECT: folder})
    except ValidationError as error:
        raise _first(error, file) from error


@contextmanager
def pointing_at(folder: Path) -> Iterator[None]:
    """Add the file and line of the setting behind an error that is found only when the setting is used.

    Sources and conditions meet the data long after the file was read; they know the key, this knows the line.
    """
    try:
        yield
    except (SettingsError, ConditionError) as error:
        key = str(error.data.get("key") or error.data.get("where") or "")
        if "line" in error.data or not key:
            raise
        path, line = together(read_yaml(folder / FILE), folder, also={}).place_of(_path(key))
        facts = {**error.data, "key": key, "file": str(path), "line": line}
        text = say(
            "settings.located", file=facts["file"], line=facts["line"], problem=error.problem, remedy=error.remedy
        )
        raise type(error)(text, **facts) from error


def _path(key: str) -> KeyPath:
    """Split a key as it is written; a part of digits is a place in a list."""
    return tuple(int(part) if part.isdigit() else part for part in key.split("."))


def _first(error: ValidationError, file: YamlFile) -> SettingsError:
    """Turn the first fault that pydantic found into ours; one at a time is what a person can mend."""
    # An unknown key explains a missing one: it is often the same key, misspelt.
    fault = min(error.errors(include_url=False), key=lambda fault: fault["type"] != "extra_forbidden")
    key: KeyPath = _as_written(tuple(part for part in fault["loc"] if part != "[key]"))
    path, line = file.place_of(key)
    facts = {"file": str(path), "line": line, "key": ".".join(map(str, key)) or FILE}
    kind = fault["type"]
    if kind == "extra_forbidden" or "[key]" in fault["loc"]:
        hint = did_you_mean(str(key[-1]), _siblings(fault["loc"] if key[:1] == _TAGGED else key))
        return failure(SettingsError, "settings.unknown", **facts, hint=hint)
    if kind == "missing":
        return failure(SettingsError, "settings.missing", **facts)
    came = fault["input"] if not isinstance(fault["input"], dict) else "..."
    wanted = str(fault["ctx"]["error"]) if kind == "value_error" else fault["msg"]
    return failure(SettingsError, "settings.value", **facts, came=str(came)[:80], wanted=wanted)


_TAGGED: KeyPath = ("destinations",)
"""Sections that are told apart by their `type`, which pydantic puts into the place of a fault behind their name."""


def _as_written(place: KeyPath) -> KeyPath:
    """Return the key as it stands in the file."""
    return place[:2] + place[3:] if place[:1] == _TAGGED else place


def _siblings(key: KeyPath) -> Sequence[str]:
    """Return the keys that could stand where `key` stands."""
    if key[:-1] == ("sources",):
        return SourceName.__args__  # type: ignore[attr-defined,no-any-return]
    if key[:1] == _TAGGED and len(key) == 4:
        return list(kinds()[str(key[2])].model_fields)
    shape: Any = Settings
    for part in key[:-1]:
        shape = _within(shape, part)
    if not _is_section(shape):
        return []
    return [field.alias or name for name, field in shape.model_fields.items()]


def _within(shape: Any, part: str | int) -> Any:
    """Return the type of what stands under one key of a section, mapping or list; None where there is none."""
    if _is_section(shape):
        fields = {field.alias or name: field.annotation for name, field in shape.model_fields.items()}
        return _present(fields.get(str(part)))
    inner = get_args(shape)
    return _present(inner[-1]) if get_origin(shape) in (dict, list) else None


def _present(shape: Any) -> Any:
    """Leave out what a type says of checks and of being absent."""
    if get_origin(shape) is Annotated:
        shape = get_args(shape)[0]
    if get_origin(shape) in (Union, UnionType):
        shape = next((one for one in get_args(shape) if one is not type(None)), None)
    return shape


def _is_section(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, BaseModel)
