"""What does a model expect of customers when each cell of them has parameters of its own?

Each cell's customers are asked of a model with the cell's parameters. Where cells are many and differ in the scale of
time alone, they are asked together, with their times on a common scale.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from patron.models.distinct import distinct_rows
from patron.models.purchase_counts import Outlook, Rows
from patron.models.purchase_model import PurchaseAnswers, PurchaseModel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MANY = 64  # cells: from here on those that differ in the scale of time alone are asked together


@dataclass(frozen=True, kw_only=True)
class Group:
    """Some customers of one model, and by what factor each one's times are divided to be on its scale."""

    rows: Rows
    model: PurchaseModel
    pace: Floats | None = None

    def time(self, time: Floats) -> Floats:
        """Return the customers' times on the model's scale."""
        return time[self.rows] if self.pace is None else time[self.rows] / self.pace

    def columns(self, x: Floats, t_x: Floats, T: Floats) -> tuple[Floats, Floats, Floats]:
        """Return x, t_x and T of the customers, on the model's scale."""
        return x[self.rows], self.time(t_x), self.time(T)


class ByCell(PurchaseAnswers):
    """Answers on arrays whose rows belong to cells.

    Parameters
    ----------
    make : callable
        Returns a model with the parameters given by name.
    params : dict of arrays of shape (cells,)
        The parameters of each cell.
    cell : array of int
        Which cell each row belongs to.
    scale : str, optional
        The parameter that is all there is of time in the model.
    """

    def __init__(
        self, make: Callable[..., PurchaseModel], params: dict[str, Floats], cell: Ints, *, scale: str | None = None
    ) -> None:
        self.size = len(cell)
        self.groups = list(_groups(make, params, cell, scale))

    def alive(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        """Return the chance that each customer has not left by T."""
        return self._each(lambda group: group.model.alive(*group.columns(x, t_x, T)))

    def ahead(self, x: Floats, t_x: Floats, T: Floats, horizon: ArrayLike) -> Floats:
        """Return E[Y(t) | x, t_x, T], the purchases of the time `horizon` after T."""
        every = np.broadcast_to(np.asarray(horizon, dtype=np.float64), (self.size,))
        alike = np.ndim(horizon) == 0

        def ask(group: Group) -> Floats:
            t = horizon if alike and group.pace is None else group.time(every)
            return group.model.ahead(*group.columns(x, t_x, T), t)

        return self._each(ask)

    def outlook(self, x: Floats, t_x: Floats, T: Floats, horizon: float) -> CellsOutlook:
        """Return the distribution of the purchases within `horizon` after T."""
        every = np.full(self.size, float(horizon))

        def ask(group: Group) -> Outlook:
            t: Any = horizon if group.pace is None else group.time(every)
            return group.model.outlook(*group.columns(x, t_x, T), t)

        rows = [group.rows for group in self.groups]
        return CellsOutlook.of(rows, [ask(group) for group in self.groups], self.size)

    def scores(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        """Return each customer's gradient of the log-likelihood on the log scale of the cell's parameters."""
        result = np.empty((self.size, 0))
        for group in self.groups:
            part = group.model.scores(*group.columns(x, t_x, T))
            if not result.shape[1]:
                result = np.empty((self.size, part.shape[1]))
            result[group.rows] = part
        return result

    def _each(self, ask: Callable[[Group], Floats]) -> Floats:
        result = np.empty(self.size)
        for group in self.groups:
            result[group.rows] = ask(group)
        return result


def _groups(
    make: Callable[..., PurchaseModel], params: dict[str, Floats], cell: Ints, scale: str | None
) -> Iterator[Group]:
    """Yield the cells, or all cells at once that differ in `scale` alone."""
    cells = len(next(iter(params.values())))
    if scale is None or cells < MANY:
        kinds, shown_by, pace = np.arange(cells), np.arange(cells), None
    else:
        kinds, shown_by = distinct_rows([values for name, values in params.items() if name != scale])
        pace = params[scale] / params[scale][shown_by[kinds]]
    order = np.argsort(kinds[cell], kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(kinds[cell][order])) + 1):
        if len(rows):
            shown = shown_by[kinds[cell[rows[0]]]]
            model = make(**{name: float(values[shown]) for name, values in params.items()})
            yield Group(rows=rows, model=model, pace=None if pace is None else pace[cell[rows]])


@dataclass(frozen=True, kw_only=True)
class CellsOutlook:
    """Outlooks of some customers each; see `Outlook`."""

    parts: tuple[Outlook, ...]
    part: NDArray[np.intp]  # which of them each customer is in
    place: NDArray[np.intp]  # and where there

    @classmethod
    def of(cls, rows: list[Rows], parts: list[Outlook], size: int) -> Self:
        """Return the outlook of `size` customers, of those of some rows each."""
        part, place = np.empty(size, dtype=np.intp), np.empty(size, dtype=np.intp)
        for number, chosen in enumerate(rows):
            part[chosen], place[chosen] = number, np.arange(len(chosen))
        return cls(parts=tuple(parts), part=part, place=place)

    @property
    def alive(self) -> Floats:
        """Return each customer's chance of being there now."""
        return self._each(lambda outlook, _: outlook.alive)

    def at_least(self, count: ArrayLike) -> Floats:
        """Return P(N >= count), one count a customer."""
        counts = np.broadcast_to(np.asarray(count, dtype=np.float64), self.part.shape)
        return self._each(lambda outlook, rows: outlook.at_least(counts[rows]))

    def tables(self) -> Iterator[tuple[Rows, Floats]]:
        """Yield the distributions in blocks; see `Outlook`."""
        for outlook, rows in self._with_rows():
            for inside, table in outlook.tables():
                yield rows[inside], table

    def take(self, rows: Rows) -> Self:
        """Return the outlook of some of the customers."""
        part, parts, place = self.part[rows], list(self.parts), np.empty(len(rows), dtype=np.intp)
        order = np.argsort(part, kind="stable")
        for chosen in np.split(order, np.flatnonzero(np.diff(part[order])) + 1):
            if len(chosen):
                number = part[chosen[0]]
                parts[number] = self.parts[number].take(self.place[rows[chosen]])
                place[chosen] = np.arange(len(chosen))
        used, number = np.unique(part, return_inverse=True)
        return replace(self, parts=tuple(parts[i] for i in used), part=number, place=place)

    def rescaled(self, factor: Floats) -> Self:
        """Return the outlook whose expected count is `factor` times as large."""
        return replace(self, parts=tuple(outlook.rescaled(factor[rows]) for outlook, rows in self._with_rows()))

    def _with_rows(self) -> Iterator[tuple[Outlook, Rows]]:
        """Yield each part with its customers, in its own order."""
        order = np.lexsort((self.place, self.part))
        starts = np.searchsorted(self.part[order], np.arange(len(self.parts) + 1))
        for number, outlook in enumerate(self.parts):
            yield outlook, order[starts[number] : starts[number + 1]]

    def _each(self, ask: Callable[[Outlook, Rows], Floats]) -> Floats:
        result = np.empty(len(self.part))
        for outlook, rows in self._with_rows():
            result[rows] = ask(outlook, rows)
        return result
