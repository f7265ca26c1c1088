"""`patron identity`: why records are one customer, what people decide about it, and what became of earlier ids."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from patron.cli.actor import actor
from patron.cli.console import Output, ProjectDir, speaking
from patron.cli.identity_edges import Choice, cut, edge_facts, keys_table, sure_choice
from patron.cli.identity_known import keeps_apart, known, tell_known
from patron.cli.identity_view import view
from patron.engines.state import State
from patron.errors import ArgumentError
from patron.identity import Explanation, current_id, decisions, explain, id_history, remember_merge, remember_unmerge
from patron.identity.decided import Decided, decided
from patron.identity.decisions import Also
from patron.identity.explain import SHORT
from patron.language import NOTHING, day, failure, number, say
from patron.pipeline import Project, clock, open_project
from patron.privacy.audit import append
from patron.privacy.pseudonyms import pseudonym

Customer = Annotated[str, typer.Argument(help=say("identity_cli.help.customer"), show_default=False)]
Other = Annotated[str | None, typer.Argument(help=say("identity_cli.help.other"), show_default=False)]
Record = Annotated[str, typer.Argument(help=say("identity_cli.help.record"), show_default=False)]
From = Annotated[str | None, typer.Argument(help=say("identity_cli.help.from_record"), show_default=False)]
Someone = Annotated[str | None, typer.Argument(help=say("identity_cli.help.someone"), show_default=False)]
Rule = Annotated[str | None, typer.Option("--rule", help=say("identity_cli.help.rule"))]
Key = Annotated[str | None, typer.Option("--key", help=say("identity_cli.help.key"))]


identity = typer.Typer(name="identity", help=say("identity_cli.help.identity"), no_args_is_help=True)


@identity.command(name="explain", help=say("identity_cli.help.explain"))
@speaking
def _explain(output: Output, customer: Customer, other: Other = None, project: ProjectDir = Path()) -> None:
    """Say which records a customer has and why, or what ties two records together or keeps them apart."""
    opened = open_project(project)
    found = _explained(opened, customer)
    if other is not None:
        _explain_two(output, opened, found, (customer, other))
    else:
        _explain_one(output, opened, found)
    _tell_pending(output, opened)


def _explain_one(output: Output, opened: Project, found: Explanation) -> None:
    facts = known(opened, found.customer_id)
    output.line(say("identity_cli.customer", count=found.records, customer=found.customer_id,
                    records=number(found.records)))  # fmt: skip
    ties = [
        [tie.record_id, tie.source, tie.rule, (tie.key or NOTHING)[:SHORT], str(tie.linked_on or NOTHING)]
        for tie in found.ties
    ]
    output.table(_titles("record", "source", "rule", "key", "since"), ties, whole=1)
    if len(found.record_ids) < found.records:
        output.note(say("identity_cli.too_many", shown=number(len(found.record_ids))))
    if found.edges:
        keys_table(output, found.edges)
    tell_known(output, facts)
    told = {"ties": [asdict(tie) for tie in found.ties], "edges": [edge_facts(edge) for edge in found.edges]}
    output.result({"customer_id": found.customer_id, "records": found.records, **told, **facts})


def _explain_two(output: Output, opened: Project, found: Explanation, names: tuple[str, str]) -> None:
    other = _explained(opened, names[1])
    left, right = (_record(one, name) for one, name in zip((found, other), names, strict=True))
    facts: dict[str, Any] = {"left": left, "right": right, "customers": [found.customer_id, other.customer_id]}
    if found.customer_id != other.customer_id:
        output.line(say("identity_cli.apart", left=left, right=right, customer=found.customer_id,
                        other=other.customer_id))  # fmt: skip
        output.result(facts | {"obstacles": keeps_apart(output, opened, found, other)})
        return
    chain = found.chain(left, right)
    output.line(say("identity_cli.together" if left != right else "identity_cli.same_record", left=left, right=right,
                    customer=found.customer_id))  # fmt: skip
    for out, back in zip(chain[::2], chain[1::2], strict=True):
        output.line(say("identity_cli.link", left=out.record_id, right=back.record_id, rule=out.rule, key=out.short_key,
                        since=str(max((s for s in (out.seen_on, back.seen_on) if s), default=NOTHING))))  # fmt: skip
    output.result(facts | {"chain": [edge_facts(edge) for edge in chain]})


identity.command(name="view", help=say("identity_cli.help.view"))(view)


@identity.command(name="merge", help=say("identity_cli.help.merge"))
@speaking
def _merge(output: Output, record: Record, other: Record, project: ProjectDir = Path()) -> None:
    """Decide that two records are one customer."""
    opened = open_project(project)
    with opened.state() as state:
        remember_merge(
            state, record, other, links=opened.table("links"), actor=actor(), made_at=_now(),
            also=_noting(opened, "identity.merged", record),
        )  # fmt: skip
    left, right = (_explained(opened, name).customer_id for name in (record, other))
    output.line(say("identity_cli.merged", left=record, right=other))
    if left == right:
        output.line(say("identity_cli.merged_already", customer=left))
    output.line(say("identity_cli.next_run"))
    output.result({"merged": [record, other], "one_customer_already": left == right})


@identity.command(name="unmerge", help=say("identity_cli.help.unmerge"))
@speaking
def _unmerge(
    output: Output, record: Record, other: From = None, rule: Rule = None, key: Key = None, project: ProjectDir = Path()
) -> None:
    """Decide that a record's key does not link it."""
    opened = open_project(project)
    with opened.state() as state:
        choice = _chosen(output, opened, state, record, other, rule, key)
        whole = remember_unmerge(
            state, record, rule=choice.rule, key=choice.key, match_keys=opened.table("match_keys"), actor=actor(),
            made_at=_now(), also=_noting(opened, "identity.unmerged", record),
        )  # fmt: skip
        still = other is not None and not cut(_explained(opened, record), decisions(state), record, other)
    output.line(say("identity_cli.unmerged", record=record, rule=choice.rule, key=whole[:SHORT]))
    if still:
        output.line(say("identity_cli.still_one", left=record, right=other))
    output.line(say("identity_cli.next_run"))
    output.result({"unmerged": record, "rule": choice.rule, "key": whole, "still_one_customer": still})


def _chosen(
    output: Output, opened: Project, state: State, record: str, other: str | None, rule: str | None, key: str | None
) -> Choice:
    """Return the edge that is meant: the one that is named, else the only one that ties the two."""
    if other is None and rule is not None and key is not None:
        return Choice(rule, key)
    if other is not None and (rule is not None or key is not None):
        raise failure(ArgumentError, "identity_cli.unmerge_twice", record=record)
    if other == record:
        raise failure(ArgumentError, "identity_cli.unmerge_itself", came=record)
    return sure_choice(output, _explained(opened, record), decisions(state), record, other)


@identity.command(name="history", help=say("identity_cli.help.history"))
@speaking
def _history(output: Output, customer: Someone = None, project: ProjectDir = Path()) -> None:
    """Say which ids changed from run to run, and what was decided."""
    opened = open_project(project)
    with opened.state() as state:
        changes = id_history(state).to_pylist()
        now, ids = None, None
        if customer is not None:
            links = opened.table("links")
            now = current_id(state, customer, links=links)
            changes = [row for row in changes if customer in (row["record_id"], row["before_id"], row["after_id"])]
            own = links.filter((links.customer_id == now) | (links.record_id == customer)).select("record_id")
            ids = frozenset(own.distinct().to_pyarrow()["record_id"].to_pylist()) | {customer}
        made = decided(state, record_ids=ids)
    if now is not None and now != customer:
        output.line(say("identity_cli.is_now", before=customer, after=now))
    _tell_history(output, changes, made)
    output.result({"customer_id": now, "changes": changes, "decisions": [asdict(one) for one in made]})


def _tell_history(output: Output, changes: list[dict[str, Any]], made: list[Decided]) -> None:
    if changes:
        rows = [[row["run_id"], row["record_id"], row["before_id"], row["after_id"]] for row in changes]
        output.table(_titles("run", "record", "before", "after"), rows, whole=4)
    else:
        output.line(say("identity_cli.no_changes"))
    if made:
        output.table(_titles("made_at", "actor", "decision"), [_decision(one) for one in made])
    else:
        output.line(say("identity_cli.no_decisions"))


def _decision(one: Decided) -> list[str]:
    facts = {"left": one.left_id, "right": one.right_id, "rule": one.rule, "key": (one.key or "")[:SHORT]}
    key = "identity_cli.decided_merge" if one.action == "merge" else "identity_cli.decided_unmerge"
    return [f"{one.made_at:%Y-%m-%d %H:%M}", one.actor, say(key, **facts)]


def _tell_pending(output: Output, opened: Project) -> None:
    """Say how much was decided that the published run does not know."""
    made_at = opened.last().manifest.made_at
    if made_at is None:  # a run of an older version
        return
    run_made = made_at.astimezone(UTC).replace(tzinfo=None)
    with opened.state() as state:
        later = sum(one.made_at > run_made for one in decided(state))
    if later:
        output.note(say("identity_cli.pending", count=later, decisions=number(later), day=day(run_made.date())))


def _explained(opened: Project, subject: str) -> Explanation:
    return explain(opened.table("links"), opened.table("match_keys"), subject=subject)


def _record(found: Explanation, name: str) -> str:
    """Return the record that is meant by a record's or a customer's name."""
    return name if name in found.record_ids else found.record_ids[0]


def _titles(*names: str) -> list[str]:
    return [say(f"identity_cli.column.{name}") for name in names]


def _noting(opened: Project, action: str, record: str) -> Also:
    """Return what writes a decision into the audit, about the customer whose record it is, in its own transaction."""

    def note(connection: Connection) -> None:
        links = opened.table("links")
        owner = links.filter(links.record_id == record).select("customer_id").limit(1)
        known = owner.to_pyarrow()["customer_id"].to_pylist()
        subject = pseudonym(connection, known[0]) if known else None
        append(connection, actor=actor(), action=action, subject=subject, facts={}, now=clock.now())

    return note


def _now() -> datetime:
    """Return the moment as the database keeps it: UTC, without saying so."""
    return clock.now().replace(tzinfo=None)
