"""What the rows of others say of a group that an erased person was in: said again, as if she had never been in it.

A housemate's profile holds what the whole household brought; of two, it would still tell what the other one brought.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from patron.pipeline.erased_batches import batches
from patron.pipeline.erased_rows import HOUSEHOLD, Hers

Values = Sequence[Any]


def _least(values: Values) -> Any:
    return min((value for value in values if value is not None), default=None)


GROUPS: Mapping[str, Mapping[str, tuple[Any, str]]] = {
    HOUSEHOLD: {
        "members": (len, HOUSEHOLD),
        "household_members": (len, HOUSEHOLD),
        "household_orders": (sum, "orders"),
        "household_margin": (sum, "margin"),
        "household_value": (sum, "predicted_value"),
        "household_days_since_last": (_least, "days_since_last"),
    },
    "key": {"records": (len, "key")},
}
"""By the column that names a group: what its rows say of all of them, how it is found, and of which column."""


@dataclass(frozen=True)
class Groups:
    """The groups of one file that she was in.

    `told` holds, by the group's name, what each column says of the rows that are left.
    """

    column: str = ""
    told: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def retold(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return rows of others with what they say of their groups as it is without her."""
        if not self.told:
            return batch
        groups = batch.column(self.column).to_pylist()
        if not any(group in self.told for group in groups):
            return batch
        for name in next(iter(self.told.values())):
            place = batch.schema.get_field_index(name)
            was = batch.column(place).to_pylist()
            now = [
                self.told[group][name] if group in self.told else old for group, old in zip(groups, was, strict=True)
            ]
            kind = batch.schema.field(place)
            batch = batch.set_column(place, kind, pa.array(now, kind.type))
        return batch


def groups_of(file: Path, hers: Hers) -> Groups:
    """Look for her groups in a file; none where the file says nothing of groups."""
    names = pq.read_schema(file).names
    for column, said in GROUPS.items():
        figures = {name: rule for name, rule in said.items() if name in names and rule[1] in names}
        if column in names and figures:
            wanted = {column, *hers.columns(names), *(of for _, of in figures.values())}
            return _groups(file, [name for name in names if name in wanted], hers, column, figures)
    return Groups()


def _groups(
    file: Path, columns: Sequence[str], hers: Hers, column: str, figures: Mapping[str, tuple[Any, str]]
) -> Groups:
    own: set[str] = set()
    for batch in batches(file, columns):
        own.update(batch.filter(hers.mask(batch)).column(column).to_pylist())
    left: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for batch in batches(file, columns) if own else ():
        others = batch.filter(pc.invert(hers.mask(batch)))
        within = others.filter(pc.is_in(others.column(column), pa.array(sorted(own), pa.string())))
        for row in within.to_pylist():
            left[row[column]].append(row)
    told = {
        group: {name: tell([row[of] for row in members]) for name, (tell, of) in figures.items()}
        for group, members in left.items()
    }
    return Groups(column, told)
