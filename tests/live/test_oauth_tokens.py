"""What the endpoints for apps give, refuse and survive; the threats by their ids."""

import base64
from typing import Any

import httpx
import pytest

from tests.live.relying import CALLBACK, App, Given, Provider

INACTIVE = {"active": False}


def _refusal(response: httpx.Response) -> str:
    assert response.status_code == 400, (response.status_code, response.text)
    return str(response.json()["error"])


def _given(provider: Provider, app: App, **asked: str) -> Given:
    with provider.browser() as browser:
        return browser.allow(app, **asked)


@pytest.mark.parametrize("verifier", ["v" * 42, "v" * 129, "v" * 42 + "!", "w" * 43, None, ""])
def test_a_code_is_worth_nothing_without_its_verifier(provider: Provider, verifier: str | None) -> None:  # O02
    """Too short, too long, of other characters, another one or none: refused, and the code still serves its owner."""
    app = provider["public"]
    given = _given(provider, app)
    assert _refusal(provider.exchange(app, given, code_verifier=verifier)) in {"invalid_grant", "invalid_request"}
    assert provider.exchange(app, given).status_code == 200


def test_a_code_from_before_pkce_is_refused(provider: Provider) -> None:  # O03
    """A row without a challenge gives nothing, with a verifier or without: no downgrade."""
    app = provider["public"]
    given = _given(provider, app)
    provider.sql("UPDATE oauth2_provider_grant SET code_challenge = '', code_challenge_method = ''")
    assert _refusal(provider.exchange(app, given)) == "invalid_grant"
    assert _refusal(provider.exchange(app, given, code_verifier=None)) in {"invalid_grant", "invalid_request"}
    provider.sql("DELETE FROM oauth2_provider_grant")


def test_a_plain_challenge_in_the_database_is_not_taken(provider: Provider) -> None:  # O02
    """Whatever method a row names, the verifier is hashed."""
    app = provider["public"]
    given = _given(provider, app)
    provider.sql(
        f"UPDATE oauth2_provider_grant SET code_challenge = '{given.verifier}', code_challenge_method = 'plain'"
    )
    assert _refusal(provider.exchange(app, given)) == "invalid_grant"
    provider.sql("DELETE FROM oauth2_provider_grant")


def test_a_code_that_comes_again_ends_what_came_of_it(provider: Provider) -> None:  # O06
    """The second use is refused, tokens of the first are revoked, their successors too, and one entry is logged."""
    app, told = provider["confidential"], "An authorization code was used again"
    given = _given(provider, app)
    first = provider.exchange(app, given).json()
    second = provider.refresh(app, first["refresh_token"]).json()
    before = provider.server.said().count(told)
    for _ in range(2):
        assert _refusal(provider.exchange(app, given)) == "invalid_grant"
    for tokens in (first, second):
        assert provider.introspect(app, tokens["access_token"]) == INACTIVE
    assert _refusal(provider.refresh(app, second["refresh_token"])) == "invalid_grant"
    assert provider.server.said().count(told) == before + 1
    assert given.code not in provider.server.said()


def test_a_refresh_token_that_comes_again_ends_its_family(provider: Provider) -> None:  # R02, R03
    """Also the one before the one before; an entry is logged once, without the token."""
    app, told = provider["confidential"], "A refresh token was used again"
    first = provider.tokens(app)
    second = provider.refresh(app, first["refresh_token"]).json()
    third = provider.refresh(app, second["refresh_token"]).json()
    before = provider.server.said().count(told)
    for _ in range(2):
        assert _refusal(provider.refresh(app, first["refresh_token"])) == "invalid_grant"
    assert provider.introspect(app, third["access_token"]) == INACTIVE
    assert _refusal(provider.refresh(app, third["refresh_token"])) == "invalid_grant"
    assert provider.server.said().count(told) == before + 1
    assert first["refresh_token"] not in provider.server.said()


def test_a_code_is_bound_to_its_app_and_address(provider: Provider) -> None:  # O08
    """Another app, another redirect URI, or a second too late: invalid_grant; the app itself is not harmed."""
    app = provider["confidential"]
    given = _given(provider, app)
    assert _refusal(provider.exchange(provider["other"], given)) == "invalid_grant"
    assert _refusal(provider.exchange(app, given, redirect_uri="https://app.example/second")) == "invalid_grant"
    tokens = provider.exchange(app, given).json()
    assert _refusal(provider.exchange(provider["other"], given)) == "invalid_grant"
    assert provider.introspect(app, tokens["access_token"])["active"]
    late = _given(provider, app)
    provider.sql("UPDATE oauth2_provider_grant SET expires = datetime(expires, '-61 seconds')")
    assert _refusal(provider.exchange(app, late)) == "invalid_grant"


@pytest.mark.parametrize(
    "kind", ["password", "implicit", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code", "x"]
)
def test_no_other_grant_is_given(provider: Provider, kind: str) -> None:  # O09, O28
    """Whatever the app and its user know."""
    form = {"grant_type": kind, "username": "ada", "password": "correct horse battery staple", "device_code": "x"}
    response = provider.post("token/", form, auth=provider["confidential"].basic)
    assert _refusal(response) == "unsupported_grant_type"


def test_scopes_only_ever_shrink(provider: Provider) -> None:  # O15
    """A refresh may ask for fewer, which are then all; not for more."""
    app = provider["public"]
    tokens = provider.tokens(app, scope="books:read orders:write")
    assert _refusal(provider.refresh(app, tokens["refresh_token"], scope="books:read orders:read")) == "invalid_scope"
    fewer = provider.refresh(app, tokens["refresh_token"], scope="books:read").json()
    assert fewer["scope"] == "books:read"
    wide = "books:read orders:write"
    assert _refusal(provider.refresh(app, fewer["refresh_token"], scope=wide)) == "invalid_scope"


def test_a_refresh_token_is_bound_to_its_app(provider: Provider) -> None:  # R15
    """Another app gets nothing for it, and ends nothing."""
    app = provider["confidential"]
    token = provider.tokens(app)["refresh_token"]
    assert _refusal(provider.refresh(provider["other"], token)) == "invalid_grant"
    assert provider.refresh(app, token).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "x" * 8000, "ä", "a.b.c"])
def test_a_token_that_is_none_is_refused(provider: Provider, token: str) -> None:  # R18, O17
    """By each endpoint, as its RFC says."""
    app = provider["confidential"]
    assert _refusal(provider.refresh(app, token)) in {"invalid_grant", "invalid_request"}
    response = provider.post("introspect/", {"token": token}, auth=app.basic)
    assert response.json() == INACTIVE if token else response.status_code == 400
    response = provider.post("revoke/", {"token": token}, auth=app.basic)
    assert response.status_code == (200 if token else 400)


def test_introspection_is_for_apps_about_their_own(provider: Provider) -> None:  # O17
    """Without a secret 401; another app, and for tokens that are over or revoked: inactive, and nothing else."""
    app = provider["confidential"]
    tokens = provider.tokens(app)
    for credentials in (None, (app.client_id, "wrong"), (provider["public"].client_id, "")):
        refused = provider.post("introspect/", {"token": tokens["access_token"]}, auth=credentials)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
        assert refused.headers["www-authenticate"].startswith("Basic ")
    assert provider.introspect(provider["other"], tokens["access_token"]) == INACTIVE
    told = provider.introspect(app, tokens["access_token"])
    assert (told["scope"], told["username"], told["client_id"]) == ("books:read", "ada", app.client_id)
    assert provider.introspect(app, tokens["refresh_token"]) == INACTIVE
    assert (
        provider.post(
            "introspect/", {"token": "x"}, headers={"Authorization": f"Bearer {tokens['access_token']}"}
        ).status_code
        == 401
    )
    provider.sql("UPDATE oauth2_provider_accesstoken SET expires = datetime(expires, '-1 day')")
    assert provider.introspect(app, tokens["access_token"]) == INACTIVE


def test_revocation_ends_the_family(provider: Provider) -> None:  # O18
    """By the access token or the refresh token, with a wrong hint or none; twice is no error."""
    app = provider["confidential"]
    for shown in ("access_token", "refresh_token"):
        for hint in (
            {},
            {"token_type_hint": "refresh_token"},
            {"token_type_hint": "access_token"},
            {"token_type_hint": "x"},
        ):
            tokens = provider.tokens(app)
            for _ in range(2):
                assert provider.post("revoke/", {"token": tokens[shown], **hint}, auth=app.basic).status_code == 200
            assert provider.introspect(app, tokens["access_token"]) == INACTIVE
            assert _refusal(provider.refresh(app, tokens["refresh_token"])) == "invalid_grant"


def test_nobody_revokes_what_is_anothers(provider: Provider) -> None:  # O18
    """Another app is told 200 and changes nothing; without a secret it is 401, and a GET is 405."""
    app = provider["confidential"]
    tokens = provider.tokens(app)
    for shown in ("access_token", "refresh_token"):
        form = {"token": tokens[shown]}
        assert provider.post("revoke/", form, auth=provider["other"].basic).status_code == 200
        assert provider.post("revoke/", {**form, "client_id": app.client_id}).status_code == 401
        assert httpx.get(f"{provider.issuer}/revoke/", params=form, verify=False).status_code == 405
    assert provider.introspect(app, tokens["access_token"])["active"]
    assert provider.refresh(app, tokens["refresh_token"]).status_code == 200


def test_an_app_proves_itself_in_one_way(provider: Provider) -> None:  # O21
    """Wrong, empty or misplaced secrets: 401 with the way to do it; two ways at once: 400."""
    app, public = provider["confidential"], provider["public"]
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    own = {**form, "client_id": app.client_id}
    tries: list[tuple[dict[str, Any], int]] = [
        ({"auth": (app.client_id, "wrong"), "data": form}, 401),
        ({"auth": (app.client_id, ""), "data": form}, 401),
        ({"auth": ("unknown", "wrong"), "data": form}, 401),
        ({"auth": (app.client_id, app.secret + "x" * 5000), "data": form}, 401),
        ({"data": own}, 401),
        ({"data": {**own, "client_secret": "wrong"}}, 401),
        ({"data": {**own, "client_secret": ""}}, 401),
        ({"data": {**form, "client_id": public.client_id, "client_secret": "some"}}, 401),
        ({"headers": {"Authorization": "Basic !!!"}, "data": own}, 401),
        ({"headers": {"Authorization": "Bearer x"}, "data": own}, 401),
        ({"headers": {"Authorization": f"Basic {base64.b64encode(b'a%00:b').decode()}"}, "data": form}, 401),
        ({"auth": app.basic, "data": {**form, "client_secret": app.secret}}, 400),
        ({"auth": app.basic, "data": {**form, "client_id": public.client_id}}, 400),
        ({"params": {"client_secret": app.secret}, "data": own}, 400),
    ]
    for given, status in tries:
        response = httpx.post(f"{provider.issuer}/token/", verify=False, **given)
        assert response.status_code == status, (given, response.text)
        assert response.json()["error"] == ("invalid_client" if status == 401 else "invalid_request")
        assert ("www-authenticate" in response.headers) == (status == 401)
        assert response.headers["cache-control"] == "no-store"
    right = provider.post("token/", {**own, "client_secret": app.secret})
    assert _refusal(right) == "invalid_grant"


def test_a_secret_is_not_guessed_for_long(provider: Provider) -> None:  # O21
    """After ten wrong ones no more is hashed for a while; a secret that was right goes on to work."""
    app = provider["other"]
    assert _refusal(provider.refresh(app, "x")) == "invalid_grant"
    wrong = (app.client_id, "wrong")
    answers = [provider.post("introspect/", {"token": "x"}, auth=wrong) for _ in range(15)]
    assert [answer.status_code for answer in answers][-5:] == [429] * 5
    assert int(answers[-1].headers["retry-after"]) > 0
    assert _refusal(provider.refresh(app, "x")) == "invalid_grant"
    provider.sql("DELETE FROM nuages_failedlogin")


@pytest.mark.parametrize("path", ["token/", "revoke/", "introspect/"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"])
def test_the_endpoints_take_posts_alone(provider: Provider, path: str, method: str) -> None:  # O23
    """405, with what is taken."""
    response = httpx.request(method, f"{provider.issuer}/{path}", verify=False)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_FIELDS = (
    "grant_type",
    "code",
    "redirect_uri",
    "client_id",
    "client_secret",
    "code_verifier",
    "refresh_token",
    "scope",
)


@pytest.mark.parametrize("path", ["token/", "revoke/", "introspect/", "userinfo/"])
@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"json": {"grant_type": "authorization_code"}}, {415}),
        ({"content": b"x=1", "headers": {"Content-Type": "text/plain"}}, {415}),
        ({"files": {"grant_type": b"x"}}, {415}),
        ({"content": b"a=" + b"x" * 1_000_000, "headers": _FORM}, {413}),
        ({"content": b"token=%ff&grant_type=refresh_token", "headers": _FORM}, {400}),
        ({"content": b"token=\xff&grant_type=refresh_token", "headers": _FORM}, {400}),
        ({"content": b"token=x&token=y", "headers": _FORM}, {400}),
        ({"content": b"&".join(b"a%d=1" % number for number in range(5000)), "headers": _FORM}, {400}),
        ({"content": b"token=" + b"x" * 20_000, "headers": _FORM}, {400}),
        ({"content": b"token=x", "headers": _FORM, "params": {"token": "y"}}, {400}),
        *(({"content": f"{name}=a%00b".encode(), "headers": _FORM}, {400}) for name in (*_FIELDS, "token")),
        ({"content": b"=&&&=;%", "headers": _FORM}, {400, 401}),
        ({"content": b"", "headers": _FORM}, {400, 401}),
    ],
)
def test_what_cannot_be_read_is_refused(
    provider: Provider, path: str, given: Any, status: set[int]
) -> None:  # O22, O23
    """Other types, other sizes, other encodings, NULs and repetitions: never a 500."""
    response = httpx.post(f"{provider.issuer}/{path}", verify=False, timeout=60, **given)
    assert response.status_code in status, response.text
    assert set(response.json()) == {"error", "error_description"} or response.status_code == 401


def test_claims_follow_the_scopes(provider: Provider) -> None:  # O26
    """By header or body, GET or POST: no more than what was granted; without `openid` a 403, with nothing a 401."""
    app = provider["public"]
    url = f"{provider.issuer}/userinfo/"
    few = provider.tokens(app, scope="openid email")["access_token"]
    header = {"Authorization": f"Bearer {few}"}
    answers = [
        httpx.get(url, headers=header, verify=False),
        httpx.post(url, headers=header, verify=False),
        httpx.post(url, data={"access_token": few}, verify=False),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert answer.json().keys() == {"sub", "email"}
        assert answer.headers["cache-control"] == "no-store"
    assert httpx.get(url, params={"access_token": few}, verify=False).status_code == 400
    none = provider.tokens(app, scope="books:read")["access_token"]
    refused = httpx.get(url, headers={"Authorization": f"Bearer {none}"}, verify=False)
    assert refused.status_code == 403
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    for shown in ("Bearer x", "Bearer", "Basic x", "Bearer \xff"):
        refused = httpx.get(url, headers=[(b"Authorization", shown.encode("latin-1"))], verify=False)
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Bearer error="invalid_token"')


def test_a_user_who_may_not_log_in_is_not_acted_for(provider: Provider) -> None:
    """Tokens, codes and refresh tokens of a user who is deactivated are worth nothing from then on."""
    app = provider["confidential"]
    tokens, given = provider.tokens(app, "ben", scope="openid"), None
    with provider.browser("ben") as browser:
        given = browser.allow(app)
    provider.sql("UPDATE auth_user SET is_active = 0 WHERE username = 'ben'")
    try:
        assert provider.introspect(app, tokens["access_token"]) == INACTIVE
        shown = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert httpx.get(f"{provider.issuer}/userinfo/", headers=shown, verify=False).status_code == 401
        assert _refusal(provider.exchange(app, given)) == "invalid_grant"
        assert _refusal(provider.refresh(app, tokens["refresh_token"])) == "invalid_grant"
    finally:
        provider.sql("UPDATE auth_user SET is_active = 1")
    assert _refusal(provider.refresh(app, tokens["refresh_token"])) == "invalid_grant"


def test_the_database_holds_no_token(provider: Provider) -> None:  # R19
    """Neither a code, nor an access or refresh token, nor a secret stands in the file as it was given."""
    app = provider["confidential"]
    given, tokens = _given(provider, app), provider.tokens(app)
    stored = b"".join(path.read_bytes() for path in provider.directory.glob("shop.sqlite3*"))
    assert app.client_id.encode() in stored
    for secret in (given.code, tokens["access_token"], tokens["refresh_token"], app.secret):
        assert secret.encode() not in stored
    assert provider.exchange(app, given, redirect_uri=CALLBACK).status_code == 200


def test_tokens_last_as_long_as_they_say(provider: Provider) -> None:
    """Five minutes, never stored by what is between."""
    app = provider["public"]
    response = provider.exchange(app, _given(provider, app))
    assert response.json()["expires_in"] == 300
    assert response.headers["cache-control"] == "no-store"
