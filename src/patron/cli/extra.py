"""What only the extra `server` brings is asked for before it is missed."""

from __future__ import annotations

from importlib.util import find_spec

from patron.errors import RunError
from patron.language import failure

NEEDED = (
    "argon2", "asgiref", "dash", "dash_ag_grid", "dash_mantine_components", "fastapi", "httptools", "msgspec", "orjson",
    "prometheus_client", "python_multipart", "uvicorn",
)  # fmt: skip
"""What the extra `server` brings."""


def need_server() -> None:
    """Refuse where the extra is not installed.

    Raises
    ------
    RunError
        With what to type.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise failure(RunError, "serve.extra", missing=missing[0])
