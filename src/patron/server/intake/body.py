"""The body of a request, within its limits, unpacked where it came packed."""

from __future__ import annotations

import zlib

from starlette.types import Receive

_GZIP = 31  # zlib's word for a gzip header


class TooLargeError(Exception):
    """The body, or what it unpacks to, is larger than allowed."""


class UnknownEncodingError(Exception):
    """The body is packed in a way that is not known."""


class DisconnectedError(Exception):
    """Whoever asked went away before the body was whole."""


async def body_of(receive: Receive, *, limit: int, told: bytes, encoding: bytes) -> bytes:
    """Return the body.

    Parameters
    ----------
    receive : callable
        ASGI's.
    limit : int
        Most bytes, packed and unpacked.
    told : bytes
        The header Content-Length; empty where it is absent.
    encoding : bytes
        The header Content-Encoding; empty where it is absent.

    Raises
    ------
    TooLargeError
        As soon as that is clear, and never with more than `limit` bytes in memory.
    UnknownEncodingError
        It is neither gzip nor plain, or no gzip although it says so.
    DisconnectedError
        It never came whole.
    """
    if told and (not told.isdigit() or len(told) > 12 or int(told) > limit):
        raise TooLargeError
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        body = await _rest(receive, body, limit)
    elif message["type"] == "http.disconnect":
        raise DisconnectedError
    if len(body) > limit:
        raise TooLargeError
    return _unpacked(body, limit, encoding) if encoding else body


async def _rest(receive: Receive, begun: bytes, limit: int) -> bytes:
    parts, size, more = [begun], len(begun), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise DisconnectedError
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise TooLargeError
        more = message.get("more_body", False)
    return b"".join(parts)


def _unpacked(body: bytes, limit: int, encoding: bytes) -> bytes:
    name = encoding.strip().lower()
    if name == b"identity":
        return body
    if name not in (b"gzip", b"x-gzip"):
        raise UnknownEncodingError
    unpacking = zlib.decompressobj(wbits=_GZIP)
    try:
        made = unpacking.decompress(body, limit + 1)
    except zlib.error:
        raise UnknownEncodingError from None
    if len(made) > limit:
        raise TooLargeError
    if not unpacking.eof:
        raise UnknownEncodingError
    return made
