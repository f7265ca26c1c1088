"""Names that look like patterns are names."""

from __future__ import annotations

import gzip
from datetime import date
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest

from patron.contracts import TABLES
from patron.engines.connect import connect
from patron.engines.exact_path import exact_path
from patron.engines.store import Store

NAMES = ["o[1]", "o[[1]]", "o[!1]", "o*", "o?", "o]", "o[", "o{1,2}", "o'1", "o 1", "ö", "**"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", ["plain", "shop[1]", "sh?p*"])
def test_the_file_is_read_and_none_that_matches_its_name(tmp_path, place, name):
    folder = tmp_path / place
    folder.mkdir()
    connection = connect(threads=1)
    for other in ("o1", "ox", name):
        text = f'a\n"{other}"\n'
        (folder / f"{other}.csv").write_text(text, encoding="utf-8")
        (folder / f"{other}.csv.gz").write_bytes(gzip.compress(text.encode()))
        connection.to_parquet(ibis.memtable({"a": [other]}), str(folder / f"{other}.parquet"))

    def read_csv(ending, compression):
        return connection.read_csv(
            exact_path(folder / f"{name}{ending}"), columns={"a": "VARCHAR"}, auto_detect=False, header=True,
            compression=compression,
        )  # fmt: skip

    tables = [read_csv(".csv", "none"), read_csv(".csv.gz", "gzip")]
    tables.append(connection.read_parquet(exact_path(folder / f"{name}.parquet")))
    for table in tables:
        assert connection.to_pyarrow(table).to_pylist() == [{"a": name}]


def test_runs_of_a_project_whose_folder_looks_like_a_pattern(tmp_path):
    """Beside it lies the folder that the pattern would find."""
    contract, connection = TABLES["raw_spend"], connect(threads=1)

    def spent(amount):
        row = {"day": date(2024, 1, 1), "channel": "mail", "amount": Decimal(amount)}
        return ibis.memtable(pa.Table.from_pylist([row], schema=contract.schema.to_pyarrow()))

    drafts = [Store(tmp_path / place / "runs").draft() for place in ("shop1", "shop[1]")]
    for amount, draft in enumerate(drafts, start=1):
        for table in (
            draft.write("raw_spend", spent(amount), connection),
            draft.scratch("aside", spent(amount), connection),
        ):
            assert [int(row["amount"]) for row in connection.to_pyarrow(table).to_pylist()] == [amount]
