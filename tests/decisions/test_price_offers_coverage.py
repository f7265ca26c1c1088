"""Proposals from fitted elasticities earn what is said of them, where those of a plain regression do not.

A small repeat of benchmarks/references/price_offers_coverage.py.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "references" / "price_offers_coverage.py"


@pytest.mark.slow
def test_proposals_earn_what_is_said_of_them() -> None:
    spec = importlib.util.spec_from_file_location("price_offers_coverage", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    found: dict[str, list[float]] = {}
    for seed in range(6):
        for name, values in script.one_shop(seed).items():
            found.setdefault(name, []).extend(values)
    assert np.mean(found["covered"]) > 0.85
    assert sum(found["true"]) > 0.7 * sum(found["said"]) > 0
    assert sum(found["plain_true"]) < 0.5 * sum(found["plain_said"])
    assert np.mean(np.array(found["sure_true"]) < 0) < 0.05
