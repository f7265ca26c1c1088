"""Postal codes, by the convention of their country.

Upper case without blanks and hyphens; the country's letter in front goes (D-10115), the four digits that the United
States add go, and a zero that a spreadsheet took comes back.
"""

from __future__ import annotations

import re

from patron.identity.normalise.blocked import is_placeholder
from patron.identity.normalise.latin import ascii_letters
from patron.identity.normalise.value import BLOCKED, INVALID, NOTHING, USED, Normal, clean

_DIGITS = {
    3: "FO IS LS MG OM PG",
    4: "AF AL AM AT AU BD BE BG CH CV CX CY DK GE GL GW HT HU LI LU LV MD MK MZ NE NO NZ PH PY SI SJ TN VE ZA",
    5: "BA CR CU DE DO DZ EE EG ES ET FI FR GF GP GT GU HN HR IC ID IQ IT JO KE KH KR KW LA LK LT LY MA ME MM MN MQ MX "
       "MY NC NI NP PE PF PK PL PM PR RE RS SA SE SM SN SK CZ GR TH TR TW UA US UY VI XK ZM YT",
    6: "BY CN CO EC IN KG KZ NG RO RU SG TJ TM TT UZ VN",
    7: "CL IL JP PT",
    8: "BR",
}  # fmt: skip
"""Countries by the number of digits of their codes (Universal Postal Union)."""

LENGTHS = {country: length for length, countries in _DIGITS.items() for country in countries.split()}

_LETTERED = {
    country: re.compile(pattern)
    for country, pattern in {
        "GB": "[A-Z]{1,2}[0-9][0-9A-Z]?[0-9][A-Z]{2}|GIR0AA|BFPO[0-9]{1,4}",
        "JE": "JE[0-9]{2,3}[A-Z]{2}",
        "GG": "GY[0-9]{2,3}[A-Z]{2}",
        "IM": "IM[0-9]{2,3}[A-Z]{2}",
        "CA": "[A-Z][0-9][A-Z][0-9][A-Z][0-9]",
        "NL": "[1-9][0-9]{3}(?:[A-Z]{2})?",
        "IE": "(?:[A-Z][0-9]{2}|D6W)[0-9A-Z]{4}",
        "MT": "[A-Z]{3}[0-9]{4}",
        "AR": "[0-9]{4}|[A-Z][0-9]{4}[A-Z]{3}",
    }.items()
}
_PREFIXED = re.compile("[A-Z]{1,3}[ -]*([0-9].*)")
"""A country's letters before the digits; asked of countries whose codes have none."""


def postal_code(text: str, *, country: str | None = None) -> Normal:
    """Normalise one postal code.

    Parameters
    ----------
    text : str
        The code as it was written.
    country : str, optional
        ISO code of the country. Without it the code is neither checked nor shortened.

    Examples
    --------
    >>> postal_code("94035-1234", country="US").value, postal_code("sw1a 1aa", country="GB").value
    ('94035', 'SW1A1AA')
    >>> postal_code("00-950", country="PL").value, postal_code("D-1067", country="DE").value
    ('00950', '01067')
    >>> postal_code("1234", country="US").status, postal_code("99999").status
    ('used', 'blocked')
    """
    length = LENGTHS.get(country or "")
    if length == len(text) and text.isdecimal() and text.isascii():  # nearly all of them
        return Normal(text, BLOCKED if _is_nowhere(text) else USED)
    written = clean(text)
    if not written:
        return NOTHING
    upper = ascii_letters(written).upper().removesuffix(" CEDEX")
    found = _PREFIXED.fullmatch(upper) if length else None
    bare = "".join(mark for mark in (found[1] if found else upper) if mark.isalnum())
    if not bare or _is_nowhere(bare):
        return Normal(bare or written, BLOCKED)
    if length:
        return _of_digits(bare, length, country)
    pattern = _LETTERED.get(country or "")
    ok = pattern.fullmatch(bare) if pattern else len(bare) <= 10 and any(mark.isdigit() for mark in bare)
    return Normal(bare, USED if ok else INVALID)


def _is_nowhere(bare: str) -> bool:
    """Tell whether a code stands for none. Other digits repeated are towns: 33333 is Gütersloh."""
    if bare.isdigit():
        return not bare.strip("0") or bare == "99999"
    return not any(mark.isdigit() for mark in bare) and is_placeholder(bare)


def _of_digits(bare: str, length: int, country: str | None) -> Normal:
    if not bare.isdigit():
        return Normal(bare, INVALID)
    if country == "US" and len(bare) in (8, 9):
        bare = bare.zfill(9)[:5]
    if len(bare) == length - 1 and length == 5:
        bare = bare.zfill(5)
    return Normal(bare, USED if len(bare) == length else INVALID)
