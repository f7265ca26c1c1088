"""Every route: one file a subject."""

from __future__ import annotations

from fastapi import APIRouter

from patron.server.routes.api import router as api
from patron.server.routes.browser import router as browser
from patron.server.routes.customers import router as customers
from patron.server.routes.decisions import router as decisions
from patron.server.routes.deliveries import router as deliveries
from patron.server.routes.feedback import router as feedback
from patron.server.routes.figures import router as figures
from patron.server.routes.health import router as health
from patron.server.routes.lists import router as lists
from patron.server.routes.metrics import router as metrics
from patron.server.routes.preferences import router as preferences
from patron.server.routes.privacy import router as privacy
from patron.server.routes.runs import router as runs
from patron.server.routes.sign_in import router as sign_in
from patron.server.routes.unsubscribe import router as unsubscribe

ROUTERS: tuple[APIRouter, ...] = (
    health, metrics, api, sign_in, customers, decisions, figures, lists, deliveries, feedback, runs, privacy, browser,
    unsubscribe, preferences,
)  # fmt: skip
"""In the order in which the pages of the API list them."""
