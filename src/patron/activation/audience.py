"""Freeze a list of customers, minus a control group, so that its effect can be measured.

The order of the steps is what holds when the process is killed between any two of them:

1. The list is written aside while the same rows are remembered, in one transaction of the project's database.
2. The transaction commits when the file aside is complete. Killed before: nothing is remembered, no list stands.
3. The file takes its place in one rename. Killed before: the audience is remembered as unfinished, no list stands;
   the same command finishes it.
4. The audience is marked as published, and is measured from then on.

So no list ever stands whose control group is not known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.csv import CSVWriter
from pyarrow.parquet import ParquetWriter

from patron.activation.free import free_of
from patron.activation.holdout import share_of
from patron.activation.members import Members, Unit
from patron.activation.reachable import reachable
from patron.decisions.assignment import assignment
from patron.decisions.holdouts import Holdout
from patron.engines.atomic import aside
from patron.engines.state import BATCH, FrozenAudience, State
from patron.errors import ArgumentError, RunError
from patron.language import failure, listing, number, say
from patron.privacy.pseudonymous import pseudonymous
from patron.stats.difference import SMALLEST_ARM

WRITERS: dict[str, Any] = {".csv": CSVWriter, ".parquet": ParquetWriter}
"""By the ending of the list's file."""

FORMULA = r"^([=@\t\r]|[+-][^0-9])"
_NAME = re.compile(r"\w([\w .-]{0,78}\w)?")


Hiding = Callable[[pa.RecordBatch], pa.RecordBatch]


@dataclass(frozen=True, kw_only=True)
class Audience:
    """A frozen list and its control group."""

    name: str
    segment: str
    purpose: str
    assigned_on: date
    holdout: float  # planned share of control
    treated: int
    control: int
    file: Path
    notes: tuple[str, ...]  # what a person should know before sending, in sentences


def audience(  # noqa: PLR0913 - what a list is, where it goes and whom it leaves out
    members: Members,
    *,
    name: str,
    file: Path,
    state: State,
    holdout: float | str = "10%",
    purpose: str = "marketing",
    salt: str | None = None,
    programme: str | None = None,
    holdouts: Sequence[Holdout] = (),
    force: bool = False,
) -> Audience:
    """Freeze `members`, remember who is held out, and write the list of all others.

    Parameters
    ----------
    members : Members
        Who, and what they allow; from `patron.activation.members`.
    name : str
        What the audience is called. A name can be used once.
    file : Path
        Where the list goes: ``.csv`` or ``.parquet``, readable by its owner only. It holds nobody of the control group.
    state : State
        The project's database.
    holdout : float or str
        Share of customers that are not treated: ``0.1`` or ``"10%"``. With 0 no effect can be read.
    purpose : str
        What the list may be used for; one of `patron.contracts.PURPOSES`.
    salt : str, optional
        The name of the draw. By default it comes from `name`, so that the same audience is drawn the same way again.
    programme : str, optional
        The programme that the list belongs to.
    holdouts : sequence of Holdout
        Who of their customers may not be on it, nor in its control group; from `patron.decisions.applying`.
    force : bool
        Replace `file` when it is there.

    Raises
    ------
    ArgumentError
        The name is used or cannot be one, the hold-out is out of range, or the file's ending is unknown.
    SettingsError
        The purpose is unknown.
    NotEnoughData
        Nobody is left to put on the list.
    RunError
        The file is there already, or the list or the database cannot be written. No list stands then.
    """
    frozen = FrozenAudience(
        name=_checked_name(name),
        segmentation=members.segmentation,
        segment=members.segment,
        purpose=purpose,
        assigned_on=members.as_of,
        run_id=members.run_id,
        salt=f"audience:{name}" if salt is None else salt,
        holdout=share_of(holdout),
        unit=members.unit,
        file=str(file),
        programme=programme,
    )
    check_file(file, force=force)
    allowed = free_of(reachable(members, purpose=purpose), holdouts, segment=members.source)
    drawn = _drawn(allowed, members.unit, frozen).order_by("customer_id")
    remembered = _publish(frozen, drawn, state, members)
    return Audience(
        name=name,
        segment=members.source,
        purpose=purpose,
        assigned_on=members.as_of,
        holdout=frozen.holdout,
        treated=remembered.treated,
        control=remembered.control,
        file=file,
        notes=_notes(remembered),
    )


def _drawn(allowed: ir.Table, unit: Unit, frozen: FrozenAudience) -> ir.Table:
    """Put everybody into an arm, with the running number of the household where households are drawn."""
    if unit == "customer":
        return assignment(allowed, salt=frozen.salt, holdout=frozen.holdout)
    drawn = assignment(allowed, salt=frozen.salt, holdout=frozen.holdout, by="household_id")
    return drawn.mutate(unit=ibis.dense_rank().over(order_by=drawn.household_id))


def hiding(members: Members, name: str) -> Hiding:
    """Return what puts pseudonyms in the place of ids, where a key is given."""
    key = members.export_key
    if key is None:
        return lambda batch: batch
    return lambda batch: pseudonymous(batch, key=key, export=name, columns=members.hidden)


def _publish(frozen: FrozenAudience, drawn: ir.Table, state: State, members: Members) -> FrozenAudience:
    """Write aside and remember, then rename, then mark: steps 1 to 4."""
    file = Path(str(frozen.file))
    try:
        with aside(file) as beside, closing(_written(drawn, beside, frozen, members)) as rows:
            remembered = state.remember_audience(frozen, rows)
    except OSError as error:
        raise failure(
            RunError,
            "activation.list_not_written",
            audience=frozen.name,
            file=str(file),
            reason=error.strerror or error,
        ) from error
    state.publish_audience(frozen.name)
    return remembered


def _written(
    drawn: ir.Table, file: Path, frozen: FrozenAudience, members: Members
) -> Generator[pa.RecordBatch, None, None]:
    """Yield the rows of `drawn` while those treated are written; the file is complete when the last row is out."""
    file.touch(mode=0o600)
    columns = pa.schema([drawn.schema().to_pyarrow().field(name) for name in members.columns])
    writer, hide = WRITERS[Path(str(frozen.file)).suffix.lower()], hiding(members, frozen.name)
    with writer(file, columns) as sink:
        # One audience at once: Ibis 12.0's own to_pyarrow_batches fails on DuckDB 2.0.
        for batch in drawn.to_pyarrow().to_batches(max_chunksize=BATCH):
            treated = hide(batch.filter(pc.equal(batch.column("arm"), "treated")).select(members.columns))
            if writer is CSVWriter:
                refuse_formulas(treated.column("customer_id"))
            sink.write_batch(treated)
            yield batch


def refuse_formulas(ids: pa.Array) -> None:
    """Refuse ids that a spreadsheet would execute; changed ids would find no customer where the list goes.

    Raises
    ------
    ArgumentError
        There are such; it says how many.
    """
    if formulas := pc.sum(pc.match_substring_regex(ids, FORMULA)).as_py():
        raise failure(ArgumentError, "activation.formula", argument="file", came=int(formulas))


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise failure(ArgumentError, "activation.name", argument="name", came=name)
    return name


def check_file(file: Path, *, force: bool) -> None:
    """Refuse a file of an unknown kind, or one that is there already.

    Raises
    ------
    ArgumentError
        Its ending is unknown.
    RunError
        It is there, and `force` does not say to replace it.
    """
    if file.suffix.lower() not in WRITERS:
        raise failure(
            ArgumentError, "activation.file_ending", argument="file", came=str(file), allowed=listing(WRITERS)
        )
    if file.is_dir() or (file.exists() and not force):
        raise failure(RunError, "activation.file_there", file=str(file))


def _notes(remembered: FrozenAudience) -> tuple[str, ...]:
    """Say now what would otherwise be found out weeks later."""
    if remembered.holdout == 0:
        return (say("activation.no_control"),)
    smallest = min(remembered.treated, remembered.control)
    if smallest < SMALLEST_ARM:
        return (say("activation.small_arm", came=number(smallest), needed=number(SMALLEST_ARM)),)
    return ()
