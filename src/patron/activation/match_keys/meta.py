"""A person as Meta's custom audiences take her: rows of hashed keys under a schema.

A person with several addresses, or with a value that may be written in several ways, has several rows, of which each is
matched by itself. Who is found by two of them is one member.

Ref  Meta, Customer File Custom Audiences: keys and their rules; a value that is missing is an empty text
"""

from __future__ import annotations

import re

from patron.activation.match_keys.born import birthday, gender
from patron.activation.match_keys.email import meta_emails
from patron.activation.match_keys.hashing import hashed
from patron.activation.match_keys.name import meta_family_name, meta_given_name
from patron.activation.match_keys.person import Person
from patron.activation.match_keys.phone import meta_phones
from patron.activation.match_keys.place import meta_cities, meta_countries, meta_states, meta_zips
from patron.activation.match_keys.variants import Variants, distinct

SCHEMA = (
    "EMAIL", "PHONE", "FN", "FI", "LN", "CT", "ST", "ZIP", "COUNTRY", "DOBY", "DOBM", "DOBD", "GEN", "MADID",
)  # fmt: skip
"""All keys that Patron sends, in its order; LOOKALIKE_VALUE stands behind them in audiences by value."""

ALONE = frozenset({"EMAIL", "PHONE", "MADID"})
"""Keys by which somebody is found without any other."""

MOST_ROWS = 4

_PLAIN = frozenset({"MADID"})
_MOBILE_ID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Row = dict[str, str]


def meta_keys(person: Person) -> list[Row]:
    """Return the rows of a person, each by the names of `SCHEMA`; empty where nobody could be found by them.

    Examples
    --------
    >>> [sorted(row) for row in meta_keys(Person(emails=("john_smith@gmail.com",), given_name="John", country="US"))]
    [['COUNTRY', 'EMAIL', 'FN']]
    """
    forms = {name: found for name, found in _forms(person).items() if found}
    if not _finds(forms):
        return []
    count = min(max(map(len, forms.values())), MOST_ROWS)
    return [{name: _key(name, found[min(at, len(found) - 1)]) for name, found in forms.items()} for at in range(count)]


def _forms(person: Person) -> dict[str, Variants]:
    born, land = birthday(person.birth_date), person.country
    given, initial = _given(person.given_name)
    return {
        "EMAIL": distinct(form for text in person.emails for form in meta_emails(text)),
        "PHONE": distinct(form for text in person.phones for form in meta_phones(text, land)),
        "FN": given,
        "FI": initial,
        "LN": meta_family_name(person.family_name),
        "CT": meta_cities(person.city),
        "ST": meta_states(person.region, land),
        "ZIP": meta_zips(person.postal_code, land),
        "COUNTRY": meta_countries(land),
        "DOBY": (born.year,) if born else (),
        "DOBM": (born.month,) if born else (),
        "DOBD": (born.day,) if born else (),
        "GEN": distinct([gender(person.gender) or ""]),
        "MADID": distinct(mobile_id(text) or "" for text in person.mobile_ids),
    }


def _given(text: str | None) -> tuple[Variants, Variants]:
    """Return a given name, or the initial where nothing more is known of it."""
    names = meta_given_name(text)
    if names and len(names[0]) == 1 and names[0].isascii():
        return (), names
    return names, ()


def _finds(forms: dict[str, Variants]) -> bool:
    """Tell whether somebody can be found: by a key of her own, or by her name and where she lives or was born."""
    named = "LN" in forms and ("FN" in forms or "FI" in forms)
    return not ALONE.isdisjoint(forms) or (named and ("ZIP" in forms or "CT" in forms or "DOBY" in forms))


def _key(name: str, form: str) -> str:
    return form if name in _PLAIN else hashed(form)


def mobile_id(text: str) -> str | None:
    """Return an advertising id of a telephone in small letters with hyphens; none for what is none, or switched off.

    Examples
    --------
    >>> mobile_id("AECE52E7-03EE-455A-B3C4-E57283966239"), mobile_id("00000000-0000-0000-0000-000000000000")
    ('aece52e7-03ee-455a-b3c4-e57283966239', None)
    """
    lower = text.strip().lower()
    return lower if _MOBILE_ID.fullmatch(lower) and lower.strip("0-") else None
