"""Why a platform would not find somebody by what a row says of her."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Literal

from patron.activation.match_keys.born import birthday, gender
from patron.activation.match_keys.email import google_emails, meta_emails
from patron.activation.match_keys.hashing import is_hashed
from patron.activation.match_keys.meta import mobile_id
from patron.activation.match_keys.name import google_family_name, google_given_name
from patron.activation.match_keys.phone import google_phones, meta_phones
from patron.activation.match_keys.place import country_code, google_postal_codes, meta_cities
from patron.activation.match_keys.variants import Variants
from patron.identity.normalise.email import email
from patron.identity.normalise.phone import phone
from patron.identity.normalise.value import BLOCKED

Target = Literal["google", "meta"]
Effect = Literal["lost", "weaker", "repaired"]

CAUSES: Mapping[str, Effect] = {
    "empty": "lost",
    "no_usable_key": "lost",
    "duplicate": "lost",
    "malformed_email": "weaker",
    "placeholder_email": "weaker",
    "other_hash": "weaker",
    "role_address": "weaker",
    "phone_without_country": "weaker",
    "malformed_phone": "weaker",
    "placeholder_phone": "weaker",
    "unknown_country": "weaker",
    "incomplete_address": "weaker",
    "wrong_postal_code": "weaker",
    "unreadable_name": "weaker",
    "town_in_other_letters": "weaker",
    "unreadable_birth_date": "weaker",
    "unreadable_gender": "weaker",
    "unreadable_mobile_id": "weaker",
    "hash_in_capitals": "repaired",
    "not_composed": "repaired",
    "blanks_or_capitals": "repaired",
    "gmail_spelling": "repaired",
    "phone_not_e164": "repaired",
    "punctuation": "repaired",
}
"""What each does: the row finds nobody; a key of it is missing or seldom finds anybody; Patron puts it right, and who
hashes it as it stands finds nobody by it."""

_ROLE_WORDS = (
    "info office contact kontakt sales support service hello mail admin administrator webmaster "
    "postmaster hostmaster abuse billing accounts accounting orders order shop store team marketing "
    "press jobs hr reception enquiries bestellung buchhaltung verkauf einkauf ventas ventes"
)
_ROLES = frozenset(_ROLE_WORDS.split(" "))
"""Boxes of a firm's, by RFC 2142 and by habit: hardly anybody has an account at a platform by one."""

_OTHER_HASH = re.compile("[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{128}")

Values = Mapping[str, tuple[str, ...]]


def causes_of(values: Values, *, target: Target, country: str | None) -> Iterator[str]:
    """Yield the causes of `CAUSES` that lie in single values of a row; some may come twice.

    Parameters
    ----------
    values : mapping
        What the row says, by kind.
    target : str
        Whose rules hold.
    country : str, optional
        Of the row, or the one that holds where a row names none.
    """
    for text in values.get("email", ()):
        yield from _email(text, target)
    for text in values.get("phone", ()):
        yield from _phone(text, target, country)
    yield from _names(values)
    yield from _place(values, target, country)
    if target == "meta":
        yield from _person(values)


def _email(text: str, target: Target) -> Iterator[str]:
    forms: Variants = (google_emails if target == "google" else meta_emails)(text)
    bare = text.strip()
    if not forms:
        known = email(text)
        hashed_otherwise = _OTHER_HASH.fullmatch(bare) is not None
        yield (
            "other_hash"
            if hashed_otherwise
            else ("placeholder_email" if known.status == BLOCKED else "malformed_email")
        )
    elif is_hashed(bare):
        if bare != bare.lower():
            yield "hash_in_capitals"
    else:
        yield from _spelling(text, forms[0], "gmail_spelling" if target == "google" else "blanks_or_capitals")
        if forms[0].partition("@")[0] in _ROLES:
            yield "role_address"


def _spelling(text: str, form: str, otherwise: str) -> Iterator[str]:
    """Yield what has to be put right before a value is hashed."""
    if form == text:
        return
    if not unicodedata.is_normalized("NFC", text):
        yield "not_composed"
    plain = "".join(unicodedata.normalize("NFC", text).lower().split())
    if plain != form:
        yield otherwise
    elif unicodedata.normalize("NFC", text) != form:
        yield "blanks_or_capitals"


def _phone(text: str, target: Target, country: str | None) -> Iterator[str]:
    forms: Variants = (google_phones if target == "google" else meta_phones)(text, country)
    bare = text.strip()
    if forms:
        if is_hashed(bare):
            if bare != bare.lower():
                yield "hash_in_capitals"
        elif bare != forms[0]:
            yield "phone_not_e164"
    elif _OTHER_HASH.fullmatch(bare) and not bare.isdigit():
        yield "other_hash"
    elif phone(text, country=country_code(country)).status == BLOCKED:
        yield "placeholder_phone"
    elif country_code(country) is None and not bare.startswith("+") and sum(map(str.isdigit, bare)) > 4:
        yield "phone_without_country"
    else:
        yield "malformed_phone"


def _names(values: Values) -> Iterator[str]:
    for kind, named in (("given_name", google_given_name), ("family_name", google_family_name)):
        for text in values.get(kind, ()):
            forms = named(text)
            if not forms:
                yield "unreadable_name"
            elif not is_hashed(text.strip()):
                if not unicodedata.is_normalized("NFC", text):
                    yield "not_composed"
                lower = " ".join(unicodedata.normalize("NFC", text).lower().split())
                if lower != forms[0]:
                    yield "punctuation"
                elif text != forms[0]:
                    yield "blanks_or_capitals"


def _place(values: Values, target: Target, country: str | None) -> Iterator[str]:
    if "country" in values and country_code(values["country"][0]) is None and not is_hashed(values["country"][0]):
        yield "unknown_country"
    for text in values.get("postal_code", ()):
        if not google_postal_codes(text, country):
            yield "wrong_postal_code"
    if target == "google":
        parts = ("given_name", "family_name", "postal_code")
        here = [part in values for part in parts] + [country_code(country) is not None]
        if any(here[:3]) and not all(here):
            yield "incomplete_address"
    for text in values.get("city", ()) if target == "meta" else ():
        if not meta_cities(text):
            yield "town_in_other_letters"


def _person(values: Values) -> Iterator[str]:
    for kind, read in (("birth_date", birthday), ("gender", gender), ("mobile_id", mobile_id)):
        for text in values.get(kind, ()):
            if not read(text) and not is_hashed(text.strip()):
                yield f"unreadable_{kind}"
