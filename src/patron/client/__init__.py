"""The small client of a Patron server, and what the server answers.

::

    from patron.client import Client

    with Client("https://patron.example", write_key="...", token="...") as patron:
        patron.track("Product Viewed", {"product_id": "P7"}, user_id="C1")
        patron.next("C1")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from patron.client.client import Client

__all__ = ["Client"]


def __getattr__(name: str) -> Any:
    """Load the client when it is first asked for: what the server answers is read without the extra `[client]`."""
    if name == "Client":
        from patron.client.client import Client

        return Client
    raise AttributeError(f"module 'patron.client' has no attribute {name!r}")
