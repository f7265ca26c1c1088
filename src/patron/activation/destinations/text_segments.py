"""How many messages one text is on the way to a telephone: carriers count, and charge, in parts of 140 bytes.

Ref  3GPP TS 23.038, section 6.2.1 (the alphabet of 7 bits and its extension table); TS 23.040, section 9.2.3.24.1
     (parts that belong together carry a header of 6 bytes, so that 153 marks of 7 bits or 67 of 16 bits are left)
"""

from __future__ import annotations

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")  # an escape and a second mark

ALONE_7, EACH_7 = 160, 153
ALONE_16, EACH_16 = 70, 67


def is_plain(text: str) -> bool:
    """Tell whether a text can be written in the alphabet of 7 bits; one other mark makes all of it 16 bits wide."""
    return all(mark in BASIC or mark in EXTENDED for mark in text)


def text_segments(text: str) -> int:
    """Return in how many parts a text travels.

    Examples
    --------
    >>> text_segments("a" * 160), text_segments("a" * 161), text_segments("ж" * 70), text_segments("ж" * 71)
    (1, 2, 1, 2)
    >>> text_segments("€" * 80), text_segments("€" * 81), text_segments("")
    (1, 2, 1)
    """
    plain = is_plain(text)
    widths = [(2 if mark in EXTENDED else 1) if plain else (2 if ord(mark) > 0xFFFF else 1) for mark in text]
    if sum(widths) <= (ALONE_7 if plain else ALONE_16):
        return 1
    return _parts(widths, EACH_7 if plain else EACH_16)


def _parts(widths: list[int], room: int) -> int:
    """Fill one part after the other; a mark of two units is not torn apart."""
    parts, used = 1, 0
    for width in widths:
        if used + width > room:
            parts, used = parts + 1, 0
        used += width
    return parts


__all__ = ["is_plain", "text_segments"]
