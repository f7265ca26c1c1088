"""The names for people of what the tables name by a word."""

from __future__ import annotations

from patron.language import has, say


def division_title(segmentation: str) -> str:
    """Return a segmentation's name for people; for one from settings its own name, readable.

    Examples
    --------
    >>> division_title("rfm"), division_title("bargain_hunters")
    ('RFM groups', 'Bargain hunters')
    """
    return _known(f"report.division_{segmentation}", segmentation)


def driver_title(driver: str) -> str:
    """Return a growth driver's name for people.

    Examples
    --------
    >>> driver_title("order_value")
    'Order value'
    """
    return _known(f"report.driver_{driver}", driver)


def model_title(model: str) -> str:
    """Return a model's name for people: each part of it, joined by a plus.

    Examples
    --------
    >>> model_title("mbg_nbd+gamma_gamma"), model_title("own_model")
    ('MBG/NBD + Gamma-Gamma', 'Own model')
    """
    return " + ".join(_known(f"report.model_{part.strip()}", part.strip()) for part in model.split("+"))


def _known(key: str, name: str) -> str:
    return say(key) if has(key) else name.replace("_", " ").capitalize()
