"""How an address is written in its country: which line comes where, and how the postal code is parted.

A layout is a text of lines: N name, S street, C town, Z postal code, R region. A part that is not there takes what
stands beside it along. Countries that are not listed write the code before the town.

Ref  Universal Postal Union, S42 and "Postal addressing systems in member countries"
"""

from __future__ import annotations

import re

USUAL = "N\nS\nZ C"

LAYOUTS: dict[str, str] = {
    country: layout
    for layout, countries in {
        "N\nS\nC\nZ": "GB GG JE IM FK GI",
        "N\nS\nC\nR\nZ": "IE",
        "N\nS\nC R Z": "US AU PR GU VI AS MP",
        "N\nS\nC R  Z": "CA",
        "N\nS\nC Z": "NZ SG IN PK BD LK NP TH KH MM ID BH SA JO KR TW VN KZ UA BY",
        "N\nS\nC\nR\nZ\n": "RU ZA",
        "N\nS\nC - R\nZ": "BR",
        "N\nS\nZ C, R": "MX",
        "N\nS\nZ C R": "IT MY AR TR CN",
        "N\nS\nC, R\nZ": "JP",
        "N\nC\nS\nZ": "HU",
        "N\nS\nZ  C": "NL",
        "N\nS\nC": "HK AE QA MO AO BS BZ BJ BW BF CM FJ GH GM GY JM KI ML MR NA RW SR SY TZ TO UG VU YE ZW",
    }.items()
    for country in countries.split()
}

NO_CODES = frozenset((
    "HK", "AE", "QA", "MO", "AO", "BS", "BZ", "BJ", "BW", "BF", "CM", "FJ", "GH", "GM", "GY", "KI", "ML", "MR", "NA",
    "RW", "SR", "SY", "TO", "UG", "VU", "YE", "ZW",
))  # fmt: skip
"""Countries whose addresses have no postal code."""

WITH_REGION = frozenset(("US", "CA", "AU", "BR"))
"""Countries where a letter goes astray without the state."""

CODES: dict[str, tuple[str, str]] = {
    country: (pattern, written)
    for (pattern, written), countries in {
        (r"(.+)(...)", r"\1 \2"): "GB GG JE IM",
        (r"(...)(...)", r"\1 \2"): "CA",
        (r"(\d{4})([A-Z]{2})", r"\1 \2"): "NL",
        (r"(...)(....)", r"\1 \2"): "IE",
        (r"(\d{3})(\d{2})", r"\1 \2"): "SE CZ SK GR",
        (r"(\d{2})(\d{3})", r"\1-\2"): "PL",
        (r"(\d{4})(\d{3})", r"\1-\2"): "PT",
        (r"(\d{5})(\d{3})", r"\1-\2"): "BR",
        (r"(\d{3})(\d{4})", r"\1-\2"): "JP",
        (r"(\d{4})", r"LV-\1"): "LV",
        (r"(\d{5})", r"LT-\1"): "LT",
        (r"([A-Z]{3})(\d{4})", r"\1 \2"): "MT",
    }.items()
    for country in countries.split()
}
"""How a postal code without blanks is written, by country."""

_PART = re.compile("[NSCZR]")


def laid_out(country: str, parts: dict[str, str]) -> list[str]:
    """Return the lines of an address, without the country's own.

    Examples
    --------
    >>> ann = {"N": "Ann Smith", "S": "12 High Street", "C": "LEEDS", "Z": "LS1 4AP", "R": ""}
    >>> laid_out("GB", ann), laid_out("DE", ann)
    (['Ann Smith', '12 High Street', 'LEEDS', 'LS1 4AP'], ['Ann Smith', '12 High Street', 'LS1 4AP LEEDS'])
    """
    lines = []
    for line in LAYOUTS.get(country, USUAL).split("\n"):
        written = _PART.sub(lambda part: parts.get(part[0], ""), line)
        lines.append(written.strip(" ,-"))
    return [line for line in lines if line]


def code_as_written(code: str, country: str) -> str:
    """Return a postal code as its country writes it, from one without blanks.

    Examples
    --------
    >>> code_as_written("SW1A1AA", "GB"), code_as_written("00950", "PL"), code_as_written("10115", "DE")
    ('SW1A 1AA', '00-950', '10115')
    """
    pattern, written = CODES.get(country, ("", ""))
    found = re.fullmatch(pattern, code) if pattern else None
    return found.expand(written) if found else code


__all__ = ["LAYOUTS", "NO_CODES", "WITH_REGION", "code_as_written", "laid_out"]
