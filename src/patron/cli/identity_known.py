"""What is known of a customer beside her records, and what keeps two of them apart."""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice, product
from typing import Any

from patron.cli.console import Output
from patron.identity import Explanation, Obstacle, obstacles
from patron.language import NOTHING, number, say
from patron.pipeline import Project

MOST_PAIRS = 25
"""So many pairs of records of two customers are looked at."""


def known(opened: Project, customer_id: str) -> dict[str, Any]:
    """Return the golden record with its origin, and the household."""
    golden, households = opened.table("golden_records"), opened.table("households")
    values = golden.filter(golden.customer_id == customer_id).order_by("attribute").drop("customer_id")
    home = households.filter(households.customer_id == customer_id).drop("customer_id").to_pyarrow().to_pylist()
    return {"golden": values.to_pyarrow().to_pylist(), "household": home[0] if home else None}


def tell_known(output: Output, facts: dict[str, Any]) -> None:
    """Print what `known` returned."""
    names = ("attribute", "value", "why", "origin", "dated")
    rows = [
        [row["attribute"], row["value"], _why(row), f"{row['source']} {row['record_id']}", str(row["dated"] or NOTHING)]
        for row in facts["golden"]
    ]
    if rows:
        output.table([say(f"identity_cli.column.{name}") for name in names], rows, whole=1)
    else:
        output.line(say("identity_cli.nothing_known"))
    home = facts["household"]
    if home is not None:
        about = {"household": home["household_id"], "role": home["role"] or NOTHING, "members": number(home["members"])}
        output.line(say(f"identity_cli.household.{home['rule']}", count=home["members"], **about))


def _why(row: dict[str, Any]) -> str:
    why = say(f"identity_cli.why.{row['rule']}")
    return say("identity_cli.why_of", why=why, values=number(row["others"] + 1)) if row["others"] else why


def keeps_apart(output: Output, opened: Project, left: Explanation, right: Explanation) -> list[dict[str, Any]]:
    """Say what two customers' records have in common that does not link them, and return it."""
    keys, values = opened.table("match_keys"), opened.table("identifiers")
    found = {
        one: pair
        for pair in islice(product(left.record_ids, right.record_ids), MOST_PAIRS)
        for one in obstacles(keys, *pair, identifiers=values)
    }
    for one, pair in found.items():
        output.line(_said(one, pair))
    if not found:
        output.line(say("identity_cli.nothing_common"))
    return [{"records_of": list(pair), **asdict(one)} for one, pair in found.items()]


def _said(one: Obstacle, pair: tuple[str, str]) -> str:
    facts = {"left": pair[0], "right": pair[1]}
    if one.kind is not None:
        return say(f"identity_cli.obstacle.{one.why}", kind=one.kind, **facts)
    key = (one.key or "")[:8]
    return say(f"identity_cli.obstacle.{one.why}", rule=one.rule, key=key, records=number(one.records or 0), **facts)
