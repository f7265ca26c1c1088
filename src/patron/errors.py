"""Every error that Patron raises on purpose.

::

    PatronError                       the root: catch this to catch all of ours
    ├── SettingsError   (ValueError)  patron.yaml says something that cannot be: file, line, key
    ├── ConditionError  (ValueError)  a SQL condition does not parse, or names an unknown column
    ├── SourceError     (OSError)     a source cannot be found, opened or read as told
    ├── ContractError   (ValueError)  a table is not what its contract says: table, column, came, allowed
    ├── ArgumentError   (ValueError)  an argument of a public function is out of its range
    ├── LeakError       (ValueError)  a feature knows the answer that it should foretell: which, how well it ranks it
    ├── NotEnoughData   (ValueError)  too little to answer honestly: what there is, what is needed
    ├── FitError        (ArithmeticError)  a model did not arrive at an answer, and why
    ├── NotFitted       (RuntimeError)     a model was asked before `fit`
    ├── MissingTable    (LookupError)      no run holds this table
    ├── AccessError     (PermissionError)  a call is not signed as it should be: nothing of it is believed
    ├── ServerError     (ConnectionError)  a server could not be reached, or refused: status, its words, request id
    └── RunError        (RuntimeError)     a run could not be made, published or opened

Each is also one of Python's own errors, and carries its facts in `data`, so that a caller never parses text.
The text itself comes from the message catalogue (`patron.language.failure`): the first line says what is wrong,
the second what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType


class PatronError(Exception):
    """The root of the tree.

    Parameters
    ----------
    text : str
        First line: what is wrong. Further lines: what to do.
    **data : object
        The facts behind the text, by name.
    """

    def __init__(self, text: str, **data: object) -> None:
        super().__init__(text)
        self.data: Mapping[str, object] = MappingProxyType(data)

    def __reduce__(self) -> tuple[Callable[..., PatronError], tuple[object, ...]]:
        """Travel between processes with the facts, which are read-only and would stay behind."""
        return _restored, (type(self), str(self.args[0]), dict(self.data))

    @property
    def problem(self) -> str:
        """What is wrong, in one line."""
        return str(self.args[0]).partition("\n")[0]

    @property
    def remedy(self) -> str:
        """What to do about it; empty when nothing can be said."""
        return str(self.args[0]).partition("\n")[2]


def _restored(kind: type[PatronError], text: str, data: Mapping[str, object]) -> PatronError:
    return kind(text, **data)


class SettingsError(PatronError, ValueError):
    """`patron.yaml` says something that cannot be."""


class ConditionError(PatronError, ValueError):
    """A SQL condition does not parse, or names a column that is not there."""


class SourceError(PatronError, OSError):
    """A source cannot be found, opened or read as told."""

    def __new__(cls, text: str, **_data: object) -> SourceError:  # noqa: D102 - OSError.__new__ takes no keywords
        return OSError.__new__(cls, text)


class ContractError(PatronError, ValueError):
    """A table is not what its contract says."""


class ArgumentError(PatronError, ValueError):
    """An argument of a public function is out of its range."""


class LeakError(PatronError, ValueError):
    """A feature knows the answer that it should foretell."""


class NotEnoughData(PatronError, ValueError):  # noqa: N818 - a state of the data, not a fault
    """Too little data to answer honestly."""


class FitError(PatronError, ArithmeticError):
    """A model did not arrive at an answer."""


class NotFitted(PatronError, RuntimeError):  # noqa: N818 - reads as a sentence where it is caught
    """A model was asked before `fit`."""


class MissingTable(PatronError, LookupError):  # noqa: N818 - reads as a sentence where it is caught
    """No run holds this table."""


class AccessError(PatronError, PermissionError):
    """A call is not signed as it should be."""

    def __new__(cls, text: str, **_data: object) -> AccessError:  # noqa: D102 - OSError.__new__ takes no keywords
        return PermissionError.__new__(cls, text)


class ServerError(PatronError, ConnectionError):
    """A server of Patron could not be reached, or refused."""

    def __new__(cls, text: str, **_data: object) -> ServerError:  # noqa: D102 - OSError.__new__ takes no keywords
        return ConnectionError.__new__(cls, text)


class RunError(PatronError, RuntimeError):
    """A run could not be made, published or opened."""
