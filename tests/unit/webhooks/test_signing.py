"""Signatures are those of Standard Webhooks: what its library signs is taken, and it takes what is signed here."""

import base64
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from nuages.webhooks import BadSignature, make_secret, verify
from nuages.webhooks.signing import sign

NOW_S = 1_700_000_000
OLD, NEW = ("whsec_" + base64.b64encode(bytes([each] * 24)).decode() for each in b"on")
BODY = b'{"type":"order.paid"}'
SIGNED = sign("msg_1", NOW_S, BODY, [NEW])
SIGNATURE = SIGNED["webhook-signature"]


def test_the_signature_of_the_specification() -> None:
    """Its own example, to the byte."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signed = sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}', [secret])
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1), st.text(), st.binary(min_size=1))
def test_the_library_signs_alike(message_id: str, text: str, key: bytes) -> None:
    """Whatever the message and the key are."""
    secret = "whsec_" + base64.b64encode(key).decode()
    theirs = Webhook(secret).sign(message_id, dt.datetime.fromtimestamp(NOW_S, dt.UTC), text)
    signed = sign(message_id, NOW_S, text.encode(), [secret])
    assert signed["webhook-signature"] == theirs
    assert verify(signed, text.encode(), [secret], now_s=NOW_S) == message_id


def test_while_a_secret_is_changed_both_count() -> None:
    """Who has the old one takes it, and who has the new one."""
    now_s = int(dt.datetime.now(dt.UTC).timestamp())
    signed = sign("msg_1", now_s, BODY, [NEW, OLD])
    for secret in (OLD, NEW):
        assert Webhook(secret).verify(BODY, signed) == {"type": "order.paid"}
        assert verify({name.title(): said for name, said in signed.items()}, BODY, [secret]) == "msg_1"
    with pytest.raises(WebhookVerificationError):
        Webhook(make_secret()).verify(BODY, signed)


@pytest.mark.parametrize(
    "changed",
    [
        {"body": BODY + b" "},
        {"webhook-id": "msg_2"},
        {"webhook-id": ""},
        {"webhook-timestamp": str(NOW_S + 1)},
        {"webhook-timestamp": f"{NOW_S}.0"},
        {"webhook-timestamp": "٣"},
        {"webhook-timestamp": "9" * 5000},
        {"webhook-signature": ""},
        {"webhook-signature": SIGNATURE.replace("v1,", "v2,")},
        {"webhook-signature": SIGNATURE.removeprefix("v1,")},
        {"webhook-signature": sign("msg_1", NOW_S, BODY, [OLD])["webhook-signature"]},
        {"webhook-signature": "v1 v1,é \ud800"},
    ],
    ids=lambda changed: " ".join(f"{name} {said[:30]!a}" for name, said in changed.items()),
)
def test_what_was_not_signed_so_is_refused(changed: dict[str, Any]) -> None:
    """A 403, whatever it is."""
    body = changed.pop("body", BODY)
    with pytest.raises(BadSignature):
        verify({**SIGNED, **changed}, body, [NEW], now_s=NOW_S)


@pytest.mark.parametrize("name", SIGNED)
def test_each_header_must_be_there(name: str) -> None:
    """Without one of them nothing is signed."""
    with pytest.raises(BadSignature):
        verify({each: said for each, said in SIGNED.items() if each != name}, BODY, [NEW], now_s=NOW_S)


def test_a_message_is_good_for_some_minutes() -> None:
    """Before and after, and no longer."""
    for apart_s in (-300, 300):
        assert verify(SIGNED, BODY, [NEW], now_s=NOW_S + apart_s) == "msg_1"
    for apart_s in (-301, 301):
        with pytest.raises(BadSignature):
            verify(SIGNED, BODY, [NEW], now_s=NOW_S + apart_s)
    assert verify(SIGNED, BODY, [NEW], now_s=NOW_S + 301, tolerance_s=301) == "msg_1"


@given(st.dictionaries(st.sampled_from(list(SIGNED)), st.text()), st.binary())
def test_nothing_that_comes_in_is_more_than_refused(headers: dict[str, str], body: bytes) -> None:
    """No other failure, whatever a stranger sends."""
    with pytest.raises(BadSignature):
        verify({**SIGNED, **headers}, body + b"!", [NEW, OLD], now_s=NOW_S)


@pytest.mark.parametrize("secrets", [[], [""], ["whsec_"], ["whsec_é"], ["no base64!"], [NEW, "whsec_==="]])
def test_a_secret_of_ours_that_is_none_is_our_fault(secrets: list[str]) -> None:
    """And is not shown."""
    with pytest.raises(ValueError, match="secret") as caught:
        verify(SIGNED, BODY, secrets, now_s=NOW_S)
    assert not isinstance(caught.value, BadSignature)
    assert NEW.removeprefix("whsec_") not in str(caught.value)
    assert "no base64!" not in str(caught.value)
