"""Which arm is a customer in?

In   any table with a customer_id
Out  the same table with `arm`: treated or control

An arm is a salted hash of the stable customer id, cut at the hold-out's share. It needs no memory and no
coordination: the same id and salt give the same arm in every run, on every engine and on the live server, whoever else
is in the table. A larger hold-out only moves customers from treated to control. Different salts are independent, so
that hold-outs can be nested (all programmes, one programme, one trigger), each with its own salt.

`hash_space` says how a hash is compared, and `arms` does the same for several arms.

When identity later merges two customers, one of the two ids stays; what its hash says holds from then on. An audience
that is frozen keeps what was assigned on its day.
"""

from __future__ import annotations

from typing import Literal

import ibis
import ibis.expr.types as ir

from patron.decisions.hash_space import digits, place_of, places
from patron.errors import ArgumentError
from patron.language import failure

Arm = Literal["treated", "control"]


def assignment(customers: ir.Table, *, salt: str, holdout: float, by: str = "customer_id") -> ir.Table:
    """Add the column ``arm`` to `customers`.

    Parameters
    ----------
    customers : Table
        Column ``customer_id`` (string).
    salt : str
        The name of the draw; another salt gives an independent one.
    holdout : float
        Share of customers in control, from 0 to below 1.
    by : str
        The column (string) whose equal values are drawn together: ``household_id`` puts a whole household into one arm.

    Raises
    ------
    ArgumentError
        The hold-out is outside its range, or the salt is empty.
    ContractError
        There is no such column, or it is not of type string.

    Examples
    --------
    >>> customers = ibis.memtable({"customer_id": ["ann", "bob", "eve"]})
    >>> assignment(customers, salt="spring", holdout=0.5).order_by("customer_id").to_pyarrow().to_pylist()
    ... # doctest: +NORMALIZE_WHITESPACE
    [{'customer_id': 'ann', 'arm': 'treated'}, {'customer_id': 'bob', 'arm': 'control'},
     {'customer_id': 'eve', 'arm': 'treated'}]
    """
    held_out = places(customers, salt=salt, by=by) < _threshold(holdout)
    # Two cases, not an else: without an id there is no arm, and the contract says so.
    return customers.mutate(arm=ibis.cases((held_out, "control"), (~held_out, "treated")))


def arm_of(customer_id: str, *, salt: str, holdout: float) -> Arm:
    """Return one customer's arm, as `assignment` does for a table.

    Examples
    --------
    >>> arm_of("ann", salt="spring", holdout=0.0)
    'treated'
    """
    return "control" if place_of(customer_id, salt=salt) < _threshold(holdout) else "treated"


def _threshold(holdout: float) -> str:
    """Return the hex digits below which a customer is held out."""
    if not 0 <= holdout < 1:
        raise failure(ArgumentError, "activation.holdout", argument="holdout", came=holdout)
    return digits(holdout)
