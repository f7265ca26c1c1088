"""By what an ad platform finds a person: her values, made alike and hashed exactly as each platform asks for.

What makes no key is left out, never hashed empty. Where a platform's rules can be read in two ways and it takes several
values, both are given.
"""

from __future__ import annotations

from patron.activation.match_keys.google import google_keys
from patron.activation.match_keys.hashing import hashed, is_hashed
from patron.activation.match_keys.meta import SCHEMA, meta_keys
from patron.activation.match_keys.person import Person

__all__ = ["SCHEMA", "Person", "google_keys", "hashed", "is_hashed", "meta_keys"]
