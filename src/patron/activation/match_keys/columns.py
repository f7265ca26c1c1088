"""Which column of somebody's file is what: by the names that Patron, both platforms and their templates use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_NAMES = {
    "email": "email emailaddress mail em email1 email2 email3 hashedemail emailhash sha256email",
    "phone": "phone phonenumber telephone tel mobile mobilephone ph phone1 phone2 phone3 hashedphone",
    "given_name": "givenname firstname first fn forename vorname",
    "family_name": "familyname lastname last ln surname nachname",
    "city": "city town ct ort",
    "region": "region state province st county",
    "postal_code": "postalcode zip zipcode postcode zp plz",
    "country": "country countrycode regioncode land",
    "birth_date": "birthdate dateofbirth birthday dob db",
    "gender": "gender gen ge sex",
    "mobile_id": "mobileid madid mobileadid advertisingid idfa aaid maid",
}  # fmt: skip

_BY_NAME = {name: kind for kind, names in _NAMES.items() for name in names.split()}

SEVERAL = ("email", "phone", "mobile_id")
"""Kinds of which a person may have more than one column."""


def columns_of(names: Sequence[str]) -> dict[str, str]:
    """Return what each column is that is known; of kinds that a person has once the first column counts.

    Examples
    --------
    >>> columns_of(["E-Mail", "First Name", "zip", "notes", "email2"])
    {'E-Mail': 'email', 'First Name': 'given_name', 'zip': 'postal_code', 'email2': 'email'}
    """
    found: dict[str, str] = {}
    for name in names:
        kind = _BY_NAME.get("".join(mark for mark in name.lower() if mark.isalnum()))
        if kind and (kind in SEVERAL or kind not in found.values()):
            found[name] = kind
    return found


def values_of(row: Mapping[str, object], columns: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return what a row says, by kind, as text; what is empty is left out."""
    found: dict[str, tuple[str, ...]] = {}
    for name, kind in columns.items():
        text = "" if row[name] is None else str(row[name])
        if text.strip():
            found[kind] = (*found.get(kind, ()), text)
    return found
