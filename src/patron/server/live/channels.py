"""What brought a visit, for one event: the batch's own expression, asked once for each kind of link."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock

import ibis

from patron.engines.connect import connect
from patron.sources.marketing_channel import tagged_channel

_ASKING = Lock()  # an embedded engine serves one thread at a time
KINDS = 4096  # of links that are remembered


@lru_cache(maxsize=KINDS)
def channel_of_tags(source: str | None, medium: str | None, campaign: str | None) -> str | None:
    """Return the channel that the tags of a link say, as a run says it; none where they say none.

    Examples
    --------
    >>> channel_of_tags("google", "cpc", None), channel_of_tags(None, None, None)
    ('paid_search', None)
    """
    if source is None and medium is None and campaign is None:
        return None
    tags = (ibis.literal(text, "string") for text in (source, medium, campaign))
    with _ASKING:
        engine = connect(threads=1)
        try:
            found: str | None = engine.to_pyarrow(tagged_channel(*tags)).as_py()
        finally:
            engine.disconnect()
    return found
