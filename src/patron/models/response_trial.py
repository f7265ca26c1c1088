"""Who got which action, with what chance, and what came: read and checked, one row a unit.

Nothing is guessed: an arm that nobody is in, a chance of 0, an outcome that is the same for all or is missing for some
is an error that says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.errors import ArgumentError, NotEnoughData
from patron.language import did_you_mean, failure, listing
from patron.models.feature_table import FeatureTable, read_features, to_arrow
from patron.models.leakage import check_leaks

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Matrix = NDArray[np.float32]

FEWEST = 200
"""Units of an arm below which no model of their differences is fitted."""

ESTIMATED = "estimated"
CONTROLS = ("control", "0", "0.0", "false", "False", "none")
"""How a control arm is called where nobody names it."""

SURE = 1e-6  # how near to 0 or 1 a chance may be, and how near to 1 they must add up


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Units in the order of their ids: features, arm (0 is control), outcome, and the chance of each arm.

    `chances` is none where they are to be estimated.
    """

    table: FeatureTable
    matrix: Matrix
    control: str
    actions: tuple[str, ...]
    arm: Ints
    outcome: Floats
    chances: Floats | None

    @property
    def arms(self) -> int:
        """How many there are, with control."""
        return len(self.actions) + 1

    @property
    def binary(self) -> bool:
        """Whether the outcome is yes or no."""
        return bool(np.isin(self.outcome, (0.0, 1.0)).all())


def with_ids(features: Any) -> pa.Table:
    """Return any table as Arrow, with row numbers as ids where it has none."""
    table = to_arrow(features)
    if "customer_id" in table.column_names:
        return table
    return table.append_column("customer_id", pc.utf8_lpad(pa.array(np.arange(table.num_rows)).cast(pa.string()), 12))


def read_trial(features: Any, *, treatment: Any, outcome: Any, propensity: Any, control: str | None) -> Trial:
    """Read what an experiment left behind.

    Parameters
    ----------
    features : Table, one row a unit
        Columns that are named as treatment, outcome or propensity are no features.
    treatment, outcome : str, or array
        A column's name, or one value a row: which arm, and what came.
    propensity : None, "estimated", float, str, array or mapping
        None and "estimated": estimated from the features. A float, a column or an array: the chance of the action
        (where there is one action). A mapping from each action to one of these. An array of two dimensions: a column
        an action, in the order of their names.
    control : str, optional
        The arm that the others are compared with.

    Raises
    ------
    ArgumentError
        What came is not what is allowed, or does not fit the rows; a value is missing; a chance is 0 or 1.
    NotEnoughData
        There is one arm only, an arm is too small, or the outcome is constant.
    LeakError
        A feature knows the outcome, or the arm.
    """
    whole = with_ids(features)
    named = _names(treatment, outcome, propensity, whole.column_names)
    table = read_features(whole.drop_columns(sorted(named)))
    words = _words(_column("treatment", treatment, whole))
    actions, first = _arms(words, control)
    codes = np.searchsorted(np.asarray(sorted((first, *actions))), words)
    place = {name: at for at, name in enumerate((first, *actions))}
    arm = np.array([place[name] for name in sorted(place)])[codes]
    came = _numbers("outcome", _column("outcome", outcome, whole))
    _check_enough(arm, came, (first, *actions))
    chances = _chances(propensity, whole, actions)
    order = table.order
    trial = Trial(
        table=table, matrix=table.matrix[order], control=first, actions=actions, arm=arm[order], outcome=came[order],
        chances=None if chances is None else chances[order],
    )  # fmt: skip
    _check_leaks(trial)
    return trial


def _names(treatment: Any, outcome: Any, propensity: Any, columns: Sequence[str]) -> set[str]:
    """Return the columns that are no features."""
    named = [treatment, outcome, *(propensity.values() if isinstance(propensity, Mapping) else [propensity])]
    return {one for one in named if isinstance(one, str) and one in columns}


def _column(argument: str, given: Any, table: pa.Table) -> pa.Array:
    """Return what an argument says of each row, as an Arrow array."""
    if isinstance(given, str):
        if given not in table.column_names:
            raise failure(
                ArgumentError, "response.column", argument=argument, came=given, allowed=listing(table.column_names),
                hint=did_you_mean(given, table.column_names),
            )  # fmt: skip
        column = table[given]
    else:
        column = _array(argument, given)
    if len(column) != table.num_rows:
        raise failure(ArgumentError, "response.rows", argument=argument, came=len(column), allowed=table.num_rows)
    if column.null_count:
        raise failure(ArgumentError, "response.missing", argument=argument, came=column.null_count, rows=len(column))
    return column


def _array(argument: str, given: Any) -> Any:
    try:
        return pa.array(np.asarray(given).reshape(-1) if not isinstance(given, (pa.Array, pa.ChunkedArray)) else given)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise failure(ArgumentError, "response.kind", argument=argument, came=type(given).__name__) from error


def _numbers(argument: str, column: Any) -> Floats:
    """Return finite numbers."""
    try:
        flat = column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column
        values = np.asarray(flat.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    except (pa.ArrowException, TypeError) as error:
        raise failure(ArgumentError, "response.kind", argument=argument, came=str(column.type)) from error
    if wrong := int((~np.isfinite(values)).sum()):
        raise failure(ArgumentError, "response.missing", argument=argument, came=wrong, rows=len(values))
    return values


def _words(column: Any) -> NDArray[Any]:
    """Return the arms' names; whole numbers read the same whatever their type."""
    if pa.types.is_floating(column.type):
        values = _numbers("treatment", column)
        if (values == np.floor(values)).all():
            column = pa.array(values.astype(np.int64))
    return np.asarray(column.cast(pa.string()).to_numpy(zero_copy_only=False)).astype(str)


def _arms(words: NDArray[Any], control: str | None) -> tuple[tuple[str, ...], str]:
    """Return the actions by name, and the control arm."""
    arms = np.unique(words).tolist()
    if len(arms) < 2:
        raise failure(NotEnoughData, "response.one_arm", came=listing(arms), rows=len(words))
    wanted = [str(control)] if control is not None else CONTROLS
    first = next((name for name in wanted if name in arms), None)
    if first is None:
        raise failure(ArgumentError, "response.control", came=control or "-", allowed=listing(arms))
    return tuple(name for name in arms if name != first), first


def _check_enough(arm: Ints, outcome: Floats, names: Sequence[str]) -> None:
    many = np.bincount(arm, minlength=len(names))
    if many.min() < FEWEST:
        raise failure(
            NotEnoughData, "response.few", arm=names[int(many.argmin())], came=int(many.min()), allowed=FEWEST
        )  # fmt: skip
    if np.ptp(outcome) <= 1e-12 * np.abs(outcome).max(initial=0.0):
        raise failure(NotEnoughData, "response.constant", came=float(outcome[0]), rows=len(outcome))


def _chances(propensity: Any, table: pa.Table, actions: Sequence[str]) -> Floats | None:
    """Return the chance of each arm for each row, control first; none where they are to be estimated."""
    if propensity is None or (isinstance(propensity, str) and propensity == ESTIMATED):
        return None
    given = _by_action(propensity, actions)
    chances = np.empty((table.num_rows, len(actions) + 1))
    for place, one in enumerate(given, start=1):
        number = isinstance(one, (int, float, np.number))
        chances[:, place] = one if number else _numbers("propensity", _column("propensity", one, table))
    chances[:, 0] = 1 - chances[:, 1:].sum(axis=1)
    wrong = int((~((chances > SURE) & (chances < 1 - SURE)).all(axis=1)).sum())
    if wrong:
        raise failure(ArgumentError, "response.certain", came=wrong, rows=len(chances))
    return chances


def _by_action(propensity: Any, actions: Sequence[str]) -> list[Any]:
    if isinstance(propensity, Mapping):
        known = {str(name): one for name, one in propensity.items()}
        if lacking := [name for name in actions if name not in known]:
            raise failure(ArgumentError, "response.no_propensity", came=listing(known), missing=listing(lacking))
        return [known[name] for name in actions]
    if isinstance(propensity, np.ndarray) and propensity.ndim == 2 and propensity.shape[1] == len(actions):
        return list(propensity.T)
    if len(actions) > 1:
        raise failure(ArgumentError, "response.no_propensity", came=type(propensity).__name__, missing=listing(actions))
    return [propensity]


def _check_leaks(trial: Trial) -> None:
    """Refuse features that know the arm, which is drawn by lot, or the outcome, which came later."""
    check_leaks(trial.matrix, (trial.outcome > 0).astype(np.float64), trial.table.features)
    for place in range(1, trial.arms):
        check_leaks(trial.matrix, (trial.arm == place).astype(np.float64), trial.table.features)
