"""From the records of many sources to customers."""

from __future__ import annotations

from patron.identity.links import links, with_customer

__all__ = ["links", "with_customer"]
