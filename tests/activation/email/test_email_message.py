"""What an e-mail says: RFC 8058's two headers, text always, the page's direction, and no header that a value adds."""

from __future__ import annotations

import re
from dataclasses import replace
from email.headerregistry import Address as HeaderAddress

import dkim
import pytest
from email_support import NOW, message
from hypothesis import given
from hypothesis import strategies as st
from test_dkim import PRIVATE, record

from mail_server import Received
from patron.activation.email import DkimKey, Letterhead, address_of, domain_of, mail_of
from patron.activation.email.delivery_name import BOUNCE, box, ids_in_boxes, ids_in_message_ids, message_id

HEAD = Letterhead(
    sender=HeaderAddress("Tea Shop", "news", "shop.example"), return_path="b.shop.example", list_id="news.shop.example",
    feedback_id="teashop",
)  # fmt: skip


def sent(head: Letterhead = HEAD, **content) -> Received:
    one = message()
    made = mail_of(replace(one, content={**one.content, **content}), head, now=NOW)
    assert not isinstance(made, str), made
    return Received(made.sender, made.to.text, made.data)


def test_it_can_be_left_with_one_click_by_rfc_8058():
    mail = sent()
    ways = str(mail.message["List-Unsubscribe"])
    assert ways == f"<https://shop.example/u/t0ken>, <mailto:unsubscribe+{1:032x}@b.shop.example?subject=unsubscribe>"
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.sender == f"bounce+{1:032x}@b.shop.example"


def test_a_marketing_e_mail_that_cannot_be_left_is_not_made_and_a_receipt_is():
    one = replace(message(), content={"subject": "s", "text": "t"})
    assert mail_of(one, HEAD, now=NOW) == "no_unsubscribe"
    made = mail_of(replace(one, purpose="service"), HEAD, now=NOW)
    assert not isinstance(made, str)
    assert b"List-Unsubscribe" not in made.data


def test_text_is_always_there_and_html_where_there_is_some():
    both = sent().message
    assert [part.get_content_type() for part in both.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    alone = sent(html="").message
    assert alone.get_content_type() == "text/plain"
    assert "your basket waits" in alone.get_content()
    made = sent(text="", html="<style>p{}</style><p>Grüße, <b>Annabel</b></p>").message
    assert made.get_body(("plain",)).get_content().startswith("Grüße, Annabel\r\n")


def test_the_links_to_leave_are_added_where_the_words_lack_them():
    for part in sent().message.iter_parts():
        assert "https://shop.example/u/t0ken" in part.get_content()
        assert "https://shop.example/preferences/t0ken" in part.get_content()
    said = sent(text="Leave: https://shop.example/u/t0ken", html=None).message.get_content()
    assert said.count("https://shop.example/u/t0ken") == 1


def test_the_page_says_its_language_and_direction():
    page = sent(html="<p>שלום</p>", language="he", direction="rtl").message.get_body(("html",)).get_content()
    assert '<html lang="he" dir="rtl"><head><meta charset="utf-8"></head>' in page
    whole = sent(html="<html><body><p>x</p></body></html>").message.get_body(("html",)).get_content()
    assert whole.count("<html") == 1
    assert whole.rstrip().endswith("</p></body></html>")


def test_an_absence_notice_has_no_reason_to_answer_and_gmail_knows_the_campaign():
    mail = sent(language="en")
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert mail.message["Feedback-ID"] == ":plain:left_cart:teashop"
    assert mail.message["List-Id"] == "<news.shop.example>"
    assert mail.message["Content-Language"] == "en"
    assert "Precedence" not in mail.message


def test_the_same_delivery_makes_the_same_bytes():
    assert sent().data == sent().data


def test_a_long_link_stays_whole():
    link = "https://shop.example/u/" + "x" * 700
    assert f"<{link}>,\r\n".encode() in sent(unsubscribe_url=link).data


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "http://shop.example/u/1", "https://shop.example/a b", "https://shop.example/>,<mailto:x",
     "https://shop.example/\r\nBcc: eve@evil.example", "https://shop.example/" + "x" * 900, "https://shop.example/ü"],
)  # fmt: skip
def test_a_link_that_is_no_link_makes_no_e_mail(link):
    one = message()
    assert mail_of(replace(one, content={**one.content, "unsubscribe_url": link}), HEAD, now=NOW) == "bad_link"


ANY = st.text(st.characters(), max_size=80)
NAMES = {
    "date", "message-id", "auto-submitted", "content-language", "list-id", "feedback-id", "list-unsubscribe",
    "list-unsubscribe-post", "from", "to", "subject", "mime-version", "content-type",
}  # fmt: skip


@given(subject=ANY, text=ANY, html=ANY, language=ANY, trigger=ANY, variant=ANY)
def test_no_value_adds_a_header_or_a_recipient(subject, text, html, language, trigger, variant):
    content = {**message().content, "subject": subject, "text": text or "t", "html": html, "language": language}
    one = replace(message(), content=content, trigger=trigger, variant=variant)
    made = mail_of(one, HEAD, now=NOW)
    assert not isinstance(made, str)
    head, _, _body = made.data.partition(b"\r\n\r\n")
    assert made.data.isascii()
    assert b"\r" not in made.data.replace(b"\r\n", b"")
    assert b"\n" not in made.data.replace(b"\r\n", b"")
    assert b"\0" not in made.data
    names = [line.partition(b":")[0].decode().lower() for line in re.split(rb"\r\n(?![ \t])", head)]
    assert len(names) == len(set(names))
    assert set(names) <= NAMES | {"content-transfer-encoding"}
    assert max(map(len, made.data.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("kind", list(PRIVATE))
def test_an_e_mail_of_any_language_is_signed_so_that_others_verify(kind):
    head = replace(HEAD, dkim=DkimKey("shop.example", "p1", PRIVATE[kind]))
    words = {"subject": "Ваша корзина ждёт, 你好 " * 5, "text": "שלום\n.\n\n" * 50, "html": "<p>мир</p>" * 300}
    assert dkim.verify(sent(head, **words).data, dnsfunc=record(kind))


@pytest.mark.parametrize(
    "address",
    ["", " ", "ann", "@example.org", "ann@", "ann@localhost", "ann@@example.org", "ann@exa mple.org", "a b@example.org",
     "ann@example.org\r\nRCPT TO:<eve@evil.example>", "ann@example.org\0", "<ann@example.org>", "ann@-x.org",
     "ann@example..org", "ann\u202e@example.org", "ann\u200b@example.org", "ann@exam_ple.org",
     f"{'a' * 65}@example.org",
     f"ann@{'a' * 64}.org", '"ann"@example.org', "ann,eve@example.org", "ann;eve@example.org"],
)  # fmt: skip
def test_what_is_no_address_gets_no_e_mail(address):
    assert mail_of(message(address=address), HEAD, now=NOW) in ("bad_address", "no_address")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("ann@example.org", "ann@example.org"),
        ("Ann.Smith+tea@Example.ORG", "Ann.Smith+tea@example.org"),
        ("o'brien@example.org", "o'brien@example.org"),
        ("ann@straße.example", "ann@xn--strae-oqa.example"),
        ("ann@FAẞ.example", "ann@xn--fa-hia.example"),
        ("ann@bu\u0308cher.example", "ann@xn--bcher-kva.example"),
        ("ann@ｅｘａｍｐｌｅ.org", "ann@example.org"),
        ("ann@例え.テスト", "ann@xn--r8jz45g.xn--zckzah"),
        ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
    ],
)
def test_domains_go_out_in_ascii(text, written):
    assert address_of(text).text == written


def test_a_domain_of_nothing_is_none():
    assert [domain_of(text) for text in ("", ".", "a.", "-a.b", "a b")] == [None] * 5


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_any_id_comes_back_from_where_it_was_written(key):
    assert ids_in_message_ids(f"References: {message_id(key, 'shop.example')}") == [key]
    address = box(BOUNCE, key, "b.shop.example")
    if address is not None:
        assert len(address.partition("@")[0]) <= 64
        assert ids_in_boxes(f"<{address.upper()}>") == [(BOUNCE, key)]
