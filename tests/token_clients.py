"""Clients of a served shop, each with a token of its own."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import httpx

from app_client import AppClient
from patron.privacy.tokens import create_token
from patron.server.access.access import Access

Asking = Callable[..., httpx.Client]


def asking_of(serving: AppClient) -> Asking:
    """Return a function that makes clients of an application: ``asking("read", rows="country = 'DE'")``."""
    numbers = count()
    services = serving.app.services

    def client(*scopes: str, rows: str | None = None) -> httpx.Client:
        _token, text = create_token(
            services.state, name=f"t{next(numbers)}", scopes=scopes, now=services.clock(), actor="test", rows=rows
        )
        services.part(Access).book.refresh()
        return serving.holding(text)

    return client
