"""What Twilio tells is believed when it is signed, and read as what happened."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from conformance import NOW

from patron.activation.delivery.feedback import Called, Feedback, Theirs
from patron.activation.destinations.twilio_told import TwilioTold, twilio_signature
from patron.errors import AccessError, ContractError

TOKEN = "12345"
CALLBACK = "https://crm.example.com/v1/feedback/texts"
SID = "SM" + "9" * 32
PUBLISHED = {
    "CallSid": ["CA1234567890ABCDE"], "Caller": ["+14158675309"], "Digits": ["1234"], "From": ["+14158675309"],
    "To": ["+18005551212"],
}  # fmt: skip


def test_the_signature_is_the_one_that_is_published():
    """The vectors of Twilio's security page and of its libraries' tests: one address, and names with several values."""
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert twilio_signature(url, PUBLISHED, token=TOKEN) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    twice = {"Sid": ["CA123"], "SidAccount": ["AC123"], "Digits": ["5678", "1234", "1234"]}
    assert twilio_signature(url, twice, token=TOKEN) == "IK+Dwps556ElfBT0I3Rgjkr1wJU="


def called(form, *, url=f"{CALLBACK}?delivery=d1", signed_as=None, token=TOKEN, body=None) -> Called:
    whole = {name: [value] for name, value in form.items()}
    headers = {"x-twilio-signature": twilio_signature(signed_as or url, whole, token=token)}
    return Called(method="POST", url=url, headers=headers, body=body or urlencode(form).encode(), now=NOW)


def status(status, **more):
    return {"MessageSid": SID, "MessageStatus": status, "To": "+447700900123", "From": "+15005550006"} | more


def read(call: Called, *, callback=CALLBACK):
    return TwilioTold(TOKEN, callback=callback).read(call)


@pytest.mark.parametrize(
    ("form", "happened", "permanent"),
    [(status("delivered"), "delivered", None), (status("read"), "opened", None),
     (status("undelivered", ErrorCode="30005"), "bounced", True),
     (status("failed", ErrorCode="30006"), "bounced", True),
     (status("undelivered", ErrorCode="30003"), "bounced", False),
     (status("failed"), "bounced", False),
     (status("failed", ErrorCode="21610"), "unsubscribed", None)],
)  # fmt: skip
def test_a_status_says_what_happened_to_our_message(form, happened, permanent):
    [told] = read(called(form))
    assert isinstance(told, Feedback)
    assert (told.delivery_id, told.happened, told.permanent) == ("d1", happened, permanent)
    assert (told.feedback_id, told.occurred_at) == (f"{SID}:{form['MessageStatus']}", NOW)


@pytest.mark.parametrize("on_its_way", ["queued", "accepted", "sending", "sent", "scheduled", "canceled", "new-word"])
def test_what_is_on_its_way_is_nothing_yet(on_its_way):
    assert list(read(called(status(on_its_way)))) == []


def test_a_status_without_our_id_is_found_by_theirs():
    [told] = read(called(status("delivered"), url=CALLBACK))
    assert isinstance(told, Theirs)
    assert (told.receipt, told.happened) == (SID, "delivered")


@pytest.mark.parametrize(
    "body", ["STOP", "stop", " Stop. ", "Unsubscribe", "STOPALL", "end", "QUIT", "Cancel", "optout"]
)
def test_who_answers_stop_wants_no_more(body):
    form = {"MessageSid": SID, "From": "+447700900123", "To": "+15005550006", "Body": body}
    [told] = read(called(form, url=CALLBACK))
    assert isinstance(told, Theirs)
    assert (told.happened, told.channel, told.address) == ("unsubscribed", "sms", "+447700900123")
    assert "+447700900123" not in repr(told)


def test_a_word_of_ones_own_counts_where_twilio_says_so():
    """Advanced Opt-Out: other languages, told by OptOutType."""
    form = {"MessageSid": SID, "From": "+447700900123", "Body": "ARRÊT", "OptOutType": "STOP"}
    assert [one.happened for one in read(called(form, url=CALLBACK))] == ["unsubscribed"]


@pytest.mark.parametrize("body", ["please stop by tomorrow", "START", "HELP", "thanks", "", "unstop"])
def test_other_answers_are_none_of_ours(body):
    assert list(read(called({"MessageSid": SID, "From": "+447700900123", "Body": body}, url=CALLBACK))) == []


@pytest.mark.parametrize(
    "signed_as",
    [f"{CALLBACK}?delivery=d1", "https://crm.example.com:443/v1/feedback/texts?delivery=d1"],
)
def test_behind_a_proxy_the_address_of_the_settings_counts(signed_as):
    """The server sees http://127.0.0.1:8000; Twilio signed what it called, with the port or without."""
    inside = "http://127.0.0.1:8000/v1/feedback/texts?delivery=d1"
    assert len(read(called(status("delivered"), url=inside, signed_as=signed_as))) == 1
    with pytest.raises(AccessError):
        read(called(status("delivered"), url=inside, signed_as=signed_as), callback=None)


@pytest.mark.parametrize(
    "call",
    [called(status("delivered"), token="other"),
     called(status("delivered"), body=urlencode(status("failed")).encode()),
     called(status("delivered"), signed_as=f"{CALLBACK}?delivery=d2"),
     Called(method="POST", url=CALLBACK, headers={}, body=b"MessageSid=SM1", now=NOW),
     Called(method="POST", url=CALLBACK, headers={"x-twilio-signature": "ü"}, body=b"MessageSid=SM1", now=NOW)],
)  # fmt: skip
def test_what_is_not_signed_is_not_believed(call):
    with pytest.raises(AccessError) as caught:
        read(call)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a" * 10_000, b"&".join([b"a=1"] * 300)])
def test_garbage_is_no_form(body):
    call = Called(method="POST", url=CALLBACK, headers={}, body=body, now=NOW)
    with pytest.raises((ContractError, AccessError)):
        read(call)


def test_a_signed_call_about_no_message_is_none():
    with pytest.raises(ContractError):
        read(called({"AccountSid": "AC1"}, url=CALLBACK))
    assert "12345" not in repr(TwilioTold(TOKEN))
