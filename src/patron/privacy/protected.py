"""By what may no price differ?

By what people are rather than what they do: what the law protects specially (`patron.privacy.sensitive`), and beyond
that gender, age, family, language and social origin. Attributes are told by their names, and by those that the settings
declare. A name says nothing of what stands in for it: a post code may tell origin, and only people can judge that.

Ref  Directive 2004/113/EC, Article 5: no differences in prices by sex
     Charter of Fundamental Rights of the European Union, Article 21: sex, race, colour, ethnic or social origin,
     genetic features, language, religion, opinion, minority, birth, disability, age, sexual orientation
     Equality Act 2010 (UK), sections 4 and 29; Cal. Civ. Code 51 (Unruh Act) and 51.6 (no difference by gender)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from patron.errors import SettingsError
from patron.language import failure, listing
from patron.privacy.sensitive import begins, normal_name, sensitive

SETTING = "prices.protected"
"""Where a shop names more attributes by which no price may differ."""

STEMS: dict[str, str] = {
    "gender": "gender geschlecht sex sexe sexo sesso geslacht plec genre genero genere kon female male woman women man "
    "men lady ladies frau frauen mann femme femmes homme hommes weiblich mannlich maennlich salutation anrede civilite "
    "xingbie",
    "age": "age ages aged alter alters eta edad idade wiek leeftijd vek alder birth birthday birthdate birthyear dob "
    "geburt naissance nacimiento nascita nascimento urodz geboorte narozen youth senior seniors elderly pension "
    "rentner retire nianling",
    "family": "marital married widow divorc spouse husband wife familienstand ehestand ledig children child kids "
    "kinder parent parents maternity paternity etatcivil soltero casado",
    "language": "language sprache muttersprach langue idioma lingua jezyk taal mothertongue accent",
    "social_origin": "caste origin origins herkunft abstammung ancestry surname",
}
"""Beginnings of words by what they reveal."""

HARMLESS = (
    "account age", "order age", "product age", "age of account", "age of order", "country of origin", "child node",
    "parent category", "parent product", "programming language",
)  # fmt: skip
"""Names that use such a word for something that no person is."""


def protected(name: str) -> str | None:
    """Return what protected thing an attribute of this name would reveal, or none.

    Examples
    --------
    >>> protected("gender"), protected("Geburtsdatum"), protected("state_of_health"), protected("women_30_plus")
    ('gender', 'age', 'health', 'gender')
    >>> protected("average_order_value"), protected("account_age"), protected("main_channel")
    (None, None, None)
    """
    plain = f" {normal_name(name)} "
    for phrase in HARMLESS:
        plain = plain.replace(f" {phrase} ", " ")
    words = plain.split()
    return sensitive(name) or next(
        (kind for word in words for kind, stems in STEMS.items() if begins(word, stems)), None
    )


def screen_prices(names: Iterable[str], *, declared: Collection[str] = (), where: str) -> None:
    """Refuse attributes by which no price may differ.

    Parameters
    ----------
    names : iterable of str
        By which prices would differ, or that say who is in a segment.
    declared : collection of str
        Those that the shop protects besides (`prices.protected`).
    where : str
        What uses them, for the message: ``prices.segmentations``.

    Raises
    ------
    SettingsError
        With `came` (the names) and `reveals` in its data.
    """
    own = {normal_name(name) for name in declared}
    found = {name: protected(name) or ("declared" if normal_name(name) in own else None) for name in names}
    hits = sorted(name for name, kind in found.items() if kind)
    if hits:
        reveals = listing(sorted({str(found[name]) for name in hits}))
        raise failure(SettingsError, "privacy.protected", where=where, came=listing(hits), reveals=reveals)
