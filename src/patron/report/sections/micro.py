"""The small groups that are worth a test of their own, and those that do better than their like."""

from __future__ import annotations

from patron.charts.records import Record
from patron.language import listing, number, percent, say
from patron.report.blocks import Block, Cell, Command, Head, Note, Section, Table
from patron.report.sections.withheld import notes
from patron.report.source import Source


def micro(source: Source) -> Section:
    """Return the ten micro-segments with most at stake and what to do, or why there are none."""
    rows, axes = source.rows("micro_segments"), source.rows("micro_axes")
    ranked = sorted((row for row in rows if row["rank"] is not None), key=lambda row: row["rank"])
    better = sorted((row for row in rows if row["better"]), key=lambda row: (-row["ahead"], row["cell"]))
    blocks: list[Block] = []
    if ranked:
        blocks += [Note(text=say("micro_report.assumed"), tone="warning"), _stakes(source, ranked), _test(ranked[0])]
    elif not source.withheld("micro_segments"):
        blocks.append(Note(text=say("micro_report.none"), tone="none"))
    if better:
        blocks.append(_better(source, better))
    blocks += [*_left_out(axes), *_merged(source), *notes(source, "micro_segments", "micro_axes")]
    return Section(name="micro", title=say("micro_report.title"), lead=say("micro_report.lead"), blocks=tuple(blocks))


def _stakes(source: Source, rows: list[Record]) -> Table:
    heads = ("cell", "customers", "stake", "gap", "orders", "doing")
    words = ("cell", "doing")
    return Table(
        caption=_caption(source, rows[0]),
        heads=tuple(Head(text=say(f"micro_report.{name}"), figures=name not in words) for name in heads),
        rows=tuple(_stake(source, row) for row in rows),
    )


def _caption(source: Source, row: Record) -> str:
    horizon = source.facts.horizon_days
    if row["watched_days"] is None:
        return say("micro_report.caption", days=horizon)
    return say("micro_report.caption_watched", days=horizon, watched=row["watched_days"])


def _stake(source: Source, row: Record) -> tuple[Cell, ...]:
    money = source.facts.money
    ends = say("report.range", low=money(row["gap_low"]), high=money(row["gap_high"]))
    return (
        Cell(text=row["title"], note=say("micro_report.peers", peers=number(row["peers"]), axis=_axis(row))),
        Cell(text=number(row["customers"]), note=_stability(row)),
        Cell(text=money(row["value_at_stake"]), note=say("micro_report.at_least", low=money(row["value_low"]))),
        Cell(text=money(row["gap_shrunk"]), note=ends),
        _orders(row),
        Cell(text=_doing(row)),
    )


def _orders(row: Record) -> Cell:
    if row["order_rate"] is None:
        return Cell(text="–")
    ends = {end: percent(row[f"order_rate_{end}"], digits=1) for end in ("low", "high")}
    return Cell(
        text=percent(row["order_rate"], digits=1),
        note=say("report.range", **ends),
    )


def _stability(row: Record) -> str:
    if row["stability"] is None:
        return ""
    return say("micro_report.stay", share=percent(row["stability"]))


def _doing(row: Record) -> str:
    held = round(row["customers"] * row["holdout"])
    seen = number(100 * row["smallest_rate"], digits=0)
    return say("micro_report.test", treated=number(row["customers"] - held), held=number(held), points=seen)


def _test(row: Record) -> Command:
    return Command(
        title=say("report.hold_out"),
        text=say("micro_report.hold_out"),
        command=f'patron audience --segment "micro.{row["cell"]}" --channel email '
        f"--holdout {percent(row['holdout'])} --to micro-{row['rank']}.csv",
    )


def _better(source: Source, rows: list[Record]) -> Table:
    money = source.facts.money
    heads = ("cell", "customers", "ahead", "average", "sure")
    return Table(
        caption=say("micro_report.better", days=rows[0]["watched_days"]),
        heads=tuple(
            Head(text=say(f"micro_report.{name}"), figures=name != "cell", wide=name == "cell") for name in heads
        ),
        rows=tuple(
            (
                Cell(text=row["title"]),
                Cell(text=number(row["customers"]), note=_stability(row)),
                Cell(text=money(row["ahead"])),
                Cell(
                    text=money(row["average_margin"]),
                    note=say(
                        "report.range", low=money(row["average_margin_low"]), high=money(row["average_margin_high"])
                    ),
                ),
                Cell(text=percent(row["better_q"], digits=1)),
            )
            for row in rows
        ),
        folded=True,
    )


def _left_out(axes: list[Record]) -> tuple[Note, ...]:
    """Say which axes are of no use, and why."""
    unused = [row for row in axes if not row["used"]]
    return tuple(
        Note(text=say(f"micro_report.{row['reason']}", axis=row["axis"], values=number(row["values"])), tone="none")
        for row in sorted(unused, key=lambda row: row["position"])
    )


def _merged(source: Source) -> tuple[Note, ...]:
    """Say how many cells there are, and how many stand for themselves."""
    table = source.tables["micro_segments"]
    counted = table.group_by(merged=table.merged_into.notnull(), rest=table.cell.endswith("*")).aggregate(
        many=table.count()
    )
    many = {(row["merged"], row["rest"]): row["many"] for row in counted.to_pyarrow().to_pylist()}
    if not many:
        return ()
    alone, rests = many.get((False, False), 0), many.get((False, True), 0)
    gone = many.get((True, False), 0)
    axes = sorted(source.rows("micro_axes"), key=lambda row: row["position"])
    used = listing(row["axis"] for row in axes if row["used"])
    return (
        Note(
            text=say(
                "micro_report.merged", count=alone + gone, cells=number(alone + gone), axes=used, alone=number(alone),
                gone=number(gone), rests=number(rests),
            )
        ),
    )  # fmt: skip


def _axis(row: Record) -> str:
    return str(row["peers_by"]).replace("_", " ")
