"""A logout ends what it should, at once, and nothing else; a user sees their logins; on both databases."""

import json
import uuid
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from nuages import API, Authenticator, Principal
from nuages.http.request import Request
from nuages.models import Login, RefreshToken
from tests.http.entering import assert_refused, log_in, make_api, make_user, may_enter, post, refresh, refreshed

NOBODYS = "8aac84bd-3e9e-489d-8fb9-a6faa0c6bd94"


@pytest.fixture
def api(database: Any) -> API:
    """An API with logins, and two users who may log in."""
    make_user()
    make_user("ben")
    return make_api()


def by(tokens: dict[str, Any]) -> dict[str, str]:
    """The header of an access token."""
    return {"authorization": f"Bearer {tokens['access_token']}"}


def sessions(api: API, tokens: dict[str, Any]) -> list[dict[str, Any]]:
    """The logins of a user, as shown to one of them."""
    response = post(api, "sessions", method="GET", **by(tokens))
    assert (response.status, response.header("cache-control")) == (200, "no-store")
    items: list[dict[str, Any]] = json.loads(response.body)["items"]
    return items


@pytest.mark.parametrize("how", ["access token", "refresh token", "used refresh token"])
def test_a_logout_ends_the_login_at_once(api: API, how: str) -> None:  # R12
    """Refresh token and access token are dead; the user's other login lives."""
    tokens, other = log_in(api), log_in(api)
    assert may_enter(api, tokens["access_token"])
    if how == "access token":
        response = post(api, "logout", **by(tokens))
    else:
        used = tokens["refresh_token"]
        tokens = refreshed(api, used)
        token = used if how == "used refresh token" else tokens["refresh_token"]
        response = post(api, "logout", {"refresh_token": token})
    assert (response.status, response.body, response.header("cache-control")) == (204, b"", "no-store")
    assert_refused(refresh(api, tokens["refresh_token"]))
    assert not may_enter(api, tokens["access_token"])
    assert may_enter(api, other["access_token"])
    assert refreshed(api, other["refresh_token"])
    assert sorted(Login.objects.values_list("ended_by", flat=True)) == ["", "logout"]


def test_a_logout_may_be_repeated(api: API) -> None:
    """Of a login that has ended, and of a refresh token that is none: 204, and nothing more ends."""
    tokens = log_in(api)
    for token in (tokens["refresh_token"], tokens["refresh_token"], "nonsense", ""):
        assert post(api, "logout", {"refresh_token": token}).status == 204
    assert_refused(post(api, "logout", **by(tokens)), "not-identified")


def test_a_logout_wants_to_know_of_what(api: API) -> None:
    """401 without any token."""
    assert_refused(post(api, "logout"), "not-identified")
    assert_refused(post(api, "logout", {}), "not-identified")


def test_a_logout_everywhere_ends_the_users_logins_alone(api: API, statements: Any) -> None:  # R13
    """All three, by one UPDATE; another user goes on."""
    devices, other = [log_in(api) for _ in range(3)], log_in(api, "ben")
    assert all(may_enter(api, tokens["access_token"]) for tokens in devices)
    statements.clear()
    assert post(api, "logout-all", **by(devices[1])).status == 204
    assert sum(sql.startswith("UPDATE") for sql in statements) == 1
    for tokens in devices:
        assert_refused(refresh(api, tokens["refresh_token"]))
        assert not may_enter(api, tokens["access_token"])
    assert may_enter(api, other["access_token"])
    assert refreshed(api, other["refresh_token"])


def test_a_user_sees_the_logins_that_live(api: API) -> None:
    """Device, address and times of each, and which one asks; nobody else's, and none that is over."""
    first, second = log_in(api, user_agent="Firefox\x07 on Linux" + "x" * 500), log_in(api, peer="2001:db8::1")
    for state in ({"ended_at": timezone.now()}, {"expires_at": timezone.now()}, {"password_mark": "another"}):
        log_in(api)
        Login.objects.filter(pk=Login.objects.latest("created_at").pk).update(**state)
    log_in(api)
    RefreshToken.objects.filter(login=Login.objects.latest("created_at")).update(expires_at=timezone.now())
    log_in(api, "ben")
    shown = sessions(api, first)
    assert [item["is_current"] for item in shown] == [False, True]
    assert [item["address"] for item in shown] == ["2001:db8::1", "192.0.2.1"]
    assert shown[1].keys() == {
        *("id", "device", "address", "created_at", "last_used_at", "expires_at", "is_current"),
    }
    assert shown[1]["device"].startswith("Firefox on Linuxxxx")
    assert len(shown[1]["device"]) < 200
    assert shown[1]["created_at"].endswith("+00:00")
    refreshed(api, first["refresh_token"])
    assert [item["is_current"] for item in sessions(api, second)] == [False, True], "the one used last comes first"


def test_a_user_ends_one_of_the_logins(api: API) -> None:
    """204 once, then 404; the ended one is dead at once, the others live."""
    mine, lost = log_in(api), log_in(api)
    assert may_enter(api, lost["access_token"])
    [key] = [item["id"] for item in sessions(api, mine) if not item["is_current"]]
    assert post(api, f"sessions/{key}", method="DELETE", **by(mine)).status == 204
    assert_refused(post(api, f"sessions/{key}", method="DELETE", **by(mine)), "not-found", 404)
    assert not may_enter(api, lost["access_token"])
    assert_refused(refresh(api, lost["refresh_token"]))
    assert len(sessions(api, mine)) == 1


def test_another_users_login_is_not_there(api: API) -> None:
    """The same 404 as for one that never was, and for what is no key; nothing ends."""
    mine, theirs = log_in(api), log_in(api, "ben")
    [their_key] = [item["id"] for item in sessions(api, theirs)]
    [own_key] = [item["id"] for item in sessions(api, mine)]
    keys = [their_key, str(uuid.uuid4()), "7", "", "x" * 3_000, own_key.upper(), f"{{{own_key}}}", own_key + "\n"]
    answers = [post(api, f"sessions/{key}", method="DELETE", **by(mine)) for key in keys]
    for answer in answers:
        assert_refused(answer, "not-found", 404) if answer.header("cache-control") == "no-store" else None
        assert answer.status == 404
    assert Login.objects.filter(ended_at=None).count() == 2


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "logout-all"), ("GET", "sessions"), ("DELETE", f"sessions/{NOBODYS}")]
)
def test_nobody_has_no_logins(api: API, method: str, path: str) -> None:
    """401 with a challenge, kept nowhere, without a token and with a bad one."""
    assert_refused(post(api, path, method=method), "not-identified")
    assert_refused(post(api, path, method=method, authorization="Bearer nonsense"), "not-identified")


def test_a_parameter_is_refused(api: API) -> None:
    """No endpoint takes any, least of all a password."""
    tokens = log_in(api)
    for method, path in [("POST", "logout"), ("POST", "logout-all"), ("GET", "sessions"), ("POST", "token")]:
        document = {"username": "ann", "password": "x"} if path == "token" else None
        response = post(api, f"{path}?password=x", document, method=method, **by(tokens))
        assert_refused(response, "unknown-parameter", 400)
    assert Login.objects.get().ended_at is None


class Limited(Authenticator):
    """A key of ann's that is limited to reading books."""

    def identify(self, request: Request) -> Principal | None:
        if request.header("x-key") is None:
            return None
        return Principal(get_user_model().objects.get(username="ann"), "api-key", scopes=frozenset({"books:read"}))


def test_a_limited_credential_may_not_see_or_end_logins(api: API) -> None:
    """403, though its user might."""
    log_in(api)
    api = make_api(Limited())
    for method, path in [("POST", "logout-all"), ("GET", "sessions"), ("DELETE", f"sessions/{Login.objects.get().pk}")]:
        assert_refused(post(api, path, method=method, x_key="1"), "not-allowed", 403)
    assert Login.objects.get().ended_at is None
