"""What browsers get: a small snippet that other sites may load, and the word that privacy signals are heard."""

from __future__ import annotations


def test_the_snippet_is_small_and_may_be_loaded_by_other_sites(serving):
    answer = serving.get("/patron.js")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert len(answer.content) < 3 * 1024
    assert b"//" not in answer.content.replace(b"://", b"")
    again = serving.get("/patron.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_site_says_that_it_hears_privacy_signals(serving):
    answer = serving.get("/.well-known/gpc.json")
    assert answer.json() == {"gpc": True}
    assert answer.headers["Content-Type"] == "application/json"
