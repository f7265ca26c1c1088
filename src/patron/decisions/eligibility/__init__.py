"""Who may be written to, by what, for which purpose and when; and if not, why not."""

from __future__ import annotations

from patron.decisions.eligibility.circumstances import Circumstances
from patron.decisions.eligibility.contacts import contacts
from patron.decisions.eligibility.eligible import eligible
from patron.decisions.eligibility.quiet import Hours, Quiet, sending_moment
from patron.decisions.eligibility.rules import ContactRules

__all__ = ["Circumstances", "ContactRules", "Hours", "Quiet", "contacts", "eligible", "sending_moment"]
