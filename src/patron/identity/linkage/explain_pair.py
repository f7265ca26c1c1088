"""Why are two records held to be one person, or not?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from patron.errors import ArgumentError
from patron.identity.linkage.comparisons import VETOES
from patron.identity.linkage.door import database, linker
from patron.identity.linkage.fields import FIELDS, fields
from patron.identity.linkage.model import Model
from patron.identity.linkage.threshold import probabilities
from patron.language import failure, number, say

_MISSING = "missing"


@dataclass(frozen=True)
class Weight:
    """What one comparison contributes: log2 of how much likelier its outcome is in one person's records than in two's.

    `text` says it in words, without the values that were compared.
    """

    comparison: str
    level: str
    weight: float
    text: str


@dataclass(frozen=True)
class Explanation:
    """A pair's probability, as the sum of its parts.

    `prior_weight` is the base-2 logarithm of the odds before anything is compared. With the comparisons' weights it
    adds up to `weight`, of which `probability` is another writing, unless the pair is `vetoed`.
    """

    left_id: str
    right_id: str
    probability: float
    accepted: bool
    vetoed: bool
    prior_weight: float
    weight: float
    comparisons: tuple[Weight, ...]

    @property
    def text(self) -> str:
        """The whole explanation in words, the strongest comparison first."""
        key = "vetoed" if self.vetoed else "accepted" if self.accepted else "apart"
        first = say(f"linkage.pair.{key}", probability=f"{self.probability:.4f}")
        rest = sorted(self.comparisons, key=lambda part: -abs(part.weight))
        prior = say("linkage.prior", weight=_signed(self.prior_weight))
        return "\n".join([first, prior, *(part.text for part in rest)])


def explain_pair(left: str, right: str, *, identifiers: ir.Table, model: Model) -> Explanation:
    """Explain what linkage makes of two records.

    Parameters
    ----------
    left, right : str
        The records' own ids.
    identifiers : Table, one row per value of a record
        contracts.person.IDENTIFIERS, as linkage saw them: how common a name is comes from all of them.
    model : Model
        What linkage had learnt.

    Raises
    ------
    ArgumentError
        A record is not known, or both are the same.
    RunError
        Splink is not installed.
    """
    wide = fields(identifiers)
    records = _records(wide, left, right)
    settings = model.settings | {"retain_intermediate_calculation_columns": True, "additional_columns_to_retain": []}
    settings["blocking_rules_to_generate_predictions"] = []
    scored = _scored(records, settings)
    parts = tuple(_weight(comparison, scored) for comparison in settings["comparisons"])
    weight = sum(part.weight for part in parts)
    vetoed = any(part.comparison in VETOES and part.level == "different" for part in parts)
    probability = 0.0 if vetoed else float(probabilities(np.array([round(weight, 3)]), model.match_share)[0])
    return Explanation(
        left, right, probability, probability >= model.threshold, vetoed, model.prior_weight,
        model.prior_weight + weight, parts,
    )  # fmt: skip


def _records(wide: ir.Table, left: str, right: str) -> list[dict[str, Any]]:
    """Return both records, with the shares of all records that have their names."""
    found = {row["unique_id"]: row for row in wide.filter(wide.unique_id.isin([left, right])).to_pyarrow().to_pylist()}
    for name, came in {"left": left, "right": right}.items():
        if came not in found or left == right:
            raise failure(ArgumentError, "linkage.unknown_record", argument=name, came=came)
    both = [found[left], found[right]]
    for name in ("given_name", "family_name"):
        shares = _shares(wide[name], [row[name] for row in both if row[name] is not None])
        for row in both:
            row[f"tf_{name}"] = shares.get(row[name])
    return both


def _shares(column: ir.StringColumn, values: list[str]) -> dict[str, float]:
    counts = {f"n{place}": (column == value).sum() for place, value in enumerate(values)}
    table = column.as_table()
    row = table.aggregate(all=column.count(), **counts).to_pyarrow().to_pylist()[0]
    return {value: float(row[f"n{place}"]) / float(row["all"]) for place, value in enumerate(values)}


def _scored(records: list[dict[str, Any]], settings: dict[str, Any]) -> dict[str, Any]:
    connection = ibis.duckdb.connect()
    try:
        columns = ", ".join(f"{name} VARCHAR" for name in FIELDS)
        connection.con.execute(f"CREATE TABLE pair ({columns})")
        with database(connection.con) as api:
            scores = linker(api, "pair", settings).inference.score_pair(*records).as_record_list()
    finally:
        connection.disconnect()
    row: dict[str, Any] = scores[0]
    return row


def _weight(comparison: dict[str, Any], scored: dict[str, Any]) -> Weight:
    name = comparison["output_column_name"]
    levels = [level["label_for_charts"] for level in comparison["comparison_levels"] if not level.get("is_null_level")]
    outcome = int(scored[f"gamma_{name}"])
    level = _MISSING if outcome < 0 else levels[len(levels) - 1 - outcome]
    weight = float(scored[f"mw_{name}"]) + float(scored.get(f"mw_tf_adj_{name}") or 0.0)
    text = say("linkage.weight", weight=_signed(weight), what=say(f"linkage.{name}.{level}"))
    return Weight(name, level, weight, text)


def _signed(weight: float) -> str:
    return ("+" if weight >= 0 else "−") + number(abs(weight), digits=1)
