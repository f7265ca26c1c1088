"""A project with settings and no run: enough for most of what a server does."""

from __future__ import annotations

from pathlib import Path

from patron.pipeline import Project, open_project

SETTINGS = """\
name: Tea and leaves
currency: EUR
timezone: Europe/Paris
sources:
  customers: {path: data/customers.csv}
"""


def empty_project(folder: Path, more: str = "") -> Project:
    """Return a project that was never run; `more` stands below the settings."""
    folder = folder / "project"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "customers.csv").write_text("customer_id,country\nann,DE\nbob,FR\n", encoding="utf-8")
    (folder / "patron.yaml").write_text(SETTINGS + more, encoding="utf-8")
    return open_project(folder)
