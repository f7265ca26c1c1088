"""Each kind and what normalises it."""

from __future__ import annotations

from collections.abc import Callable

import ibis.expr.types as ir

from patron.identity.normalise.birth_date import birth_rows
from patron.identity.normalise.city import city, region
from patron.identity.normalise.country import country
from patron.identity.normalise.distinct import Asker
from patron.identity.normalise.email import email, email_status, email_value
from patron.identity.normalise.name import family_name, given_name
from patron.identity.normalise.name_rows import whole_rows
from patron.identity.normalise.own_id import (
    as_is,
    device_id,
    device_id_value,
    loyalty_id,
    loyalty_id_value,
    own_id_status,
)
from patron.identity.normalise.phone import phone
from patron.identity.normalise.postal_code import postal_code
from patron.identity.normalise.records import OTHER
from patron.identity.normalise.rows import by_engine, by_land, by_python
from patron.identity.normalise.street import street
from patron.identity.normalise.value import Normal

_ENGINE = {
    "email": (email, email_value, email_status),
    "device_id": (device_id, device_id_value, own_id_status),
    "loyalty_id": (loyalty_id, loyalty_id_value, own_id_status),
    OTHER: (device_id, device_id_value, own_id_status),
    "person_id": (as_is, lambda text: text, own_id_status),
}
_PYTHON: dict[str, Callable[[str], Normal]] = {
    "given_name": given_name, "family_name": family_name, "street": street, "city": city, "region": region,
    "country": country,
}  # fmt: skip
_LAND: dict[str, Callable[[str, str], Normal]] = {
    "phone": lambda text, land: phone(text, country=land or None),
    "postal_code": lambda text, land: postal_code(text, country=land or None),
}
_ROWS: dict[str, Callable[..., ir.Table]] = {"name": whole_rows, "birth_date": birth_rows}

KINDS = (*_ENGINE, *_LAND, *_PYTHON, *_ROWS)
"""All kinds that are read from one text; `address`, and names told apart, are made of several."""


def normal_rows(kind: str, rows: ir.Table, *, asker: Asker) -> ir.Table:
    """Normalise the texts of one kind."""
    name = f"{kind}_values"
    if kind in _ENGINE:
        one, value, status = _ENGINE[kind]
        return by_engine(rows, one, value=value, status=status, asker=asker, name=name)
    if kind in _LAND:
        return by_land(rows, _LAND[kind], asker=asker, name=name)
    if kind in _PYTHON:
        return by_python(rows, _PYTHON[kind], asker=asker, name=name)
    return _ROWS[kind](rows, asker=asker)
