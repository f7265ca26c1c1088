"""Where the files lie that a server reads the published run from. They hold nothing but what runs hold."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from patron.pipeline.project import Project

FOLDER = "serving"


def served(project: Project) -> Path:
    """Return the folder of the files of all runs; it need not be there."""
    return project.own / FOLDER


def forget_served(project: Project) -> None:
    """Remove the files: a server makes them anew of the run as it then is, and sees that it has to."""
    shutil.rmtree(served(project), ignore_errors=True)
