"""The states of the United States by their two letters (ANSI INCITS 38), with the district and the territories."""

from __future__ import annotations

_NAMES = (
    "al alabama", "ak alaska", "az arizona", "ar arkansas", "ca california", "co colorado", "ct connecticut",
    "de delaware", "dc districtofcolumbia", "fl florida", "ga georgia", "hi hawaii", "id idaho", "il illinois",
    "in indiana", "ia iowa", "ks kansas", "ky kentucky", "la louisiana", "me maine", "md maryland", "ma massachusetts",
    "mi michigan", "mn minnesota", "ms mississippi", "mo missouri", "mt montana", "ne nebraska", "nv nevada",
    "nh newhampshire", "nj newjersey", "nm newmexico", "ny newyork", "nc northcarolina", "nd northdakota", "oh ohio",
    "ok oklahoma", "or oregon", "pa pennsylvania", "ri rhodeisland", "sc southcarolina", "sd southdakota",
    "tn tennessee", "tx texas", "ut utah", "vt vermont", "va virginia", "wa washington", "wv westvirginia",
    "wi wisconsin", "wy wyoming", "as americansamoa", "gu guam", "mp northernmarianaislands", "pr puertorico",
    "vi virginislands", "aa armedforcesamericas", "ae armedforceseurope", "ap armedforcespacific",
)  # fmt: skip

US_STATES = {name: code for code, name in (line.split() for line in _NAMES)} | {
    line.split()[0]: line.split()[0] for line in _NAMES
}
"""By name, in small letters without blanks, and by the letters themselves."""
