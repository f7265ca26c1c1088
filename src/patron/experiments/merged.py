"""What becomes of an experiment when two of its customers turn out to be one person?

In   contracts.experiment.ASSIGNMENTS as drawn, contracts.person.LINKS of the run
Out  ASSIGNMENTS in the run's own customer ids; and what changed in frozen lists since

A customer's id is the own id of one of her records, so the links of any later run say whose it is now, whether people
were merged or taken apart since. Where the records of one person were in both arms, the arm assigned first stands
(intention to treat), and she is marked: what she saw was a mixture.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts.experiment import ASSIGNMENTS
from patron.identity.record_owners import record_owners


def merged(assignments: ir.Table, links: ir.Table) -> ir.Table:
    """Return who is in which arm, by the customers of the run that made the links.

    Parameters
    ----------
    assignments : Table, one row per customer and experiment
        contracts.experiment.ASSIGNMENTS as it was drawn.
    links : Table, one row per record
        contracts.person.LINKS.

    Returns
    -------
    Table
        contracts.experiment.ASSIGNMENTS. Of a person who was assigned under several ids, the first assignment by day
        stands; of one day that of the id which she still has, else that of the smallest.
    """
    now = _now(assignments, links)
    person = ibis.window(
        group_by=["experiment", "current_id"],
        order_by=["assigned_on", now.customer_id != now.current_id, "customer_id", "arm"],
    )
    everyone = ibis.window(group_by=["experiment", "current_id"])
    judged = now.mutate(
        place=ibis.row_number().over(person),
        mixed=now.arm.min().over(everyone) != now.arm.max().over(everyone),
    )
    first = judged.filter(judged.place == 0)
    return ASSIGNMENTS.shape(first.mutate(customer_id=first.current_id, contaminated=first.mixed | first.contaminated))


def list_changes(assignments: ir.Table, links: ir.Table) -> ir.Table:
    """Return what who holds a frozen list has to change in it, to have the run's customers on it.

    Parameters
    ----------
    assignments, links : Table
        As for `merged`.

    Returns
    -------
    Table, one row per experiment, customer and event
        ``experiment, customer_id, event, reason``: ``remove`` an id that is no customer's any more (``merged``) or
        belongs to the control group by an earlier assignment (``held_out``), ``add`` the id of the customer that it
        became. Only of the list itself: nobody of the control group is ever added.
    """
    now = _now(assignments, links)
    stale = now.filter(now.customer_id != now.current_id)
    removed = stale.filter(stale.arm == "treated").select(
        "experiment", "customer_id", event=ibis.literal("remove"), reason=ibis.literal("merged")
    )
    standing = merged(assignments, links).filter(ibis._.arm == "treated").select("experiment", "customer_id")
    listed = now.filter(now.arm == "treated").select("experiment", "customer_id")
    added = standing.anti_join(listed, ["experiment", "customer_id"]).mutate(
        event=ibis.literal("add"), reason=ibis.literal("merged")
    )
    # Once she is known to belong to the control group by an earlier assignment, she may not stay on the list.
    held_out = merged(assignments, links).filter(ibis._.arm == "control").select("experiment", "customer_id")
    taken = listed.semi_join(held_out, ["experiment", "customer_id"]).mutate(
        event=ibis.literal("remove"), reason=ibis.literal("held_out")
    )
    return ibis.union(removed, added, taken).distinct()


def _now(assignments: ir.Table, links: ir.Table) -> ir.Table:
    """Add the id that each assigned customer has in the run: her own where no record carries it."""
    owners = record_owners(links).select(owned="record_id", owner_id="customer_id")
    joined = assignments.left_join(owners, assignments.customer_id == owners.owned)
    return joined.select(*assignments.columns, current_id=ibis.coalesce(joined.owner_id, joined.customer_id))
