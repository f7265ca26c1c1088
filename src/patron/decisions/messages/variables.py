"""What may a message say of a customer? One row a variable; the words of the settings may use no other.

Each is one flat value: no variable has parts that words could reach into.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "money", "number", "day", "share"]


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A value that words may name.

    Parameters
    ----------
    name : str
        As words name it.
    kind : str
        How it is written in the customer's language.
    sample : object
        What stands for it where a length is judged and nobody is meant: a rather long one.
    always : bool
        Whether it is known of everybody.
    """

    name: str
    kind: Kind
    sample: object
    always: bool = False


VARIABLES: tuple[Variable, ...] = (
    Variable(name="customer_id", kind="text", sample="C-000000", always=True),
    Variable(name="trigger", kind="text", sample="second_order", always=True),
    Variable(name="variant", kind="text", sample="a", always=True),
    Variable(name="shop", kind="text", sample="Shop", always=True),
    Variable(name="language", kind="text", sample="en", always=True),
    Variable(name="given_name", kind="text", sample="Alexandra"),
    Variable(name="family_name", kind="text", sample="Montgomery"),
    Variable(name="city", kind="text", sample="Southampton"),
    Variable(name="country", kind="text", sample="United Kingdom"),
    Variable(name="orders", kind="number", sample=12, always=True),
    Variable(name="days_since_last", kind="number", sample=120),
    Variable(name="first_order_on", kind="day", sample="2024-09-27"),
    Variable(name="last_order_on", kind="day", sample="2024-09-27"),
    Variable(name="average_order_value", kind="money", sample=1234.5),
    Variable(name="product", kind="text", sample="Ceramic travel mug"),
    Variable(name="product_id", kind="text", sample="P-00000"),
    Variable(name="category", kind="text", sample="Kitchen ware"),
    Variable(name="brand", kind="text", sample="Old Mill Ltd."),
    Variable(name="discount", kind="share", sample=0.15),
    Variable(name="offer", kind="text", sample="Free delivery on your next order"),
)
"""In the order in which docs/messages.md lists them. `offer` and `discount` are those of the variant's own offer."""

BY_NAME = {variable.name: variable for variable in VARIABLES}

OF_THE_VARIANT = ("trigger", "variant", "shop", "language", "discount", "offer")
"""What a customer's facts do not say: the sender and the variant do."""
