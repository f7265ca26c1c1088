"""A person as Google's Data Manager takes her: hashed identifiers, and an address of which two parts are not hashed.

Ref  Google, Data Manager API, "Format user data" and reference of UserData: at most 10 identifiers for a member
"""

from __future__ import annotations

from itertools import product
from typing import Any

from patron.activation.match_keys.email import google_emails
from patron.activation.match_keys.hashing import hashed
from patron.activation.match_keys.name import google_family_name, google_given_name
from patron.activation.match_keys.person import Person
from patron.activation.match_keys.phone import google_phones
from patron.activation.match_keys.place import country_code, google_postal_codes

MOST_IDENTIFIERS = 10

Identifier = dict[str, Any]


def google_keys(person: Person) -> list[Identifier]:
    """Return the identifiers of a person, as `userIdentifiers` has them; empty where nothing makes a key.

    An address needs all of its four parts, or it is left out.

    Examples
    --------
    >>> [sorted(one) for one in google_keys(Person(emails=("a.b@gmail.com",), phones=("0170 1234567",), country="DE"))]
    [['emailAddress'], ['phoneNumber']]
    """
    emails = (form for text in person.emails for form in google_emails(text))
    phones = (form for text in person.phones for form in google_phones(text, person.country))
    found: list[Identifier] = [
        *({"emailAddress": key} for key in dict.fromkeys(map(hashed, emails))),
        *({"phoneNumber": key} for key in dict.fromkeys(map(hashed, phones))),
    ]
    return [*found[: MOST_IDENTIFIERS - 1], *_addresses(person)][:MOST_IDENTIFIERS]


def _addresses(person: Person) -> list[Identifier]:
    land = country_code(person.country)
    if land is None:
        return []
    parts = product(
        google_given_name(person.given_name),
        google_family_name(person.family_name),
        google_postal_codes(person.postal_code, person.country),
    )
    return [
        {"address": {
            "givenName": hashed(given), "familyName": hashed(family), "regionCode": land, "postalCode": code,
        }}
        for given, family, code in parts
    ]  # fmt: skip
