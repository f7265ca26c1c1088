"""The write keys of the intake: whose events are these?"""

from __future__ import annotations

from dataclasses import dataclass

from patron.privacy.roles import Permission
from patron.server.access.token_book import TokenBook


@dataclass(frozen=True)
class WriteKeys:
    """Tokens that may send events, as the intake asks for them.

    `source_of` costs a hash and two look-ups. Every `token_book.SECONDS` it also costs a query: who must not wait for
    that asks `fresh` first, and calls `refresh` in a thread.
    """

    book: TokenBook

    def source_of(self, secret: bytes) -> str | None:
        """Return the name of the token, which is the source of its events; none if it may not send any.

        Raises
        ------
        SQLAlchemyError
            The database does not answer.
        """
        try:
            token = self.book.known(secret.decode("ascii"))
        except UnicodeDecodeError:
            return None
        return token.name if token is not None and Permission.TRACK in token.permissions else None

    def fresh(self) -> bool:
        """Tell whether `source_of` answers without a query."""
        return self.book.fresh()

    def refresh(self) -> None:
        """Read the keys again where they are too old."""
        self.book.refresh()
