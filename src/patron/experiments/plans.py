"""What was planned for each experiment: its control, the shares of its arms, its metrics and its end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis.expr.types as ir

from patron.contracts.effect import GUARDRAILS, METRICS
from patron.errors import ArgumentError
from patron.language import failure, listing

PRIMARY, CONTROL = "margin", "control"

_SHARE = re.compile(r"\s*(?P<arm>.+?)\s+(?P<share>[0-9.]+(e-?[0-9]+)?)\s*")

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One experiment, as it was registered."""

    experiment: str
    control: str
    primary: str
    guardrails: tuple[str, ...]
    shares: Mapping[str, float]  # of each arm; empty where none were planned
    method: str
    unit: str
    kind: str
    ends_on: date | None
    planned_units: int | None

    def role(self, metric: str) -> str:
        """Return which part a metric plays."""
        if metric == self.primary:
            return "primary"
        return "guardrail" if metric in self.guardrails else "secondary"


def plans(experiments: ir.Table) -> dict[str, Plan]:
    """Return the plan of each experiment, from one row of contracts.experiment.EXPERIMENTS each.

    Only ``experiment`` is required. By default the control arm is called ``control``, the primary metric is the margin
    and the guardrails are `GUARDRAILS`.

    Raises
    ------
    ArgumentError
        A primary metric is none of `METRICS`.
    """
    return {row["experiment"]: _plan(row) for row in experiments.order_by("experiment").to_pyarrow().to_pylist()}


def _plan(row: Row) -> Plan:
    named = row.get("guardrails")
    primary = row.get("primary_metric")
    if primary is not None and primary not in METRICS:
        raise failure(
            ArgumentError, "experiments.primary", argument="primary_metric", experiment=row["experiment"], came=primary,
            allowed=listing(METRICS),
        )  # fmt: skip
    guardrails = tuple(part.strip() for part in named.split(",") if part.strip()) if named is not None else GUARDRAILS
    return Plan(
        experiment=row["experiment"], control=row.get("control") or CONTROL,
        primary=primary or PRIMARY, guardrails=guardrails, shares=_shares(row.get("arms")),
        method="sequential" if row.get("method") == "sequential" else "frequentist", unit=row.get("unit") or "customer",
        kind=row.get("kind") or "experiment", ends_on=row.get("ends_on"), planned_units=row.get("planned_units"),
    )  # fmt: skip


def _shares(arms: str | None) -> dict[str, float]:
    """Return each arm's planned share, from text such as ``control 0.1, mail 0.9``."""
    found = (_SHARE.fullmatch(part) for part in (arms or "").split(","))
    return {part["arm"]: float(part["share"]) for part in found if part}
