"""Who spends most in a food shop, told from family, income and schooling alone (iFood customer personality)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from patron.models import Lookalike
from patron.stats.auc import auc

FILE = Path(__file__).parents[3] / "shared" / "data" / "marketing_campaign" / "marketing_campaign.csv"
FAMILY = ["Year_Birth", "Education", "Marital_Status", "Kidhome", "Teenhome"]

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the public data set is not here")


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    table = pd.read_csv(FILE)
    spent = table.filter(like="Mnt").sum(axis=1)
    return table.assign(customer_id=table.ID.astype(str), ideal=(spent > spent.quantile(0.8)).astype(int))


@pytest.mark.parametrize(
    ("columns", "least"), [([*FAMILY, "Income"], 0.90), (FAMILY, 0.80)], ids=["with income", "family alone"]
)
def test_best_customers_are_found_among_people_who_were_not_seen(
    customers: pd.DataFrame, columns: list[str], least: float
) -> None:
    """Half of the rows are kept from the model altogether, beside those that it holds out itself."""
    table = pa.Table.from_pandas(customers[["customer_id", *columns]], preserve_index=False)
    ideal = customers.ideal.to_numpy()
    mine = np.random.default_rng(1).random(len(customers)) < 0.5
    model = Lookalike().fit(table.filter(pa.array(mine)), ideal=ideal[mine])
    ratio = model.score(table.filter(pa.array(~mine)))["ratio"].to_numpy()
    found = auc(ratio, ideal[~mine])
    print(f"area {found.value:.3f} ({found.low:.3f} to {found.high:.3f}); held out {model.judged_.auc:.3f}")  # noqa: T201
    assert found.value is not None
    assert found.value > least
    assert model.judged_.low <= found.value <= model.judged_.high + 0.05


def test_an_id_tells_nothing(customers: pd.DataFrame) -> None:
    """Columns that have nothing to do with spending: the shop's cost of a contact, and the last digit of the id."""
    digit = (customers.ID % 10).astype(str)
    table = pa.table({"customer_id": customers.customer_id, "digit": digit, "cost": customers.Z_CostContact})
    model = Lookalike().fit(table, ideal=customers.ideal.to_numpy())
    assert model.judged_.verdict == "chance"
