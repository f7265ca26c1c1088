"""Who was in which arm of experiments that were run elsewhere, by the customers of the run?

In   contracts.raw_experiments.RAW_ASSIGNMENTS, contracts.person.LINKS
Out  contracts.experiment.ASSIGNMENTS and, one row per experiment and arm, what its assignments say of it
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.contracts.experiment import ASSIGNMENTS
from patron.identity.record_owners import VISITORS, record_owners
from patron.profile.known import day_of, known_by

ELSEWHERE = " (elsewhere)"
"""Behind the name of an experiment that is called like one of the shop's own."""

CONTROL_NAMES = (
    "control", "none", "holdout", "hold-out", "hold_out", "held_out", "nobody", "no_mail", "no_contact", "no_treatment",
    "untreated", "placebo", "baseline", "a",
)  # fmt: skip
"""What controls are called, where the settings do not say; the first that is among the arms."""

_EVERYBODY = "all.all"


def elsewhere(raw: ir.Table, links: ir.Table, *, as_of: date, taken: Collection[str] = ()) -> ir.Table:
    """Return who was in which arm.

    Parameters
    ----------
    raw : Table
        contracts.raw_experiments.RAW_ASSIGNMENTS.
    links : Table
        contracts.person.LINKS.
    as_of : date
        The last day we may know about.
    taken : collection of str
        Names that the shop's own experiments have.

    Returns
    -------
    Table, one row per experiment and customer
        contracts.experiment.ASSIGNMENTS. Of somebody in several arms the one assigned first stands, and she is marked.
        Browsers of which nobody is known to be the owner are left out.
    """
    known = _of_customers(known_by(raw, as_of=as_of, column="assigned_at"), links)
    name = known.experiment
    if taken:
        name = ibis.ifelse(name.isin(list(taken)), name.concat(ELSEWHERE), name)
    named = known.mutate(experiment=name)
    # Drawn at one moment, the record decides, never the arm: by their names all such people, who are those with several
    # records and so buy more, would stand in one arm.
    person = ibis.window(group_by=["experiment", "owner_id"], order_by=["assigned_at", "record", "arm"])
    everyone = ibis.window(group_by=["experiment", "owner_id"])
    home = ibis.window(group_by="experiment", order_by="household_id")
    judged = named.mutate(
        place=ibis.row_number().over(person),
        contaminated=named.arm.min().over(everyone) != named.arm.max().over(everyone),
        unit=ibis.ifelse(named.household_id.notnull(), ibis.dense_rank().over(home).cast("int64"), ibis.null("int64")),
    )
    first = judged.filter(judged.place == 0)
    return ASSIGNMENTS.shape(
        first.select(
            "experiment", "arm", "unit", "propensity", "contaminated", customer_id=first.owner_id,
            segment=ibis.literal(_EVERYBODY), assigned_on=day_of(first.assigned_at), purpose=ibis.literal("marketing"),
            stratum=ibis.null("string"),
        )
    )  # fmt: skip


def elsewhere_arms(raw: ir.Table, *, as_of: date, taken: Collection[str] = ()) -> list[dict[str, Any]]:
    """Return what the assignments of each arm say, one row per experiment and arm.

    Returns
    -------
    list of dict
        ``experiment, arm, rows, told`` (rows with a propensity)``, propensity`` (mean)``, spread`` (largest less
        smallest)``, visitors, households`` (rows of such units)``, cost`` (mean)``, programme, first_on, last_on``, and
        ``ends_on`` (the last that a row tells).
    """
    known = known_by(raw, as_of=as_of, column="assigned_at")
    counted = known.group_by("experiment", "arm").aggregate(
        rows=known.count(), told=known.propensity.count(), propensity=known.propensity.mean(),
        spread=known.propensity.max() - known.propensity.min(),
        visitors=known.customer_id.isnull().sum(), households=known.household_id.count(),
        cost=known.cost.cast("float64").mean(), programme=known.programme.min(),
        first_on=day_of(known.assigned_at).min(), last_on=day_of(known.assigned_at).max(),
        ends_on=known.ends_on.max(),
    )  # fmt: skip
    rows: list[dict[str, Any]] = counted.order_by("experiment", "arm").to_pyarrow().to_pylist()
    return [{**row, "experiment": f"{row['experiment']}{ELSEWHERE}"} if row["experiment"] in taken else row
            for row in rows]  # fmt: skip


def control_of(arms: Collection[str]) -> str | None:
    """Return which of the arms is the control by its name; none where none is called so.

    Examples
    --------
    >>> control_of(["mail", "Control"]), control_of(["red", "blue"])
    ('Control', None)
    """
    by_name = {arm.strip().lower().replace(" ", "_"): arm for arm in arms}
    return next((by_name[name] for name in CONTROL_NAMES if name in by_name), None)


def _of_customers(rows: ir.Table, links: ir.Table) -> ir.Table:
    """Add the run's customer as ``owner_id``: of the record, else of the browser; drop rows of nobody."""
    owners = record_owners(links).select(owned="record_id", of_record="customer_id")
    seen = links.filter(links.rule == VISITORS[0]).select(browser="record_id", of_browser="customer_id").distinct()
    named = rows.mutate(record=ibis.coalesce(rows.customer_id, ibis.literal("visitor:").concat(rows.anonymous_id)))
    joined = named.left_join(owners, named.customer_id == owners.owned)
    joined = joined.left_join(seen, joined.record == seen.browser)
    owner = ibis.coalesce(joined.of_record, joined.customer_id, joined.of_browser)
    return joined.mutate(owner_id=owner).filter(owner.notnull())
