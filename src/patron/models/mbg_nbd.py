"""How many purchases will each customer make, and has the customer left, perhaps right after the first purchase?

MBG/NBD: as BG/NBD, but a customer may also leave after the first purchase. So a customer who never came back may have
left, whom BG/NBD holds for alive for ever.

Ref  Batislam, Denizel & Filiztekin (2007), Empirical validation and comparison of models for customer base analysis,
     International Journal of Research in Marketing 24(3), 201-209
"""

from __future__ import annotations

from patron.models.covariate_effects import of_chances
from patron.models.dropout import DropoutParams
from patron.models.dropout_cells import tabulated
from patron.models.dropout_model import DropoutModel


class MbgNbdParams(DropoutParams):
    """Of a customer who may leave after each purchase, the first one too."""

    extra = 1


class MbgNbd(DropoutModel):
    """The MBG/NBD model of purchases and dropout; see `DropoutModel` for `dropout` and the units.

    Examples
    --------
    >>> model = MbgNbd.from_params(r=0.525, alpha=6.183, a=0.891, b=1.614)  # CDNOW, in weeks
    >>> import pyarrow
    >>> customer = pyarrow.table({"frequency": [0], "recency": [0.0], "T": [38.86]})
    >>> round(float(model.probability_alive(customer)[0]), 2)  # once, and then nothing for nine months
    0.39
    """

    title = "MBG/NBD"
    short_name = "mbg_nbd"
    kind = MbgNbdParams
    covariate_effects = of_chances(tabulated(MbgNbdParams.extra))
