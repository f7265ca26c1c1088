"""`patron experiment read`: what experiments changed, in sentences and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from patron.cli.console import Output, ProjectDir, speaking
from patron.contracts.effect import METRICS, MONEY_METRICS, ROLES, SHARE_METRICS
from patron.errors import ArgumentError
from patron.experiments import growth_by
from patron.experiments.effect_warnings import minded
from patron.experiments.growth_by import where
from patron.language import NOTHING, day, did_you_mean, failure, listing, money, number, percent, say
from patron.pipeline import open_project
from patron.stats.false_discovery import PROVEN

Name = Annotated[str | None, typer.Argument(help=say("effect_cli.help.name"), show_default=False)]


Row = dict[str, Any]


@speaking
def read(output: Output, name: Name = None, project: ProjectDir = Path()) -> None:
    """Read one experiment, or say how all of them stand."""
    opened = open_project(project)
    run = opened.last()
    rows: list[Row] = run.table("effects", opened.connection).to_pyarrow().to_pylist()
    growth = growth_by(run.table("effects", opened.connection), run.table("experiments", opened.connection))
    write = _Writing(opened.settings.currency)
    known = sorted({row["experiment"] for row in rows})
    if not known:
        output.line(say("effect_cli.none"))
    elif name is None:
        _all(output, rows, write)
        output.line(_where(growth.to_pylist(), where(growth), write))
    elif name not in known:
        raise failure(
            ArgumentError, "effect_cli.unknown", argument="name", came=name, allowed=listing(known),
            hint=did_you_mean(name, known),
        )  # fmt: skip
    else:
        _one(output, [row for row in rows if row["experiment"] == name], write)
    found = [row for row in rows if name is None or row["experiment"] == name]
    output.result({"effects": found} | ({"growth": growth.to_pylist(), "where": where(growth)} if name is None else {}))


class _Writing:
    """Writes figures in the unit of their metric."""

    def __init__(self, currency: str) -> None:
        self.currency = currency

    def value(self, row: Row, column: str) -> str:
        """Return one figure; a dash where there is none."""
        value = row[column]
        if value is None:
            return NOTHING
        if row["metric"] in MONEY_METRICS:
            return self.money(value)
        if row["metric"] in SHARE_METRICS:
            if column.startswith("mean"):
                return percent(value, digits=2)
            return say("effect_cli.points", points=number(100 * value, digits=2))
        return number(value, digits=3)

    def money(self, value: float) -> str:
        """Return an amount."""
        return money(value, self.currency, digits=2)

    def between(self, row: Row, column: str) -> str:
        """Return the ends of an interval."""
        if row[f"{column}_low"] is None:
            return NOTHING
        return say("effect_cli.between", low=self.value(row, f"{column}_low"), high=self.value(row, f"{column}_high"))


def _all(output: Output, rows: Iterable[Row], write: _Writing) -> None:
    """Print the primary metric of every arm."""
    first = [row for row in rows if row["role"] == "primary" and row["segmentation"] == "all"]
    _table(output, first, {
        "experiment": lambda row: row["experiment"], "arm": lambda row: row["arm"], "metric": _metric,
        "effect": lambda row: write.value(row, "effect"), "between": lambda row: write.between(row, "effect"),
        "q_value": lambda row: _share(row["q_value"]), "status": _standing,
    })  # fmt: skip


def _where(growth: list[Row], pays: list[str], write: _Writing) -> str:
    """Return the sentence about where the growth is."""
    if not growth:
        return say("effect_cli.no_growth")
    if not pays:
        return say("effect_cli.nowhere")
    net = sum(row["net"] for row in growth if row["segment"] in pays)
    named = listing(say(f"report.value_tier_{tier}") for tier in pays)
    return say("effect_cli.where", tiers=named, net=write.money(net))


def _one(output: Output, rows: list[Row], write: _Writing) -> None:
    """Print what one experiment says."""
    everybody = sorted((row for row in rows if row["segmentation"] == "all"), key=_place)
    for row in (row for row in everybody if row["role"] == "primary"):
        output.line(_sentence(row, write))
        for warning in minded(row):
            output.line(say(f"effect_cli.warning_{warning}"))
    for row in everybody:
        if row["role"] == "guardrail" and "harm" in minded(row):
            output.line(say("effect_cli.harm", metric=_metric(row), arm=row["arm"], effect=write.value(row, "effect")))
    _table(output, everybody, {
        "arm": lambda row: row["arm"], "metric": _metric, "role": lambda row: say(f"effect_cli.role_{row['role']}"),
        "mean": lambda row: write.value(row, "mean"), "mean_control": lambda row: write.value(row, "mean_control"),
        "effect": lambda row: write.value(row, "effect"), "between": lambda row: write.between(row, "effect"),
        "q_value": lambda row: _share(row["q_value"]), "status": _standing,
    })  # fmt: skip
    primary = [row for row in rows if row["segmentation"] != "all" and row["role"] == "primary"]
    parts = [row for row in primary if row["status"] == "read"]
    if parts:
        output.line(say("effect_cli.segments", metric=_metric(parts[0])))
        _table(output, parts, {
            "arm": lambda row: row["arm"], "segment": lambda row: f"{row['segmentation']}: {row['segment']}",
            "n": lambda row: number(row["n"]), "n_control": lambda row: number(row["n_control"]),
            "effect": lambda row: write.value(row, "effect"), "between": lambda row: write.between(row, "effect"),
            "shrunk": lambda row: write.value(row, "shrunk"), "q_value": lambda row: _share(row["q_value"]),
        })  # fmt: skip
    if all(row["segments_as_of"] is None for row in everybody):
        output.note(say("effect_cli.segments_unknown"))


def _sentence(row: Row, write: _Writing) -> str:
    """Return what the primary metric of one arm says."""
    facts = {
        "experiment": row["experiment"], "arm": row["arm"], "control": row["control"], "metric": _metric(row),
        "n": number(row["n"]), "n_control": number(row["n_control"]), "first": day(row["from_day"]),
        "last": day(row["to_day"]),
    }  # fmt: skip
    if row["status"] != "read":
        return say("effect_cli.not_read", **facts, why=say(f"effect_cli.status_{row['status']}"))
    proven = row["q_value"] is not None and row["q_value"] < PROVEN
    facts |= {"effect": write.value(row, "effect"), "low": write.value(row, "effect_low"),
              "high": write.value(row, "effect_high")}  # fmt: skip
    return say("effect_cli.proven" if proven else "effect_cli.not_proven", **facts)


def _table(output: Output, rows: list[Row], columns: dict[str, Callable[[Row], str]]) -> None:
    heads = [say(f"effect_cli.column.{name}") for name in columns]
    output.table(heads, [[str(write(row)) for write in columns.values()] for row in rows])


def _place(row: Row) -> tuple[str, int, int]:
    """Return where a row stands: by arm, what it was made for, what must not get worse, the others."""
    return row["arm"], ROLES.index(row["role"]), METRICS.index(row["metric"])


def _metric(row: Row) -> str:
    return say(f"effect_cli.metric_{row['metric']}")


def _standing(row: Row) -> str:
    word, warned = say(f"report.status_{row['status']}"), minded(row)
    return f"{word} ({listing(say(f'effect_cli.mark_{name}') for name in warned)})" if warned else word


def _share(value: float | None) -> str:
    return NOTHING if value is None else number(value, digits=3)
