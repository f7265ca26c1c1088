"""How the server fares, for Prometheus."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from patron.privacy.roles import Permission
from patron.server.access import Who, needs
from patron.server.metrics import Meter
from patron.server.request import Served

router = APIRouter(tags=["server"])

Watcher = Annotated[Who, Depends(needs(Permission.WATCH))]


class Metrics(Response):
    """Prometheus's text format."""

    media_type = CONTENT_TYPE_LATEST


@router.get(
    "/metrics",
    summary="How the server fares",
    response_class=Metrics,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Figures, by name."}},
)
def metrics(services: Served, _who: Watcher) -> Response:
    """Tell counts, times and ages in the text format of Prometheus.

    They name no person: a token of scope `metrics` sees them and nothing else.
    """
    return Metrics(services.part(Meter).told())
