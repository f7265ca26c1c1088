"""An answer that is no: the one error that a route raises to choose the status itself."""

from __future__ import annotations

from collections.abc import Mapping

from patron.errors import PatronError, RunError
from patron.language import say


class Refused(PatronError):  # noqa: N818 - reads as a sentence where it is raised
    """What was asked for is not given: 401, 403, 404, 409, 413, 415, 422, 429, 503.

    Parameters
    ----------
    text : str
        First line: what is wrong. Further lines: what to do.
    status : int
        Of HTTP.
    headers : mapping, optional
        Further headers, such as Retry-After.
    kind : str
        The sentence's key, which names the kind of problem for programs.
    **data : object
        The facts behind the text. They are never sent.
    """

    def __init__(
        self, text: str, *, status: int, kind: str, headers: Mapping[str, str] | None = None, **data: object
    ) -> None:
        super().__init__(text, **data)
        self.status = status
        self.kind = kind
        self.headers = dict(headers or {})


class NoRunYet(Refused, RunError):  # noqa: N818 - reads as a sentence where it is raised
    """Nothing is published that could be told: 409 until `patron run` has made a run."""


def refused(status: int, key: str, /, *, headers: Mapping[str, str] | None = None, **data: object) -> Refused:
    """Return the error whose text is the sentence `key`: ``raise refused(404, "server.no_customer")``."""
    return Refused(say(key, **data), status=status, kind=key, headers=headers, **data)
