"""Which edges and paths the report shows."""

from __future__ import annotations

import ibis.expr.types as ir

from patron.contracts.journey import DROP_OFF
from patron.contracts.visit import ALL

DIVISION = "rfm"


def edges_shown(edges: ir.Table) -> ir.Table:
    """Return the edges of everybody, and of each RFM segment the drop-offs that cost money beyond chance."""
    lost = (edges.segmentation == DIVISION) & (edges.to_step == DROP_OFF) & (edges.stake_low > 0).fill_null(False)
    return edges.filter((edges.segmentation == ALL) | lost)


def paths_shown(paths: ir.Table) -> ir.Table:
    """Return the paths of everybody."""
    return paths.filter(paths.segmentation == ALL)
