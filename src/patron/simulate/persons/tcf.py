"""A TC string as a consent banner writes it, for the simulated visitors who press one of its two buttons.

Ref  IAB Europe, Transparency and Consent String with Global Vendor List Format, version 2
"""

from __future__ import annotations

import base64
from collections.abc import Collection
from datetime import date

PURPOSES = 24  # bits of each field of purposes
POLICY = 4  # version 4 of the policies belongs to TCF 2.2


def tc_string(purposes: Collection[int], *, day: date, language: str = "DE", country: str = "DE") -> str:
    """Write a core string without vendors: which purposes (1 to 24) were agreed to, on which day.

    Examples
    --------
    >>> tc_string(range(1, 12), day=date(2024, 1, 1))[:1], len(tc_string((), day=date(2024, 1, 1))) % 4 != 1
    ('C', True)
    """
    tenths = (day - date(1970, 1, 1)).days * 864_000  # tenths of a second since 1970
    agreed = "".join("1" if number + 1 in purposes else "0" for number in range(PURPOSES))
    fields = (
        (2, 6), (tenths, 36), (tenths, 36), (1, 12), (1, 12), (1, 6), (_letters(language), 12), (1, 12), (POLICY, 6),
        (1, 1), (0, 1), (0, 12), (int(agreed, 2), PURPOSES), (0, PURPOSES), (0, 1), (_letters(country), 12),
        (0, 16), (0, 1), (0, 16), (0, 1), (0, 12),
    )  # fmt: skip
    bits = "".join(format(value, f"0{width}b") for value, width in fields)
    bits += "0" * (-len(bits) % 8)
    whole = int(bits, 2).to_bytes(len(bits) // 8, "big")
    return base64.urlsafe_b64encode(whole).decode("ascii").rstrip("=")


def _letters(code: str) -> int:
    first, second = (ord(letter) - ord("A") for letter in code)
    return first * 64 + second
