"""What a process needs to know who asks: `services.part(Access)`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from typing import cast

from patron.server.access.limits import Limiter
from patron.server.access.passwords import Passwords
from patron.server.access.read_log import ReadLog
from patron.server.access.rows import Looked, RowRule
from patron.server.access.sessions import Session, Sessions
from patron.server.access.token_book import TokenBook
from patron.server.access.who import Who
from patron.server.access.write_keys import WriteKeys
from patron.server.services import Services

RULES = 500  # row rules whose reading is remembered


class Access:
    """Tokens, sessions, limits and the log of reads of one process; started and stopped with it."""

    def __init__(self, services: Services, *, passwords: Passwords | None = None) -> None:
        limits, state, clock = services.limits, services.state, services.clock
        self.services = services
        self.book = TokenBook(state, clock)
        self.write_keys = WriteKeys(self.book)
        self.sessions = Sessions(
            state, clock, timedelta(minutes=limits.session_idle_minutes), timedelta(hours=limits.session_hours)
        )
        self.passwords = passwords or Passwords()
        self.askers = Limiter(limits.requests_per_second, limits.requests_at_once, clock)
        self.strangers = Limiter(limits.strangers_per_second, limits.strangers_at_once, clock)
        self.reads = ReadLog(state, self.book)
        published = cast(Callable[[], Looked], services.published)
        self._rule = lru_cache(RULES)(lambda text: RowRule(text, services.settings, published))

    def start(self) -> None:
        """Begin to write reads down."""
        self.reads.start()

    def stop(self) -> None:
        """Write down what waits."""
        self.reads.stop()

    def alive(self) -> bool:
        """Tell whether reads of persons can be written down; without that, none is answered."""
        return self.reads.alive()

    def by_token(self, text: str) -> Who | None:
        """Return the program whose token this is, if it is good now."""
        token = self.book.known(text)
        if token is None:
            return None
        return Who(name=token.name, kind="token", role=None, permissions=token.permissions, rows=self.rule(token.rows))

    def by_session(self, session: Session) -> Who:
        """Return the person whose session this is."""
        user = session.user
        return Who(name=user.name, kind="user", role=user.role, permissions=user.permissions, rows=self.rule(user.rows))

    def rule(self, expression: str | None) -> RowRule | None:
        """Return the rule with this condition; none where all customers may be seen."""
        return None if expression is None else self._rule(expression)
