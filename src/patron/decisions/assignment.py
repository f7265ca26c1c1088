"""Which arm is a customer in?

In   any table with a customer_id
Out  the same table with `arm`: treated or control

An arm is a salted hash of the stable customer id, cut at the hold-out's share. It needs no memory and no
coordination: the same id and salt give the same arm in every run, on every engine and on the live server, whoever else
is in the table. A larger hold-out only moves customers from treated to control. Different salts are independent, so
that hold-outs can be nested (all programmes, one programme, one trigger), each with its own salt.

The hash is compared as text: the first 16 hex digits of SHA-256 stand for a number below 2**64, and hex digits of equal
length sort like their numbers. No engine has to hold an unsigned 64-bit integer for that.

When identity later merges two customers, one of the two ids stays; what its hash says holds from then on. An audience
that is frozen keeps what was assigned on its day.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import ibis
import ibis.expr.types as ir

from patron.errors import ArgumentError, ContractError
from patron.language import failure, listing

Arm = Literal["treated", "control"]

DIGITS = 16  # hex digits of the hash that count: 64 bits


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
    threshold = _threshold(salt, holdout)
    _check_ids(customers, by)
    digest = ibis.literal(f"{salt}:").concat(customers[by]).hexdigest("sha256")
    held_out = digest.left(DIGITS) < threshold
    # Two cases, not an else: without an id there is no arm, and the contract says so.
    return customers.mutate(arm=ibis.cases((held_out, "control"), (~held_out, "treated")))


def arm_of(customer_id: str, *, salt: str, holdout: float) -> Arm:
    """Return one customer's arm, as `assignment` does for a table.

    Examples
    --------
    >>> arm_of("ann", salt="spring", holdout=0.0)
    'treated'
    """
    threshold = _threshold(salt, holdout)
    digest = hashlib.sha256(f"{salt}:{customer_id}".encode()).hexdigest()
    return "control" if digest[:DIGITS] < threshold else "treated"


def _threshold(salt: str, holdout: float) -> str:
    """Return the hex digits below which a customer is held out."""
    if not salt:
        raise failure(ArgumentError, "activation.salt_empty", argument="salt", came=salt)
    if not 0 <= holdout < 1:
        raise failure(ArgumentError, "activation.holdout", argument="holdout", came=holdout)
    # Exact: the factor is a power of two.
    return f"{int(holdout * 2 ** (4 * DIGITS)):0{DIGITS}x}"


def _check_ids(customers: ir.Table, by: str) -> None:
    """Say that the ids are missing, or would be written differently by each engine."""
    if by not in customers.columns:
        raise failure(ContractError, "activation.no_ids", column=by, came=listing(customers.columns))
    if not customers[by].type().is_string():
        raise failure(ContractError, "activation.ids_not_text", column=by, came=str(customers[by].type()))
