"""The tokens that are good now, in memory: read again every few seconds, so that a request costs no query.

A token that was revoked is good for `SECONDS` longer at most, in every process.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from patron.engines.state import State
from patron.privacy.tokens import Token, hashed, note_use, parted, tokens

SECONDS = 2
"""How old what is known of tokens may be."""

MISSED = 20
"""How many ids that nobody knows are looked for before the next reading: guessing must not cost a query each."""

_FRESH = timedelta(seconds=SECONDS)
WRITTEN_EVERY = timedelta(minutes=1)

_NOTHING = hashed("")


@dataclass(frozen=True)
class _Page:
    """What was read at one moment."""

    read_at: datetime
    by_id: Mapping[str, Token]
    missed: frozenset[str] = frozenset()  # ids that were looked for in vain


@dataclass
class TokenBook:
    """All tokens by their ids.

    Parameters
    ----------
    state : State
    clock : callable
        Gives the moment that it is, aware.
    """

    state: State
    clock: Callable[[], datetime]
    used: dict[str, datetime] = field(default_factory=dict)  # since it was last written down, by id
    _page: _Page | None = None
    _lock: Lock = field(default_factory=Lock)

    def fresh(self) -> bool:
        """Tell whether `known` will answer without a query."""
        page = self._page
        # A clock that was set back makes the page look younger than it is: read it again.
        return page is not None and timedelta(0) <= self.clock() - page.read_at < _FRESH

    def refresh(self) -> None:
        """Read the tokens again, unless another thread just did.

        Raises
        ------
        SQLAlchemyError
            The database does not answer; nobody is let in by what was known before.
        """
        with self._lock:
            if not self.fresh():
                self._read()

    def known(self, text: str) -> Token | None:
        """Return the token with this text if it is good now."""
        if not self.fresh():
            self.refresh()
        parts = parted(text)
        token = None if parts is None else self._found(parts[0])
        secret_hash = hashed(parts[1] if parts else text)
        good = hmac.compare_digest(secret_hash, token.secret_hash if token else _NOTHING)
        now = self.clock()
        if token is None or not good or token.state(now) != "active":
            return None
        self.used[token.token_id] = now
        return token

    def _found(self, token_id: str) -> Token | None:
        """Return a token by its id; one that was made since the page was read is looked for once a page."""
        page = self._page
        assert page is not None  # `known` has read it
        if token_id not in page.by_id and token_id not in page.missed and len(page.missed) < MISSED:
            with self._lock:
                page = self._read({*page.missed, token_id})
        return page.by_id.get(token_id)

    def _read(self, missed: Collection[str] = ()) -> _Page:
        now = self.clock()
        self._page = _Page(now, {one.token_id: one for one in tokens(self.state)}, frozenset(missed))
        return self._page

    def write_uses(self) -> None:
        """Write down when tokens were last used, each once a minute at most."""
        used, self.used = self.used, {}
        known = self._page.by_id if self._page else {}
        due = {one: at for one, at in tuple(used.items()) if one in known and _due(known[one].used_at, at)}
        if due:
            note_use(self.state, due)


def _due(before: datetime | None, now: datetime) -> bool:
    return before is None or abs(now - before) >= WRITTEN_EVERY
