"""Privacy signals as they came -> what they say, each different one decoded once.

Out  SIGNALS   one row per signal and purpose
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts import Column, Contract
from patron.errors import ArgumentError
from patron.privacy.signals.gpc import Gpc
from patron.privacy.signals.gpp import Gpp
from patron.privacy.signals.said import NO_ADVERTISING, Said, refuse
from patron.privacy.signals.tcf import Tcf, in_app
from patron.privacy.signals.us_privacy import UsPrivacy

SIGNALS = Contract(
    name="signals",
    grain="one purpose and channel that a signal speaks of; one row without a purpose where it says nothing",
    purpose="operations",
    columns=(
        Column(name="signal", type="string", meaning="The signal as it came.", key=True),
        Column(name="purpose", type="string", meaning="For which purpose.", nullable=True),
        Column(name="channel", type="string", meaning="For which channel.", nullable=True),
        Column(name="allowed", type="boolean", meaning="Whether it allows it.", nullable=True),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Signals:
    """Decoded signals, and how many different ones could not be read: each of those counts as a no to advertising."""

    table: ir.Table
    malformed: int = 0


def signals(*tables: ir.Table) -> Signals:
    """Decode the different values of the column ``signal`` of all `tables`. This reads them: there are few.

    Parameters
    ----------
    *tables : Table
        Column ``signal``: `raw_consents`, and the statements of the operational database.

    Examples
    --------
    >>> import ibis
    >>> found = signals(ibis.memtable({"signal": ["gpc=1", "1YNN", None, "gpc=1", "nonsense"]}))
    >>> found.table.count().to_pyarrow().as_py(), found.malformed
    (3, 1)
    """
    texts = {text for table in tables for text in _distinct(table)}
    rows: list[dict[str, object]] = []
    malformed = 0
    for text in sorted(texts):
        try:
            said = read_signal(text)
        except ArgumentError:
            said, malformed = (NO_ADVERTISING,), malformed + 1
        rows += _rows(text, said)
    return Signals(table=ibis.memtable(pa.Table.from_pylist(rows, schema=_SCHEMA)), malformed=malformed)


def read_signal(text: str) -> tuple[Said, ...]:
    """Return what one signal says, of whichever kind it is.

    Parameters
    ----------
    text : str
        ``gpc=1`` or ``Sec-GPC: 1``, a TC, GPP or US Privacy string (a name such as ``gpp=`` may stand before it), or an
        app's stored values as a JSON object.

    Raises
    ------
    ArgumentError
        It is none of these, or not what its specification says.

    Examples
    --------
    >>> read_signal("1YYN")
    (Said(purpose='advertising', channel='all', allowed=False),)
    >>> read_signal("gpc=0")
    ()
    """
    bare = text.strip()
    if bare.startswith("{"):
        return _stored(bare)
    named = _NAMED.fullmatch(bare)
    if named and (read := _BY_NAME.get(re.sub(r"[^a-z]", "", named["name"].lower()))):
        return read(named["value"])
    by_form = next((read for form, read in _BY_FORM if form.fullmatch(bare)), _unknown)
    return by_form(bare)


def _unknown(_text: str) -> tuple[Said, ...]:
    refuse("?", "privacy.fault.kind")


def _stored(text: str) -> tuple[Said, ...]:
    try:
        return in_app(json.loads(text))
    except ValueError:  # ours is one, too
        refuse("TCF", "privacy.fault.in_app")


def _distinct(table: ir.Table) -> Iterator[str]:
    came = table.filter(table.signal.notnull()).select("signal").distinct().to_pyarrow()
    yield from (text for text in came.column("signal").to_pylist() if text.strip())


def _rows(text: str, said: tuple[Said, ...]) -> list[dict[str, object]]:
    if not said:
        return [{"signal": text, "purpose": None, "channel": None, "allowed": None}]
    return [
        {"signal": text, "purpose": word.purpose, "channel": word.channel, "allowed": word.allowed} for word in said
    ]


_SCHEMA = SIGNALS.schema.to_pyarrow()
_NAMED = re.compile(r"(?P<name>[A-Za-z][\w-]*)\s*[=:]\s*(?P<value>\S+)")

Read = Callable[[str], tuple[Said, ...]]

_gpc: Read = lambda text: Gpc.decode(text).said()  # noqa: E731
_tcf: Read = lambda text: Tcf.decode(text).said()  # noqa: E731
_gpp: Read = lambda text: Gpp.decode(text).said()  # noqa: E731
_us: Read = lambda text: UsPrivacy.decode(text).said()  # noqa: E731

_BY_NAME: dict[str, Read] = {
    "gpc": _gpc, "secgpc": _gpc, "globalprivacycontrol": _gpc,
    "tcf": _tcf, "tcstring": _tcf, "iabtcftcstring": _tcf, "euconsentv": _tcf,
    "gpp": _gpp, "gppstring": _gpp, "iabgpphdrgppstring": _gpp,
    "usprivacy": _us, "usp": _us, "iabusprivacystring": _us,
}  # fmt: skip

# The first letter is the version of a TC string (C is 2) or the type of a GPP header (D is 3).
_BY_FORM: tuple[tuple[re.Pattern[str], Read], ...] = (
    (re.compile(r"\d[YyNn-]{3}"), _us),
    (re.compile(r"D[\w.~-]+"), _gpp),
    (re.compile(r"C[\w.-]+"), _tcf),
)
