"""The one way in which a value becomes a match key: SHA-256, in small hexadecimal letters.

Ref  Meta, Customer File Custom Audiences, "Hashing and Normalizing Data"; Google, Data Manager API, "Format user data"
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

_HASHED = re.compile("[0-9a-fA-F]{64}")


def hashed(text: str) -> str:
    """Hash a normalised value; one that is a hash already stays as it is.

    Both platforms hash the composed form (NFC): what is decomposed would be another value for the same word. Nothing is
    salted, or nobody would be found.

    Raises
    ------
    ValueError
        There is nothing to hash: the hash of nothing is the same for everybody.

    Examples
    --------
    >>> hashed("mary")[:16], hashed(hashed("mary")) == hashed("mary")
    ('6915771be1c5aa0c', True)
    """
    if not text:
        raise ValueError(text)
    if is_hashed(text):
        return text.lower()
    return hashlib.sha256(unicodedata.normalize("NFC", text).encode()).hexdigest()


def is_hashed(text: str) -> bool:
    """Tell whether a value is a SHA-256 already, in letters of either case."""
    return _HASHED.fullmatch(text) is not None
