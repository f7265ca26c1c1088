"""Countries, as ISO 3166-1 codes of two letters."""

from __future__ import annotations

from functools import cache

from babel import Locale
from babel.core import get_global
from phonenumbers import SUPPORTED_REGIONS

from patron.identity.normalise.blocked import is_placeholder
from patron.identity.normalise.value import BLOCKED, INVALID, NOTHING, USED, Normal, clean

_ALSO = {
    "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB", "great britain": "GB", "britain": "GB",
    "uk": "GB", "united states of america": "US", "america": "US", "u s a": "US", "u s": "US", "eire": "IE",
    "republic of ireland": "IE", "holland": "NL", "the netherlands": "NL", "czech republic": "CZ", "turkey": "TR",
    "hong kong": "HK", "macau": "MO", "macao": "MO", "korea": "KR", "republic of korea": "KR", "viet nam": "VN",
    "russian federation": "RU", "uae": "AE", "rsa": "ZA", "brasil": "BR", "macedonia": "MK", "bosnia": "BA",
    "ivory coast": "CI", "cape verde": "CV", "burma": "MM", "swaziland": "SZ", "palestine": "PS", "taiwan r o c": "TW",
}  # fmt: skip
"""What people write beside the names of the Unicode tables."""

_LANGUAGES = ("de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb", "fi", "cs", "ru", "ja", "zh")


def country(text: str) -> Normal:
    """Normalise one country: an ISO code of two or three letters, or a name in one of the larger languages.

    Examples
    --------
    >>> [country(text).value for text in ("gb", "USA", "United Kingdom", "EIRE", "Deutschland", "Österreich")]
    ['GB', 'US', 'GB', 'IE', 'DE', 'AT']
    >>> country("Atlantis"), country("Unspecified").status
    (Normal(value='atlantis', status='invalid'), 'blocked')
    """
    name = _bare(text)
    if not name:
        return Normal(clean(text), BLOCKED) if clean(text) else NOTHING
    code = region(text)
    if code is not None:
        return Normal(code, USED)
    return Normal(name, BLOCKED if is_placeholder(name) else INVALID)


def region(text: str | None) -> str | None:
    """Return the ISO code of a country, or none where it is not known."""
    if not text:
        return None
    name = _bare(text)
    code = name.upper()
    if code in SUPPORTED_REGIONS:
        return code
    return _ALSO.get(name) or _by_code(code) or _names("en").get(name) or _abroad(name)


def _by_code(code: str) -> str | None:
    """Return the country that has the code of two letters, of three, or the number."""
    if not (code.isascii() and code.isalnum() and len(code) in (2, 3)):
        return None
    current: list[str] = get_global("territory_aliases").get(code) or []
    return code if len(code) == 2 and code.lower() in _codes() else current[0] if len(current) == 1 else None


@cache
def _codes() -> frozenset[str]:
    codes = map(str, Locale("en").territories)
    return frozenset(code.lower() for code in codes if len(code) == 2 and code not in ("ZZ", "EU"))


@cache
def _names(language: str) -> dict[str, str]:
    territories = Locale(language).territories
    return {_bare(name): code for code, name in territories.items() if len(code) == 2 and code.isalpha()}


def _abroad(name: str) -> str | None:
    return next((code for language in _LANGUAGES if (code := _names(language).get(name))), None)


def _bare(text: str) -> str:
    return " ".join("".join(mark if mark.isalnum() else " " for mark in clean(text).casefold()).split())
