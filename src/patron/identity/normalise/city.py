"""Towns and regions."""

from __future__ import annotations

import re

from patron.identity.normalise.blocked import is_placeholder
from patron.identity.normalise.latin import ascii_letters, fold
from patron.identity.normalise.value import BLOCKED, INVALID, NOTHING, USED, Normal, clean

_ABROAD = (
    "München Munich", "Köln Cologne Keulen Colonia", "Wien Vienna Vienne", "Zürich Zurigo",
    "Genève Geneva Genf Ginevra", "Milano Milan Mailand", "Roma Rome Rom", "Firenze Florence Florenz",
    "Venezia Venice Venedig", "Torino Turin", "Napoli Naples Neapel", "Praha Prague Prag", "Warszawa Warsaw Warschau",
    "Kraków Cracow Krakau", "København Copenhagen Kopenhagen", "Göteborg Gothenburg", "Lisboa Lisbon Lissabon",
    "Sevilla Seville", "Bruxelles Brussels Brüssel Brussel", "Antwerpen Antwerp Anvers", "Gent Ghent Gand",
    "Nürnberg Nuremberg", "Hannover Hanover", "Athina Athens Athen Αθήνα", "Moskva Moscow Moskau Москва",
    "Kyiv Kiev Kiew Київ Киев", "București Bucharest Bukarest", "Beograd Belgrade Belgrad Београд", "Basel Basle Bâle",
    "Luzern Lucerne", "Strasbourg Straßburg", "Nice Nizza", "Lyon Lyons", "Helsinki Helsingfors", "Turku Åbo",
)  # fmt: skip
"""Towns that other languages call otherwise, their own name first."""

_OWN_NAMES = {fold(name): fold(names.split()[0]) for names in _ABROAD for name in names.split()}
_SPELT_OUT = {"st": "saint", "ste": "saint", "sankt": "saint", "sainte": "saint"}
_ASIDE = re.compile(
    r"[(\[].*?[)\]]|,.*$|[0-9]+[a-z]*|\b(?:cedex|arrondissement|am main|a[. ]?m\.?|an der|a\. ?d\.)(?=\s|$)"
)
_BREAKS = re.compile(r"[^\w]+|_+")


def city(text: str) -> Normal:
    """Normalise one town, without district, number and what lies beside it.

    Examples
    --------
    >>> [city(text).value for text in ("München", "MUNICH", "St. Gallen", "Paris 11e", "Frankfurt a.M.")]
    ['munchen', 'munchen', 'saint galen', 'paris', 'frankfurt']
    """
    written = clean(text)
    if not written:
        return NOTHING
    lower = ascii_letters(written)
    key = _key(_ASIDE.sub(" ", lower)) or _key(lower)
    return _judged(written, _OWN_NAMES.get(key, key))


def region(text: str) -> Normal:
    """Normalise one state, province or county.

    Examples
    --------
    >>> region("Île-de-France").value, region("N/A").status
    ('ile de france', 'blocked')
    """
    written = clean(text)
    return _judged(written, _key(written)) if written else NOTHING


def _key(text: str) -> str:
    words = (fold(word) for word in _BREAKS.split(text))
    return " ".join(_SPELT_OUT.get(word, word) for word in words if word)


def _judged(written: str, key: str) -> Normal:
    if is_placeholder(written):
        return Normal(key or written, BLOCKED)
    return Normal(key or written.casefold(), USED if any(mark.isalpha() for mark in key) else INVALID)
