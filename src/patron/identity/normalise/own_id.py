"""Ids that systems give: devices, loyalty cards and whatever else a source calls an id of its own.

A device's id tells cases apart (many are base64) unless it is a UUID, which may be written either way (RFC 9562, 4).
The number of a card is read aloud and typed: blanks, hyphens and case do not matter.
"""

from __future__ import annotations

import re

import ibis
import ibis.expr.types as ir

from patron.identity.normalise.blocked import is_placeholder, placeholder
from patron.identity.normalise.value import BLOCKED, NOTHING, USED, Normal, clean

_UUID = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
_IS_UUID = re.compile(_UUID)


def device_id(text: str) -> Normal:
    """Normalise the id of a device or browser, or an id of another system.

    Examples
    --------
    >>> device_id(" 6BA7B810-9DAD-11D1-80B4-00C04FD430C8")
    Normal(value='6ba7b810-9dad-11d1-80b4-00c04fd430c8', status='used')
    >>> device_id("aB3").value, device_id("00000000-0000-0000-0000-000000000000").status
    ('aB3', 'blocked')
    """
    value = clean(text)
    return _judged(value.lower() if _IS_UUID.search(value) else value)


def loyalty_id(text: str) -> Normal:
    """Normalise the number of a loyalty card.

    Examples
    --------
    >>> loyalty_id("pay-12 345 x").value
    'PAY12345X'
    """
    return _judged(re.sub("[ -]+", "", clean(text)).upper() or clean(text))


def _judged(value: str) -> Normal:
    return Normal(value, BLOCKED if is_placeholder(value) else USED) if value else NOTHING


def device_id_value(text: ir.StringValue) -> ir.StringValue:
    """Normalise a column of printable ASCII in the engine; `device_id` says the same of each value."""
    value = text.strip().re_replace(" +", " ")
    return ibis.ifelse(value.re_search(_UUID), value.lower(), value)


def loyalty_id_value(text: ir.StringValue) -> ir.StringValue:
    """Normalise a column of printable ASCII in the engine; `loyalty_id` says the same of each value."""
    value = text.re_replace("[ -]+", "").upper()
    return ibis.ifelse(value == "", text.strip().re_replace(" +", " "), value)


def own_id_status(value: ir.StringValue) -> ir.StringValue:
    """Say whether a column of normalised ids may link."""
    return ibis.ifelse(placeholder(value), BLOCKED, USED)


def as_is(text: str) -> Normal:
    """Take an id as it stands: a person_id, which must stay the record's own id that it may name.

    Examples
    --------
    >>> as_is("c 17"), as_is("unknown").status
    (Normal(value='c 17', status='used'), 'blocked')
    """
    return _judged(text)
