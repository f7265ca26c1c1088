"""Who is behind the customer records of a simulated shop: people, households, second accounts, visits, consents."""

from __future__ import annotations

from patron.simulate.persons.events import Wanted
from patron.simulate.persons.identity import Behind, Identity, behind, identity

__all__ = ["Behind", "Identity", "Wanted", "behind", "identity"]
