"""What a route asks of its request."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from patron.server.services import Services


def services_of(request: Request) -> Services:
    """Return the services of the application that a request came to."""
    services = request.app.state.services
    assert isinstance(services, Services)
    return services


async def _served(request: Request) -> Services:
    """Return them on the loop: for what waits for nothing a thread would cost more than the work."""
    return services_of(request)


Served = Annotated[Services, Depends(_served)]
"""What a route writes to get at the services: ``def route(services: Served) -> ...``."""
