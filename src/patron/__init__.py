"""Patron: on whom, with what, when, and did it really pay?

::

    import patron

    project = patron.open("shop/")
    project.run()
    project.table("forecasts")

    history = patron.purchase_history(orders, as_of=date(2011, 12, 9))
    model = patron.models.BgNbd().fit(history)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from patron import contracts, errors, experiments, identity, journeys, kpis, models, portraits, segments, simulate
    from patron.pipeline import Project
    from patron.pipeline import open_project as open  # noqa: A004
    from patron.profile import purchase_history

_HOMES = {
    "Project": ("patron.pipeline", "Project"),
    "open": ("patron.pipeline", "open_project"),
    "purchase_history": ("patron.profile", "purchase_history"),
}
_FOLDERS = (
    "contracts", "errors", "experiments", "identity", "journeys", "kpis", "models", "portraits", "segments", "simulate",
)  # fmt: skip

__all__ = [
    "Project",
    "contracts",
    "errors",
    "experiments",
    "identity",
    "journeys",
    "kpis",
    "models",
    "open",
    "portraits",
    "purchase_history",
    "segments",
    "simulate",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for: importing patron alone must stay quick."""
    if name in _HOMES:
        home, attribute = _HOMES[name]
        return getattr(import_module(home), attribute)
    if name in _FOLDERS:
        return import_module(f"patron.{name}")
    raise AttributeError(f"module 'patron' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
