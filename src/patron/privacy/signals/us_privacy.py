"""The US Privacy string: four characters about the sale of personal data in California.

Ref  IAB Tech Lab, U.S. Privacy String 1.0 (February 2020)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from patron.privacy.signals.said import NO_ADVERTISING, Said, refuse

KIND = "US Privacy"

_FORM = re.compile(r"1([YN-])([YN-])([YN-])")


@dataclass(frozen=True, kw_only=True)
class UsPrivacy:
    """One string. Each part is true, false, or none where it does not apply or is not known."""

    notice: bool | None
    opted_out: bool | None  # of the sale of personal data
    agreement: bool | None  # the transaction is covered by the Limited Service Provider Agreement

    @classmethod
    def decode(cls, text: str) -> UsPrivacy:
        """Read a string such as ``1YNN``.

        Raises
        ------
        ArgumentError
            It is not of this form, or leaves open whether the person opted out although the law applies.

        Examples
        --------
        >>> UsPrivacy.decode("1YYN").opted_out
        True
        """
        found = _FORM.fullmatch(text.strip().upper())
        if found is None:
            refuse(KIND, "privacy.fault.us_privacy")
        notice, opted_out, agreement = (_READ[sign] for sign in found.groups())
        read = cls(notice=notice, opted_out=opted_out, agreement=agreement)
        # The specification: opt-out of sale may never be unknown; three hyphens mean that the law does not apply.
        if opted_out is None and read != NOT_APPLICABLE:
            refuse(KIND, "privacy.fault.us_privacy")
        return read

    def encode(self) -> str:
        """Write the string."""
        return "1" + "".join(_WRITTEN[part] for part in (self.notice, self.opted_out, self.agreement))

    def said(self) -> tuple[Said, ...]:
        """Return what it says. Who did not opt out has said nothing: that is no consent, and lifts no earlier no."""
        return (NO_ADVERTISING,) if self.opted_out else ()


_READ = {"Y": True, "N": False, "-": None}
_WRITTEN = {value: sign for sign, value in _READ.items()}

NOT_APPLICABLE = UsPrivacy(notice=None, opted_out=None, agreement=None)
"""``1---``: the law does not apply to this person."""
