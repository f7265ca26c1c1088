"""What the report shows of channels: the latest period, all cohorts, everybody. The other rows stay in the engine."""

from __future__ import annotations

from typing import Any

import ibis.expr.types as ir

from patron.contracts.channel import EVERY, LATEST

Row = dict[str, Any]


def channels_shown(channels: ir.Table) -> list[Row]:
    """Return the channels in the latest period."""
    return _rows(channels.filter((channels.period == LATEST) & (channels.segmentation == EVERY)).order_by("channel"))


def won_shown(acquisition: ir.Table) -> list[Row]:
    """Return the channels with all the customers that they won."""
    kept = acquisition.filter((acquisition.cohort == EVERY) & (acquisition.segmentation == EVERY))
    return _rows(kept.order_by("channel"))


def curves_shown(payback: ir.Table) -> list[Row]:
    """Return the curves of all cohorts, whatever they began with."""
    kept = payback.filter((payback.cohort == EVERY) & (payback.began_with == EVERY))
    return _rows(kept.order_by("channel", "month"))


def _rows(table: ir.Table) -> list[Row]:
    found: list[Row] = table.to_pyarrow().to_pylist()
    return found
