"""Passwords of databases and stores: taken from the environment, never shown.

A URL may hold ``${NAME}``, which is replaced only when the connection is opened. A password that is written out is cut
from everything that is shown or kept.
"""

from __future__ import annotations

import os
import re

from patron.errors import SettingsError
from patron.language import failure

_NAME = re.compile(r"\$\{(\w+)\}")
_PASSWORD = re.compile(r"(?P<before>://[^/@\s]*?:)(?P<password>[^/\s]*)(?=@)")
_SECRET_WORDS = "password|secret|token|key|pwd|sig|credential"
_SECRET_OPTION = re.compile(rf"(?i)(?P<before>[?&]\w*(?:{_SECRET_WORDS})\w*=)[^&#\s]*")


def shown(url: str) -> str:
    """Return a URL as it may be shown: without its password and without options that are secrets.

    Examples
    --------
    >>> shown("postgresql://ann:s3cret@host/shop?sslpassword=x"), shown("data/*.csv")
    ('postgresql://ann:***@host/shop?sslpassword=***', 'data/*.csv')
    >>> shown("postgresql://ann:${DB_PASSWORD}@host/shop")
    'postgresql://ann:${DB_PASSWORD}@host/shop'
    """
    if "://" not in url:
        return url
    hidden = _PASSWORD.sub(lambda m: m["before"] + (m["password"] if _NAME.fullmatch(m["password"]) else "***"), url)
    return _SECRET_OPTION.sub(r"\g<before>***", hidden)


def opened_url(url: str, *, source: str) -> str:
    """Return a URL with its ``${NAME}`` replaced from the environment.

    Raises
    ------
    SettingsError
        The environment has no such name.
    """
    for name in _NAME.findall(url):
        if name not in os.environ:
            raise failure(SettingsError, "sources.no_variable", source=source, name=name, key=f"sources.{source}.path")
    return _NAME.sub(lambda found: os.environ[found[1]], url)


def without_secrets(text: str, url: str) -> str:
    """Cut from a text, such as a driver's error, what `url` (with its names replaced) must not show.

    Examples
    --------
    >>> without_secrets("no user ann with s3cret", "postgresql://ann:s3cret@host/shop")
    'no user ann with ***'
    """
    secrets = [found["password"] for found in _PASSWORD.finditer(url)]
    secrets += [found[0][len(found["before"]) :] for found in _SECRET_OPTION.finditer(url)]
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return shown(text)
