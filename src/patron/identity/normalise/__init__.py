"""Making values of people comparable: one function a kind, from one text to its normal form and whether it may link."""

from __future__ import annotations

from patron.identity.normalise.birth_date import birth_date
from patron.identity.normalise.blocked import is_placeholder
from patron.identity.normalise.city import city, region
from patron.identity.normalise.country import country
from patron.identity.normalise.email import email
from patron.identity.normalise.name import family_name, given_name, name, split_name
from patron.identity.normalise.own_id import device_id, loyalty_id
from patron.identity.normalise.phone import phone
from patron.identity.normalise.postal_code import postal_code
from patron.identity.normalise.street import address, street
from patron.identity.normalise.value import BLOCKED, INVALID, USED, Normal

__all__ = [
    "BLOCKED",
    "INVALID",
    "USED",
    "Normal",
    "address",
    "birth_date",
    "city",
    "country",
    "device_id",
    "email",
    "family_name",
    "given_name",
    "is_placeholder",
    "loyalty_id",
    "name",
    "phone",
    "postal_code",
    "region",
    "split_name",
    "street",
]
