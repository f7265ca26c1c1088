"""One connection to a mail server, kept for several messages: each answer, and each silence, becomes an outcome.

::

    before the end of the data   nothing was taken: what is not refused for good comes again
    after it, without an answer  it may have been taken: unknown
    after it, with an answer     theirs

A server that is busy, that knows neither us nor our password, or that offers no encryption says nothing about a
message: it comes again.

Ref  RFC 5321 (SMTP), RFC 3207 (STARTTLS), RFC 4954 and 4616 (AUTH PLAIN in UTF-8), RFC 6531 (SMTPUTF8), RFC 3463
"""

from __future__ import annotations

import base64
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from patron.activation.destinations.destination import Outcome
from patron.activation.email.message import Mail
from patron.activation.email.refusal import is_gone, status_in

Security = Literal["starttls", "tls", "none"]
Stage = Literal["opening", "mail", "rcpt", "data", "sent"]

LINES = 100  # of one answer; who says more says nothing that helps
NO_SMTP = (-1, b"garbled")  # the library's own number for an answer that is none; with words, or it hangs up

MESSAGES = 100  # over one connection; many servers end it after as many
OPENING_TIMES = 3  # times the time of one answer that opening or handing over may take as a whole

_ABOUT_IT = ("5.3.4", "5.2.3")  # refused at MAIL for its size
_SIZE = 552
_SIGN_IN = (530, 534, 535, 538)  # it wants to know who we are: no fault of a message
_BUSY = 421


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """Where e-mails are handed over."""

    host: str
    port: int
    security: Security
    called: str  # how we introduce ourselves: a domain of ours
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None  # certificates that are trusted instead of the system's
    timeout_s: float = 20


class _Silent(Exception):  # noqa: N818 - no error: what is taken for an answer where none came
    """No answer that can be used came, and why, in a word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Refused(Exception):  # noqa: N818 - as above
    """An answer that ends it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class _Client(smtplib.SMTP):
    """The library's client, whose answers have an end."""

    def getreply(self) -> tuple[int, bytes]:
        """Read one answer: at most `LINES` lines."""
        if self.file is None:
            self.file = self.sock.makefile("rb")  # type: ignore[union-attr]
        said: list[bytes] = []
        for _ in range(LINES):
            line = self.file.readline(smtplib._MAXLINE + 1)  # type: ignore[attr-defined]
            if not line:
                self.close()
                raise smtplib.SMTPServerDisconnected
            if not re.match(rb"\d{3}([ -]|\r?\n)", line):
                return NO_SMTP
            said.append(line[4:].strip())
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(said)
        return NO_SMTP


class SmtpSession:
    """Hands messages over, one at a time; opens a connection when it needs one.

    Parameters
    ----------
    server : MailServer
        Where to.
    """

    def __init__(self, server: MailServer) -> None:
        self.server = server
        self._client: _Client | None = None
        self._said = 0  # messages over this connection

    def send(self, mail: Mail) -> Outcome:
        """Hand one message over. A kept connection that has ended meanwhile is opened anew, once."""
        kept = self._client is not None
        stage, outcome = self._try(mail)
        if kept and stage == "mail" and outcome.reason == "closed":
            _, outcome = self._try(mail)
        return outcome

    def close(self) -> None:
        """Say goodbye and let go."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(OSError, smtplib.SMTPException), self._within(client):  # nothing is left to lose
                client.docmd("QUIT")
            client.close()

    def _try(self, mail: Mail) -> tuple[Stage, Outcome]:
        if self._said >= MESSAGES:
            self.close()
        stages: list[Stage] = ["opening"]
        try:
            client = self._client or self._opened()
            with self._within(client):
                outcome = _handed_over(client, mail, stages)
            self._said += 1
        except _Refused as refused:
            outcome = refused.outcome
            self._reset(outcome)
        except _Silent as silent:
            self._drop()
            outcome = Outcome(status="unknown" if stages[-1] == "sent" else "retry", reason=silent.reason)
        return stages[-1], outcome

    def _opened(self) -> _Client:
        """Connect, encrypt, sign in."""
        server = self.server
        with _heard():
            client = _Client(local_hostname=server.called, timeout=server.timeout_s)
        with self._within(client, connecting=True), _dropping(client), _heard():
            _connected(client, server)
            _signed_in(client, server)
        self._client, self._said = client, 0
        return client

    def _reset(self, outcome: Outcome) -> None:
        """Leave the connection as the next message needs it, or end it."""
        client = self._client
        if client is None:
            return
        if outcome.status == "retry" and (outcome.reason or "").startswith((f"smtp_{_BUSY}", "smtp_garbled")):
            self._drop()
            return
        try:
            with self._within(client), _heard():
                if client.docmd("RSET")[0] != 250:
                    self._drop()
        except _Silent:
            self._drop()

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    @contextmanager
    def _within(self, client: _Client, *, connecting: bool = False) -> Iterator[None]:
        """End what takes too long as a whole, however often a server says a little.

        A connection is cut from another thread: nobody else can who waits for its next byte.
        """
        times = OPENING_TIMES if connecting else OPENING_TIMES + 1
        cut = threading.Timer(self.server.timeout_s * times, _cut, [client])
        cut.daemon = True
        cut.start()
        try:
            yield
        finally:
            cut.cancel()


def _cut(client: _Client) -> None:
    if (held := client.sock) is not None:
        with suppress(OSError):  # it has ended by itself
            socket.socket.shutdown(held, socket.SHUT_RDWR)  # past TLS, which another thread is in


@contextmanager
def _heard() -> Iterator[None]:
    """Turn what the network and the library say into a word."""
    try:
        yield
    except smtplib.SMTPServerDisconnected as error:
        raise _Silent("timed_out" if isinstance(error.__context__, TimeoutError) else "closed") from error
    except TimeoutError as error:
        raise _Silent("timed_out") from error
    except ssl.SSLError as error:
        raise _Silent("tls") from error
    except ConnectionRefusedError as error:
        raise _Silent("not_connected") from error
    except (ConnectionError, BrokenPipeError) as error:
        raise _Silent("closed") from error
    except (OSError, smtplib.SMTPException, UnicodeError, ValueError) as error:
        raise _Silent("not_connected") from error


@contextmanager
def _dropping(client: _Client) -> Iterator[None]:
    try:
        yield
    except (_Silent, _Refused):
        client.close()
        raise


def _connected(client: _Client, server: MailServer) -> None:
    client.sock = socket.create_connection((server.host, server.port), server.timeout_s)
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # the last dot waits for no acknowledgement
    if server.security == "tls":
        client.sock = _trusting(server).wrap_socket(client.sock, server_hostname=server.host)
    client._host = server.host  # type: ignore[attr-defined]  # whose name starttls() asks of the certificate
    _need(client.getreply(), "opening", 220)
    _need(client.ehlo(), "opening", 250)
    if server.security == "starttls":
        if not client.has_extn("starttls"):
            raise _Refused(Outcome(status="retry", reason="no_starttls"))
        _need(client.starttls(context=_trusting(server)), "opening", 220)
        _need(client.ehlo(), "opening", 250)


def _trusting(server: MailServer) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=server.ca_file)


def _signed_in(client: _Client, server: MailServer) -> None:
    """Say who we are, by PLAIN where it is offered, else by LOGIN; both in UTF-8."""
    if server.user is None:
        return
    offered = client.esmtp_features.get("auth", "").upper().split()
    user, password = server.user.encode(), (server.password or "").encode()
    if "PLAIN" in offered:
        plain = _coded(b"\x00" + user + b"\x00" + password)
        _need(client.docmd("AUTH", f"PLAIN {plain}"), "opening", 235)
    elif "LOGIN" in offered:
        _need(client.docmd("AUTH", "LOGIN"), "opening", 334)
        _need(client.docmd(_coded(user)), "opening", 334)
        _need(client.docmd(_coded(password)), "opening", 235)
    else:
        raise _Refused(Outcome(status="retry", reason="no_auth"))


def _coded(secret: bytes) -> str:
    return base64.b64encode(secret).decode("ascii")


def _handed_over(client: _Client, mail: Mail, stages: list[Stage]) -> Outcome:
    """Hand one message over; `stages` is told how far it came."""
    wide = mail.to.beyond_ascii
    if wide and not client.has_extn("smtputf8"):
        return Outcome(status="rejected", reason="no_smtputf8")
    with _heard():
        stages.append("mail")
        client.command_encoding = "utf-8" if wide else "ascii"
        _need(client.docmd("MAIL", f"FROM:<{mail.sender}>{_options(client, mail)}"), "mail", 250)
        stages.append("rcpt")
        _need(client.docmd("RCPT", f"TO:<{mail.to.text}>"), "rcpt", 250, 251)
        stages.append("data")
        _need(client.docmd("DATA"), "data", 354)
        client.send(re.sub(rb"(?m)^\.", b"..", mail.data))
        client.send(b".\r\n")
        stages.append("sent")
        said = client.getreply()
        _need(said, "sent", 250)
    return Outcome(status="accepted", receipt=_receipt(said[1]))


def _options(client: _Client, mail: Mail) -> str:
    size = f" SIZE={len(mail.data)}" if client.has_extn("size") else ""
    return f"{size} BODY=8BITMIME SMTPUTF8" if mail.to.beyond_ascii else size


def _need(said: tuple[int, bytes], stage: Stage, *wanted: int) -> None:
    """Go on where the server says yes, else end with what its answer means.

    Raises
    ------
    _Refused
        It says no.
    _Silent
        It says nothing that SMTP knows.
    """
    code, words = said
    if code in wanted:
        return
    if not 400 <= code < 600:
        raise _Silent("garbled")
    text = words.decode("utf-8", "replace")
    status = status_in(text)
    told = status if status is not None and status[0] == str(code)[0] else None
    reason = f"smtp_{code}" + (f"_{told}" if told and told.count(".") == 2 and not told.endswith(".0.0") else "")
    if code < 500 or not _about_the_message(code, told, stage):
        raise _Refused(Outcome(status="retry", reason=reason))
    gone = stage == "rcpt" and is_gone(told or "5.0.0", text)
    raise _Refused(Outcome(status="rejected", reason=reason, happened="bounced" if gone else None))


def _about_the_message(code: int, status: str | None, stage: Stage) -> bool:
    """Tell whether a final no is about this message, and not about us."""
    if stage == "opening" or code in _SIGN_IN:
        return False
    return stage != "mail" or code == _SIZE or status in _ABOUT_IT


def _receipt(words: bytes) -> str | None:
    """Return their id of it, as most servers say it behind the yes; never their sentence."""
    found = re.search(rb"(?:queued as|id=|queued)[ :]*<?([A-Za-z0-9._-]{4,80})", words)
    return found[1].decode("ascii") if found else None


__all__ = ["MailServer", "Security", "SmtpSession"]
