"""Whoever is logged in has another e-mail address when a mail to it was read; on both databases."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from nuages import API
from nuages.http.response import Response
from nuages.models import Login
from tests.http.accounting import (
    STRONG,
    faults,
    last_mail,
    mails,
    reset,
    reset_token,
    token_of,
)
from tests.http.entering import PASSWORD, assert_refused, log_in, make_api, make_user, may_enter, post, refresh

User = get_user_model()
pytestmark = pytest.mark.usefixtures("accounts")
NEW = "ann@new.example"


@pytest.fixture
def api(database: Any) -> API:
    """An API with accounts, and ann and ben, who have one."""
    make_user(email="ann@example.org")
    make_user("ben", email="ben@example.org")
    return make_api()


def ask(api: API, tokens: Any, email: str = NEW, password: str = PASSWORD) -> Response:
    """Ask for another address."""
    headers = {"authorization": f"Bearer {tokens['access_token']}"} if tokens else {}
    return post(api, "email", {"email": email, "password": password}, **headers)


def confirm(api: API, token: str) -> Response:
    """Follow the link, from anywhere."""
    return post(api, "email/confirm", {"token": token})


def test_an_address_is_stored_when_its_mail_was_read(api: API) -> None:  # R14
    """202, a mail to the new one; 204, the address is another, other logins end, and the old address is told."""
    own, other = log_in(api), log_in(api)
    assert ask(api, own, "Ann@NEW.example").status == 202
    letter = last_mail()
    assert (letter.to, letter.subject) == (["Ann@new.example"], "Confirm your new address for Logins")
    assert User.objects.get(username="ann").email == "ann@example.org"
    assert confirm(api, token_of(letter)).status == 204
    assert User.objects.get(username="ann").email == "Ann@new.example"
    assert may_enter(api, own["access_token"])
    assert refresh(api, own["refresh_token"]).status == 200
    assert not may_enter(api, other["access_token"])
    assert_refused(refresh(api, other["refresh_token"]))
    assert list(Login.objects.exclude(ended_by="").values_list("ended_by", flat=True)) == ["email"]
    assert last_mail().to == ["ann@example.org"]
    assert last_mail().subject == "Your e-mail address at Logins has been changed"


def test_whose_address_it_is_cannot_be_seen(api: API, statements: Any) -> None:
    """202 and the same statements for another's address, who is told that they have an account."""
    tokens, seen = log_in(api), []
    ask(api, tokens, "first@new.example")
    for email in (NEW, "BEN@example.org", "ann@example.org"):
        statements.clear()
        response = ask(api, tokens, email)
        seen.append((response.status, response.body, len(statements)))
    assert all(each == seen[0] for each in seen)
    assert [letter.to[0] for letter in mails()] == ["first@new.example", NEW, "ben@example.org", "ann@example.org"]
    assert "https://" not in mails()[2].body


def test_a_link_works_once_and_for_the_account_as_it_was(api: API) -> None:
    """Not after another change of the address or of the password, nor for a user who is switched off."""
    tokens = log_in(api)
    ask(api, tokens)
    first = token_of(last_mail())
    ask(api, tokens, "other@new.example")
    second = token_of(last_mail())
    assert confirm(api, first).status == 204
    assert faults(confirm(api, first)) == {"/token": "invalid-token"}
    assert faults(confirm(api, second)) == {"/token": "invalid-token"}
    User.objects.filter(username="ann").update(email="ann@example.org")
    assert faults(confirm(api, first)) == {"/token": "invalid-token"}
    User.objects.filter(username="ann").update(email=NEW)
    ask(api, tokens, "third@new.example")
    third = token_of(last_mail())
    assert reset(api, reset_token(api, NEW)).status == 204
    assert faults(confirm(api, third)) == {"/token": "invalid-token"}
    ask(api, _log_in(api), "fourth@new.example", STRONG)
    fourth = token_of(last_mail())
    User.objects.filter(username="ann").update(is_active=False)
    assert faults(confirm(api, fourth)) == {"/token": "invalid-token"}
    assert User.objects.get(username="ann").email == NEW


def _log_in(api: API) -> Any:
    import json  # noqa: PLC0415

    return json.loads(post(api, "token", {"username": "ann", "password": STRONG}).body)


def test_an_address_that_another_has_by_now_is_not_taken_away(api: API) -> None:
    """422 for whoever comes second."""
    ann, ben = log_in(api), log_in(api, "ben")
    ask(api, ann)
    ask(api, ben)
    first, second = map(token_of, mails())
    assert confirm(api, first).status == 204
    assert faults(confirm(api, second)) == {"/token": "invalid-token"}


def test_the_password_is_demanded(api: API) -> None:
    """422 for a wrong one, 401 for nobody; what is no address is refused first."""
    tokens = log_in(api)
    assert faults(ask(api, tokens, password="wrong")) == {"/password": "wrong-password"}
    assert faults(ask(api, tokens, "x\r\nBcc: y@z.org")) == {"/email": "invalid"}
    assert faults(ask(api, tokens, f"{'z' * 300}@new.example")) == {"/email": "max-length"}
    assert_refused(ask(api, None), "not-identified")
    assert mails() == []


@pytest.mark.parametrize("token", ["", "x", "é", "a" * 4_000])
def test_nonsense_is_no_link(api: API, token: str) -> None:
    """422."""
    assert faults(confirm(api, token)) == {"/token": "invalid-token"}
