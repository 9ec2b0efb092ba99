"""Whoever is logged in changes the password with the old one; this login goes on, others end; on both databases."""

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.test import Client

from nuages import API, ApiKey
from nuages.http.response import Response
from nuages.identify.api_key import make_key
from nuages.models import FailedLogin, Login
from tests.http.accounting import STRONG, faults, last_mail, mails
from tests.http.entering import (
    PASSWORD,
    assert_refused,
    log_in,
    make_api,
    make_user,
    may_enter,
    post,
    refresh,
    refreshed,
    session_api,
)

User = get_user_model()
pytestmark = pytest.mark.usefixtures("accounts")


@pytest.fixture
def api(database: Any) -> API:
    """An API with accounts, and ann, who has one."""
    make_user(email="ann@example.org")
    return make_api()


def change(api: API, tokens: Any, old: str = PASSWORD, new: str = STRONG, **headers: str) -> Response:
    """Ask for another password."""
    named = {"authorization": f"Bearer {tokens['access_token']}"} if tokens else {}
    return post(api, "password", {"password": old, "new_password": new}, **named, **headers)


def test_the_password_is_another_and_this_login_goes_on(api: API) -> None:  # R14
    """204; others of the user end, those of others stay; the user is told by mail."""
    make_user("ben")
    own, other, bens = log_in(api), log_in(api), log_in(api, "ben")
    response = change(api, own)
    assert (response.status, response.header("cache-control")) == (204, "no-store")
    assert may_enter(api, own["access_token"])
    assert may_enter(api, refreshed(api, own["refresh_token"])["access_token"])
    assert_refused(refresh(api, other["refresh_token"]))
    assert not may_enter(api, other["access_token"])
    assert may_enter(api, bens["access_token"])
    assert list(Login.objects.exclude(ended_by="").values_list("ended_by", flat=True)) == ["password"]
    assert_refused(post(api, "token", {"username": "ann", "password": PASSWORD}), "invalid-credentials")
    assert post(api, "token", {"username": "ann", "password": STRONG}).status == 200
    assert (last_mail().to, last_mail().subject) == (["ann@example.org"], "Your password at Logins has been changed")


def test_a_wrong_password_changes_nothing(api: API) -> None:  # R24
    """422 at its place, ten times; then 429, though it is right. Guesses count with those of logins."""
    tokens = log_in(api)
    for _ in range(10):
        assert faults(change(api, tokens, "wrong")) == {"/password": "wrong-password"}
    assert_refused(change(api, tokens), "too-many-requests", 429)
    assert_refused(post(api, "token", {"username": "ann", "password": PASSWORD}), "too-many-requests", 429)
    assert User.objects.get().check_password(PASSWORD)
    assert mails() == []


def test_a_right_password_counts_for_nothing(api: API) -> None:
    """However often it is changed."""
    tokens = log_in(api)
    for old, new in [(PASSWORD, STRONG), (STRONG, PASSWORD)] * 6:
        assert change(api, tokens, old, new).status == 204
    assert set(FailedLogin.objects.values_list("count", flat=True)) == {0}


def test_a_weak_password_is_refused_in_djangos_words(api: API, settings: Any) -> None:
    """422 at its place, for whoever knows the old one."""
    settings.AUTH_PASSWORD_VALIDATORS = [
        {"NAME": f"django.contrib.auth.password_validation.{name}"}
        for name in ("MinimumLengthValidator", "UserAttributeSimilarityValidator")
    ]
    tokens = log_in(api)
    assert faults(change(api, tokens, new="1")) == {"/new_password": "password-too-short"}
    assert faults(change(api, tokens, new="ann@example.org")) == {"/new_password": "password-too-similar"}
    assert faults(change(api, tokens, "wrong", "1")) == {"/password": "wrong-password"}


def test_a_password_that_was_changed_meanwhile_is_not_the_old_one(api: API, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two who change it at once from one password, one does."""
    tokens = log_in(api)

    def overtaken(password: str) -> str:
        User.objects.update(password="another's")
        return make_password(password)

    monkeypatch.setattr("nuages.accounts.changing.make_password", overtaken)
    assert faults(change(api, tokens)) == {"/password": "wrong-password"}
    assert User.objects.get().password == "another's"


def test_nobody_changes_nobodys(api: API) -> None:
    """401 with a challenge."""
    assert_refused(change(api, None), "not-identified")
    assert_refused(change(api, {"access_token": "x"}), "not-identified")


def test_a_key_is_no_login(api: API) -> None:
    """403 for an API key, though it may do all that its user may, and though the password is right."""
    keyed = make_api(ApiKey())
    _, key = make_key(User.objects.get(), "test")
    assert_refused(change(keyed, None, authorization=f"Api-Key {key}"), "not-allowed", 403)


def _client(user: Any) -> tuple[Client, str]:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client, client.cookies["sessionid"].value


def test_a_session_goes_on_under_another_key(api: API) -> None:  # R14, R25
    """The other sessions end, and every login of tokens."""
    both, ann, token = session_api(), User.objects.get(), "a" * 32
    (_, own), (_, other) = _client(ann), _client(ann)
    tokens = log_in(both)
    headers = {"cookie": f"sessionid={own}; csrftoken={token}", "x_csrftoken": token}
    response = post(both, "password", {"password": PASSWORD, "new_password": STRONG}, **headers)
    assert response.status == 204, response.body
    assert response.header("cache-control") == "no-store"
    cookies = [value for name, value in response.headers if name == "Set-Cookie"]
    [renewed] = [value.partition(";")[0].partition("=")[2] for value in cookies if value.startswith("sessionid=")]
    assert renewed != own
    for key, status in ((renewed, 200), (own, 401), (other, 401)):
        assert post(both, "sessions", method="GET", cookie=f"sessionid={key}").status == status
    assert_refused(refresh(both, tokens["refresh_token"]))


def test_another_site_cannot_change_it(api: API) -> None:
    """403 csrf-failed for a session without the token, before the password is looked at."""
    both = session_api()
    _, own = _client(User.objects.get())
    document = {"password": PASSWORD, "new_password": STRONG}
    response = post(both, "password", document, cookie=f"sessionid={own}", sec_fetch_site="cross-site")
    assert (response.status, json.loads(response.body)["type"]) == (403, "urn:nuages:problem:csrf-failed")
    assert User.objects.get().check_password(PASSWORD)
