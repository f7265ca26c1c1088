"""What the customers of the simulated shop use up: told when asked for, and found again by the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from patron.models import Replenishment
from patron.simulate import shop


def test_the_files_are_the_same_with_and_without_it(tmp_path: Path) -> None:
    plain, told = (shop(customers=200, seed=3, wants=asked).write(tmp_path / str(asked)) for asked in (False, True))
    files = sorted(path.relative_to(plain) for path in plain.rglob("*.parquet"))
    assert all((plain / file).read_bytes() == (told / file).read_bytes() for file in files)
    more = {path.relative_to(told) for path in told.rglob("*.parquet")} - set(files)
    assert more == {Path("truth/needs.parquet"), Path("truth/tastes.parquet")}


def test_needs_are_bought_again_and_their_order_is_found() -> None:
    made = shop(customers=6_000, seed=5, mess=False, wants=True)
    lines = made.order_lines.select(["customer_id", "product_id", "ordered_at", "quantity"])
    lines = lines.filter(pa.compute.is_valid(lines["customer_id"]))
    due = Replenishment().fit(lines, as_of=made.last_day).due()
    keys = ["customer_id", "product_id"]
    needs = made.truth["needs"].group_by(keys).aggregate([("cycle_days", "min")])
    both = due.join(needs, keys, join_type="inner")
    both = both.filter(pa.compute.greater_equal(both["purchases"], 6)).to_pandas()
    assert len(both) > 100
    assert both["interval_days"].corr(both["cycle_days_min"], method="spearman") > 0.3
    needed, others = (
        float(np.mean(table["purchases"].to_numpy()))
        for table in (due.join(needs, keys, join_type="inner"), due.join(needs, keys, join_type="left anti"))
    )
    assert needed > 2 * others


@pytest.mark.parametrize("customers", [1, 50])
def test_a_need_is_positive_and_of_a_product(customers: int) -> None:
    made = shop(customers=customers, seed=1, wants=True)
    needs = made.truth["needs"]
    assert set(needs["product_id"].to_pylist()) <= set(made.products["product_id"].to_pylist())
    assert (needs["cycle_days"].to_numpy() > 0).all()
    assert (needs["amount"].to_numpy() >= 1).all()
