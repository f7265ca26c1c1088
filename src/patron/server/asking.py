"""What the routes that read ask for: who, which page, and the published run with its figures."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends

from patron.pipeline.serving import Published
from patron.server.access import Permission, Who, needs
from patron.server.figures import FigureBook, Figures
from patron.server.refused import refused
from patron.server.services import Services

Viewer = Annotated[Who, Depends(needs(Permission.FIGURES))]
"""Who may see figures about many."""

Analyst = Annotated[Who, Depends(needs(Permission.PEOPLE))]
"""Who may see one person."""

Operator = Annotated[Who, Depends(needs(Permission.OPERATE))]
"""Who may start and stop what reaches customers."""

PrivacyOfficer = Annotated[Who, Depends(needs(Permission.PRIVACY))]
"""Who may see and note what people allow and ask for."""


def check_whole(who: Who) -> None:
    """Refuse figures about all customers to those who may see a part of them only.

    Raises
    ------
    Refused
        They may.
    """
    if who.rows is not None:
        raise refused(403, "read.part_of_shop")


def figures_of(services: Services, who: Who) -> Figures:
    """Return the figures of the published run.

    Raises
    ------
    Refused
        They are about all customers, of whom the asker may see a part only.
    RunError
        There is no run yet.
    """
    check_whole(who)
    return services.part(FigureBook).of(services.published().run)


def today_of(services: Services) -> date:
    """Return the day that it is in the project's time zone."""
    return services.clock().astimezone(ZoneInfo(services.settings.timezone)).date()


def seen_customer(published: Published, who: Who, asked: str) -> str:
    """Return the customer to whom an id belongs: her own, or that of any record of hers.

    Raises
    ------
    Refused
        Nobody is known by it; or somebody whom the asker may not see, which reads the same.
    """
    customer_id = published.customer_of(asked)
    if customer_id is None and published.find("profiles", asked) is not None:
        customer_id = asked
    if customer_id is None or not who.sees({"customer_id": customer_id}):
        raise refused(404, "read.no_customer")
    return customer_id
