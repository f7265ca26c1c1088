"""The table of a comparison: one row per metric, arm, way of dividing and segment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.experiments.cells import EVERYBODY
from patron.experiments.readings import Figures
from patron.stats.contrast import Posterior
from patron.stats.corrected import Correction, corrected
from patron.stats.pooled_effects import pooled_effects

Floats = NDArray[np.float64]

_TEXTS = ("metric", "arm", "control", "segmentation", "segment")
_COUNTS = ("n", "n_control", "units", "units_control", "missing")
_NUMBERS = (
    "mean", "mean_control", "effect", "effect_low", "effect_high", "relative", "relative_low", "relative_high",
    "p_value", "relative_p_value", "q_value", "shrunk", "shrunk_low", "shrunk_high", "standard_error", "explained",
)  # fmt: skip
_BELIEFS = ("chance_to_win", "relative_chance_to_win", "expected_loss", "expected_loss_control")

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in _TEXTS), *((name, pa.int64()) for name in _COUNTS),
        *((name, pa.float64()) for name in (*_NUMBERS, *_BELIEFS)), ("method", pa.string()),
        ("correction", pa.string()), ("status", pa.string()),
    ]
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Block:
    """One metric in one way of dividing."""

    metric: str
    segmentation: str
    arms: list[str]  # treated
    segments: list[str]
    members: Floats  # (arms, segments)
    members_control: Floats
    missing: Floats  # rows of both arms whose metric is unknown
    figures: Figures


def comparison_table(
    blocks: list[Block], *, control: str, method: str, correction: Correction, level: float
) -> pa.Table:
    """Put the figures of all metrics and ways of dividing into one table.

    What is corrected together are all arms, metrics and segments of one way of dividing.
    """
    columns = [_columns(block, level) for block in blocks]
    _correct(blocks, columns, correction)
    size = [len(block.arms) * len(block.segments) for block in blocks]
    fixed = {"control": control, "method": method, "correction": correction}
    arrays = []
    for field in SCHEMA:
        if field.name in fixed:
            arrays.append(pa.array([fixed[field.name]] * sum(size), field.type))
            continue
        values = np.concatenate([own[field.name] for own in columns]) if columns else np.zeros(0)
        if field.type == pa.int64():
            values = values.astype(np.int64)
        arrays.append(pa.array(values, field.type, from_pandas=True))
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def _columns(block: Block, level: float) -> dict[str, NDArray[np.generic]]:
    found, shape = block.figures, (len(block.arms), len(block.segments))
    effect, relative = found.effect, found.relative
    nothing = np.full(shape, np.nan)
    pooled = _pooled(block, level) if block.segmentation != EVERYBODY else (nothing,) * 3
    beliefs: dict[str, Floats] = dict.fromkeys(_BELIEFS, nothing)
    if isinstance(effect, Posterior) and isinstance(relative, Posterior):
        kept = (effect.chance_to_win, relative.chance_to_win, effect.loss, effect.loss_control)
        beliefs = dict(zip(_BELIEFS, kept, strict=True))
    table: dict[str, NDArray[np.generic]] = {
        "metric": np.full(shape, block.metric, dtype=object),
        "arm": np.repeat(np.array(block.arms, dtype=object)[:, None], shape[1], axis=1),
        "segmentation": np.full(shape, block.segmentation, dtype=object),
        "segment": np.repeat(np.array(block.segments, dtype=object)[None, :], shape[0], axis=0),
        "n": block.members, "n_control": block.members_control, "units": found.units,
        "units_control": found.units_control, "missing": block.missing,
        "mean": found.mean, "mean_control": found.mean_control,
        "effect": effect.estimate, "effect_low": effect.low, "effect_high": effect.high,
        "relative": relative.estimate, "relative_low": relative.low, "relative_high": relative.high,
        "p_value": effect.p_value, "relative_p_value": relative.p_value, "q_value": nothing.copy(),
        "shrunk": pooled[0], "shrunk_low": pooled[1], "shrunk_high": pooled[2],
        "standard_error": found.error, "explained": found.explained,
        **beliefs,
        "status": found.status.astype(object),
    }  # fmt: skip
    return {name: np.broadcast_to(values, shape).ravel() for name, values in table.items()}


def _correct(blocks: list[Block], columns: list[dict[str, NDArray[np.generic]]], correction: Correction) -> None:
    """Fill in the q-values, family by family."""
    for name in dict.fromkeys(block.segmentation for block in blocks):
        own = [column for block, column in zip(blocks, columns, strict=True) if block.segmentation == name]
        p = np.concatenate([np.asarray(column["p_value"], dtype=np.float64) for column in own])
        known = np.isfinite(p)
        q = np.full(len(p), np.nan)
        q[known] = corrected(p[known], correction)
        ends = np.cumsum([len(column["p_value"]) for column in own])[:-1]
        for column, values in zip(own, np.split(q, ends), strict=True):
            column["q_value"] = values


def _pooled(block: Block, level: float) -> tuple[Floats, Floats, Floats]:
    """Return each arm's effects, drawn to the mean of its segments as far as chance may have moved them."""
    effect, error = block.figures.effect.estimate, block.figures.error
    found = [np.full(effect.shape, np.nan) for _ in range(3)]
    for arm in range(len(block.arms)):
        known = np.isfinite(effect[arm]) & (error[arm] > 0)
        if known.sum() < 2:
            continue
        own = pooled_effects(effect[arm][known], error[arm][known] ** 2, level=level)
        for values, made in zip(found, (own.estimate, own.low, own.high), strict=True):
            values[arm][known] = made
    return found[0], found[1], found[2]
