"""Who is logged in proves anew who they are, by a password or a code: tokens and sessions; on both databases."""

import datetime as dt
import json
import time
from typing import Any

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session as Stored
from django.core.cache import cache
from django.urls import path
from django.utils import timezone

from nuages import API, ApiKey, Bearer, Resource, Session, anyone, verified
from nuages.http.response import Response
from nuages.identify.api_key import make_key
from nuages.identify.compact import take_apart
from nuages.models import Login, RefreshToken
from shop.models import Tag
from tests.http.asking import send
from tests.http.codes import code_of, give_passkey, give_recovery, give_totp
from tests.http.entering import PASSWORD, assert_refused, log_in, make_user, may_enter, post, refreshed
from tests.http.test_browser_sessions import Browser

api = API(title="Sensitive", authenticate=[Bearer(), ApiKey(), Session(login=True)])


@api.resource(Tag)
class Tags(Resource):
    fields = ["id", "name"]
    writable = ["name"]
    rules = {"read": anyone, "create": verified(within="15min")}


urlpatterns = [path("api/", api.urls)]
pytestmark = [pytest.mark.urls(__name__)]
URL = "/api/auth/verify"


@pytest.fixture
def ann(database: Any) -> Any:
    """A user with the password."""
    cache.clear()
    return make_user()


def make_old() -> None:
    """Let every proof be of an hour ago, as new tokens tell."""
    Login.objects.update(verified_at=timezone.now() - dt.timedelta(hours=1))


def old_login() -> dict[str, Any]:
    """The tokens of a login of an hour ago."""
    tokens = log_in(api)
    make_old()
    return refreshed(api, tokens["refresh_token"])


def step_up(token: str, document: Any, **more: str) -> Response:
    """Prove anew who one is."""
    return post(api, "verify", document, authorization=f"Bearer {token}", **more)


def create(token: str) -> int:
    """Do what is sensitive."""
    body = json.dumps({"name": f"tag {time.time_ns()}"}).encode()
    headers = {"content_type": "application/json", "content_length": str(len(body))}
    return send(api, "/tags", "POST", body=body, authorization=f"Bearer {token}", **headers).status


def test_a_password_renews_the_proof(ann: Any) -> None:
    """A new access token of the same login, and no refresh token; what was refused is let through."""
    old = old_login()
    assert create(old["access_token"]) == 401
    response = step_up(old["access_token"], {"password": PASSWORD})
    new = json.loads(response.body)
    assert (response.status, response.header("cache-control")) == (200, "no-store")
    assert new.keys() == {"access_token", "token_type", "expires_in"}
    claims = [take_apart(each["access_token"]).claims for each in (old, new)]
    assert claims[0]["sid"] == claims[1]["sid"]
    assert claims[1]["auth_time"] - claims[0]["auth_time"] >= 3600
    assert claims[1]["amr"] == ["pwd"]
    assert (create(new["access_token"]), create(old["access_token"])) == (201, 401)
    assert (Login.objects.count(), RefreshToken.objects.filter(consumed_at=None).count()) == (1, 1)


def test_the_proof_outlasts_a_refresh(ann: Any) -> None:
    """The login remembers it."""
    old = old_login()
    step_up(old["access_token"], {"password": PASSWORD})
    assert create(refreshed(api, old["refresh_token"])["access_token"]) == 201


def test_other_logins_are_not_renewed(ann: Any) -> None:
    """It is this device that was proved."""
    other, own = log_in(api), log_in(api)
    make_old()
    other, own = (refreshed(api, each["refresh_token"]) for each in (other, own))
    assert step_up(own["access_token"], {"password": PASSWORD}).status == 200
    assert create(refreshed(api, other["refresh_token"])["access_token"]) == 401


@pytest.mark.parametrize("document", [
    {"password": "wrong"}, {"password": ""}, {"code": "123456"}, {"code": ""}, {"password": "wrong", "code": "123456"},
])  # fmt: skip
def test_what_proves_nothing_has_one_answer(ann: Any, document: Any) -> None:
    """Also a code of who has no second factor."""
    old = old_login()
    before = Login.objects.get().verified_at
    problem = assert_refused(step_up(old["access_token"], document), "invalid-credentials")
    assert problem["detail"] == "The password or the code is wrong."
    assert Login.objects.get().verified_at == before


class Sloppy(ModelBackend):
    """A backend that lets ben in by whatever name."""

    def authenticate(self, request: Any, username: Any = None, password: Any = None, **_: Any) -> Any:
        return super().authenticate(request, "ben", password)


def test_a_backend_that_finds_another_user_proves_nothing(ann: Any, settings: Any) -> None:
    """It is the one who is logged in that must be found."""
    User.objects.create_user("ben", password="another")
    old = old_login()
    settings.AUTHENTICATION_BACKENDS = ["tests.http.test_step_up.Sloppy"]
    assert_refused(step_up(old["access_token"], {"password": "another"}), "invalid-credentials")


def test_another_users_password_is_wrong(ann: Any) -> None:
    """Whoever it is right for."""
    ben = User.objects.create_user("ben", password="another")
    old = old_login()
    assert_refused(step_up(old["access_token"], {"password": "another"}), "invalid-credentials")
    assert_refused(step_up(old["access_token"], {"password": PASSWORD, "user": ben.pk}), "invalid-document", 422)


def test_a_second_factor_is_wanted_here_too(ann: Any) -> None:
    """The password alone is not enough; a code is, or both."""
    old = old_login()
    give_totp(ann)
    codes = give_recovery(ann)
    assert_refused(step_up(old["access_token"], {"password": PASSWORD}), "second-factor-required")
    assert_refused(step_up(old["access_token"], {"password": "wrong", "code": codes[0]}), "invalid-credentials")
    assert_refused(step_up(old["access_token"], {"code": "000000"}), "invalid-credentials")
    for document, methods in (
        ({"code": codes[0]}, ["otp"]),
        ({"password": PASSWORD, "code": codes[1]}, ["pwd", "otp", "mfa"]),
        ({"code": code_of()}, ["otp"]),
    ):
        response = step_up(old["access_token"], document)
        assert response.status == 200, response.body
        assert take_apart(json.loads(response.body)["access_token"]).claims["amr"] == methods
        assert_refused(step_up(old["access_token"], {"code": document["code"]}), "invalid-credentials")


def test_a_passkey_is_a_factor_here_too(ann: Any) -> None:
    """Though it cannot be used here."""
    old = old_login()
    give_passkey(ann)
    assert_refused(step_up(old["access_token"], {"password": PASSWORD}), "second-factor-required")


def test_failures_are_limited_with_those_of_logins(ann: Any) -> None:  # R24
    """Whoever has stolen a token cannot guess the password by it."""
    old = old_login()
    for _ in range(5):
        assert_refused(step_up(old["access_token"], {"password": "wrong"}), "invalid-credentials")
        assert_refused(post(api, "token", {"username": "ann", "password": "wrong"}), "invalid-credentials")
    assert_refused(step_up(old["access_token"], {"password": PASSWORD}), "too-many-requests", 429)
    assert step_up(old["access_token"], {"password": PASSWORD}, peer="198.51.100.1").status == 200


def test_nobody_and_programs_cannot_step_up(ann: Any) -> None:
    """401 for anybody, 403 for a credential that is no login."""
    assert_refused(post(api, "verify", {"password": PASSWORD}), "not-identified")
    _, key = make_key(ann, "robot")
    assert_refused(post(api, "verify", {"password": PASSWORD}, x_api_key=key), "not-allowed", 403)


@pytest.mark.parametrize(("document", "status"), [
    ({}, 422), ({"password": 1}, 422), ({"username": "ann", "password": "x"}, 422), ([], 400), (b"{", 400),
])  # fmt: skip
def test_faults_of_the_body_are_told(ann: Any, document: Any, status: int) -> None:
    """4xx, each at its place."""
    assert step_up(old_login()["access_token"], document).status == status


def test_a_login_that_has_ended_is_not_renewed(ann: Any) -> None:
    """Though another machine may remember its token for some seconds."""
    old = old_login()
    assert may_enter(api, old["access_token"])
    Login.objects.update(ended_at=timezone.now(), ended_by="logout")  # no epoch begins by this
    assert_refused(step_up(old["access_token"], {"password": PASSWORD}), "invalid-token")


def test_a_better_hash_ends_no_login_that_proved_the_password(ann: Any, settings: Any) -> None:
    """The step up brings the hash up to date."""
    old = old_login()
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    new = json.loads(step_up(old["access_token"], {"password": PASSWORD}).body)
    assert User.objects.get().password.startswith("scrypt$")
    assert create(new["access_token"]) == 201
    assert refreshed(api, old["refresh_token"])


@pytest.fixture(params=["view", "straight"])
def browser(request: pytest.FixtureRequest, transactional_db: None, ann: Any) -> Browser:
    """A browser in which ann logged in an hour ago."""
    browser = Browser(request.param)
    browser.send("GET")
    reply = browser.send("POST", "/api/auth/session", {"username": "ann", "password": PASSWORD})
    assert reply.status == 200
    age_session()
    return browser


def age_session() -> None:
    """Let the session's proof be of an hour ago."""
    stored = Stored.objects.get()
    kept = stored.get_decoded()
    kept["nuages.proof"]["at"] -= 3600
    stored.session_data = Stored.get_session_store_class()().encode(kept)
    stored.save()


def test_a_session_is_renewed_with_another_key(browser: Browser) -> None:
    """What was refused is let through; the old key is no session any more."""
    refused = browser.send("POST", "/api/tags", {"name": "x"})
    assert (refused.status, refused.code) == (401, "insufficient-user-authentication")
    before = browser.cookies["sessionid"]
    reply = browser.send("POST", URL, {"password": PASSWORD})
    assert (reply.status, reply.document["user"]["username"]) == (200, "ann")
    assert reply.header("cache-control") == "no-store"
    assert browser.cookies["sessionid"] != before
    assert [stored.session_key for stored in Stored.objects.all()] == [browser.cookies["sessionid"]]
    assert browser.send("POST", "/api/tags", {"name": "x"}).status == 201


def test_a_session_wants_the_csrf_token(browser: Browser) -> None:
    """Another site renews nobody's proof."""
    for headers in ({"x_csrftoken": None}, {"origin": "https://evil.example"}):
        reply = browser.send("POST", URL, {"password": PASSWORD}, **headers)
        assert (reply.status, reply.code) == (403, "csrf-failed")
    assert browser.send("POST", "/api/tags", {"name": "x"}).status == 401


def test_a_browser_wants_the_second_factor_too(browser: Browser) -> None:
    """At its login and when it steps up."""
    give_totp(User.objects.get())
    codes = give_recovery(User.objects.get())
    right = {"username": "ann", "password": PASSWORD}
    for url, document in (("/api/auth/session", right), (URL, {"password": PASSWORD})):
        before = dict(browser.cookies)
        reply = browser.send("POST", url, document)
        assert (reply.status, reply.code, browser.cookies) == (401, "second-factor-required", before)
        reply = browser.send("POST", url, {**document, "code": "000000"})
        assert (reply.status, reply.code, browser.cookies) == (401, "invalid-credentials", before)
        reply = browser.send("POST", url, {**document, "code": codes.pop()})
        assert reply.status == 200
    assert Stored.objects.get().get_decoded()["nuages.proof"]["methods"] == ["pwd", "otp", "mfa"]


def test_it_is_there_where_one_logs_in_alone(ann: Any) -> None:
    """Not in an API without logins."""
    for ways, status in (([Session(login=True)], 401), ([Bearer()], 401), ([Session(), ApiKey()], 404)):
        bare = API(title="Bare", authenticate=ways)
        bare.resource(Tag)(type("Tags", (Resource,), {"fields": ["id"], "rules": {"read": anyone}}))
        assert post(bare, "verify", {"password": PASSWORD}).status == status


def test_a_login_goes_on_as_before(ann: Any) -> None:
    """The token of before is taken where nothing sensitive is done."""
    old = old_login()
    step_up(old["access_token"], {"password": PASSWORD})
    assert may_enter(api, old["access_token"])
