"""The ledger in sentences: what is measured, what a model says, what is only claimed, and whether it adds up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from patron.contracts.outcome import EVIDENCE
from patron.decisions import holdouts
from patron.experiments.experiment_title import experiment_title
from patron.language import NOTHING, number, percent, say

Row = Mapping[str, Any]
Money = Callable[[float], str]

GLOBAL = "all"
MULTIPLE = 10
"""Return on cost from which it is written as a multiple."""


def account(totals: Sequence[Row], money: Money) -> list[str]:
    """Return what the totals say, one sentence each: measured, winners, modelled, assumed, and each hold-out's gap.

    Parameters
    ----------
    totals : sequence of mapping
        Rows of contracts.ledger.LEDGER_TOTALS.
    money : callable
        Writes an amount.
    """
    by_part = {(row["scope"], row["part"]): row for row in totals}
    said = (_evidence(by_part.get((GLOBAL, part)), part, money) for part in ("measured", "modelled", "assumed"))
    return [*(text for text in said if text), *checks(totals, money)]


def checks(totals: Sequence[Row], money: Money) -> list[str]:
    """Return how many winners are luck, and of each hold-out whether the claims add up to it."""
    by_part = {(row["scope"], row["part"]): row for row in totals}
    measured = by_part.get((GLOBAL, "measured"))
    won = [] if measured is None or measured["winners"] is None else [_winners(measured)]
    scopes = sorted({row["scope"] for row in totals}, key=lambda scope: (scope != GLOBAL, scope))
    return [*won, *(text for text in (_gap(by_part, scope, money) for scope in scopes) if text)]


def _evidence(row: Row | None, part: str, money: Money) -> str:
    if row is None or row["status"] != "read":
        return say("ledger.nothing_measured") if part == "measured" else ""
    facts = {
        "count": row["entries"], "entries": number(row["entries"]), "effect": money(row["effect"]),
        "range": span(row, "effect", money), "cost": _cost(row, money),
    }  # fmt: skip
    return say(f"ledger.sum_{part}", **facts)


def _cost(row: Row, money: Money) -> str:
    if row["cost"] is None:
        return say("ledger.cost_unknown")
    if row["unknown_costs"]:
        return say("ledger.cost_partly", cost=money(row["cost"]), count=row["unknown_costs"],
                   unknown=number(row["unknown_costs"]))  # fmt: skip
    return say("ledger.cost_known", cost=money(row["cost"]), net=money(row["net"]))


def _winners(row: Row) -> str:
    return say(
        "ledger.winners", winners=number(row["winners"]), entries=number(row["entries"]), count=row["entries"],
        luck=number(row["false_winners"], digits=1), found=number(row["found"]),
    )  # fmt: skip


def _gap(rows: Mapping[tuple[str, str], Row], scope: str, money: Money) -> str:
    """Say whether the claims add up to what the hold-out found, and what a gap can mean."""
    gap, held, claims = (rows.get((scope, part)) for part in ("gap", "holdout", "claims"))
    if gap is None or held is None:
        return ""
    if held["status"] != "read" or claims is None:
        return say(f"ledger.holdout_{held['status']}") if held["status"] != "read" else ""
    facts = {"whole": _scope(scope), "held": money(held["effect"]), "held_range": span(held, "effect", money)}
    if gap["status"] == "nothing":
        return say("ledger.gap_nothing", **facts)
    side = gap["status"] if gap["status"] == "agree" else ("more" if gap["effect"] > 0 else "less")
    return say(
        f"ledger.gap_{side}", **facts, claims=money(claims["effect"]), gap=money(gap["effect"]),
        gap_range=span(gap, "effect", money),
    )  # fmt: skip


def _scope(scope: str) -> str:
    return experiment_title(holdouts.GLOBAL if scope == GLOBAL else scope)


def _programme(scope: str) -> str:
    return scope.partition(":")[2] or scope


def part_title(row: Row) -> str:
    """Return the name of a total for people."""
    if row["part"] == "holdout":
        return _scope(row["scope"])
    title = say(f"ledger.part_{row['part']}")
    return title if row["scope"] == GLOBAL else say("ledger.part_of", part=title, scope=_programme(row["scope"]))


def span(row: Row, name: str, money: Money) -> str:
    """Return the interval of a figure, or that there is none."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    if low is None or high is None:
        return say("ledger.no_interval")
    return say("ledger.range", low=money(low), high=money(high))


def entry_title(row: Row) -> str:
    """Return an entry's name for people.

    Examples
    --------
    >>> entry_title({"entry": "clicks: Sale", "rests_on": "last_click", "kind": "campaign", "status": "claimed"})
    'Sale (clicks)'
    """
    if row["rests_on"] == "last_click":
        return say("ledger.entry_clicks", campaign=row["entry"].removeprefix("clicks: "))
    if row["rests_on"] == "price_response":
        category = row["entry"].removeprefix("prices: ")
        return say("ledger.entry_prices", category=category) if category else say("ledger.entry_all_prices")
    if row["status"] == "within":
        return say("ledger.entry_discount", entry=row["entry"].removeprefix("discount: "))
    if row["kind"] in ("referral", "loyalty"):
        return say(f"ledger.entry_{row['kind']}")
    return str(row["entry"])


def fading(row: Row) -> str:
    """Return how an entry's effect fades, in a few words; nothing where it was not looked at."""
    kind = row["decay"]
    if kind is None:
        return ""
    facts = {} if kind not in ("fades", "lasts") else {"low": _days(row["half_life_low"])}
    if kind == "fades":
        facts |= {"half": _days(row["half_life_days"]), "high": _days(row["half_life_high"])}
    return say(f"ledger.decay_{kind}", **facts)


def _days(value: float | None) -> str:
    return "0" if value is None else number(value)


def share(value: float | None) -> str:
    """Return a return on cost with its sign: in per cent, or as a multiple of the cost from ten times on.

    Examples
    --------
    >>> share(0.25), share(-0.5), share(12.34)
    ('+25%', '-50%', '+12×')
    """
    if value is None:
        return NOTHING
    sign = "+" if value > 0 else ""
    return sign + (percent(value) if abs(value) < MULTIPLE else f"{number(value)}×")


def ordered(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries as they are listed: by evidence, by their first day, parts after what they are part of."""
    return sorted(
        rows,
        key=lambda row: (
            EVIDENCE.index(row["evidence"]), row["from_day"], row["entry"].removeprefix("discount: "),
            row["status"] == "within",
        ),
    )  # fmt: skip
