"""What a report is made of, read off one run of a project."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import ibis.expr.types as ir

from patron.engines.manifest import Manifest
from patron.pipeline.fingerprint import code_version
from patron.pipeline.project import Project
from patron.pipeline.settings import Settings
from patron.report.facts import Facts


def facts_of(settings: Settings, manifest: Manifest, tables: Mapping[str, ir.Table]) -> Facts:
    """Return what a report knows of its run beside the tables: money in the currency it was counted in."""
    profiles = tables["profiles"]
    revenue = profiles.filter(profiles.basis == "revenue").count().to_pyarrow().as_py()
    return Facts(
        name=settings.name,
        currency=manifest.currency,
        as_of=manifest.as_of,
        horizon_days=manifest.horizon_days,
        run_id=manifest.run_id,
        basis="revenue" if revenue else "margin",
        version=code_version(),
        simulated=settings.simulated,
        notes=manifest.notes,
        spend=manifest.models.get("spend_independence"),
    )


def memory_of(project: Project, manifest: Manifest) -> Path:
    """Return the file that remembers what was shared of a project's figures.

    Where money means something else, figures are others: they are not compared with those shown before.
    """
    return project.own / "shared" / f"{manifest.terms[:16]}.json"
