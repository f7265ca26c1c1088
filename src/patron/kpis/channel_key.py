"""One name for a channel, wherever it is spoken of: visits, money spent, customers' origin, mix models, settings."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir

from patron.sources.marketing_channel import channel_word, channel_word_of, renamed

NO_ALIASES: Mapping[str, str] = {}


def channel_key(name: ir.StringValue, aliases: Mapping[str, str] = NO_ALIASES) -> ir.StringValue:
    """Return one name for each channel in a column; null stays null.

    Parameters
    ----------
    name : string column
        Channels as a system spells them.
    aliases : mapping of str
        The setting ``attribution.aliases``: the shop's own names for channels, by other spellings.

    Examples
    --------
    >>> import ibis
    >>> told = ibis.memtable({"channel": ["Paid Search", "paid-search", "Google Ads"]})
    >>> keys = told.select(key=channel_key(told.channel, {"google ads": "paid search"}))
    >>> keys.to_pyarrow()["key"].to_pylist()
    ['paid_search', 'paid_search', 'paid_search']
    """
    return renamed(channel_word(name), aliases)


def channel_key_of(name: str, aliases: Mapping[str, str] = NO_ALIASES) -> str:
    """Return the same name of one channel.

    Examples
    --------
    >>> channel_key_of("Google Ads", {"google ads": "paid search"})
    'paid_search'
    """
    word = channel_word_of(name)
    return {channel_word_of(came): channel_word_of(wanted) for came, wanted in aliases.items()}.get(word, word)
