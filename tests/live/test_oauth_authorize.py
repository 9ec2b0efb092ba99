"""What the authorization endpoint asks of a request, and what it sends back; the threats by their ids."""

from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from tests.live.relying import CALLBACK, PASSWORD, App, Provider, answered, authorization, challenge


def _is_error_page(response: httpx.Response) -> bool:
    return response.status_code == 400 and "location" not in response.headers and "<h1>" in response.text


@pytest.mark.parametrize("name", ["public", "confidential"])
@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None, "code_challenge_method": None},  # O01
        {"code_challenge_method": "plain"},  # O02
        {"code_challenge_method": None},
        {"code_challenge_method": "S512"},
        {"code_challenge": "too-short"},
        {"code_challenge": "v" * 44},
        {"code_challenge": "!" * 43},
        {"code_challenge": "v" * 129},
    ],
)
def test_a_request_without_a_sound_challenge_gets_no_code(
    provider: Provider, name: str, changes: dict[str, Any]
) -> None:  # O01, O02
    """It is sent back with invalid_request, before the user is asked."""
    with provider.browser() as browser:
        got = answered(browser.ask(provider[name], **changes))
    assert (got["error"], got["state"], got["iss"]) == ("invalid_request", "a state", provider.issuer)


@pytest.mark.parametrize(
    "uri",
    [
        f"{CALLBACK}/more",
        f"{CALLBACK}?more=1",
        f"{CALLBACK}?",
        f"{CALLBACK}/",
        f"{CALLBACK};v=1",
        "https://app.example/Callback",
        "https://APP.example/callback",
        "https://app.example:8443/callback",
        "https://app.example:443/callback",
        "https://app.example:99999/callback",
        "https://app.example/x/%2e%2e/callback",
        "https://app.example/x/../callback",
        "https://evil@app.example/callback",
        "https://app.example@evil.example/callback",
        f"{CALLBACK}#fragment",
        f"{CALLBACK}#",
        "https://*.example/callback",
        "https://sub.app.example/callback",
        "https://xn--pp-1ia.example/callback",
        "https://äpp.example/callback",
        "https://app.example\\@evil.example/callback",
        "https://[::1/callback",
        "http://app.example/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "//app.example/callback",
        "/callback",
        "http://127.0.0.1/cb",
    ],
)
def test_only_a_registered_redirect_uri_is_gone_to(provider: Provider, uri: str) -> None:  # O04
    """Whatever differs by a character ends on a page, for a user who is logged in and for one who is not."""
    for user in ("ada", None):
        with provider.browser(user) as browser:
            assert _is_error_page(browser.ask(provider["public"], redirect_uri=uri))


def test_an_app_with_two_redirect_uris_must_name_one(provider: Provider) -> None:  # O04
    """Without the parameter there is a page, not a guess."""
    with provider.browser() as browser:
        assert _is_error_page(browser.ask(provider["two"], redirect_uri=None))
        assert answered(browser.answer(provider["two"], redirect_uri="https://app.example/second"))["code"]


@pytest.mark.parametrize("uri", ["http://127.0.0.1:49152/cb", "http://127.0.0.1/cb", "http://[::1]:1024/cb"])
def test_a_native_app_may_listen_at_any_port(provider: Provider, uri: str) -> None:  # O05
    """Of the literal loopback addresses."""
    with provider.browser() as browser:
        back = browser.answer(provider["native"], redirect_uri=uri)
    assert back.headers["location"].startswith(f"{uri}?")


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:49152/cb",
        "http://127.0.0.2:49152/cb",
        "http://127.0.0.1:49152/other",
        "http://127.0.0.1.evil.example/cb",
        "http://127.0.0.1:1@evil.example/cb",
        "http://127.0.0.1:/cb",
        "https://127.0.0.1:49152/cb",
        "http://[::1]:1024/cb?more=1",
    ],
)
def test_nothing_else_passes_for_a_loopback_address(provider: Provider, uri: str) -> None:  # O05
    """Names, other paths and what looks alike end on a page."""
    with provider.browser() as browser:
        assert _is_error_page(browser.ask(provider["native"], redirect_uri=uri))


@pytest.mark.parametrize("kind", ["token", "id_token token", "id_token", "code token", "code id_token", "none", "x"])
def test_there_is_no_other_response_type_than_code(provider: Provider, kind: str) -> None:  # O09
    """The app is told so."""
    with provider.browser() as browser:
        got = answered(browser.ask(provider["public"], response_type=kind, nonce="n"))
    assert got["error"] == "unsupported_response_type"


def test_every_answer_says_who_gives_it(provider: Provider) -> None:  # O10
    """Code, refusal and error carry `iss`, as the metadata says."""
    with provider.browser() as browser:
        allowed = answered(browser.answer(provider["public"]))
        denied = answered(browser.answer(provider["public"], "deny"))
        wrong = answered(browser.ask(provider["public"], scope="unknown"))
    assert allowed.keys() == {"code", "state", "iss"}
    assert (denied["error"], wrong["error"]) == ("access_denied", "invalid_scope")
    assert {got["iss"] for got in (allowed, denied, wrong)} == {provider.issuer}


@pytest.mark.parametrize("scope", ["unknown", "books:read unknown", "books:read openid2"])
def test_no_scope_beyond_those_that_are_offered(provider: Provider, scope: str) -> None:  # O15
    """One that is not known refuses the whole request."""
    with provider.browser() as browser:
        assert answered(browser.ask(provider["public"], scope=scope))["error"] == "invalid_scope"


@pytest.mark.parametrize("scope", ["books:read", "orders:read orders:write", "openid", ""])
def test_an_app_gets_no_scope_beyond_its_own(provider: Provider, scope: str) -> None:  # O15
    """One that is offered to others refuses the whole request; none is its own of the default ones, which are none."""
    with provider.browser() as browser:
        assert answered(browser.ask(provider["narrow"], scope=scope))["error"] == "invalid_scope"
        given = browser.allow(provider["narrow"], scope="orders:read")
    assert provider.exchange(provider["narrow"], given).json()["scope"] == "orders:read"


def test_no_scope_is_the_default_one(provider: Provider) -> None:  # O15
    """An empty parameter asks for as little as none."""
    app = provider["public"]
    with provider.browser() as browser:
        given = browser.allow(app, scope="")
    assert provider.exchange(app, given).json()["scope"] == "books:read"


@pytest.mark.parametrize(
    "more",
    [
        "client_id=x",
        f"redirect_uri={CALLBACK}",
        "code_challenge=x",
        "nonce=1&nonce=2",
        "scope=books%3Aread",
        "a=%00",
        "a=%ff",
        "a=%0d%0aSet-Cookie:x",
        "state=%00",
        "&".join(f"a{number}=" for number in range(60)),
        "request=x.y.z",
        "request_uri=https%3A%2F%2Fapp.example%2F",
        "resource=http%3A%2F%2F%5B%3A%3A1",
    ],
)
def test_a_request_that_cannot_be_meant_is_refused(provider: Provider, more: str) -> None:  # O22, O23
    """Repeated, endless or unreadable parameters: 400 or an error for the app, never 500 and never the page."""
    query = f"{urlencode(authorization(provider['public']))}&{more}"
    with provider.browser() as browser:
        response = browser.client.get(f"/oauth/authorize/?{query}")
    assert _is_error_page(response) or "error=invalid_target" in response.headers["location"]


def test_what_nobody_asked_for_is_read_over(provider: Provider) -> None:
    """Parameters of OpenID Connect that are not supported, or hold nonsense, do no harm."""
    names = ("claims", "max_age", "display", "id_token_hint", "acr_values", "ui_locales")
    more = dict.fromkeys(names, "{no json")
    with provider.browser() as browser:
        given = browser.allow(provider["public"], scope="openid", **more)
    assert provider.exchange(provider["public"], given).json()["id_token"]


def test_the_page_cannot_be_framed_or_read_by_others(provider: Provider) -> None:  # O24
    """No frame, no script, nothing from elsewhere, no store, no CORS, no Referer with the request in it."""
    with provider.browser() as browser:
        page = browser.ask(provider["public"])
        origin = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        preflight = browser.client.options("/oauth/authorize/", headers=origin)
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert page.headers["x-frame-options"] == "DENY"
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "same-origin")
    assert "access-control-allow-origin" not in {**page.headers, **preflight.headers}
    assert "http" not in page.text.replace(CALLBACK, "")
    assert "<script" not in page.text


def test_the_page_says_who_asks_whom_for_what(provider: Provider) -> None:
    """The app, the user, what each scope means, and where the answer goes; names are escaped."""
    with provider.browser() as browser:
        page = browser.ask(provider["public"], scope="books:read orders:write").text
    for part in ("Allow Public", "<strong>ada</strong>", "Read the catalogue", "Order and pay for you", CALLBACK):
        assert part in page


def test_nobody_is_made_to_consent(provider: Provider) -> None:  # O24
    """A POST without the page's token is a 403, and gives no code; anything but Allow is a refusal."""
    with provider.browser() as browser:
        url = str(browser.ask(provider["public"]).request.url)
        assert browser.client.post(url, data={"answer": "allow"}).status_code == 403
        assert answered(browser.answer(provider["public"], "yes"))["error"] == "access_denied"


def test_the_form_grants_what_the_page_showed(provider: Provider) -> None:
    """Parameters in the body of the answer change nothing."""
    app = provider["public"]
    with provider.browser() as browser:
        page = browser.ask(app, code_challenge=challenge("v" * 43))
        token = page.text.split('csrfmiddlewaretoken" value="')[1].split('"')[0]
        more = {"scope": "orders:write", "redirect_uri": "https://evil.example/", "client_id": "x", "state": "other"}
        form = {"csrfmiddlewaretoken": token, "answer": "allow", **more}
        back = browser.client.post(str(page.request.url), data=form)
    assert back.headers["location"].startswith(f"{CALLBACK}?")
    assert answered(back)["state"] == "a state"


@pytest.mark.parametrize(
    "to", ["//evil.example", "https:evil.example", "\\\\evil.example", "/\\evil.example", "/\r\nX: 1"]
)
def test_a_login_leads_nowhere_else(provider: Provider, to: str) -> None:  # O13, O14
    """`next` stays on the site, and the redirect after the POST is a 302."""
    with provider.browser(None) as browser:
        response = browser.log_in("ada", next=to)
    where = urlsplit(response.headers["location"])
    assert (response.status_code, where.netloc) == (302, "")
    assert "evil" not in where.path.split("/")[:2]
    assert "x" not in {name.lower() for name in response.headers}


def test_a_login_leads_back_to_the_request(provider: Provider) -> None:  # O14
    """Who is not logged in logs in first, and the answer is a 303 that no browser repeats as a POST."""
    with provider.browser(None) as browser:
        first = browser.ask(provider["public"])
        assert first.status_code == 302
        login = browser.client.get(first.headers["location"])
        form = {
            "username": "ada",
            "password": PASSWORD,
            "csrfmiddlewaretoken": browser.client.cookies["csrftoken"],
            "next": login.text.split('name="next" value="')[1].split('"')[0].replace("&amp;", "&"),
        }
        back = browser.client.post("/login/", data=form)
        assert browser.client.get(back.headers["location"]).status_code == 200
        assert browser.answer(provider["public"]).status_code == 303


@pytest.mark.parametrize(("user", "error"), [(None, "login_required"), ("ada", "consent_required")])
def test_a_silent_request_is_answered_without_a_page(provider: Provider, user: str | None, error: str) -> None:
    """`prompt=none` never asks, so it never gets a code."""
    with provider.browser(user) as browser:
        got = answered(browser.ask(provider["public"], prompt="none", scope="openid"))
    assert (got["error"], got["state"], got["iss"]) == (error, "a state", provider.issuer)


def test_an_app_can_have_the_user_log_in_again(provider: Provider) -> None:
    """`prompt=login` leads to the login page, and from there to the request without it."""
    with provider.browser() as browser:
        where = browser.ask(provider["public"], prompt="login").headers["location"]
    assert where.startswith("/login/?next=")
    assert "prompt" not in where


def _published(provider: Provider, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{provider.issuer.removesuffix('/oauth')}{path}", headers=headers, verify=False)


WELL_KNOWN = ("/.well-known/oauth-authorization-server/oauth", "/oauth/.well-known/openid-configuration")


def test_the_metadata_lists_only_what_is_on(provider: Provider) -> None:  # O19, O09, O28
    """Issuer as configured, every URL live; no implicit, password or device grant, no plain challenge."""
    first, second = (_published(provider, path).json() for path in WELL_KNOWN)
    assert first == second
    assert first["issuer"] == provider.issuer
    assert first["response_types_supported"] == ["code"]
    assert first["grant_types_supported"] == ["authorization_code", "refresh_token"]
    assert first["code_challenge_methods_supported"] == ["S256"]
    assert first["authorization_response_iss_parameter_supported"] is True
    assert first["id_token_signing_alg_values_supported"] == ["RS256"]
    assert not {"device_authorization_endpoint", "registration_endpoint", "end_session_endpoint"} & first.keys()
    for name, url in first.items():
        if name.endswith(("_endpoint", "_uri")):
            assert url.startswith(f"{provider.issuer}/")
            assert httpx.get(url, verify=False).status_code in {200, 302, 400, 401, 405}, url
    assert _published(provider, "/.well-known/oauth-authorization-server/other").status_code == 404
    assert _published(provider, "/.well-known/oauth-authorization-server").status_code == 404


@pytest.mark.parametrize("path", WELL_KNOWN)
@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}])
def test_the_metadata_knows_no_other_host(provider: Provider, path: str, headers: dict[str, str]) -> None:  # O20
    """Whatever host a request names: 400, or the issuer of the settings."""
    response = _published(provider, path, **headers)
    assert response.status_code == 400 or response.json()["issuer"] == provider.issuer
    assert "evil" not in response.text


@pytest.mark.parametrize("path", ["device-authorization/", "device/", "register/", "applications/", "logout/"])
def test_what_is_off_is_not_there(provider: Provider, path: str) -> None:  # O28
    """Neither the device grant nor the pages of django-oauth-toolkit."""
    assert _published(provider, f"/oauth/{path}").status_code == 404


def test_an_unknown_app_is_not_gone_to(provider: Provider) -> None:
    """An id that nobody has, or that nobody can have, ends on a page."""
    with provider.browser() as browser:
        for client_id in ("unknown", "", "x" * 4000, "ä"):
            assert _is_error_page(browser.ask(App(client_id)))
