"""Which records are probably one person, although no rule says so?

In   contracts.person.IDENTIFIERS, LINKS     what each record says, and what the rules have linked already
Out  left_id, right_id, probability          one row per accepted pair, for `resolve`
Ref  Fellegi & Sunter (1969), JASA 64(328), by Splink (extra `[linkage]`)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from patron.errors import ArgumentError, NotEnoughData
from patron.identity.linkage.comparisons import VETOES
from patron.identity.linkage.door import database, linker, splink
from patron.identity.linkage.fields import BLOCKS, blocked, fields
from patron.identity.linkage.model import Model
from patron.identity.linkage.tables import drawn
from patron.identity.linkage.threshold import match_share, probabilities, threshold
from patron.identity.linkage.train import trained
from patron.identity.record_owners import record_owners
from patron.language import failure, number

MOST_IN_BLOCK = 100
SAMPLE = 3_000
"""Customers whose pairs say how often different people agree: 4.5 million pairs."""

LEAST_RECORDS = 50


@dataclass(frozen=True)
class Linkage:
    """Probable pairs, and the model that found them."""

    pairs: ir.Table
    model: Model


def linkage(
    identifiers: ir.Table,
    links: ir.Table,
    *,
    wanted_precision: float = 0.99,
    seed: int = 0,
    most_in_block: int = MOST_IN_BLOCK,
) -> Linkage:
    """Find pairs of records that are probably one person and that the rules leave apart.

    Parameters
    ----------
    identifiers : Table, one row per value of a record
        contracts.person.IDENTIFIERS.
    links : Table, one row per record
        contracts.person.LINKS by the rules alone: what is one customer already is learnt from, and not found again.
    wanted_precision : float
        Share of the accepted pairs that are to be right, by the model's own probabilities.
    seed : int
        Chooses the sample.
    most_in_block : int
        Records that agree in what makes pairs comparable are compared while there are no more of them than this.

    Returns
    -------
    Linkage
        ``pairs``: ``left_id`` (the smaller), ``right_id``, ``probability`` (six decimals); and the ``model``.

    Raises
    ------
    ArgumentError
        The wanted precision is not between one half and one.
    NotEnoughData
        There are too few records, or none has a name.
    RunError
        Splink is not installed.
    """
    if not 0.5 <= wanted_precision < 1.0:
        raise failure(ArgumentError, "linkage.precision", came=wanted_precision)
    splink()
    owners = record_owners(links)
    wide = blocked(fields(identifiers), most=most_in_block)
    wide = wide.left_join(owners, wide.unique_id == owners.record_id).drop("record_id")
    with drawn(wide, sample=SAMPLE, seed=seed) as tables:
        if tables.rows < LEAST_RECORDS or not {"given_name", "family_name"} <= tables.present:
            raise failure(NotEnoughData, "linkage.too_little", records=number(tables.rows), least=LEAST_RECORDS)
        settings, found = trained(
            tables.connection, records=tables.records, sample=tables.sample, sample_rows=tables.sample_rows,
            present=tables.present,
        )  # fmt: skip
        return _judged(tables, settings, found, wanted_precision)


def _judged(tables: Any, settings: dict[str, Any], found: tuple[str, ...], wanted_precision: float) -> Linkage:
    settings = settings | {
        "probability_two_random_records_match": 0.5,
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": f"l.block_{name} = r.block_{name}", "sql_dialect": "duckdb"} for name in BLOCKS
        ],
        "additional_columns_to_retain": ["customer_id"],
    }
    with database(tables.connection) as api:
        scored = linker(api, tables.records, settings).inference.predict(
            threshold_match_weight=0.0, warning_mode="never"
        )
        candidates = _candidates(scored.physical_name, settings)
        counts = tables.connection.execute(
            f"SELECT weight, linked, count(*) AS pairs FROM ({candidates}) GROUP BY ALL ORDER BY ALL"
        ).fetchnumpy()
        weights, pairs = counts["weight"].astype(np.float64), counts["pairs"].astype(np.float64)
        # Of all pairs, those of the rules included: that they left a pair apart follows from what is compared anyway.
        share = match_share(weights, pairs, tables.rows * (tables.rows - 1) / 2)
        new = ~counts["linked"].astype(bool)
        line = threshold(weights[new], pairs[new], share, wanted_precision=wanted_precision)
        accepted = tables.connection.sql(
            f"SELECT left_id, right_id, weight FROM ({candidates}) WHERE NOT linked AND weight >= ? ORDER BY ALL",
            params=[line.weight],
        ).to_arrow_table()
    model = Model(
        settings=settings, trained=found, match_share=share, threshold=line.probability,
        wanted_precision=wanted_precision, expected_precision=line.expected_precision, candidates=int(pairs[new].sum()),
        accepted=line.accepted,
    )  # fmt: skip
    likely = probabilities(np.asarray(accepted["weight"], dtype=np.float64), share).round(6)
    table = accepted.select(["left_id", "right_id"]).append_column("probability", [likely])
    return Linkage(ibis.memtable(table), model)


def _candidates(scored: str, settings: dict[str, Any]) -> str:
    """Return SQL for the pairs that are not ruled out, each with its rounded weight and whether rules link it.

    Rounding makes the result independent of the order in which threads sum.
    """
    present = {comparison["output_column_name"] for comparison in settings["comparisons"]}
    vetoes = " ".join(f"AND gamma_{name} <> 0" for name in VETOES if name in present)
    return (
        "SELECT least(unique_id_l, unique_id_r) AS left_id, greatest(unique_id_l, unique_id_r) AS right_id, "
        "coalesce(customer_id_l = customer_id_r, false) AS linked, round(match_weight, 3) AS weight "
        f"FROM {scored} WHERE true {vetoes}"
    )
