"""What one value may be for a platform: its forms, the one that the rule names first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps

from patron.activation.match_keys.hashing import is_hashed
from patron.identity.normalise.value import clean

Variants = tuple[str, ...]
"""Normalised and not yet hashed; empty where a value makes no key."""


def distinct(values: Iterable[str]) -> Variants:
    """Return the values that are not empty, each once, in their order."""
    return tuple(dict.fromkeys(value for value in values if value))


def or_hashed(variants: Callable[..., Variants]) -> Callable[..., Variants]:
    """Let values pass that were hashed before they came here, and nothing that is empty."""

    @wraps(variants)
    def asked(text: str | None, *known: str | None) -> Variants:
        bare = clean(text or "")
        if is_hashed(bare):
            return (bare.lower(),)
        return variants(bare, *known) if bare else ()

    return asked
