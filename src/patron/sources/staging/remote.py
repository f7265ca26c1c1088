"""Files elsewhere: over HTTP, and in every store that fsspec knows (s3://, gs://, az://, sftp://, memory://)."""

from __future__ import annotations

import hashlib
import posixpath
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen

import fsspec
from fsspec.core import url_to_fs

from patron.errors import SourceError
from patron.language import failure
from patron.sources.staging.url_secrets import opened_url, shown, without_secrets

_WEB = ("http", "https")
_IN_MEMORY = 1 << 24  # bytes
_SECONDS = 60.0  # without an answer
_TELLING = ("etag", "mtime", "last_modified", "lastmodified", "updated", "created", "md5", "checksum")
"""What stores call that which changes with a file."""


@dataclass(frozen=True)
class Place:
    """A URL as `patron.yaml` has it, and whose it is."""

    url: str
    source: str

    @property
    def opened(self) -> str:
        """The URL with its names replaced from the environment; not to be shown."""
        return opened_url(self.url, source=self.source)

    @property
    def scheme(self) -> str:
        """What stands before the colon."""
        return urlsplit(self.url).scheme.lower()

    @property
    def name(self) -> str:
        """The last part of its path."""
        return posixpath.basename(unquote(urlsplit(self.url).path)) or self.scheme


@contextmanager
def _telling(place: Place) -> Iterator[None]:
    """Turn what a store says into our error, without what must not be shown."""
    try:
        yield
    except SourceError:
        raise
    except ImportError as error:
        raise failure(
            SourceError,
            "sources.package",
            source=place.source,
            path=shown(place.url),
            came=str(error).rstrip("."),
            scheme=place.scheme,
        ) from error
    except Exception as error:  # noqa: BLE001 - every store raises kinds of its own
        came = without_secrets(str(error).partition("\n")[0].rstrip(".") or type(error).__name__, place.opened)
        raise failure(
            SourceError, "sources.elsewhere", source=place.source, path=shown(place.url), came=came
        ) from None  # the cause may show the password


def found(place: Place) -> list[Place]:
    """Return the files that a URL with stars and brackets means; any other URL means itself.

    Raises
    ------
    SourceError
        The store cannot be asked, or its package is not installed.
    """
    with _telling(place):
        if place.scheme in _WEB:
            return [place]
        store, path = url_to_fs(place.opened)
        if not any(mark in path for mark in "*?["):
            return [place]
        return [Place(_like(place.url, store, name), place.source) for name in sorted(store.glob(path))]


def _like(url: str, store: Any, name: str) -> str:
    """Return the URL of a file that was found, with what stands before the path (a user, a host) as it is in `url`."""
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0]
    if name.startswith("/") and not any(mark in host for mark in "*?[") and host not in name:
        return f"{scheme}://{host}{name}"
    return str(store.unstrip_protocol(name))


@contextmanager
def open_url(place: Place) -> Iterator[BinaryIO]:
    """Open a file elsewhere to read its bytes.

    Raises
    ------
    SourceError
        It is not there, its store does not answer, or the store's package is not installed.
    """
    with _telling(place):
        opener = _fetched(place) if place.scheme in _WEB else fsspec.open(place.opened, "rb")
        with opener as stream:
            yield cast(BinaryIO, stream)


@contextmanager
def _fetched(place: Place) -> Iterator[BinaryIO]:
    """Bring a file of the web here: zip files are read from their end, which the web does not give."""
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as aside, _web(place, "GET") as answer:
        shutil.copyfileobj(answer, aside, 1 << 20)
        aside.seek(0)
        yield cast(BinaryIO, aside)


def _web(place: Place, method: str) -> Any:
    return urlopen(Request(place.opened, method=method), timeout=_SECONDS)


def mark(place: Place) -> str:
    """Return a digest of what changes with the file, as its store tells; empty when it tells nothing.

    Raises
    ------
    SourceError
        It cannot be asked.
    """
    with _telling(place):
        facts = _web_facts(place) if place.scheme in _WEB else _store_facts(place)
    telling = {name: value for name, value in facts.items() if name in _TELLING and value}
    return _digest({**telling, "size": facts.get("size")}) if telling else ""


def _web_facts(place: Place) -> dict[str, Any]:
    try:
        with _web(place, "HEAD") as answer:
            told = answer.headers
            size = told["Content-Length"]
            return {"etag": told["ETag"], "last_modified": told["Last-Modified"], "size": size}
    except HTTPError as error:
        if error.code in (403, 404, 410):
            raise
        return {}  # a server that does not answer HEAD


def _store_facts(place: Place) -> dict[str, Any]:
    store, path = url_to_fs(place.opened)
    return {name.lower().replace("-", "_"): value for name, value in store.info(path).items()}


def _digest(facts: dict[str, Any]) -> str:
    return hashlib.sha256(repr(sorted((name, str(value)) for name, value in facts.items())).encode()).hexdigest()
