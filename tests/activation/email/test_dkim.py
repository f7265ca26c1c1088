"""DKIM: judged by dkimpy, which verifies as RFC 6376 and RFC 8463 say; and what a change on the way does to it."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from patron.activation.email import DkimKey, dkim_header, dkim_key
from patron.errors import SettingsError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PRIVATE = {"rsa": rsa.generate_private_key(65537, 2048), "ed25519": ed25519.Ed25519PrivateKey.generate()}

MAIL = (
    b"Date: Sun, 01 Mar 2026 12:00:00 +0000\r\n"
    b"List-Unsubscribe: <https://shop.example/u/t0ken>,\r\n <mailto:unsubscribe+1@b.shop.example>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"From: Tea  Shop <news@shop.example>\r\nTo: ann@example.org\r\nSubject: Tea\r\n\r\nHello  Ann \r\n.\r\n\r\n\r\n"
)


def record(kind: str):
    """Return what the DNS says of a key, as dkimpy asks for it."""
    public = PRIVATE[kind].public_key()
    if kind == "rsa":
        form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    else:
        form = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    text = b"v=DKIM1; k=" + kind.encode() + b"; p=" + base64.b64encode(public.public_bytes(*form))

    def asked(name, timeout=5):
        assert name.rstrip(b".") == b"p1._domainkey.shop.example"
        return text

    return asked


def signed(kind: str, mail: bytes = MAIL) -> bytes:
    return dkim_header(mail, DkimKey("shop.example", "p1", PRIVATE[kind]), now=NOW) + mail


@pytest.mark.parametrize("kind", list(PRIVATE))
def test_a_verifier_of_others_finds_the_signature_good(kind):
    assert dkim.verify(signed(kind), dnsfunc=record(kind))


def test_the_signature_covers_both_headers_of_one_click():
    [names] = re.findall(rb";\s*h=([^;]+);", re.sub(rb"\r\n\s+", b"", signed("rsa")))
    assert {b"list-unsubscribe", b"list-unsubscribe-post", b"from"} <= set(names.split(b":"))


@pytest.mark.parametrize(
    ("what", "into"),
    [
        (b"Hello", b"Hallo"),
        (b"/u/t0ken", b"/u/other"),
        (b"Subject: Tea", b"Subject: Coffee"),
        (b"To: ann@", b"From: eve@evil.example\r\nTo: ann@"),
        (b"To: ann@", b"Subject: another one\r\nTo: ann@"),
        (b"To: ann@", b"List-Unsubscribe: <https://evil.example/>\r\nTo: ann@"),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""),
    ],
)
def test_what_was_changed_on_the_way_does_not_verify(what, into):
    mail = signed("rsa")
    head, rest = mail[: -len(MAIL)], mail[-len(MAIL) :]
    assert what in rest
    assert not dkim.verify(head + rest.replace(what, into, 1), dnsfunc=record("rsa"))


@pytest.mark.parametrize(
    ("what", "into"),
    [(b"Tea  Shop", b"Tea Shop"), (b"Hello  Ann \r\n", b"Hello Ann\r\n"), (b"\r\n\r\n\r\n", b"\r\n")],
)  # fmt: skip
def test_blanks_that_servers_change_do_no_harm(what, into):
    assert dkim.verify(signed("rsa").replace(what, into, 1), dnsfunc=record("rsa"))


@given(
    lines=st.lists(st.text(st.characters(codec="ascii", exclude_characters="\r\n\0"), max_size=60), max_size=8),
    subject=st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126), max_size=60),
)
def test_any_body_and_any_subject_verify(lines, subject):
    body = "".join(f"{line}\r\n" for line in lines).encode()
    mail = b"From: <a@shop.example>\r\nSubject: x" + subject.encode() + b"\r\n\r\n" + body
    assert dkim.verify(signed("ed25519", mail), dnsfunc=record("ed25519"))


def pem(private) -> str:
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.mark.parametrize("private", list(PRIVATE.values()), ids=list(PRIVATE))
def test_a_key_is_read(private):
    made = dkim_key("shop.example", "p1", pem(private), key="destinations.mail.dkim.key")
    assert "PRIVATE" not in repr(made)


@pytest.mark.parametrize("text", ["", "sesame", pem(ec.generate_private_key(ec.SECP256R1())).replace("\n", "\\n")])
def test_what_is_no_key_is_refused_without_repeating_it(text):
    with pytest.raises(SettingsError) as error:
        dkim_key("shop.example", "p1", text, key="destinations.mail.dkim.key")
    assert "destinations.mail.dkim.key" in error.value.problem
    assert not text or text[:30] not in str(error.value)


def test_a_kind_of_key_that_dkim_does_not_know_is_refused():
    with pytest.raises(SettingsError):
        dkim_key("shop.example", "p1", pem(ec.generate_private_key(ec.SECP256R1())), key="k")
