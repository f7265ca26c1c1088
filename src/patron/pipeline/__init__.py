"""The whole loop: settings in, a published run out."""

from __future__ import annotations

from patron.pipeline.project import Project, open_project
from patron.pipeline.run import Progress
from patron.pipeline.settings import Settings
from patron.pipeline.settings_file import read_settings
from patron.pipeline.steps import STEPS

__all__ = ["STEPS", "Progress", "Project", "Settings", "open_project", "read_settings"]
