"""E-mail by SMTP: against a real mail server, and against servers that do something odd at each stage."""

from __future__ import annotations

import re
import socket
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from conformance import NOW, Conformance, message, silent

from mail_server import MailServer, OddServer, certificate
from patron.activation.destinations.smtp import Smtp
from patron.errors import SettingsError
from patron.pipeline.destinations.smtp import SmtpSection

STAGES = [
    re.split(r"\s{2,}", line)
    for line in Path(__file__).with_name("smtp_stages.txt").read_text().splitlines()
    if line and not line.startswith("#")
]


def opened(port: int, *, timeout_s: float = 5, **more) -> Smtp:
    facts = {
        "type": "smtp", "host": "127.0.0.1", "port": port, "security": "none", "sender": "Tea Shop <news@shop.example>",
        "timeout_seconds": timeout_s,
    }  # fmt: skip
    return SmtpSection(**(facts | more)).opened_as("mail")


class TestSmtp(Conformance):
    secrets = ("sesame-open",)

    @pytest.fixture(autouse=True)
    def _server(self):
        with MailServer(user="shop", password="sesame-open") as self.server:
            yield

    def opened(self):
        return opened(self.server.port, user="shop", password="sesame-open")


@pytest.mark.parametrize(
    ("stage", "what", "status", "reason", "address"), STAGES, ids=[" ".join(s[:2]) for s in STAGES]
)
def test_each_answer_and_each_silence_has_its_outcome(stage, what, status, reason, address):
    with OddServer(stage, what, times=1) as server:
        destination = opened(server.port, timeout_s=0.3)
        [outcome] = destination.deliver([message()], now=NOW)
        silent(destination, [outcome])
        assert (outcome.status, outcome.reason) == (status, reason)
        assert outcome.happened == (None if address == "-" else address)
        [after] = destination.deliver([message(2)], now=NOW)
        assert after.status == "accepted"  # the next is not harmed
        destination.close()
        taken = Counter(re.findall(rb"Message-ID: <patron\.(\w+)@", b"".join(server.taken)))
    assert taken[b"%032x" % 2] == 1
    assert taken[b"%032x" % 1] == (1 if stage == "END" else 0)


@pytest.mark.parametrize(("stage", "status"), [("MAIL", "retry"), ("END", "unknown")])
def test_who_answers_byte_by_byte_does_not_hold_us(stage, status):
    with OddServer(stage, "drip", times=1) as server:
        destination = opened(server.port, timeout_s=0.2)
        [outcome] = destination.deliver([message()], now=NOW)
        destination.close()
    assert outcome.status == status


def test_a_connection_that_ends_in_the_middle_of_the_data_has_taken_nothing():
    long = replace(message(), content={**message().content, "text": f"{'word ' * 10}\n" * 200_000})
    with OddServer("BODY", "close", times=1) as server:
        destination = opened(server.port)
        [outcome] = destination.deliver([long], now=NOW)
        destination.close()
    assert (outcome.status, outcome.reason) == ("retry", "closed")
    assert server.taken == []


def test_where_nobody_listens_it_was_not_taken():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        [outcome] = opened(free.getsockname()[1]).deliver([message()], now=NOW)
    assert (outcome.status, outcome.reason) == ("retry", "not_connected")


def test_one_connection_takes_many_messages_and_is_opened_anew_when_it_has_ended():
    with MailServer() as server:
        destination = opened(server.port)
        first = [destination.deliver([message(number)], now=NOW)[0].status for number in range(120)]
        assert server.connections == 2  # after a hundred it says goodbye
        destination._session._client.sock.shutdown(socket.SHUT_RDWR)  # as a server or a firewall ends an idle one
        [again] = destination.deliver([message(121)], now=NOW)
        destination.close()
    assert set(first) == {"accepted"}
    assert again.status == "accepted"
    assert len(server.mails) == 121


def test_a_greylisting_server_gets_the_same_message_later():
    with MailServer(greylist=True) as server:
        destination = opened(server.port)
        [first] = destination.deliver([message()], now=NOW)
        [second] = destination.deliver([replace(message(), attempt=2)], now=NOW)
        destination.close()
    assert (first.status, first.reason, second.status) == ("retry", "smtp_451_4.7.1", "accepted")
    assert [mail.message_id for mail in server.mails] == [f"<patron.{1:032x}@shop.example>"]


def test_a_refused_message_leaves_the_connection_as_the_next_one_needs_it():
    with MailServer() as server:
        server.answers["RCPT"] = ["550 5.1.1 unknown"]
        server.answers["DATA"] = ["554 5.6.0 bad content"]
        destination = opened(server.port)
        outcomes = [destination.deliver([message(number)], now=NOW)[0].status for number in (1, 2, 3)]
        destination.close()
    assert outcomes == ["rejected", "rejected", "accepted"]
    assert server.connections == 1


class TestEncryption:
    @pytest.fixture
    def tls(self, tmp_path):
        return certificate(tmp_path)

    @pytest.mark.parametrize("security", ["starttls", "tls"])
    def test_it_signs_in_over_tls(self, tls, security):
        context, file = tls
        with MailServer(user="shop", password="пароль", certificate=context, tls=security == "tls") as server:
            destination = opened(
                server.port, security=security, host="localhost", user="shop", password="пароль", ca_file=str(file)
            )
            [outcome] = destination.deliver([message()], now=NOW)
            destination.close()
        assert outcome.status == "accepted"

    @pytest.mark.parametrize("security", ["starttls", "tls"])
    def test_who_shows_a_certificate_that_nobody_vouches_for_gets_nothing(self, tls, security):
        context, _ = tls
        with MailServer(certificate=context, tls=security == "tls") as server:
            [outcome] = opened(server.port, security=security, host="localhost").deliver([message()], now=NOW)
        assert (outcome.status, outcome.reason, server.mails) == ("retry", "tls", [])

    def test_a_certificate_of_another_name_is_refused(self, tmp_path):
        context, file = certificate(tmp_path, "elsewhere.example")
        with MailServer(certificate=context) as server:
            destination = opened(server.port, security="starttls", host="localhost", ca_file=str(file))
            [outcome] = destination.deliver([message()], now=NOW)
        assert (outcome.status, outcome.reason) == ("retry", "tls")

    def test_nothing_goes_in_the_clear_to_a_server_without_starttls(self):
        with OddServer("NONE", "close") as server:
            destination = opened(server.port, security="starttls", user="shop", password="sesame")
            [outcome] = destination.deliver([message()], now=NOW)
        assert (outcome.status, outcome.reason, server.taken) == ("retry", "no_starttls", [])

    def test_a_wrong_password_is_no_fault_of_a_message(self):
        with MailServer(user="shop", password="right") as server:
            [outcome] = opened(server.port, user="shop", password="wrong").deliver([message()], now=NOW)
        assert outcome.status == "retry"
        assert outcome.reason.startswith("smtp_535")


class TestBeyondAscii:
    ANNA = "анна@пример.example"

    def test_a_server_that_says_smtputf8_takes_any_address(self):
        with MailServer() as server:
            destination = opened(server.port)
            [outcome] = destination.deliver([message(address=self.ANNA)], now=NOW)
            destination.close()
        assert outcome.status == "accepted"
        assert server.mails[0].to == "анна@xn--e1afmkfd.example"
        assert str(server.mails[0].message["To"]) == "анна@xn--e1afmkfd.example"

    def test_a_server_that_does_not_never_will(self):
        with MailServer(utf8=False) as server:
            destination = opened(server.port)
            [outcome] = destination.deliver([message(address=self.ANNA)], now=NOW)
            [domain] = destination.deliver([message(address="anna@пример.example")], now=NOW)
            destination.close()
        assert (outcome.status, outcome.reason) == ("rejected", "no_smtputf8")
        assert domain.status == "accepted"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"host": "mail.shop.example"}, "in the clear"),
        ({"user": "shop"}, "both user and password"),
        ({"sender": "nobody"}, "no sender"),
        ({"sender": "Eve\r\nBcc: eve@x.example <news@shop.example>"}, "no sender"),
        ({"return_path": "not a domain"}, "no domain"),
        ({"dkim": {"domain": "shop.example", "selector": "p"}}, "one of key_file and key"),
        ({"feedback_id": "a:b"}, "pattern"),
    ],
)
def test_settings_that_would_harm_are_refused(more, said):
    with pytest.raises(ValueError, match=said):
        opened(2525, **more)


def test_a_password_that_is_not_there_is_named_and_not_guessed(monkeypatch):
    monkeypatch.delenv("MAIL_PASSWORD", raising=False)
    with pytest.raises(SettingsError, match=r"destinations\.mail\.password"):
        opened(2525, user="shop", password="${MAIL_PASSWORD}")
