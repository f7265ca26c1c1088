"""What to show somebody who is here now: decided for one person, with the chance that each choice had.

::

    asked.py     what was asked for: placements; and what was given in them
    chances.py   the choice: the best, with a share for the others, drawn by the decision's own id
    products.py  a list of products: those she wants next, what she looked at, what goes with it, what is popular
    message.py   the best message of those that may be shown to her
    offer.py     the discount that surely pays for her segment
    banner.py    one of the page's own banners, by what was clicked so far
    next_one.py  the one thing to do next, judged again by what holds now
    reading.py   what other rules of choosing would have brought
"""

from __future__ import annotations

from patron.decisions.on_request.asked import KINDS, Given, Placement, Product
from patron.decisions.on_request.banner import banner
from patron.decisions.on_request.chances import Chooser, chances
from patron.decisions.on_request.message import Messages, message
from patron.decisions.on_request.next_one import next_one
from patron.decisions.on_request.offer import Offers, offer
from patron.decisions.on_request.products import Wanted, products
from patron.decisions.on_request.reading import Reading, read_choices

__all__ = [
    "KINDS",
    "Chooser",
    "Given",
    "Messages",
    "Offers",
    "Placement",
    "Product",
    "Reading",
    "Wanted",
    "banner",
    "chances",
    "message",
    "next_one",
    "offer",
    "products",
    "read_choices",
]
