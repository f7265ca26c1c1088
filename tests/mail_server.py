"""A real mail server on the loopback for tests (aiosmtpd), and one that misbehaves at a chosen stage.

::

    with MailServer() as server:
        ...hand something over to server.port...
        server.mails[0].to, server.mails[0].message["Subject"]
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult


@dataclass(frozen=True)
class Received:
    """One e-mail that was taken."""

    sender: str
    to: str
    data: bytes

    @property
    def message(self) -> EmailMessage:
        made: EmailMessage = message_from_bytes(self.data, policy=default)  # type: ignore[assignment]
        return made

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


class MailServer:
    """Takes everything, and remembers it. `answers` says what it says instead, by stage: MAIL, RCPT, DATA.

    Parameters
    ----------
    user, password : str, optional
        Who has to sign in.
    certificate : SSL context, optional
        With it, STARTTLS is offered; with `tls`, nothing else is spoken.
    greylist : bool
        Whether each recipient is told to come later the first time.
    keep : callable, optional
        Called with each e-mail before it is acknowledged.
    """

    def __init__(
        self, *, user: str | None = None, password: str = "", certificate: ssl.SSLContext | None = None,
        tls: bool = False, greylist: bool = False, utf8: bool = True, keep: Callable[[Received], None] | None = None,
    ) -> None:  # fmt: skip
        self.mails: list[Received] = []
        self.answers: dict[str, list[str]] = {}
        self.connections = 0
        self._user, self._password, self._tls, self._certificate = user, password, tls, certificate
        self._greylist, self._utf8, self._keep = greylist, utf8, keep
        self._seen: set[str] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> MailServer:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listening(), self._loop).result(10)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._ending(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listening(self) -> asyncio.Server:
        return await self._loop.create_server(
            self._speaking, "127.0.0.1", 0, ssl=self._certificate if self._tls else None
        )

    async def _ending(self) -> None:
        self._server.close()
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def _speaking(self) -> SMTP:
        self.connections += 1
        starttls = None if self._tls else self._certificate
        return SMTP(
            self, hostname="mx.test", loop=self._loop, enable_SMTPUTF8=self._utf8, tls_context=starttls,
            require_starttls=starttls is not None, auth_require_tls=starttls is not None,
            authenticator=self._let_in if self._user is not None else None,
        )  # fmt: skip

    def _let_in(self, _server: Any, _session: Any, _envelope: Any, _how: str, came: Any) -> AuthResult:
        known = (str(self._user).encode(), self._password.encode())
        return AuthResult(success=(came.login, came.password) == known, handled=False)

    async def handle_MAIL(self, _server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self._user is not None and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if said := self._said("MAIL"):
            return said
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if said := self._said("RCPT"):
            return said
        if self._greylist and address not in self._seen:
            self._seen.add(address)
            return "451 4.7.1 Greylisted, come back in five minutes"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if said := self._said("DATA"):
            return said
        [to] = envelope.rcpt_tos
        mail = Received(envelope.mail_from, to, envelope.original_content)
        if self._keep is not None:
            self._keep(mail)
        self.mails.append(mail)
        return f"250 2.0.0 Ok: queued as Q{len(self.mails):06d}"

    def _said(self, stage: str) -> str | None:
        waiting = self.answers.get(stage)
        return waiting.pop(0) if waiting else None


class OddServer:
    """Speaks SMTP line by line until it does something odd.

    Parameters
    ----------
    at : str
        The command at which it does so: CONNECT, EHLO, MAIL, RCPT, DATA, BODY (in the middle), END (the last dot).
    what : str
        ``hang``, ``close``, ``garbage``, ``endless`` (an answer without an end), ``drip`` (an answer byte by byte), or
        an answer to give.
    times : int
        How often; from then on it behaves.
    """

    def __init__(self, at: str, what: str, *, times: int = 1_000, extensions: Sequence[str] = ()) -> None:
        self.at, self.what, self.times, self.extensions = at, what, times, extensions
        self.taken: list[bytes] = []
        self.ended = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)  # what it does not read stays with us
        self.port: int = self._socket.getsockname()[1]
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> OddServer:
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        socket.create_connection(("127.0.0.1", self.port)).close()  # wakes the listener
        self._listener.join(10)
        for thread in self._threads:
            thread.join(10)
        self._socket.close()

    def _listen(self) -> None:
        while not self.ended.is_set():
            held, _ = self._socket.accept()
            if self.ended.is_set():
                held.close()
                return
            thread = threading.Thread(target=self._speak, args=[held], daemon=True)
            thread.start()
            self._threads.append(thread)

    def _speak(self, held: socket.socket) -> None:
        with held, held.makefile("rb") as lines:
            try:
                self._dialogue(held, lines)
            except OSError:
                return  # the other side has gone

    def _dialogue(self, held: socket.socket, lines: Any) -> None:
        if self._odd("CONNECT", held):
            return
        held.sendall(b"220 odd.test ESMTP\r\n")
        while line := lines.readline():
            word = line[:4].decode("ascii", "replace").strip().upper()
            if self._odd(word, held):
                return
            if word == "DATA":
                held.sendall(b"354 go on\r\n")
                if not self._data(held, lines):
                    return
            elif word == "EHLO":
                said = ["odd.test", *self.extensions]
                held.sendall(
                    "".join(f"250{'-' if n + 1 < len(said) else ' '}{one}\r\n" for n, one in enumerate(said)).encode()
                )
            else:
                held.sendall(b"221 bye\r\n" if word == "QUIT" else b"250 ok\r\n")

    def _data(self, held: socket.socket, lines: Any) -> bool:
        body = b""
        while (line := lines.readline()) not in (b".\r\n", b""):
            body += line
            if self._odd("BODY", held):
                return False
        if not line:
            return False
        self.taken.append(body)
        if self._odd("END", held):
            return False
        held.sendall(b"250 taken\r\n")
        return True

    def _odd(self, stage: str, held: socket.socket) -> bool:
        """Do it, and tell whether the connection is over."""
        if stage != self.at or self.times <= 0:
            return False
        self.times -= 1
        if self.what == "hang":
            self.ended.wait(30)
        elif self.what == "garbage":
            held.sendall(b"\x16\x03\x01 <html>no SMTP here</html>\r\n")
            self.ended.wait(30)
        elif self.what == "endless":
            while not self.ended.is_set():
                held.sendall(b"250-and another thing\r\n" * 100)
        elif self.what == "drip":
            while not self.ended.wait(0.05):
                held.sendall(b"2")
        elif self.what != "close":
            held.sendall(f"{self.what}\r\n".encode())
        return True


def certificate(folder: Path, name: str = "localhost") -> tuple[ssl.SSLContext, Path]:
    """Return a server's TLS context for a certificate of its own, and the file by which it is trusted."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    whose = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(whose).issuer_name(whose).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / "certificate.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = folder / "key.pem"
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, private)
    return context, file
