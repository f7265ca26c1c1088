"""Whom is nothing sent to? Nested hold-outs: the shop's, a programme's, a trigger's.

In   any table with a customer_id
Out  the same table with `held_by`: the widest hold-out that holds the customer, or nothing

Each level has a draw of its own. Who is in the global hold-out is in no list at all; of the others a share is in no
list of a programme; of those left a share is in no list of a trigger. A larger share only moves customers into it. The
draw goes by customer id, also where households are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from patron.decisions.hash_space import digits, place_of, places

GLOBAL = "global"
PROGRAMME = "programme:"
TRIGGER = "trigger:"


@dataclass(frozen=True, kw_only=True)
class Holdout:
    """One hold-out: its name (``global``, ``programme:NAME``, ``trigger:NAME``), draw and share."""

    name: str
    share: float
    programme: str | None = None  # whose it is; of a trigger, the programme that the trigger belongs to

    @property
    def salt(self) -> str:
        """The name of its draw."""
        return f"holdout:{self.name}"


def applying(
    holdouts: Sequence[Holdout], *, programme: str | None = None, trigger: str | None = None
) -> tuple[Holdout, ...]:
    """Return the hold-outs that hold for a list, the widest first.

    Parameters
    ----------
    holdouts : sequence of Holdout
        All of the shop.
    programme, trigger : str, optional
        To which the list belongs; a trigger brings its programme with it.

    Examples
    --------
    >>> every = [Holdout(name="trigger:cart", share=0.1, programme="win"), Holdout(name="global", share=0.05)]
    >>> [one.name for one in applying(every, trigger="cart")]
    ['global', 'trigger:cart']
    """
    by_name = {one.name: one for one in holdouts}
    own = by_name.get(f"{TRIGGER}{trigger}") if trigger else None
    programme = programme or (own.programme if own else None)
    names = (GLOBAL, f"{PROGRAMME}{programme}" if programme else "", f"{TRIGGER}{trigger}" if trigger else "")
    return tuple(by_name[name] for name in names if name in by_name)


def held_out(customers: ir.Table, holdouts: Sequence[Holdout]) -> ir.Table:
    """Add the column ``held_by`` to `customers`: the name of the first of `holdouts` that holds each; none is free.

    Raises
    ------
    ContractError
        There is no column ``customer_id``, or it is not of type string.

    Examples
    --------
    >>> customers = ibis.memtable({"customer_id": ["ann", "bob", "eve"]})
    >>> held = held_out(customers, [Holdout(name="global", share=0.4)])
    >>> held.order_by("customer_id").held_by.to_pyarrow().to_pylist()
    [None, None, 'global']
    """
    nobody = ibis.null("string")
    if not holdouts:
        return customers.mutate(held_by=nobody)
    cases = [(places(customers, salt=one.salt) < digits(one.share), one.name) for one in holdouts]
    return customers.mutate(held_by=ibis.cases(*cases, else_=nobody))


def holds(customer_id: str, holdouts: Sequence[Holdout]) -> str | None:
    """Return the first of `holdouts` that holds one customer, as `held_out` does for a table.

    Examples
    --------
    >>> holds("eve", [Holdout(name="global", share=0.4)])
    'global'
    """
    for one in holdouts:
        if place_of(customer_id, salt=one.salt) < digits(one.share):
            return one.name
    return None
