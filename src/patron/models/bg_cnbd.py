"""How many purchases will each customer make, and has the customer left, if customers buy at regular intervals?

BG/CNBD-k: as BG/NBD, but only every k-th arrival of the Poisson process is a purchase, so the times between purchases
are Erlang-k: the larger k, the more regular. "Condensed" negative binomial is what such counts are called.

Ref  Chatfield & Goodhardt (1973), A consumer purchasing model with Erlang inter-purchase times, Journal of the American
     Statistical Association 68(344), 828-835: the condensed negative binomial distribution
     Reutterer, Platzer & Schroeder (2021), Leveraging purchase regularity for predicting customer behavior the easy
     way, International Journal of Research in Marketing 38(1), 194-215
"""

from __future__ import annotations

from patron.models.bg_nbd import BgNbdParams
from patron.models.regular_model import RegularModel


class BgCnbd(RegularModel):
    """The BG/CNBD-k model of regular purchases and dropout; see `RegularModel` for the options and the units.

    Examples
    --------
    >>> model = BgCnbd.from_params(k=3, r=0.85, alpha=1.45, a=0.79, b=2.42)  # a purchase about every five weeks
    >>> import pyarrow
    >>> customer = pyarrow.table({"frequency": [6, 6], "recency": [30.0, 24.0], "T": [32.0, 32.0]})
    >>> model.probability_alive(customer).round(2).tolist()  # eight silent weeks say much of a regular buyer
    [0.89, 0.47]
    """

    title = "BG/CNBD-k"
    short_name = "bg_cnbd"
    kind = BgNbdParams
