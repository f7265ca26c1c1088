"""E-mail addresses.

Lower case throughout: the part before the @ may tell cases apart by the standard (RFC 5321, 2.4), and no provider of
note does. Dots and a +suffix before the @ are taken out for Gmail alone, which says that they reach the same box;
elsewhere `anna+shop@` may be another person's box than `anna@`, and two people made one is worse than one made two.
The domain stays as it is written, in letters or in punycode.
"""

from __future__ import annotations

import re
import unicodedata

import ibis
import ibis.expr.types as ir

from patron.identity.normalise.blocked import REPEATED, WORDS, is_placeholder, placeholder
from patron.identity.normalise.value import BLOCKED, INVALID, NOTHING, USED, Normal, clean

GMAIL = r"@(?:gmail|googlemail)\.com$"

_LOCALS = (WORDS - {"x", "xx", "na", "abc", "value", "sample", "brak", "invite", "bar", "error"}) | {
    "noreply", "donotreply", "noreplies", "nomail", "noemail", "noemailaddress", "keinemail", "keinemailadresse",
    "sansemail", "sinemail", "mailerdaemon", "email", "youremail", "customeremail",
}  # fmt: skip
"""Whose box it is not: these before the @, at any domain. `info@` and the like are real, if shared."""

_DOMAINS = (WORDS - {"x", "xx", "na", "value", "default", "bar", "void", "brak", "string", "sample"}) | {
    "nomail", "noemail", "noreply",
}  # fmt: skip
"""The domain's first label: test.com, none.de, null.null. example.com is for examples, and stays."""

_LONGEST = 254  # RFC 5321, 4.5.3.1.3
_LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
VALID = rf"^[a-z0-9!#$%&'*+/=?^_`{{|}}~.-]+@(?:{_LABEL}\.)+(?:[a-z]+|xn--[a-z0-9-]+)$"
HASHED = "^[0-9a-f]{64}$"
"""The SHA-256 of an address, which a shop may deliver in its place."""

LOCAL, LABEL, RESERVED = "^([^@]*)@", r"@([^.]*)\.", r"[.]invalid$"
_BLANKS = re.compile(r"\s+")
_GMAIL, _VALID, _LOCAL, _LABEL_OF = re.compile(GMAIL), re.compile(VALID), re.compile(LOCAL), re.compile(LABEL)
_RESERVED, _REPEATED, _HASHED = re.compile(RESERVED), re.compile(REPEATED), re.compile(HASHED)
_WIDE = re.compile(r"[^\s@<>()\[\],;:\"\\]+@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_]{2,}")
"""The same beyond ASCII (RFC 6531)."""


def email(text: str) -> Normal:
    """Normalise one e-mail address.

    Examples
    --------
    >>> email(" Cloudy.SanFrancisco+shopping@googlemail.com ")
    Normal(value='cloudysanfrancisco@gmail.com', status='used')
    >>> email("user.name+NYC@Example.com").value
    'user.name+nyc@example.com'
    >>> email("noreply@shop.com").status, email("anna@shop").status
    ('blocked', 'invalid')
    """
    bare = _BLANKS.sub("", clean(text)).lower()
    if not bare:
        return NOTHING
    value = unicodedata.normalize("NFC", bare)
    if _GMAIL.search(value):
        local = value[: value.rindex("@")]
        value = local.partition("+")[0].replace(".", "") + "@gmail.com"
    valid = _VALID.search(value) if value.isascii() else _WIDE.fullmatch(value)
    if valid and len(value) <= _LONGEST:
        return Normal(value, BLOCKED if _is_nobodys(value) else USED)
    if is_placeholder(value) or _is_nobodys(value):
        return Normal(value, BLOCKED)
    return Normal(value, USED if _HASHED.search(value) else INVALID)


def _is_nobodys(value: str) -> bool:
    local, label = _first(_LOCAL, value), _first(_LABEL_OF, value)
    bare = re.sub("[^a-z0-9]+", "", local)
    return (
        bare in _LOCALS
        or label in _DOMAINS
        or _REPEATED.search(bare) is not None
        or (local == label and 0 < len(local) <= 3)
        or _RESERVED.search(value) is not None
    )


def _first(pattern: re.Pattern[str], value: str) -> str:
    found = pattern.search(value)
    return found[1] if found else ""


def email_value(text: ir.StringValue) -> ir.StringValue:
    """Normalise a column of printable ASCII in the engine; `email` says the same of each value."""
    bare = text.replace(" ", "").lower()
    local = bare.re_replace("@[^@]*$", "").re_replace("[+].*$", "").replace(".", "")
    return ibis.ifelse(bare.re_search(GMAIL), local.concat("@gmail.com"), bare)


def email_status(value: ir.StringValue) -> ir.StringValue:
    """Say whether a column of normalised addresses may link."""
    local, label = value.re_extract(LOCAL, 1), value.re_extract(LABEL, 1)
    bare = local.re_replace("[^a-z0-9]+", "")
    nobodys = (
        bare.isin(sorted(_LOCALS))
        | label.isin(sorted(_DOMAINS))
        | bare.re_search(REPEATED)
        | ((local == label) & (local.length() > 0) & (local.length() <= 3))
        | value.re_search(RESERVED)
    )
    return ibis.cases(
        (value.re_search(VALID) & (value.length() <= _LONGEST), ibis.ifelse(nobodys, BLOCKED, USED)),
        (placeholder(value) | nobodys, BLOCKED),
        (value.re_search(HASHED), USED),
        else_=INVALID,
    )
