"""Segments and triggers that people saved without an editor: one small file each, beside `patron.yaml`.

::

    patron.yaml                     written by hand, never written to
    saved/segments/quiet_vips.yaml  what would stand in patron.yaml below segments.quiet_vips
    saved/triggers/win_back.yaml

Both are read together, are checked alike and may be under the same version control; a name stands in one of them only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from patron.engines.atomic import PRIVATE_FOLDER, aside
from patron.engines.database import writing
from patron.engines.lock import hold
from patron.errors import ArgumentError
from patron.language import day, failure, say
from patron.pipeline.check_settings import check_all
from patron.pipeline.own_segments import check_own_segments
from patron.pipeline.settings import FILE
from patron.pipeline.settings_file import read_settings
from patron.pipeline.settings_together import FOLDER, SECTIONS, Saved, saved_file
from patron.pipeline.yaml_file import read_yaml
from patron.privacy.audit import append

if TYPE_CHECKING:
    from patron.pipeline.project import Project

LOCK_FILE = "saved.lock"
WIDTH = 110  # of a line in a file
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


def saved(project: Project) -> dict[Saved, dict[str, Any]]:
    """Return what was saved, by section and name.

    Raises
    ------
    SettingsError
        A file is no YAML.
    """
    found: dict[Saved, dict[str, Any]] = {}
    for section in SECTIONS:
        for path in sorted((project.folder / FOLDER / section).glob("*.yaml")):
            found[section, path.stem] = read_yaml(path).content
    return found


def save(
    project: Project, section: str, name: str, content: Mapping[str, Any], *, by: str, now: datetime
) -> Path:  # fmt: skip
    """Save a segment or a trigger, or change one that was saved; the next run and the next start of a server heed it.

    Parameters
    ----------
    project : Project
    section : str
        ``segments`` or ``triggers``.
    name : str
        Small letters, digits and underscores.
    content : mapping
        What would stand below its name in `patron.yaml`.
    by : str
        Who saves: stands in the file and, as the actor, in the audit.
    now : datetime
        With a time zone.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ArgumentError
        The name is none, or stands in `patron.yaml`, which is not written to.
    SettingsError
        With it the settings would say something that cannot be; nothing was written.
    """
    path = saved_file(project.folder, _checked(section, name))
    with _alone(project):
        if name in (read_yaml(project.folder / FILE).content.get(section) or {}):
            raise failure(ArgumentError, "settings.written_by_hand", argument="name", came=name, section=section)
        wanted = read_settings(project.folder, also={(section, name): dict(content)})
        check_all(wanted)  # a fault has no line yet: nothing is written
        check_own_segments(wanted)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=WIDTH)
        with aside(path) as part:
            part.write_text(f"# {say('settings.saved_by', by=by, day=day(now.date()))}\n{text}", encoding="utf-8")
        _noted(project, "settings.saved", section, name, by=by, now=now)
    return path


def discard(project: Project, section: str, name: str, *, by: str, now: datetime) -> None:
    """Remove what was saved.

    Raises
    ------
    ArgumentError
        Nothing of this name was saved.
    SettingsError
        Something else in the settings needs it; it stays.
    """
    path = saved_file(project.folder, _checked(section, name))
    with _alone(project):
        if not path.exists():
            raise failure(ArgumentError, "settings.not_saved", argument="name", came=name, section=section)
        check_all(read_settings(project.folder, without=(section, name)))
        path.unlink()
        _noted(project, "settings.discarded", section, name, by=by, now=now)


@contextmanager
def _alone(project: Project) -> Iterator[None]:
    """Let one process at a time write."""
    project.own.mkdir(PRIVATE_FOLDER, exist_ok=True)
    lock = hold(project.own / LOCK_FILE, waiting=lambda _holder: None)
    try:
        yield
    finally:
        lock.release()


def _checked(section: str, name: str) -> Saved:
    if section not in SECTIONS:
        raise failure(ArgumentError, "settings.no_saved_section", argument="section", came=section)
    if not _NAME.fullmatch(name):
        raise failure(ArgumentError, "settings.saved_name", argument="name", came=name[:80])
    return section, name


def _noted(project: Project, action: str, section: str, name: str, *, by: str, now: datetime) -> None:
    with project.state() as state, writing(state.engine) as connection:
        append(connection, actor=by, action=action, subject=None, facts={"section": section, "name": name}, now=now)
