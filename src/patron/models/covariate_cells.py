"""Which customers are equal to a model with covariates?

The covariates of a formula give each customer a few numbers from 0 on. They stand in columns of their own beside the
history's, so that patterns are counted by them, too, and a score is still one engine call and a join on the pattern.
Customers who are equal in them are one cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.errors import ArgumentError, ContractError
from patron.language import did_you_mean, failure, listing
from patron.models.covariate_columns import KINDS, Covariate
from patron.models.distinct import distinct_rows
from patron.models.formula import OWN
from patron.models.patterns import Patterns

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PREFIX = "_cell_"
TENTHS = 10


@dataclass(frozen=True, kw_only=True)
class CovariateCells:
    """The covariates of a model, in the order of their columns."""

    covariates: tuple[Covariate, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that they give."""
        return tuple(f"{PREFIX}{number}" for number in range(sum(item.parts for item in self.covariates)))

    def add_to(self, history: Any) -> Any:
        """Return a history with these columns besides; an Arrow table, or an Ibis one for Ibis.

        Raises
        ------
        ContractError
            A covariate's column is missing.
        ArgumentError
            It holds another type than at the fit.
        """
        if not isinstance(history, ir.Table):
            if not hasattr(history, "__arrow_c_stream__"):
                return history  # whoever counts the patterns says what is allowed
            history = pa.table(history)
            history = history.drop_columns([name for name in history.column_names if name.startswith(PREFIX)])
        self._check(history.columns if isinstance(history, ir.Table) else history.column_names)
        if isinstance(history, ir.Table):
            values = [value for item in self.covariates for value in item.of_engine(history[item.column])]
            return history.mutate(**dict(zip(self.columns, values, strict=True)))
        for name, value in zip(self.columns, self._of_arrow(history), strict=True):
            history = history.append_column(name, pa.array(value))
        return history

    def strange(self, history: ir.Table) -> dict[str, int]:
        """Count, by covariate, the customers with a value that the fit does not know as such; one engine call."""
        self._check(history.columns)
        counts = {
            str(number): item.strange(history[item.column]).cast("int64").sum().fill_null(0)
            for number, item in enumerate(self.covariates)
        }
        row = history.aggregate(**counts).to_pyarrow().to_pylist()[0]
        return {item.column: int(row[str(number)]) for number, item in enumerate(self.covariates)}

    def _of_arrow(self, table: pa.Table) -> list[Floats]:
        return [value for item in self.covariates for value in item.of_column(table[item.column])]

    def _check(self, came: Any) -> None:
        for item in self.covariates:
            if item.column not in came:
                raise failure(
                    ContractError, "errors.contract_column_missing", table="history", column=item.column,
                    came=listing(came), allowed=item.kind, hint=did_you_mean(item.column, came),
                )  # fmt: skip

    def labels(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return what the coefficients of some of the covariates are called."""
        return tuple(label for name in names for label in self[name].labels)

    def scales(self, names: tuple[str, ...]) -> Floats:
        """Return the unit in which each of these coefficients is searched."""
        return np.array([scale for name in names for scale in self[name].scales])

    def design(self, names: tuple[str, ...], codes: list[Floats]) -> Floats:
        """Return what these coefficients are multiplied with, one row for each of the codes, given in `columns`."""
        blocks = [self[name].design(tuple(codes[i] for i in self._places(name))) for name in names]
        return np.hstack([np.empty((len(codes[0]), 0)), *blocks])

    def __getitem__(self, name: str) -> Covariate:
        return next(item for item in self.covariates if item.column == name)

    def _places(self, name: str) -> range:
        start = 0
        for item in self.covariates:
            if item.column == name:
                return range(start, start + item.parts)
            start += item.parts
        raise KeyError(name)

    def usual(self, codes: list[Floats], customers: Floats) -> Mix:
        """Return how the customers are spread over cells, each number as the mean of its tenth.

        So it stays short however many different numbers there are, and nobody's own is kept.
        """
        coarse = list(codes)
        for item in self.covariates:
            if item.kind == "number":
                place = self._places(item.column)[0]
                coarse[place] = _in_tenths(codes[place], customers)
        number, shown_by = distinct_rows(coarse)
        share = np.bincount(number, customers).astype(np.float64) / customers.sum()
        return Mix(codes=[code[shown_by].tolist() for code in coarse], share=share.tolist())

    def like(self, mix: Mix, described: Mapping[str, object]) -> Mix:
        """Return those of a mix who are as described; all of them, had they been so, where none is.

        Raises
        ------
        ArgumentError
            It describes what is no covariate of the model, or by another type than at the fit.
        """
        codes, share = [np.array(code) for code in mix.codes], np.array(mix.share)
        alike = np.ones(len(share), dtype=bool)
        for name, value in described.items():
            if name not in [item.column for item in self.covariates]:
                known = [item.column for item in self.covariates]
                raise failure(ArgumentError, "covariates.like_unknown", came=name, hint=did_you_mean(name, known))
            given = self[name].of_column(_column(name, value))
            for place, code in zip(self._places(name), given, strict=True):
                if self[name].kind == "category":
                    alike &= codes[place] == code[0]
                codes[place] = np.full(len(share), code[0])
        if alike.any():
            codes, share = [code[alike] for code in codes], share[alike]
        return Mix(codes=[code.tolist() for code in codes], share=(share / share.sum()).tolist())

    def to_facts(self) -> list[dict[str, Any]]:
        """Return them as plain values."""
        return [{"kind": item.kind, **asdict(item)} for item in self.covariates]

    @classmethod
    def from_facts(cls, facts: list[dict[str, Any]]) -> Self:
        """Return what `to_facts` described."""
        items = []
        for fact in facts:
            given: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in fact.items()}
            kind = KINDS[given.pop("kind")]
            items.append(kind(**given))
        return cls(covariates=tuple(items))


@dataclass(frozen=True, kw_only=True)
class Mix:
    """How customers are spread over cells: the codes of each column, and the share of each cell."""

    codes: list[list[float]]
    share: list[float]


def cells_of(patterns: Patterns, cells: CovariateCells, rows: slice) -> tuple[list[Floats], Ints]:
    """Return the codes of the cells that occur among some patterns, and each pattern's cell."""
    codes = [patterns[name][rows] for name in cells.columns]
    number, shown_by = distinct_rows(codes)
    return [code[shown_by] for code in codes], number


def without_cells(patterns: Patterns) -> Patterns:
    """Return the patterns without regard to covariates."""
    number, shown_by = distinct_rows([patterns[name] for name in OWN])
    customers = np.bincount(number, patterns.customers).astype(np.int64)
    return Patterns(values={name: patterns[name][shown_by] for name in OWN}, customers=customers, keys=pa.table({}))


def check_not_collinear(cells: CovariateCells, names: tuple[str, ...], codes: list[Floats]) -> None:
    """Refuse covariates of which one says what others say already.

    Raises
    ------
    ArgumentError
        With the columns.
    """
    before, blocks = np.ones((len(codes[0]), 1)), [("", 1)]
    for name in names:
        block = cells.design((name,), codes) / cells.scales((name,))
        weights, *_ = np.linalg.lstsq(before, block, rcond=None)
        left = np.abs(block - before @ weights).max(axis=0)
        same = left < 1e-8 * (1 + np.abs(block).max(axis=0))
        before = np.hstack([before, block])
        if same.any() or np.linalg.matrix_rank(before) < before.shape[1]:
            used = np.abs(weights[:, same]).max(axis=1, initial=0.0) > 1e-6
            owner = np.repeat([earlier for earlier, _ in blocks], [width for _, width in blocks])
            others = sorted({str(earlier) for earlier in owner[used] if earlier}) or [b for b, _ in blocks if b]
            raise failure(ArgumentError, "covariates.collinear", column=name, others=listing(others))
        blocks.append((name, block.shape[1]))


def _column(name: str, value: object) -> pa.ChunkedArray:
    """Return one value as a column."""
    try:
        return pa.chunked_array([pa.array([value])])
    except pa.ArrowException as error:
        raise failure(ArgumentError, "covariates.number_type", column=name, came=type(value).__name__) from error


def _in_tenths(values: Floats, customers: Floats) -> Floats:
    """Return for each value the mean of the tenth of the customers that it belongs to."""
    order = np.argsort(values, kind="stable")
    reached = (np.cumsum(customers[order]) - customers[order] / 2) / customers.sum()
    group = np.empty(len(values), dtype=np.int64)
    # Equal values are of one tenth, whatever the order they stand in.
    first = np.searchsorted(values[order], values[order], side="left")
    group[order] = np.minimum((TENTHS * reached[first]).astype(np.int64), TENTHS - 1)
    total = np.bincount(group, customers, minlength=TENTHS)
    mean = np.bincount(group, customers * values, minlength=TENTHS) / np.maximum(total, 1)
    return np.asarray(mean[group])
