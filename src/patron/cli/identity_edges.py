"""The edges between records and keys, as a person chooses one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from patron.cli.console import Output
from patron.errors import ArgumentError
from patron.identity import Decisions, Edge, Explanation, manual_key
from patron.identity.rules import MANUAL
from patron.language import NOTHING, failure, number, say


@dataclass(frozen=True)
class Choice:
    """Which edge of a record: a rule and a key, or the key's first digits."""

    rule: str
    key: str


def edge_facts(edge: Edge) -> dict[str, Any]:
    """Return an edge as JSON has it."""
    return asdict(edge)


def keys_table(output: Output, edges: Sequence[Edge]) -> None:
    """Print edges, with whether each is used or why not."""
    names = ("record", "rule", "key", "since", "records", "use")
    rows = [
        [edge.record_id, edge.rule, edge.short_key, str(edge.seen_on or NOTHING), number(edge.records), _use(edge)]
        for edge in edges
    ]
    output.table([say(f"identity_cli.column.{name}") for name in names], rows, whole=1)


def _use(edge: Edge) -> str:
    if edge.used:
        return say("identity_cli.use.links" if edge.records > 1 else "identity_cli.use.alone")
    return say(f"identity_cli.use.{edge.reason}")


def sure_choice(output: Output, found: Explanation, decided: Decisions, record_id: str, other_id: str | None) -> Choice:
    """Return the one key that ties two records.

    Parameters
    ----------
    output : Output
        Where the edges to choose from are told.
    found : Explanation
        The record's customer.
    decided : Decisions
        Also what no run has seen yet.
    record_id, other_id : str
        The record that is to be taken out, and the one that it is to be taken from.

    Raises
    ------
    ArgumentError
        None, or several: the edges to choose from are told.
    """
    # What a customer's name alone cannot say: which of her records is to go.
    if record_id not in found.record_ids:
        raise failure(ArgumentError, "identity_cli.no_record", came=record_id)
    ties = _ties(found, decided, record_id, other_id)
    if len(ties) == 1 and other_id is not None:
        return ties[0]
    own = [edge for edge in found.edges if edge.record_id == record_id and _holds(edge, decided)]
    offered = [edge for edge in own if edge.records > 1] or own
    keys_table(output, offered)
    output.result({"choose": [edge_facts(edge) for edge in offered]})
    if other_id is None:
        raise failure(ArgumentError, "identity_cli.choose", record=record_id)
    key = "identity_cli.choose_several" if ties else _why_none(found, other_id)
    raise failure(ArgumentError, key, record=record_id, other=other_id, ties=number(len(ties)))


def _why_none(found: Explanation, other_id: str) -> str:
    return "identity_cli.choose_chain" if other_id in found.record_ids else "identity_cli.choose_apart"


def _ties(found: Explanation, decided: Decisions, record_id: str, other_id: str | None) -> list[Choice]:
    """Return the keys that both records use."""
    held: dict[str, set[Choice]] = {record_id: set(), other_id or record_id: set()}
    for edge in found.edges:
        if edge.record_id in held and _holds(edge, decided):
            held[edge.record_id].add(Choice(edge.rule, edge.key))
    ties = set.intersection(*held.values())
    pair = (min(record_id, other_id or record_id), max(record_id, other_id or record_id))
    if pair in decided.together:
        ties.add(Choice(MANUAL, manual_key(*pair)))
    return sorted(ties, key=lambda choice: (choice.rule, choice.key))


def _holds(edge: Edge, decided: Decisions) -> bool:
    """Tell whether an edge links, also after what was decided since the run."""
    if edge.rule == MANUAL and edge.key not in {manual_key(*pair) for pair in decided.together}:
        return False
    return edge.used and (edge.record_id, edge.rule, edge.key) not in decided.apart


def cut(found: Explanation, decided: Decisions, record_id: str, other_id: str) -> bool:
    """Tell whether, after what was decided, nothing of the customer's own ties the two records."""
    if other_id not in found.record_ids:
        return True
    left = replace(found, edges=tuple(edge for edge in found.edges if _holds(edge, decided)))
    return not left.chain(record_id, other_id)
