"""How many purchases will each customer make, and has the customer left?

BG/NBD: a customer buys at a Poisson rate that differs between customers (gamma), and after each repeat purchase leaves
for good with a chance that differs between customers (beta).

Ref  Fader, Hardie & Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2), 275-284:
     likelihood equations 6 and 7, E[X(t)] equation 9, E[Y(t) | x, t_x, T] equation 10
"""

from __future__ import annotations

from patron.models.covariate_effects import of_chances
from patron.models.dropout import DropoutParams
from patron.models.dropout_cells import tabulated
from patron.models.dropout_model import DropoutModel


class BgNbdParams(DropoutParams):
    """Of a customer who may leave after each repeat purchase."""

    extra = 0


class BgNbd(DropoutModel):
    """The BG/NBD model of purchases and dropout; see `DropoutModel` for `dropout` and the units.

    Examples
    --------
    >>> model = BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)  # the paper's, in weeks
    >>> import pyarrow
    >>> customer = pyarrow.table({"frequency": [2], "recency": [30.43], "T": [38.86]})
    >>> round(float(model.expected_purchases(customer, horizon=39)[0]), 3)
    1.226
    """

    title = "BG/NBD"
    short_name = "bg_nbd"
    kind = BgNbdParams
    covariate_effects = of_chances(tabulated(BgNbdParams.extra))
