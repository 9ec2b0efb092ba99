"""A login by another provider ends in a login of Nuages: its tokens work at the API, and each ends with the other."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session as Stored
from django.test import Client, RequestFactory
from django.urls import clear_url_caches, include, path

from nuages import API, Bearer, Resource, authenticated
from nuages.factors import passkeys
from nuages.factors.relying_party import read_relying_party
from nuages.models.logins import Login
from nuages.social.exchange import FRESH_S
from nuages.social.tokens import FamilyTokens
from shop.models import Tag
from tests.http.authenticators import PASSKEYS, SoftKey
from tests.http.social import APP, BROWSER, Upstream, Visitor, by_token, declared, started_upstream
from tests.support.upstream import CLIENT

api = API(title="Social logins", authenticate=[Bearer()])


@api.resource(Tag)
class Tags(Resource):
    fields = ["id", "name"]
    rules = {"read": authenticated}


urlpatterns = [path("api/", api.urls), path("social/", include("nuages.social.urls"))]
pytestmark = [pytest.mark.urls(__name__)]


@pytest.fixture(scope="module")
def running() -> Iterator[Upstream]:
    """A provider."""
    with started_upstream() as upstream:
        yield upstream


@pytest.fixture
def upstream(running: Upstream, settings: Any, database: Any) -> Upstream:
    """The provider, well behaved, and a project that knows it."""
    running.tell()
    api._built = None  # a check of another test may have built it, with other keys
    settings.NUAGES_SOCIAL_API = "Social logins"
    settings.SOCIALACCOUNT_PROVIDERS = declared(company=running)
    return running


def asked(method: str, url: str, access: str = "", document: Any = None) -> Any:
    """Ask the API."""
    headers = {"Authorization": f"Bearer {access}"} if access else {}
    return Client().generic(method, url, document or "", content_type="application/json", headers=headers)


def test_a_browser_comes_back_with_a_session(upstream: Upstream) -> None:
    """The provider's person is a new user with an account of theirs, and no tokens are given out unasked."""
    visitor = Visitor()
    answer = visitor.log_in("company", upstream)
    assert (answer.status_code, answer["Location"]) == (302, "/welcome")
    status, document = visitor.session()
    assert (status, document["meta"]) == (200, {"is_authenticated": True})
    account = SocialAccount.objects.get()
    assert (account.provider, account.uid, account.user) == ("company", "person-1", User.objects.get())
    assert not Login.objects.exists()


def test_a_flow_has_state_nonce_and_pkce(upstream: Upstream) -> None:
    """What is sent to the provider, of which none comes twice."""
    first, second = (Visitor().begin("company")["Location"] for _ in range(2))
    for name in ("state", "nonce", "code_challenge"):
        assert f"{name}=" in first
        one, other = (url.split(f"{name}=")[1].split("&")[0] for url in (first, second))
        assert len(one) >= 16
        assert one != other
    assert "code_challenge_method=S256" in first


def test_a_browser_turns_its_session_into_tokens(upstream: Upstream) -> None:
    """They are a login's like any other: they work, are refreshed and listed; the cookie's session is gone."""
    visitor = Visitor()
    visitor.log_in("company", upstream)
    cookie = visitor.client.cookies["sessionid"].value
    answer = visitor.exchange(User_Agent="Firefox")
    tokens = answer.json()
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert set(tokens) == {"access_token", "token_type", "expires_in", "refresh_token", "session_token"}
    assert asked("GET", "/api/tags", tokens["access_token"]).status_code == 200
    assert visitor.client.cookies["sessionid"].value == ""
    visitor.client.cookies["sessionid"] = cookie
    assert visitor.session()[0] == 401
    again = asked("POST", "/api/auth/refresh", document=f'{{"refresh_token": "{tokens["refresh_token"]}"}}')
    assert again.status_code == 200
    assert Login.objects.get().verified_at is not None
    (row,) = asked("GET", "/api/auth/sessions", again.json()["access_token"]).json()["items"]
    assert (row["device"], row["address"], row["is_current"]) == ("Firefox", "127.0.0.1", True)


def test_an_exchange_is_for_pages_of_this_site(upstream: Upstream) -> None:  # C02
    """A browser says where its page is from: from here it is answered, from elsewhere refused, token or not."""
    visitor = Visitor()
    visitor.log_in("company", upstream)
    for origin in ("https://evil.example", "null", "http://testserver.evil.example", "https://testserver"):
        assert visitor.exchange(Origin=origin).status_code == 403
    assert visitor.exchange(Origin="http://testserver").status_code == 200


def test_a_session_becomes_one_login(upstream: Upstream) -> None:
    """A second exchange finds nobody."""
    visitor = Visitor()
    visitor.log_in("company", upstream)
    assert visitor.exchange().status_code == 200
    assert visitor.exchange().status_code == 401
    assert Login.objects.count() == 1


def test_a_browser_may_have_the_refresh_token_in_a_cookie(upstream: Upstream) -> None:
    """As at /auth/token: out of reach of scripts, and not in the body."""
    visitor = Visitor()
    visitor.log_in("company", upstream)
    answer = visitor.exchange({"cookie": True})
    assert "refresh_token" not in answer.json()
    assert answer.cookies["__Host-refresh"]["httponly"]


def test_an_exchange_wants_a_session_of_such_a_login(upstream: Upstream) -> None:
    """Nobody, and somebody whom the admin's form has let in, get 401."""
    visitor = Visitor()
    assert visitor.exchange().status_code == 401
    visitor.client.force_login(User.objects.create_user("ann"), "django.contrib.auth.backends.ModelBackend")
    answer = visitor.exchange()
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer["WWW-Authenticate"] == 'Session realm="api"'
    assert not Login.objects.exists()


def test_an_old_session_is_not_exchanged(upstream: Upstream) -> None:
    """It would become a login that seems to have begun just now."""
    visitor = Visitor()
    visitor.log_in("company", upstream)
    session = visitor.client.session
    (record,) = session[AUTHENTICATION_METHODS_SESSION_KEY]
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{**record, "at": record["at"] - FRESH_S}]
    session.save()
    assert visitor.exchange().status_code == 401
    assert not Login.objects.exists()
    assert visitor.session()[0] == 200


def test_an_exchange_is_no_get(upstream: Upstream) -> None:
    """405 with Allow."""
    answer = Client().get("/social/tokens")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_an_app_gets_tokens_for_an_id_token(upstream: Upstream) -> None:
    """One login, whose tokens work at the API, beside the session token for allauth's endpoints."""
    answer = by_token("company", upstream.id_token(), User_Agent="Phone").json()
    meta = answer["meta"]
    assert (meta["token_type"], meta["expires_in"]) == ("Bearer", 300)
    assert asked("GET", "/api/tags", meta["access_token"]).status_code == 200
    assert Login.objects.get().device == "Phone"
    said = Client().get(f"{APP}/auth/session", headers={"X-Session-Token": meta["session_token"]})
    assert (said.status_code, said.json()["meta"]) == (200, {"is_authenticated": True})
    assert Login.objects.count() == 1


def test_one_request_begins_one_login(upstream: Upstream) -> None:
    """However often allauth asks for its tokens, and it asks whenever it makes an answer."""
    by_token("company", upstream.id_token())
    Login.objects.all().delete()
    request = RequestFactory().get("/")
    request.session = SessionStore()
    login(request, User.objects.get(), "django.contrib.auth.backends.ModelBackend")
    first, second = (FamilyTokens().create_access_token_payload(request) for _ in range(2))
    assert first == second
    assert Login.objects.count() == 1


def test_a_session_token_is_no_cookie(upstream: Upstream) -> None:
    """Whoever has it cannot send it as a session's cookie."""
    token = by_token("company", upstream.id_token()).json()["meta"]["session_token"]
    assert not Stored.objects.filter(pk=token).exists()
    client = Client()
    client.cookies["sessionid"] = token
    assert client.get(f"{BROWSER}/auth/session").status_code == 401


def test_a_logout_at_allauth_ends_the_login(upstream: Upstream) -> None:
    """Neither its access token nor its refresh token is taken any more."""
    meta = by_token("company", upstream.id_token()).json()["meta"]
    gone = Client().delete(f"{APP}/auth/session", headers={"X-Session-Token": meta["session_token"]})
    assert gone.status_code == 401
    assert Login.objects.get().ended_by == "logout"
    assert asked("GET", "/api/tags", meta["access_token"]).status_code == 401
    refused = asked("POST", "/api/auth/refresh", document=f'{{"refresh_token": "{meta["refresh_token"]}"}}')
    assert refused.status_code == 401


@pytest.mark.parametrize("flow", ["app", "browser"])
def test_a_logout_at_the_api_ends_the_session(upstream: Upstream, flow: str) -> None:
    """The session token is answered 410 from then on, and the session is deleted."""
    if flow == "app":
        tokens = by_token("company", upstream.id_token()).json()["meta"]
    else:
        visitor = Visitor()
        visitor.log_in("company", upstream)
        tokens = visitor.exchange().json()
    assert asked("POST", "/api/auth/logout", tokens["access_token"]).status_code == 204
    said = Client().get(f"{APP}/auth/session", headers={"X-Session-Token": tokens["session_token"]})
    assert said.status_code == 410
    assert not Stored.objects.exists()


def test_one_who_logs_in_again_has_one_login(upstream: Upstream) -> None:
    """With the session token of the first: that one ends, and the answer has the tokens of the next."""
    first = by_token("company", upstream.id_token()).json()["meta"]
    answer = by_token("company", upstream.id_token(), X_Session_Token=first["session_token"])
    assert asked("GET", "/api/tags", answer.json()["meta"]["access_token"]).status_code == 200
    assert asked("GET", "/api/tags", first["access_token"]).status_code == 401
    assert Login.objects.filter(ended_at__isnull=True).count() == 1


def test_a_user_who_may_not_gets_no_login(upstream: Upstream) -> None:
    """An inactive user is let in by neither way."""
    by_token("company", upstream.id_token())
    User.objects.update(is_active=False)
    Login.objects.all().delete()
    answer = by_token("company", upstream.id_token())
    assert answer.status_code == 401
    visitor = Visitor()
    visitor.log_in("company", upstream)
    assert visitor.exchange().status_code == 401
    assert not Login.objects.exists()


def test_accounts_are_listed_connected_and_removed(upstream: Upstream) -> None:
    """By the user; the last one stays where there is no password."""
    visitor = Visitor()
    visitor.log_in("company", upstream)
    user = User.objects.get()
    upstream.tell(person={"sub": "person-2"})
    assert visitor.log_in("company", upstream, "connect")["Location"] == "/welcome"
    url = f"{BROWSER}/account/providers"
    assert [row["uid"] for row in visitor.client.get(url).json()["data"]] == ["person-1", "person-2"]

    def remove(uid: str) -> int:
        document, headers = {"provider": "company", "account": uid}, {"X-CSRFToken": visitor.token()}
        return visitor.client.delete(url, document, content_type="application/json", headers=headers).status_code

    assert remove("person-2") == 200
    assert remove("person-1") == 400
    assert [account.uid for account in SocialAccount.objects.filter(user=user)] == ["person-1"]


def test_a_second_factor_comes_before_tokens(upstream: Upstream) -> None:
    """A user of allauth's second factor is let in by it; until then there is no login."""
    by_token("company", upstream.id_token())
    Login.objects.all().delete()
    secret = generate_totp_secret()
    TOTP.activate(User.objects.get(), secret)
    answer = by_token("company", upstream.id_token())
    pending = [flow["id"] for flow in answer.json()["data"]["flows"] if flow.get("is_pending")]
    assert (answer.status_code, pending) == (401, ["mfa_authenticate"])
    assert "access_token" not in answer.json()["meta"]
    assert not Login.objects.exists()
    headers = {"X-Session-Token": answer.json()["meta"]["session_token"]}
    (code, *_) = [format_hotp_value(hotp_value(secret, counter)) for counter in yield_hotp_counters_from_time()]
    url = f"{APP}/auth/2fa/authenticate"
    let_in = Client().post(url, {"code": code}, content_type="application/json", headers=headers)
    assert asked("GET", "/api/tags", let_in.json()["meta"]["access_token"]).status_code == 200
    assert Login.objects.count() == 1


@pytest.fixture
def with_passkeys(settings: Any) -> Iterator[None]:
    """A project that takes passkeys, whose URLs are made anew for it."""
    settings.NUAGES_PASSKEYS, settings.MFA_SUPPORTED_TYPES = PASSKEYS, ["totp", "recovery_codes", "webauthn"]
    before = list(urlpatterns)
    sys.modules.pop("nuages.social.urls", None)
    urlpatterns[:] = [path("api/", api.urls), path("social/", include("nuages.social.urls"))]
    clear_url_caches()
    yield
    sys.modules.pop("nuages.social.urls", None)
    urlpatterns[:] = before
    clear_url_caches()


@pytest.mark.usefixtures("with_passkeys")
def test_a_passkey_comes_before_tokens(upstream: Upstream) -> None:
    """As the second step of a login by another: once, of this user, for a page of ours; else there is no login."""
    by_token("company", upstream.id_token())
    Login.objects.all().delete()
    user, party, key = User.objects.get(), read_relying_party(), SoftKey()
    assert party is not None
    made = key.create(passkeys.offer_new(party, user, passwordless=False)["options"])
    passkeys.add(user, "Phone", made, key.keys[0].id, [])
    url = f"{APP}/auth/webauthn/authenticate"

    def wait() -> tuple[dict[str, str], dict[str, Any]]:
        pending = by_token("company", upstream.id_token()).json()
        assert "access_token" not in pending["meta"]
        headers = {"X-Session-Token": pending["meta"]["session_token"]}
        options: dict[str, Any] = Client().get(url, headers=headers).json()["data"]["request_options"]["publicKey"]
        return headers, options

    def show(headers: dict[str, str], credential: Any) -> Any:
        return Client().post(url, {"credential": credential}, content_type="application/json", headers=headers)

    headers, options = wait()
    for wrong in (SoftKey(origin="https://evil.testserver", keys=key.keys).get(options), {}, [], None, "x", 7):
        assert show(headers, wrong).status_code == 400
    assert not Login.objects.exists()
    _, others = wait()
    assert show(headers, key.get(others)).status_code == 400
    right = key.get(options)
    let_in = show(headers, right)
    assert asked("GET", "/api/tags", let_in.json()["meta"]["access_token"]).status_code == 200
    assert show(wait()[0], right).status_code == 400
    assert Login.objects.count() == 1


def test_a_browser_shows_its_second_factor_too(upstream: Upstream) -> None:
    """A session that waits for it is exchanged for nothing."""
    by_token("company", upstream.id_token())
    Login.objects.all().delete()
    TOTP.activate(User.objects.get(), generate_totp_secret())
    visitor = Visitor()
    visitor.log_in("company", upstream)
    assert visitor.exchange().status_code == 401
    assert not Login.objects.exists()


def test_a_provider_without_openid_connect(upstream: Upstream, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """GitHub's class of allauth's: its people are let in by the same doors."""
    for name, place in (("authorize", "authorize"), ("access_token", "token"), ("profile", "userinfo")):
        monkeypatch.setattr(GitHubOAuth2Adapter, f"{name}_url", f"{upstream.issuer}/{place}")
    settings.SOCIALACCOUNT_QUERY_EMAIL = False
    settings.SOCIALACCOUNT_PROVIDERS = {"github": {"APP": CLIENT, "OAUTH_PKCE_ENABLED": True}}
    upstream.tell(person={"id": 7, "login": "octocat"})
    visitor = Visitor()
    assert visitor.log_in("github", upstream)["Location"] == "/welcome"
    assert asked("GET", "/api/tags", visitor.exchange().json()["access_token"]).status_code == 200
    assert SocialAccount.objects.get().uid == "7"


def test_allauths_own_logins_are_not_there(upstream: Upstream) -> None:
    """A password is tried at /auth/token alone, where the limits are."""
    for door in (BROWSER, APP):
        for name in ("login", "signup", "password/request", "code/request"):
            assert Client().post(f"{door}/auth/{name}", {}, content_type="application/json").status_code == 404
    for name in ("tokens/refresh", "auth/provider/redirect"):
        assert Client().post(f"{APP}/{name}", {}, content_type="application/json").status_code == 404
