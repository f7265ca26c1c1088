"""Passwords: hashed with argon2id, a few at a time, and never told apart from users who do not exist.

Ref  RFC 9106 (2021), section 4: the second recommended setting (64 MiB, three passes, four lanes), argon2-cffi's own
Ref  NIST SP 800-63B-4 (2025), section 3.1.1.2: length counts, composition rules do not; NFKC before hashing
"""

from __future__ import annotations

import base64
import secrets
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from patron.errors import ArgumentError
from patron.language import failure
from patron.server.refused import refused

SHORTEST, LONGEST = 12, 256  # characters

AT_ONCE = 2  # each takes 64 MiB and a core for a while

PATIENCE_S = 10.0  # how long one waits for its turn


@dataclass
class Passwords:
    """Makes and checks hashes."""

    hasher: PasswordHasher = field(default_factory=PasswordHasher)
    turns: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(AT_ONCE))

    def hash(self, password: str) -> str:
        """Return the hash of a new password.

        Raises
        ------
        ArgumentError
            It is too short or too long.
        """
        if not SHORTEST <= len(password) <= LONGEST:
            raise failure(
                ArgumentError, "access.password", argument="password", came=len(password), shortest=SHORTEST,
                longest=LONGEST,
            )  # fmt: skip
        return self.hasher.hash(_plain(password))

    def fits(self, password: str, password_hash: str | None) -> bool:
        """Tell whether a password has this hash. Without a hash the same work is done, in vain.

        Raises
        ------
        Refused
            503: too many others wait for the same.
        """
        if not self.turns.acquire(timeout=PATIENCE_S):
            raise refused(503, "access.busy", headers={"Retry-After": "5"})
        try:
            return self.hasher.verify(password_hash or self._nobodys, _plain(password[: LONGEST + 1])) and bool(
                password_hash
            )
        except (Argon2Error, InvalidHashError):
            return False
        finally:
            self.turns.release()

    def old(self, password_hash: str) -> bool:
        """Tell whether a hash was made with weaker settings than today's."""
        return self.hasher.check_needs_rehash(password_hash)

    @cached_property
    def _nobodys(self) -> str:
        """A hash that no password has, which takes as long to check as any; to make one would take as long once."""
        made = self.hasher
        salt, digest = (
            base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (made.salt_len, made.hash_len)
        )
        settings = f"m={made.memory_cost},t={made.time_cost},p={made.parallelism}"
        return f"$argon2id$v=19${settings}${salt}${digest}"


def _plain(password: str) -> bytes:
    """Return a password as it is hashed: however a keyboard composes its letters, it is the same."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
