"""Under which names does the server answer?

A page of a foreign site can lead its own name to 127.0.0.1 (DNS rebinding) and would then ask as if it were ours; it
cannot change the header that says by which name it asked.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.types import Scope

from patron.pipeline.server_settings import ServerSettings

LOCAL = ("localhost", "127.0.0.1", "::1")


def hosts_of(limits: ServerSettings, host: str | None) -> tuple[str, ...]:
    """Return the names under which a server on `host` answers; empty: any."""
    public = () if limits.public_url is None else (str(urlsplit(limits.public_url).hostname),)
    if limits.hosts:
        return (*limits.hosts, *public, *LOCAL)  # the probes of its own machine ask by these
    return (host, *public, *LOCAL) if host is not None and loopback(host) else ()


def meant(scope: Scope, hosts: tuple[str, ...]) -> bool:
    """Tell whether a request was meant for a server of these names."""
    if not hosts:
        return True
    came = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    return any(_same(_name(came), host.strip("[]").lower()) for host in hosts)


def loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address.

    Examples
    --------
    >>> loopback("127.0.0.1"), loopback("localhost"), loopback("::1"), loopback("0.0.0.0")
    (True, True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _name(came: str) -> str:
    """Return the name of a header Host without its port."""
    bare = came[1:].partition("]")[0] if came.startswith("[") else came.partition(":")[0]
    return bare.lower().rstrip(".")


def _same(name: str, host: str) -> bool:
    if host.startswith("*."):
        return name.endswith(host[1:])
    return name == host
