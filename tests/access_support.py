"""What tests of signing in share."""

from __future__ import annotations

import re
from html import unescape

import httpx
from argon2 import PasswordHasher

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Makes hashes in microseconds."""

PASSWORD = "correct horse battery"


def hidden(page: str, name: str) -> str:
    """Return the value of a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, f"no field {name}"
    return unescape(found[1])


def sign_in(client: httpx.Client, **more: str) -> httpx.Response:
    """Sign anna in, as a program does."""
    return client.post("/login", json={"name": "anna", "password": PASSWORD} | more)
