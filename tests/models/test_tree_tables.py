"""Trees as tables: the same scores as the library's, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from patron.models.boosting import lightgbm_library
from patron.models.tree_tables import MOST_LEAVES, ROWS, TreeTables

SHAPE: dict[str, Any] = {
    "objective": "binary", "num_leaves": MOST_LEAVES, "min_data_in_leaf": 5, "deterministic": True, "verbose": -1,
    "num_threads": 1, "seed": 1,
}  # fmt: skip


def rows(count: int, *, seed: int, holes: float) -> NDArray[np.float32]:
    """Rows of six features: real numbers, whole ones, one that never varies, and holes in some."""
    rng = np.random.default_rng(seed)
    made = rng.standard_normal((count, 6)).astype(np.float32)
    made[:, 1], made[:, 2] = np.round(made[:, 1] * 3), 1.0
    made[:, 3:][rng.random((count, 3)) < holes] = np.nan
    return made


def booster(features: NDArray[np.float32], *, trees: int = 20) -> Any:
    known = np.nan_to_num(features, nan=-0.5)
    wanted = (known[:, 0] + known[:, 1] * known[:, 3] - known[:, 4] > 0).astype(np.float64)
    return lightgbm_library().train(SHAPE, lightgbm_library().Dataset(features, wanted), num_boost_round=trees)


@pytest.mark.parametrize("holes", [0.0, 0.3])
@pytest.mark.parametrize("count", [1, 7, ROWS, ROWS + 13])
def test_scores_are_the_library_s(holes: float, count: int) -> None:
    """Holes are asked about where there were some in learning, and where there were none."""
    trees = booster(rows(2_000, seed=1, holes=holes))
    asked = rows(count, seed=2, holes=0.3)
    told = TreeTables(trees).scores(np.ascontiguousarray(asked.T))
    assert np.array_equal(told, trees.predict(asked, raw_score=True, num_threads=1))


def test_a_row_on_the_threshold_goes_where_the_library_sends_it() -> None:
    trees = booster(rows(2_000, seed=1, holes=0.3))
    text = trees.model_to_string()
    thresholds = np.array([
        float(one) for line in text.splitlines() if line.startswith("threshold=") for one in line[10:].split()
    ])  # fmt: skip
    asked = np.repeat(thresholds.astype(np.float32)[:, None], 6, axis=1)
    asked = np.concatenate([asked, np.nextafter(asked, np.float32(-np.inf)), np.nextafter(asked, np.float32(np.inf))])
    asked[np.abs(asked) < 2e-35] = 0.0  # the library reads such numbers as 0
    told = TreeTables(trees).scores(np.ascontiguousarray(asked.T))
    assert np.array_equal(told, trees.predict(asked, raw_score=True, num_threads=1))


def test_trees_that_ask_nothing_say_the_same_of_all() -> None:
    features = rows(200, seed=1, holes=0.0)
    flat = lightgbm_library().train(
        SHAPE | {"min_data_in_leaf": 150}, lightgbm_library().Dataset(features, np.tile([0.0, 1.0], 100)),
        num_boost_round=3,
    )  # fmt: skip
    told = TreeTables(flat).scores(np.ascontiguousarray(features.T))
    assert np.array_equal(told, flat.predict(features, raw_score=True, num_threads=1))
    assert len(set(told)) == 1


@pytest.mark.parametrize("missing", [True, False])
def test_a_question_of_whether_anything_is_known_at_all(missing: bool) -> None:
    """The library asks it with a threshold beyond single precision."""
    features = rows(2_000, seed=1, holes=0.3)
    features[:, 3] = np.round(features[:, 3])
    unknown = np.isnan(features[:, 3])
    library = lightgbm_library()
    trees = library.train(SHAPE, library.Dataset(features, (unknown == missing).astype(np.float64)), num_boost_round=3)
    assert "threshold=inf" in trees.model_to_string()
    asked = rows(500, seed=2, holes=0.3)
    told = TreeTables(trees).scores(np.ascontiguousarray(asked.T))
    assert np.array_equal(told, trees.predict(asked, raw_score=True, num_threads=1))
