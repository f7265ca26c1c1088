"""What did everything that we did to customers bring, what did it cost, and how do we know?

In   tables experiments, assignments, effects; contracts.customer.TAKINGS; states of the loyalty programme, referrals,
     messages and spend where there are any
Out  contracts.ledger.LEDGER, LEDGER_TOTALS, LEDGER_WEEKS

An arm of an experiment stands as `effects` reads it. Joining the loyalty programme stands as a model has it, clicks and
referrals as they are claimed. Sums are of one kind of evidence, and never only of the winners: a sum of those that were
picked for being large grows with every entry that is luck.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.ledger import LEDGER, LEDGER_TOTALS, LEDGER_WEEKS
from patron.experiments.assumed_claims import Assumed, last_clicks, referred
from patron.experiments.claim_costs import Costs
from patron.experiments.claim_outcomes import Claim, Side, claim_outcomes, claim_sums, sides_of
from patron.experiments.influence import claim_influence, joint_variances
from patron.experiments.joined import earlier_of, joined, joined_influence, joined_panel
from patron.experiments.ledger_rows import (
    Loyalty,
    assumed_row,
    claim_rows,
    discovered,
    loyalty_row,
    price_entries,
    price_variance,
)
from patron.experiments.ledger_totals import Scope, Sums, shares, sums_wanted, totals
from patron.experiments.measured_claims import Arm, able, arms_of, campaign_of, course_of, holdouts_of, total_of
from patron.profile.known import day_of, known_by

Keep = Callable[[str, ir.Table], ir.Table]
Row = dict[str, Any]

LOYALTY, REFERRAL = "loyalty", "referral"
ELSE = "everybody else"


@dataclass(frozen=True, kw_only=True)
class Deeds:
    """What else was done to customers, each with the run's own customer ids; none where no source tells of it."""

    loyalty: ir.Table | None = None
    referrals: ir.Table | None = None
    messages: ir.Table | None = None
    price_changes: ir.Table | None = None  # contracts.price_offer.PRICE_CHANGES


@dataclass(frozen=True, kw_only=True)
class LedgerTables:
    """The three tables."""

    ledger: ir.Table
    totals: ir.Table
    weeks: ir.Table


def _unkept(_name: str, table: ir.Table) -> ir.Table:
    return ibis.memtable(table.to_pyarrow())


def ledger(
    experiments: ir.Table, assignments: ir.Table, effects: ir.Table, takings: ir.Table, *, as_of: date,
    deeds: Deeds | None = None, costs: Costs | None = None, keep: Keep = _unkept,
) -> LedgerTables:  # fmt: skip
    """Write the account of everything that was done to customers up to `as_of`.

    Parameters
    ----------
    experiments, assignments, effects : Table
        The run's tables of these names.
    takings : Table
        `contracts.customer.TAKINGS`. Customers who are not in it brought 0.
    as_of : date
        The last day that counts.
    deeds : Deeds, optional
        The loyalty programme, referrals and messages.
    costs : Costs, optional
        Costs that are not in `experiments`.
    keep : callable
        Writes a table and returns it as it is read again.

    Raises
    ------
    ContractError
        A table lacks a column.

    Notes
    -----
    A claim's total is n x effect; the variance of a sum of claims is that of what each customer adds to all of them
    (`experiments.influence`), scaled so that each claim keeps the standard error with which `effects` reads it.
    """
    known = _known(experiments, as_of)
    arms = arms_of(known, _readings(effects), as_of=as_of)
    holdouts = holdouts_of(known, as_of=as_of)
    drawn = _with_the_rest(assignments, takings, [claim for _, claim in holdouts])
    claims = [*(arm.claim for arm in arms), *(claim for _, claim in holdouts)]
    outcomes = keep("claim_outcomes", claim_outcomes(claims, drawn, takings, as_of=as_of)) if claims else None
    sides = {} if outcomes is None else sides_of(claim_sums(outcomes))
    told, given = deeds or Deeds(), costs or Costs(treated={}, spend=())
    clicks = {} if told.messages is None else last_clicks(told.messages, takings, as_of=as_of)
    courses = {arm.claim.entry: course_of(arm, sides[arm.claim.entry])
             for arm in arms if arm.read and able(sides.get(arm.claim.entry))}  # fmt: skip
    member = _loyalty(told.loyalty, takings, as_of=as_of, keep=keep)
    scopes = _scopes(holdouts, sides)
    moves = _moves(outcomes, sides, arms, scopes, member)
    priced = _priced(told.price_changes)
    rows = discovered([
        *claim_rows(arms, sides, given, courses, clicks, _lots(assignments)),
        *_loyalty_rows(told.loyalty, member, given, as_of),
        *priced,
        *_claimed(clicks, told, takings, given, {campaign_of(arm) for arm in arms}, as_of),
    ])  # fmt: skip
    wanted = sums_wanted(rows, shares(arms, sides), scopes)
    variances = _with_prices({} if moves is None else joint_variances(moves, wanted), wanted, priced)
    return LedgerTables(
        ledger=_table(LEDGER, rows), totals=_table(LEDGER_TOTALS, totals(rows, scopes, sides, variances)),
        weeks=_table(LEDGER_WEEKS, [row for course in courses.values() for row in course.rows]),
    )  # fmt: skip


def _known(experiments: ir.Table, as_of: date) -> list[Row]:
    rows: list[Row] = known_by(experiments, as_of=as_of, column="started_on").to_pyarrow().to_pylist()
    return rows


def _readings(effects: ir.Table) -> list[Row]:
    wanted = effects.filter(effects.metric == "margin")
    if "segmentation" in effects.columns:
        wanted = wanted.filter(wanted.segmentation == "all")
    rows: list[Row] = wanted.to_pyarrow().to_pylist()
    return rows


def _with_the_rest(assignments: ir.Table, takings: ir.Table, holdouts: Sequence[Claim]) -> ir.Table:
    """Add everybody else to hold-outs that list the held-out alone.

    Both sides are then those who had bought by the day on which it began: of later customers nobody says whether they
    would have been held out.
    """
    drawn = assignments.select("experiment", "customer_id", "arm", day_of(assignments.assigned_on).name("assigned_on"))
    if not holdouts:
        return drawn
    listed = drawn.filter(drawn.experiment.isin([claim.experiment for claim in holdouts]))
    sizes = listed.group_by("experiment").aggregate(arms=listed.arm.nunique()).to_pyarrow().to_pylist()
    alone = {row["experiment"] for row in sizes if row["arms"] == 1}
    if not alone:
        return drawn
    firsts = takings.group_by("customer_id").aggregate(first=takings.day.min())
    parts = [drawn.filter(drawn.experiment.notin(sorted(alone)))]
    for claim in holdouts:
        if claim.experiment in alone:
            began = ibis.literal(claim.from_day - timedelta(days=1))
            held = drawn.filter(drawn.experiment == claim.experiment).select(held_id="customer_id")
            known = firsts.filter(firsts["first"] <= began)
            both = known.left_join(held, known.customer_id == held.held_id)
            arm = ibis.ifelse(both.held_id.isnull(), ELSE, claim.control)
            parts.append(both.select(
                experiment=ibis.literal(claim.experiment), customer_id=both.customer_id, arm=arm, assigned_on=began,
            ))  # fmt: skip
    return ibis.union(*parts)


def _lots(assignments: ir.Table) -> set[str]:
    """Return the experiments of which the planned share of each arm is known for everybody."""
    if "propensity" not in assignments.columns:
        return set()
    sums = assignments.group_by("experiment").aggregate(untold=assignments.propensity.isnull().sum())
    return {row["experiment"] for row in sums.to_pyarrow().to_pylist() if not row["untold"]}


def _loyalty(loyalty: ir.Table | None, takings: ir.Table, *, as_of: date, keep: Keep) -> Loyalty | None:
    if loyalty is None:
        return None
    panel = keep("joined", joined_panel(loyalty, takings, as_of=as_of))
    found = joined(panel)
    return None if found is None else Loyalty(found=found, moves=joined_influence(panel, found, entry=LOYALTY))


def _loyalty_rows(loyalty: ir.Table | None, member: Loyalty | None, costs: Costs, as_of: date) -> list[Row]:
    if loyalty is None:
        return []
    figures = {name: {name: 1.0} for name in (LOYALTY, earlier_of(LOYALTY))}
    variances = joint_variances(member.moves, figures) if member else {}
    return [loyalty_row(member, variances, costs, as_of=as_of, span=_span(loyalty, as_of))]


def _priced(changes: ir.Table | None) -> list[Row]:
    return [] if changes is None else price_entries(changes.order_by("category").to_pyarrow().to_pylist())


def _with_prices(variances: Mapping[str, float], wanted: Sums, priced: Sequence[Row]) -> dict[str, float]:
    """Add what prices move: they touch no single customer's account, so that nothing else varies with them."""
    names, more = {row["entry"] for row in priced}, price_variance(priced)
    return {name: variances.get(name, 0.0) + (more if names & set(parts) else 0.0) for name, parts in wanted.items()}


def _span(loyalty: ir.Table, as_of: date) -> tuple[date, int]:
    """Return the first day on record, and how many customers are."""
    states = known_by(loyalty, as_of=as_of, column="dated")
    row = states.aggregate(first=states.dated.min(), customers=states.customer_id.nunique()).to_pyarrow().to_pylist()[0]
    return row["first"], int(row["customers"])


def _scopes(holdouts: Sequence[tuple[str, Claim]], sides: Mapping[str, Mapping[bool, Side]]) -> list[Scope]:
    return [
        Scope(name=name, claim=claim, figure=total_of(sides[claim.entry]) if able(sides.get(claim.entry)) else None)
        for name, claim in holdouts
    ]


def _moves(
    outcomes: ir.Table | None, sides: Mapping[str, Mapping[bool, Side]], arms: Sequence[Arm], scopes: Sequence[Scope],
    member: Loyalty | None,
) -> ir.Table | None:  # fmt: skip
    """Return what each customer adds to each entry that a sum may need."""
    names = {arm.claim.entry for arm in arms if arm.read} | {scope.claim.entry for scope in scopes if scope.figure}
    wanted = {name: pair for name, pair in sides.items() if name in names and able(pair)}
    parts = [] if outcomes is None or not wanted else [claim_influence(outcomes, wanted)]
    parts += [member.moves] if member else []
    return ibis.union(*parts) if len(parts) > 1 else next(iter(parts), None)


def _claimed(
    clicks: Mapping[str, Assumed], told: Deeds, takings: ir.Table, costs: Costs, measured: set[str], as_of: date
) -> list[Row]:
    """Return the rows that rest on a claim alone: campaigns without arms, and referrals."""
    rows = []
    for name, claim in clicks.items():
        if name not in measured:
            cost = costs.of_channel(name, from_day=claim.from_day, to_day=as_of)
            rows.append(assumed_row(f"clicks: {name}", "campaign", "last_click", claim, cost, as_of=as_of))
    found = None if told.referrals is None else referred(told.referrals, takings, as_of=as_of)
    if found is not None:
        cost = costs.of_channel(REFERRAL, f"{REFERRAL}s", from_day=found.from_day, to_day=as_of)
        rows.append(assumed_row(REFERRAL, REFERRAL, "acquired_customers", found, cost, as_of=as_of))
    return rows


def _table(contract: Any, rows: Sequence[Mapping[str, Any]]) -> ir.Table:
    told = [{name: row.get(name) for name in contract.names} for row in rows]
    return ibis.memtable(pa.Table.from_pylist(told, schema=contract.schema.to_pyarrow()))
