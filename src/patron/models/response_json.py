"""A fitted response as JSON text, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from patron.errors import ArgumentError
from patron.language import failure
from patron.models.estimator import frozen, read_json
from patron.models.feature_table import columns_of, features_of
from patron.models.response_fit import FittedEffects, ResponseParams
from patron.models.response_judged import Gain, HeldOut
from patron.models.response_learners import EffectModel
from patron.models.response_spline import Basis, Ridge


def written(state: ResponseParams) -> str:
    """Return a fitted response as text."""
    facts = asdict(state) | {"features": columns_of(state.features)}
    return json.dumps({"model": "Response", **facts}, indent=1, allow_nan=False, default=_plain)


def read(text: str) -> ResponseParams:
    """Return what `written` wrote.

    Raises
    ------
    ArgumentError
        The text describes another model, or none.
    """
    facts = read_json(text, "Response")
    try:
        return ResponseParams(**_frozen(
            facts, features=features_of(facts["features"]), effects=_effects(facts["effects"])
        ))  # fmt: skip
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise failure(ArgumentError, "models.json_broken", model="Response", came=repr(error)) from error


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(type(value).__name__)


def _frozen(facts: Mapping[str, Any], **read_already: Any) -> dict[str, Any]:
    return {name: _deep(value) for name, value in facts.items() if name not in read_already} | read_already


def _deep(value: Any) -> Any:
    """Return lists within lists as tuples."""
    return frozen([_deep(one) for one in value]) if isinstance(value, list) else value


def _effects(facts: Mapping[str, Any]) -> FittedEffects:
    basis = facts["basis"]
    return FittedEffects(**_frozen(
        facts,
        models=tuple(EffectModel(trees=one["trees"], ridge=_ridge(one["ridge"])) for one in facts["models"]),
        basis=None if basis is None else Basis(**_frozen(basis)),
        baseline=_ridge(facts["baseline"]),
        held_out=_held_out(facts["held_out"]),
    ))  # fmt: skip


def _ridge(facts: Mapping[str, Any] | None) -> Ridge | None:
    if facts is None:
        return None
    arrays = {name: np.array(facts[name], dtype=np.float64) for name in ("coefficients", "spread")}
    return Ridge(**{**facts, **arrays})


def _held_out(facts: Mapping[str, Any] | None) -> HeldOut | None:
    if facts is None:
        return None
    gains = {name: None if facts[name] is None else Gain(**facts[name]) for name in _GAINS}
    return HeldOut(**{**facts, **gains})


_GAINS = ("targeted", "everybody", "against_everybody")
