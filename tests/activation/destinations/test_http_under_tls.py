"""Under TLS: a certificate that nobody vouches for is no connection, and what drips is cut as well."""

from __future__ import annotations

import contextlib
import socket
import threading

import pytest
from conformance import NOW

from destination_server import DestinationServer, answer
from mail_server import certificate
from patron.activation.destinations import http as http_module
from patron.activation.destinations.http import Http


@pytest.fixture(scope="module")
def signed(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(signed):
    """Say a whole answer to the first request of a connection, and drip to the next."""
    context, _ = signed
    over = threading.Event()
    requests: list[bytes] = []

    def talk(plain: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(plain, server_side=True) as line:
            requests.append(line.recv(65536))
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            requests.append(line.recv(65536))
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n")
            while not over.wait(0.03):
                line.sendall(b"a")

    def listen() -> None:
        with contextlib.suppress(OSError):
            while True:
                plain, _ = listener.accept()
                threads.append(threading.Thread(target=talk, args=(plain,)))
                threads[-1].start()

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        threads = [threading.Thread(target=listen)]
        threads[0].start()
        yield f"https://localhost:{listener.getsockname()[1]}", requests
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


@pytest.fixture
def trusted(signed, monkeypatch):
    """Trust the certificate, as an operator of a private authority does."""
    monkeypatch.setenv("SSL_CERT_FILE", str(signed[1]))
    http_module._trusted.cache_clear()
    yield
    http_module._trusted.cache_clear()


def test_a_certificate_that_nobody_vouches_for_is_no_connection(server):
    url, requests = server
    http = Http(url, timeout_s=2, repeats="never")
    outcome = http.call("GET", now=NOW).outcome
    http.close()
    assert (outcome.status, outcome.reason) == ("retry", "not_reached")
    assert requests == []


def test_a_private_authority_is_trusted_and_what_drips_is_cut(server, trusted):
    url, requests = server
    http = Http(url, timeout_s=0.5, repeats="never")
    assert http.call("GET", now=NOW).outcome.status == "accepted"
    dripped = http.call("GET", now=NOW).outcome
    assert (dripped.status, dripped.reason) == ("unknown", "timed_out")
    assert http.call("GET", now=NOW).outcome.status == "accepted"  # over a connection of its own
    http.close()
    assert len([one for one in requests if one]) == 3


def test_a_proxy_of_the_environment_is_gone_through_except_where_it_says_not(monkeypatch):
    with DestinationServer(otherwise=answer(200)) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        outside = Http("http://shop.invalid", timeout_s=2, repeats="never")
        assert outside.call("GET", "/x", now=NOW).outcome.status == "accepted"
        outside.close()
        assert [request.target for request in proxy.requests] == ["http://shop.invalid/x"]
        inside = Http(proxy.url, timeout_s=2, repeats="never")
        assert inside.call("GET", "/y", now=NOW).outcome.status == "accepted"
        inside.close()
        assert proxy.requests[-1].target == "/y"
