"""What a table that flows between two folders must look like, and the check that holds it to that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from patron.errors import ContractError
from patron.language import did_you_mean, failure, listing

MONEY = "decimal(18, 2)"
PRICE = "decimal(18, 4)"
MOMENT = "timestamp(6)"

PURPOSES = ("analytics", "profiling", "marketing", "advertising", "measurement", "operations")
"""What a table may be used for. Every table, segment and export states one.

Profiling evaluates one person (GDPR Article 4(4)), analytics counts all of them. Marketing is the shop's own word to its
customers, advertising hands them to others (sale and sharing in California's terms).
"""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its name, type, unit and meaning; `direct` where it names or reaches a person by itself."""

    name: str
    type: str
    meaning: str
    unit: str = ""
    nullable: bool = False
    key: bool = False
    values: tuple[str, ...] = ()
    direct: bool = False

    @property
    def dtype(self) -> dt.DataType:
        """The Ibis type."""
        return dt.dtype(self.type)

    def accepts(self, came: dt.DataType) -> bool:
        """Tell whether a column of type `came` may stand here: the same kind, and no wider."""
        wanted = self.dtype
        if wanted.is_integer():
            return bool(came.is_integer())
        if wanted.is_floating():
            return bool(came.is_floating())
        if wanted.is_decimal():
            return bool(came.is_decimal()) and getattr(came, "scale", None) == getattr(wanted, "scale", None)
        return type(came) is type(wanted)


@dataclass(frozen=True, kw_only=True)
class Contract:
    """A table's name, what one row is, what it may be used for, and its columns.

    `people` names the column that counts the people behind a row, where a row is not about one of them.

    Examples
    --------
    >>> import ibis
    >>> PEOPLE = Contract(name="people", grain="one person", purpose="analytics", columns=(
    ...     Column(name="customer_id", type="string", meaning="who", key=True),
    ...     Column(name="orders", type="int64", meaning="how many", unit="orders"),
    ... ))
    >>> table = ibis.memtable({"customer_id": ["a"], "orders": [3]})
    >>> PEOPLE.check(table) is table
    True
    """

    name: str
    grain: str
    purpose: str
    columns: tuple[Column, ...]
    note: str = ""
    people: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that together name one row."""
        return tuple(column.name for column in self.columns if column.key)

    @property
    def schema(self) -> ibis.Schema:
        """The columns as an Ibis schema."""
        return ibis.schema({column.name: column.type for column in self.columns})

    def unbound(self) -> ir.Table:
        """Return a table without an engine, to build or compile an expression on."""
        return ibis.table(self.schema, name=self.name)

    def empty(self) -> ir.Table:
        """Return a table of no rows that keeps the contract."""
        return ibis.memtable(self.schema.to_pyarrow().empty_table())

    def shape(self, table: ir.Table) -> ir.Table:
        """Return `table` with exactly the contract's columns, in its order and types."""
        self._check_columns(table)
        if table.schema() == self.schema:
            return table
        return table.select(**{column.name: table[column.name].cast(column.dtype) for column in self.columns})

    def check(self, table: ir.Table, *, rows: bool = True) -> ir.Table:
        """Return `table` when it keeps the contract.

        Parameters
        ----------
        table : Table
            The table to look at.
        rows : bool
            Also look into the rows (one aggregate): no missing value where none may be, no NaN, no key twice, no
            value outside a closed vocabulary. Without it only names and types are compared.

        Raises
        ------
        ContractError
            With `table`, `column`, `came` and `allowed` in its data.
        """
        self._check_columns(table)
        if rows:
            self._check_rows(table)
        return table

    def _check_columns(self, table: ir.Table) -> None:
        came = table.schema()
        for column in self.columns:
            if column.name not in came:
                raise failure(
                    ContractError, "errors.contract_column_missing", table=self.name, column=column.name,
                    came=listing(came.names), allowed=column.type, hint=did_you_mean(column.name, came.names),
                )  # fmt: skip
            if not column.accepts(came[column.name]):
                raise failure(
                    ContractError, "errors.contract_type", table=self.name, column=column.name,
                    came=str(came[column.name]), allowed=column.type,
                )  # fmt: skip

    def _check_rows(self, table: ir.Table) -> None:
        found = table.aggregate(self._faults(table))
        if self.key:
            found = found.cross_join(table.select(*self.key).distinct().aggregate(keys=lambda keys: keys.count()))
        counts: dict[str, Any] = found.to_pyarrow().to_pylist()[0]
        for column in self.columns:
            if nulls := counts.get(f"null_{column.name}"):
                raise failure(
                    ContractError, "errors.contract_null", table=self.name, column=column.name, came=int(nulls),
                    allowed=column.type,
                )  # fmt: skip
            if strays := counts.get(f"nan_{column.name}"):
                raise failure(
                    ContractError, "errors.contract_nan", table=self.name, column=column.name, came=int(strays),
                    allowed=column.type,
                )  # fmt: skip
            if strangers := counts.get(f"value_{column.name}"):
                raise failure(
                    ContractError, "errors.contract_value", table=self.name, column=column.name, came=int(strangers),
                    allowed=listing(column.values),
                )  # fmt: skip
        if self.key and counts["keys"] != counts["rows"]:
            raise failure(
                ContractError, "errors.contract_key", table=self.name, column=listing(self.key),
                came=int(counts["rows"]) - int(counts["keys"]), allowed=1,
            )  # fmt: skip

    def _faults(self, table: ir.Table) -> dict[str, ir.Value]:
        """Count, in one pass, what may not be."""
        faults: dict[str, ir.Value] = {"rows": table.count()}
        for column in self.columns:
            value = table[column.name]
            if not column.nullable:
                faults[f"null_{column.name}"] = value.isnull().sum()
            if column.dtype.is_floating():
                faults[f"nan_{column.name}"] = value.isnan().sum()
            if column.values:
                faults[f"value_{column.name}"] = value.notin(column.values).sum()
        return faults
