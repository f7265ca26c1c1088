"""Whose events are these? The write key of a request, and the source that it stands for."""

from __future__ import annotations

from asyncio import to_thread
from binascii import Error as Base64Error
from binascii import a2b_base64
from hashlib import sha256

from patron.server.access import WriteKeys

LENGTH = 200  # characters of a write key at most
_FOR = 1_000_000  # microseconds for which an answer holds
_MOST = 10_000  # answers that are remembered


class Sources:
    """The sources of the keys that are in use, each asked for again every second.

    An answer is found again by a hash of the key: how long that takes says nothing of where two keys differ.

    Parameters
    ----------
    keys : WriteKeys
    """

    def __init__(self, keys: WriteKeys) -> None:
        self.keys = keys
        self._known: dict[bytes, str] = {}
        self._since = 0

    async def source_of(self, secret: bytes, now: int) -> str | None:
        """Return the source of a write key, none where it may not send events; `now` in microseconds since 1970.

        Raises
        ------
        SQLAlchemyError
            The database does not answer.
        """
        if not secret or len(secret) > LENGTH:
            return None
        if not 0 <= now - self._since < _FOR or len(self._known) > _MOST:
            self._known.clear()
            self._since = now
        name = sha256(secret).digest()
        source = self._known.get(name)
        if source is not None:
            return source
        if not self.keys.fresh():
            await to_thread(self.keys.refresh)
        source = self.keys.source_of(secret)
        if source is not None:
            self._known[name] = source
        return source


def secret_of(authorization: bytes | None, in_body: str | None) -> bytes:
    """Return the write key: the user of basic authentication, a bearer's token, or what the body says; or nothing.

    Examples
    --------
    >>> secret_of(b"Basic a2V5Og==", None), secret_of(b"Bearer key", None), secret_of(None, "key")
    (b'key', b'key', b'key')
    """
    if authorization is None:
        return (in_body or "")[: LENGTH + 1].encode()
    kind, _, rest = authorization.partition(b" ")
    kind = kind.lower()
    if kind == b"basic":
        try:
            return a2b_base64(rest).partition(b":")[0]
        except Base64Error:
            return b""
    return rest.strip() if kind == b"bearer" else b""
