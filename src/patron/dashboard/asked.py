"""What a page is asked: by whom, for which place, of which run; and what it may use to answer."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime

from patron.engines.database import writing
from patron.pipeline.project import Project, open_project
from patron.pipeline.serving import Published
from patron.privacy.audit import append
from patron.privacy.roles import Permission
from patron.report.blocks import Section
from patron.report.facts import Facts
from patron.server.access import Who
from patron.server.asking import check_whole, figures_of, today_of
from patron.server.figures import Figures, Row
from patron.server.refused import refused
from patron.server.services import Services

ASKER: ContextVar[Who] = ContextVar("patron_dashboard_asker")
"""Who asks, while a request is answered; `patron.dashboard.front` says it, after letting them in."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question to a page.

    Parameters
    ----------
    services : Services
    who : Who
        Who asks.
    path : str
        The path in the browser's address.
    rest : str
        What of the path comes after the page's own, without slashes: ``C000123`` of ``/customers/C000123``.
    query : mapping of str to str
        The filters in the address; each once.
    dark : bool
        Whether figures are drawn for a dark page.
    """

    services: Services
    who: Who
    path: str = "/"
    rest: str = ""
    query: Mapping[str, str]
    dark: bool = False

    @property
    def published(self) -> Published:
        """The published run.

        Raises
        ------
        RunError
            There is none yet.
        """
        return self.services.published()

    @property
    def figures(self) -> Figures:
        """Its figures about many, as they may be shared.

        Raises
        ------
        Refused
            The asker may see a part of the customers only.
        """
        return figures_of(self.services, self.who)

    @property
    def facts(self) -> Facts:
        """What the report says of the run: its name, currency, day, horizon."""
        check_whole(self.who)
        return self.figures.facts

    @property
    def today(self) -> date:
        """The day that it is in the project's time zone."""
        return today_of(self.services)

    @property
    def project(self) -> Project:
        """The project, opened for this question alone: an engine serves one thread at a time."""
        return open_project(self.services.project.folder)

    @property
    def now(self) -> datetime:
        """The moment that it is."""
        return self.services.clock()

    def note(self, action: str, **facts: object) -> None:
        """Write into the audit what the asker did; no personal data."""
        with writing(self.services.state.engine) as connection:
            append(connection, actor=self.who.actor, action=action, subject=None, facts=facts, now=self.now)

    def rows(self, table: str) -> tuple[Row, ...]:
        """Return the rows of a table of figures that may be shared, in the order of its key.

        Where the run holds no such table there are none.

        Raises
        ------
        Refused
            As of `figures`.
        """
        figures = self.figures
        return figures.shown(table).rows if table in figures.run.manifest.tables else ()

    def section(self, name: str) -> Section:
        """Return a section of the report, by its name in `patron.report.sections`: ``asked.section("value_map")``."""
        return self.figures.section(name)

    def need(self, permission: Permission) -> None:
        """Refuse what the asker may not do.

        Raises
        ------
        Refused
            403.
        """
        if not self.who.may(permission):
            raise refused(403, "access.forbidden", permission=permission.value)
