"""Where is the growth: whom does the next euro come back from?

In   contracts.effect.EFFECTS; contracts.experiment.EXPERIMENTS for what treating a customer costs
Out  one row per segment: what all experiments together brought there, less what treating its customers cost

Every customer was drawn into each experiment by chance of its own, so their estimates are added and their variances,
too. Arms of one experiment share its control: their errors are added as if they were one, which is never too narrow.
Whether a segment pays is asked of all segments at once, so that one of many that shines by luck is not called growth.

Ref  Holm (1979), Scandinavian Journal of Statistics 6(2), 65-70
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from scipy.special import ndtr

from patron.decisions.holdouts import GLOBAL, PROGRAMME, TRIGGER
from patron.models.estimator import NORMAL_95
from patron.stats.corrected import corrected

PAYS, LOSES, CANNOT_TELL = "pays", "loses", "cannot_tell"

SURE = 0.05
"""Chance, over all segments, to call one growth or loss that is neither."""

_NUMBERS = (
    "effect", "effect_low", "effect_high", "total", "total_low", "total_high", "cost", "net", "net_low", "net_high",
    "back", "back_low", "back_high", "p_value", "adjusted",
)  # fmt: skip

SCHEMA = pa.schema(
    [
        ("segmentation", pa.string()), ("segment", pa.string()), ("metric", pa.string()), ("experiments", pa.int64()),
        ("n", pa.int64()), ("n_control", pa.int64()), *((name, pa.float64()) for name in _NUMBERS),
        ("verdict", pa.string()),
    ]
)  # fmt: skip

Row = Mapping[str, Any]


def growth_by(
    effects: ir.Table | pa.Table,
    experiments: ir.Table | pa.Table | None = None,
    *,
    by: str = "value_tier",
    metric: str = "margin",
) -> pa.Table:
    """Add up what experiments brought in each segment, and say where that is more than it cost.

    Parameters
    ----------
    effects : Table
        contracts.effect.EFFECTS. Rows that were not read are left out, as are hold-outs, which measure all campaigns
        at once.
    experiments : Table, optional
        ``experiment``, ``kind`` and ``cost_per_contact`` in money; a cost that is not told is counted as none.
    by : str
        The segmentation.
    metric : {"margin", "revenue"}
        What counts as growth.

    Returns
    -------
    Table, one row per segment with a reading, by name
        ``experiments`` that were added up, ``n`` customers treated (counted once an experiment), ``n_control``;
        ``effect`` per treated customer, ``total`` of all of them, both in money with the ends of 95 % intervals;
        ``cost`` of treating them; ``net``, total - cost; ``back``, money back per unit of cost (none without cost);
        ``p_value`` of a net of 0 and ``adjusted`` over all segments (Holm); ``verdict``: ``pays``, ``loses`` or
        ``cannot_tell``. Where no verdict is ``pays``, the answer is: nowhere.

    Examples
    --------
    >>> rows = [{"experiment": "spring", "metric": "margin", "arm": "mail", "segmentation": "value_tier",
    ...          "segment": name, "n": 1000, "n_control": 1000, "total": total, "total_low": total - 400.0,
    ...          "total_high": total + 400.0, "status": "read"} for name, total in (("top", 100.0), ("middle", 900.0))]
    >>> growth_by(pa.Table.from_pylist(rows)).select(["segment", "net", "verdict"]).to_pylist()
    [{'segment': 'middle', 'net': 900.0, 'verdict': 'pays'}, {'segment': 'top', 'net': 100.0, 'verdict': 'cannot_tell'}]
    """
    planned = {row["experiment"]: row for row in _rows(experiments)} if experiments is not None else {}
    wanted = [
        row for row in _rows(effects)
        if row["status"] == "read" and row["metric"] == metric and row["segmentation"] == by
        and row["total_low"] is not None and not _holdout(row["experiment"], planned)
    ]  # fmt: skip
    segments = sorted({row["segment"] for row in wanted})
    found = [_segment([row for row in wanted if row["segment"] == name], planned) for name in segments]
    if found:
        p = corrected(np.array([row["p_value"] for row in found]), "holm")
        found = [
            row | {"adjusted": float(q), "verdict": _verdict(row["net"], q)} for row, q in zip(found, p, strict=True)
        ]
    return pa.Table.from_pylist(found, schema=SCHEMA)


def where(growth: pa.Table, verdict: str = PAYS) -> list[str]:
    """Return the segments of a verdict, the largest net first; an empty list says nowhere."""
    rows = [row for row in growth.to_pylist() if row["verdict"] == verdict]
    return [row["segment"] for row in sorted(rows, key=lambda row: -abs(row["net"]))]


def _rows(table: ir.Table | pa.Table) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (table if isinstance(table, pa.Table) else table.to_pyarrow()).to_pylist()
    return found


def _holdout(name: str, planned: Mapping[str, Row]) -> bool:
    kind = planned.get(name, {}).get("kind")
    return kind == "holdout" or name == GLOBAL or name.startswith((PROGRAMME, TRIGGER))


def _segment(rows: list[dict[str, Any]], planned: Mapping[str, Row]) -> dict[str, Any]:
    """Add up one segment."""
    errors: dict[str, float] = {}
    for row in rows:
        error = (row["total_high"] - row["total_low"]) / (2 * NORMAL_95)
        errors[row["experiment"]] = errors.get(row["experiment"], 0.0) + error
    n, total = sum(row["n"] for row in rows), math.fsum(row["total"] for row in rows)
    cost = math.fsum(_cost(row, planned) for row in rows)
    reach = NORMAL_95 * (error := math.sqrt(math.fsum(value**2 for value in errors.values())))
    control = {row["experiment"]: row["n_control"] for row in rows}
    ends = {"": total, "_low": total - reach, "_high": total + reach}
    return {
        "segmentation": rows[0]["segmentation"], "segment": rows[0]["segment"], "metric": rows[0]["metric"],
        "experiments": len(errors), "n": n, "n_control": sum(control.values()), "cost": cost,
        **{f"total{end}": value for end, value in ends.items()},
        **{f"effect{end}": value / n for end, value in ends.items()},
        **{f"net{end}": value - cost for end, value in ends.items()},
        **{f"back{end}": value / cost if cost else None for end, value in ends.items()},
        "p_value": 2 * float(ndtr(-abs(total - cost) / error)) if error else 1.0,
    }  # fmt: skip


def _cost(row: Row, planned: Mapping[str, Row]) -> float:
    cost = planned.get(row["experiment"], {}).get("cost_per_contact")
    return float(cost) * int(row["n"]) if cost is not None else 0.0


def _verdict(net: float, adjusted: float) -> str:
    if not adjusted < SURE:
        return CANNOT_TELL
    return PAYS if net > 0 else LOSES
