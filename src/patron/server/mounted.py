"""Paths that are answered by a thin ASGI application of their own, beside the routes: the hot ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.types import ASGIApp

from patron.server.intake import described, intake_paths
from patron.server.services import Services

MOUNTED: tuple[Callable[[Services], Mapping[str, ASGIApp]], ...] = (intake_paths,)
"""Each gives its exact paths and what answers them. The parts (`services.part`) are made before, not yet started.

Nothing stands around them: they see to limits, headers and errors themselves.
"""

DESCRIBED: tuple[Callable[[], Mapping[str, Any]], ...] = (described,)
"""What each says of its paths for the API's description: OpenAPI's `paths`, by path and method."""
