"""`patron runs`: which runs there are, what changed between two, which to remove, and whether one comes out again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import ibis.expr.types as ir
import typer

from patron.cli.console import FAILED, Output, ProjectDir, speaking
from patron.errors import ArgumentError
from patron.language import NOTHING, day, did_you_mean, failure, listing, number, percent, say
from patron.pipeline import clock, open_project
from patron.pipeline.compare import Compared, Figure, compare
from patron.pipeline.listed import Listed, listed
from patron.pipeline.prune import Pruning, prune
from patron.pipeline.replay import Replayed, replay
from patron.segments.movement import FEW

RunId = Annotated[str, typer.Argument(help=say("runs.help.run_id"), show_default=False)]
Keep = Annotated[int | None, typer.Option("--keep", help=say("runs.help.keep"))]
OlderThan = Annotated[str | None, typer.Option("--older-than", help=say("runs.help.older_than"))]
Compared_ = Annotated[bool, typer.Option("--with-compared", help=say("runs.help.with_compared"))]
Segmentation = Annotated[str | None, typer.Option("--segmentation", help=say("runs.help.segmentation"))]
Yes = Annotated[bool, typer.Option("--yes", help=say("runs.help.yes"))]
Publish = Annotated[bool, typer.Option("--publish", help=say("runs.help.publish_replay"))]

runs = typer.Typer(name="runs", help=say("runs.help.runs"), invoke_without_command=True)


@runs.callback()
@speaking
def _list(output: Output, context: typer.Context, project: ProjectDir = Path()) -> None:
    """List the runs."""
    if context.invoked_subcommand:
        if project != Path():
            raise failure(ArgumentError, "runs.project_after", command=context.invoked_subcommand)
        return
    store = open_project(project).store
    found = listed(store)
    unreadable = sorted(set(store.ids()) - {one.run_id for one in found})
    columns = ("run", "made", "rows", "seconds", "size", "changed", "compared_with")
    if found:
        output.table([say(f"runs.column.{name}") for name in columns], [_row(one) for one in found], whole=1)
    else:
        output.line(say("runs.none"))
    if unreadable:
        output.note(say("runs.unreadable", runs=listing(unreadable)))
    output.result({"runs": [asdict(one) for one in found], "unreadable": unreadable})


def _row(one: Listed) -> list[str]:
    marks = [say("runs.published")] if one.published else []
    if one.only:
        marks.append(say("runs.only", step=one.only))
    if one.replay_of:
        marks.append(say("runs.replay_of", run=one.replay_of))
    return [
        "\n".join([one.run_id, *marks]),
        str(one.made_on),
        number(one.rows),
        f"{one.seconds:.1f}",
        _size(one.bytes),
        listing(say(f"runs.changed.{what}") for what in one.changed) or NOTHING,
        one.compared_with or NOTHING,
    ]


@runs.command(name="compare", help=say("runs.help.compare"))
@speaking
def _compare(
    output: Output, before: RunId, after: RunId, segmentation: Segmentation = None, project: ProjectDir = Path()
) -> None:
    """Say what changed between two runs."""
    opened = open_project(project)
    compared = compare(opened.store, before, after, connection=opened.connection)
    flows = _flows(opened.movements(before, after), segmentation) if segmentation else []
    _tell_inputs(compared, output)
    _tell_figures(compared, output)
    if segmentation:
        _tell_flows(flows, segmentation, output)
    output.result(asdict(compared) | ({"flows": flows} if segmentation else {}))


def _flows(movements: ir.Table, segmentation: str) -> list[dict[str, Any]]:
    """Return the flows of one segmentation, the largest of each segment first."""
    rows: list[dict[str, Any]] = movements.to_pyarrow().to_pylist()
    known = {row["segmentation"] for row in rows}
    if segmentation not in known:
        raise failure(ArgumentError, "runs.segmentation", came=segmentation, hint=did_you_mean(segmentation, known))
    asked = [row for row in rows if row["segmentation"] == segmentation]
    return sorted(asked, key=lambda row: (row["from_segment"], -row["customers"], row["to_segment"]))


def _tell_flows(flows: Sequence[Mapping[str, Any]], segmentation: str, output: Output) -> None:
    names = ("from_segment", "to_segment", "customers", "share", "margin_between", "worth")
    rows = [
        [
            flow["from_segment"],
            flow["to_segment"],
            number(flow["customers"]),
            _rate(flow),
            number(round(flow["margin_between"])),
            number(round(flow["worth"])),
        ]
        for flow in flows
    ]
    output.table([say(f"runs.column.{name}") for name in names], rows)
    output.line(say("runs.compare.flows", segmentation=segmentation, few=_FEW, limit=FEW))


_FEW = "*"


def _rate(flow: Mapping[str, Any]) -> str:
    """Write a flow's share with its interval."""
    ends = f"({percent(flow['share_low'])} – {percent(flow['share_high'])})"
    return f"{percent(flow['share'])} {ends}{_FEW if flow['few'] else ''}"


def _tell_inputs(compared: Compared, output: Output) -> None:
    days = {"before_day": day(compared.days[0]), "after_day": day(compared.days[1])}
    output.line(say("runs.compare.title", before=compared.before, after=compared.after, **days))
    for changed in compared.settings:
        values = {"before": changed.before or NOTHING, "after": changed.after or NOTHING}
        output.line(say("runs.compare.setting", key=changed.key, **values))
    for kind, files in asdict(compared.files).items():
        for file in files:
            output.line(say(f"runs.compare.file_{kind}", file=file))
    if compared.code_changed:
        output.line(say("runs.compare.code", before=compared.code[0], after=compared.code[1]))
    if not (compared.settings or compared.code_changed or any(asdict(compared.files).values())):
        output.line(say("runs.compare.same_inputs"))


def _tell_figures(compared: Compared, output: Output) -> None:
    sides = [compared.before, compared.after, say("runs.column.change")]
    figures = [_figure(one, say(f"runs.figure.{one.name}")) for one in compared.figures]
    output.table([say("runs.column.figure"), *sides], figures)
    output.table([say("runs.column.table"), *sides], [_figure(one, one.name) for one in compared.rows])
    names = ("segmentation", "stayed", "moved", "came", "left")
    output.table(
        [say(f"runs.column.{name}") for name in names],
        [[moved.segmentation, *(number(getattr(moved, name)) for name in names[1:])] for moved in compared.memberships],
    )


def _figure(one: Figure, title: str) -> list[str]:
    change = NOTHING if one.before is None or one.after is None else number(round(one.after - one.before))
    return [title, *(NOTHING if value is None else number(round(value)) for value in (one.before, one.after)), change]


@runs.command(name="prune", help=say("runs.help.prune"))
@speaking
def _prune(
    output: Output,
    keep: Keep = None,
    older_than: OlderThan = None,
    with_compared: Compared_ = False,
    yes: Yes = False,
    project: ProjectDir = Path(),
) -> None:
    """Remove old runs."""
    opened = open_project(project)
    pruned = prune(
        opened.store,
        today=clock.now().date(),
        keep=keep,
        older_than_days=_days(older_than),
        with_compared=with_compared,
        carry_out=yes,
    )
    _tell_pruned(pruned, output, done=yes)
    output.result({**asdict(pruned), "done": yes})


def _tell_pruned(pruned: Pruning, output: Output, *, done: bool) -> None:
    for run_id, reason in pruned.spared.items():
        output.line(say(f"runs.prune.spared_{reason}", run=run_id))
    if not pruned.removed:
        output.line(say("runs.prune.nothing"))
        return
    key = "runs.prune.done" if done else "runs.prune.would"
    facts = {"runs": listing(pruned.removed), "size": _size(pruned.frees), "count": pruned.kept}
    output.line(say(key, **facts))


def _days(text: str | None) -> int | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,5})d", text.strip())
    if not found:
        raise failure(ArgumentError, "runs.older_than", came=text)
    return int(found[1])


@runs.command(name="publish", help=say("runs.help.publish"))
@speaking
def _publish(output: Output, run_id: RunId, project: ProjectDir = Path()) -> None:
    """Make an older run the published one again."""
    store = open_project(project).store
    before = store.last_id()
    store.publish(run_id)
    output.line(say("runs.publish.done", run=run_id, before=before or NOTHING))
    output.result({"published": run_id, "before": before})


@runs.command(name="replay", help=say("runs.help.replay"))
@speaking
def _replay(output: Output, run_id: RunId, publish: Publish = False, project: ProjectDir = Path()) -> None:
    """Make an old run again, and say whether the same comes out; exit code 1 when it does not."""
    replayed = replay(open_project(project), run_id, publish=publish, tell=output.progress())
    _tell_replayed(replayed, output)
    output.result({**asdict(replayed), "equal": replayed.equal, "read_again": replayed.read_again})
    if not replayed.equal:
        raise typer.Exit(FAILED)


def _tell_replayed(replayed: Replayed, output: Output) -> None:
    for kind in ("changed", "missing", "new"):
        files: Sequence[str] = getattr(replayed, f"{kind}_inputs")
        for file in files:
            output.line(say(f"runs.replay.input_{kind}", file=file))
    if not replayed.read_again:
        output.line(say("runs.replay.not_read"))
    if replayed.code_changed:
        output.line(say("runs.replay.code"))
    different = [one for one in replayed.tables if not one.equal]
    columns = ("table", "rows_then", "rows_now", "only_then", "only_now", "other_values")
    rows = [
        [one.table, *map(number, (one.rows_before, one.rows_after, one.only_before, one.only_after, one.changed))]
        for one in different
    ]
    if different:
        output.table([say(f"runs.column.{name}") for name in columns], rows)
    facts = {"run": replayed.run_id, "day": day(replayed.as_of), "tables": number(len(replayed.tables))}
    key = "runs.replay.equal" if replayed.equal else "runs.replay.different"
    output.line(say(key, different=number(len(different)), **facts))
    if replayed.published:
        output.line(say("runs.replay.published", run=replayed.published))


def _size(size: float) -> str:
    """Write bytes as a person reads them."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{number(round(size))} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
