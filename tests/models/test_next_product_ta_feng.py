"""Ta-Feng, the fixed split: each user's next basket, foretold from the ones before."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from patron.models import NextProduct

DATA = Path(__file__).parents[3] / "shared" / "data" / "ta_feng"
AS_OF = date(2001, 2, 28)
DISCOUNT = 1 / np.log2(np.arange(2, 12))


def read(part: str) -> dict[str, list[list[int]]]:
    path = DATA / f"tafeng_{part}.json"
    if not path.exists():
        pytest.skip(f"needs {path}: put the public data set there")
    return dict(json.loads(path.read_text()))


def order_lines() -> pa.Table:
    """The baskets tell an order and no day: the last one lies a day back, each before it a day further."""
    rows = [
        (user, str(product), AS_OF - timedelta(days=len(baskets) - 2 - place))
        for user, baskets in read("history").items()
        for place, basket in enumerate(baskets[1:-1])
        for product in basket
    ]
    user, product, day = zip(*rows, strict=True)
    return pa.table({"customer_id": user, "product_id": product, "ordered_at": day, "quantity": np.ones(len(rows))})


@pytest.mark.slow
def test_recall_and_ndcg_at_10_on_the_test_users() -> None:
    lines, future = order_lines(), read("future")
    table = NextProduct().fit(lines, as_of=AS_OF).recommend(10)
    top: dict[str, list[str]] = {}
    for user, product in zip(table["customer_id"].to_pylist(), table["product_id"].to_pylist(), strict=True):
        top.setdefault(user, []).append(product)
    figures = []
    for user in map(str, read("keyset")["test"]):
        wanted = {str(one) for one in future[user][1]}
        hits = np.array([product in wanted for product in top[user]], dtype=float)
        ideal = DISCOUNT[: min(len(wanted), 10)].sum()
        figures.append((hits.sum() / len(wanted), (hits * DISCOUNT).sum() / ideal, hits.any()))
    recall, ndcg, hit_rate = np.mean(figures, axis=0)
    print(f"recall {recall:.4f}, nDCG {ndcg:.4f}, PHR {hit_rate:.4f} of {len(figures)} users")  # noqa: T201
    assert len(figures) == 5_091
    assert recall >= 0.163  # 1.3 x that of popularity and own frequency together
    assert ndcg >= 0.150
