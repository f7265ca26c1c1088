"""In which language is a customer written to?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from babel.core import Locale, UnknownLocaleError
from babel.languages import get_official_languages

from patron.decisions.messages.message import Sender
from patron.language import LANGUAGE


def language_of(sender: Sender, *, told: str | None = None, country: str | None = None) -> str:
    """Return a customer's language: as she told it, else that of her country, else the sender's.

    A country's own language counts where the country is told as a code of two letters and has exactly one: whoever
    lives in Belgium is not guessed.

    Parameters
    ----------
    sender : Sender
        With the languages that the settings name by country.
    told : str, optional
        What a source says of her, for example de or en-GB.
    country : str, optional
        As the data write it.

    Examples
    --------
    >>> shop = Sender(shop="S", currency="EUR", languages={"Austria": "de"})
    >>> [language_of(shop, country=name) for name in ("Austria", "FR", "BE", None)]
    ['de', 'fr', 'en', 'en']
    """
    if told is not None and (tag := _tag(told)):
        return tag
    if country is None:
        return sender.language
    if country in sender.languages:
        return sender.languages[country]
    own = get_official_languages(country.upper(), de_facto=True) if len(country) == 2 else ()
    return str(own[0]).replace("_", "-") if len(own) == 1 else sender.language


def _tag(told: str) -> str | None:
    """Return a language as it was told, as a tag; none of what is no language."""
    try:
        return str(Locale.parse(told.strip(), sep="_" if "_" in told else "-")).replace("_", "-")
    except (ValueError, UnknownLocaleError):
        return None


def language_name(tag: str) -> str:
    """Return what a language is called.

    Examples
    --------
    >>> language_name("de"), language_name("pt-BR")
    ('German', 'Portuguese (Brazil)')
    """
    return str(Locale.parse(tag, sep="_" if "_" in tag else "-").get_display_name(LANGUAGE) or tag)


def spoken(language: str, written_in: Iterable[str], *, otherwise: str) -> str | None:
    """Return which of the languages that words are written in comes nearest: the same, its parent, else the sender's.

    None where not even those words are there.

    Examples
    --------
    >>> spoken("de-AT", ["en", "de"], otherwise="en"), spoken("fi", ["en", "de"], otherwise="en")
    ('de', 'en')
    """
    known = {tag.lower().replace("_", "-"): tag for tag in written_in}
    wanted = language.lower().replace("_", "-")
    for tag in (wanted, wanted.partition("-")[0], otherwise.lower(), otherwise.lower().partition("-")[0]):
        if tag in known:
            return known[tag]
    return None


def by_language(texts: Mapping[str, str], language: str, *, otherwise: str) -> tuple[str, str] | None:
    """Return the language and the words that fit a customer's; none where there are none."""
    found = spoken(language, texts, otherwise=otherwise)
    return None if found is None else (found, texts[found])
