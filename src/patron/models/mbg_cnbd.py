"""How many purchases will each customer make, if customers buy at regular intervals and may leave at once?

MBG/CNBD-k: as BG/CNBD-k, but a customer may also leave after the first purchase.

Ref  Reutterer, Platzer & Schroeder (2021), Leveraging purchase regularity for predicting customer behavior the easy
     way, International Journal of Research in Marketing 38(1), 194-215
     Platzer & Reutterer (2016), Ticking away the moments: timing regularity helps to better predict customer activity,
     Marketing Science 35(5), 779-799: why regularity matters
"""

from __future__ import annotations

from patron.models.mbg_nbd import MbgNbdParams
from patron.models.regular_model import RegularModel


class MbgCnbd(RegularModel):
    """The MBG/CNBD-k model of regular purchases and dropout; see `RegularModel` for the options and the units.

    Examples
    --------
    >>> model = MbgCnbd.from_params(k=3, r=0.85, alpha=1.45, a=0.79, b=2.42)
    >>> import pyarrow
    >>> customer = pyarrow.table({"frequency": [0], "recency": [0.0], "T": [32.0]})
    >>> round(float(model.probability_alive(customer)[0]), 2)  # once, and then nothing for 32 weeks
    0.35
    """

    title = "MBG/CNBD-k"
    short_name = "mbg_cnbd"
    kind = MbgNbdParams
