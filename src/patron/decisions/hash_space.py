"""Where does somebody fall in a draw? A salted hash of a stable id, as a place from 0 to below 1.

The same id and salt fall on the same place in every run, on every engine, on the live server and on a web page, whoever
else is in the table. Different salts are independent.

A place is compared as text: the first 16 hex digits of SHA-256 stand for a number below 2**64, and hex digits of equal
length sort like their numbers. No engine has to hold an unsigned 64-bit integer for that.
"""

from __future__ import annotations

import hashlib

import ibis
import ibis.expr.types as ir

from patron.errors import ArgumentError, ContractError
from patron.language import failure, listing

DIGITS = 16  # hex digits of the hash that count: 64 bits


def places(table: ir.Table, *, salt: str, by: str = "customer_id") -> ir.StringValue:
    """Return the place of each row's id in the draw `salt`, as hex digits; none where there is no id.

    Raises
    ------
    ArgumentError
        The salt is empty.
    ContractError
        There is no column `by`, or it is not of type string.
    """
    _check_salt(salt)
    if by not in table.columns:
        raise failure(ContractError, "activation.no_ids", column=by, came=listing(table.columns))
    if not table[by].type().is_string():
        raise failure(ContractError, "activation.ids_not_text", column=by, came=str(table[by].type()))
    return ibis.literal(f"{salt}:").concat(table[by]).hexdigest("sha256").left(DIGITS)


def place_column(table: ir.Table, *, salt: ir.StringValue, by: str = "customer_id") -> ir.StringValue:
    """Return the place of each row's id in the draw that the row's own `salt` names, as `places` does for one salt."""
    return salt.concat(":").concat(table[by]).hexdigest("sha256").left(DIGITS)


def place_of(unit_id: str, *, salt: str) -> str:
    """Return the place of one id, as `places` does for a table.

    Examples
    --------
    >>> place_of("ann", salt="spring")
    'e631dfc8f5b122bc'
    """
    _check_salt(salt)
    return hashlib.sha256(f"{salt}:{unit_id}".encode()).hexdigest()[:DIGITS]


def digits(share: float) -> str:
    """Return the hex digits below which a share of all places lies; exact, for the factor is a power of two.

    At 1 they sort after every place.

    Examples
    --------
    >>> digits(0.5), digits(1.0)
    ('8000000000000000', 'g')
    """
    return "g" if share >= 1 else f"{int(share * 2 ** (4 * DIGITS)):0{DIGITS}x}"


def between(place: ir.StringValue, low: float, high: float) -> ir.BooleanValue:
    """Tell which places lie from `low` up to below `high`."""
    return (place >= digits(low)) & (place < digits(high))


def _check_salt(salt: str) -> None:
    if not salt:
        raise failure(ArgumentError, "activation.salt_empty", argument="salt", came=salt)
