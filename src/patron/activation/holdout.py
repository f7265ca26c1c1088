"""What share is held out, as a person writes it?"""

from __future__ import annotations

import re
from decimal import Decimal

from patron.errors import ArgumentError
from patron.language import failure

_WRITTEN = re.compile(r"(?P<number>\d+(\.\d*)?|\.\d+)\s*(?P<percent>%?)")


def share_of(holdout: float | str) -> float:
    """Return a hold-out as a share from 0 to below 1.

    Parameters
    ----------
    holdout : float or str
        A share (``0.1``), or text: ``"0.1"``, ``"10%"``, ``"10 %"``.

    Raises
    ------
    ArgumentError
        It cannot be read, or is outside its range.

    Examples
    --------
    >>> share_of("10%"), share_of("12.5 %"), share_of(0.1)
    (0.1, 0.125, 0.1)
    """
    found = _WRITTEN.fullmatch(str(holdout).strip())
    if found is None:
        raise failure(ArgumentError, "activation.holdout", argument="holdout", came=holdout)
    share = float(Decimal(found["number"]) / (100 if found["percent"] else 1))
    if share >= 1:
        raise failure(ArgumentError, "activation.holdout", argument="holdout", came=holdout)
    return share
