"""A signal is recognised by its form, and a column of them decoded once."""

from __future__ import annotations

import ibis
import pytest
from test_signals_tcf import SPECIFICATION

from patron.errors import ArgumentError
from patron.privacy.signals import SIGNALS, Gpp, Said, Tcf, read_signal, signals

OUT = (Said("advertising", "all", allowed=False),)
GPP = f"DBACNYA~{SPECIFICATION}~1YNN"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gpc=1", OUT),
        ("GPC=true", OUT),
        ("Sec-GPC: 1", OUT),
        ("gpc=0", ()),
        ("1YYN", OUT),
        ("us_privacy=1YNN", ()),
        (SPECIFICATION, Tcf.decode(SPECIFICATION).said()),
        (f" tcf={SPECIFICATION} ", Tcf.decode(SPECIFICATION).said()),
        (f"IABTCF_TCString={SPECIFICATION}", Tcf.decode(SPECIFICATION).said()),
        (GPP, Gpp.decode(GPP).said()),
        (f"IABGPP_HDR_GppString={GPP}", Gpp.decode(GPP).said()),
        ('{"IABTCF_gdprApplies": 0}', ()),
    ],
)
def test_each_form_is_recognised(text, said):
    assert read_signal(text) == said


@pytest.mark.parametrize(
    "text", ["", "yes", "gpc", "gpc=yes", "1", "granted=1", "XPXxRfA", "{", "[]", '{"IABTCF_TCString": "C"}']
)
def test_what_is_none_is_refused(text):
    with pytest.raises(ArgumentError, match="cannot be read"):
        read_signal(text)


def test_a_column_is_decoded_once_and_what_cannot_be_read_is_a_no():
    first = ibis.memtable({"signal": ["gpc=1", "1YNN", None, "gpc=1", " "]}, schema={"signal": "string"})
    second = ibis.memtable({"signal": ["gpc=1", "garbage"]})
    found = signals(first, second)
    SIGNALS.check(found.table.filter(found.table.purpose.notnull()))
    rows = {(row["signal"], row["purpose"], row["allowed"]) for row in found.table.to_pyarrow().to_pylist()}
    assert rows == {("gpc=1", "advertising", False), ("1YNN", None, None), ("garbage", "advertising", False)}
    assert found.malformed == 1


def test_no_signals_are_no_rows():
    assert signals().table.count().to_pyarrow().as_py() == 0
