"""Threats to logins by other providers, by their ids: each attack ends without an account, a session or a token.

O11 to O14 are of OAuth (RFC 9700), C05 of cross-site requests.
"""

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User
from django.test import Client
from django.urls import include, path

from nuages import API, Bearer
from nuages.models.logins import Login
from nuages.social.oidc import metadata
from tests.http.social import APP, BROWSER, SITE, Upstream, Visitor, by_token, declared, started_upstream

api = API(title="Attacked logins", authenticate=[Bearer()])
urlpatterns = [path("api/", api.urls), path("social/", include("nuages.social.urls"))]
pytestmark = [pytest.mark.urls(__name__)]
EVIL = "http://evil.example"
LATE = 1_000_000_000


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Upstream, Upstream]]:
    """Two providers, each in a process of its own."""
    with started_upstream() as first, started_upstream() as second:
        yield first, second


@pytest.fixture
def first(both: tuple[Upstream, Upstream], settings: Any, database: Any) -> Upstream:
    """The provider A, and a project that knows A and B."""
    for each in both:
        each.tell()
    metadata._documents.clear()
    settings.NUAGES_SOCIAL_API = "Attacked logins"
    settings.SOCIALACCOUNT_PROVIDERS = declared(a=both[0], b=both[1])
    return both[0]


@pytest.fixture
def second(first: Upstream, both: tuple[Upstream, Upstream]) -> Upstream:
    """The provider B."""
    return both[1]


def nothing_came_of(visitor: Visitor, answer: Any) -> None:
    """The flow ended: no account, no user, no login, no session, and no page of another site."""
    assert answer.status_code in {302, 400, 401}
    if answer.status_code == 302:
        assert answer["Location"].removeprefix(SITE).startswith(("/failed?", "/welcome?"))
        assert "error=" in answer["Location"]
    assert visitor.session()[0] == 401
    nobody_is_there()


def nobody_is_there() -> None:
    """Nothing was stored about anybody."""
    counts = {model: model._default_manager.count() for model in (SocialAccount, User, Login, EmailAddress)}
    assert not any(counts.values())


def changed(url: str, **changes: str | None) -> str:
    """A URL with other parameters."""
    parts = urlsplit(url)
    query = {**{name: values[0] for name, values in parse_qs(parts.query).items()}, **changes}
    return parts._replace(query=urlencode({name: value for name, value in query.items() if value is not None})).geturl()


def test_o11_a_state_is_missing(first: Upstream) -> None:
    """O11: nobody began such a flow; no code is sent anywhere."""
    visitor = Visitor()
    back = first.authorize(visitor.begin("a")["Location"])
    nothing_came_of(visitor, visitor.come_back(changed(back, state=None)))
    nothing_came_of(visitor, visitor.come_back(changed(back, state="another")))
    assert first.seen() == []


def test_o11_a_state_comes_twice(first: Upstream) -> None:
    """O11: a flow ends once; the same state brings no second code in."""
    visitor = Visitor()
    to_provider = visitor.begin("a")["Location"]
    visitor.come_back(first.authorize(to_provider))
    visitor.client.delete(f"{BROWSER}/auth/session", headers={"X-CSRFToken": visitor.token()})
    first.tell(person={"sub": "mallory"})
    answer = visitor.come_back(first.authorize(to_provider))
    assert answer["Location"].removeprefix(SITE).startswith("/failed?")
    assert first.seen() == []
    assert visitor.session()[0] == 401
    assert not SocialAccount.objects.filter(uid="mallory").exists()


def test_o11_a_state_of_another_session(first: Upstream) -> None:
    """O11: a victim who is sent to the attacker's callback is not logged in as the attacker."""
    attacker, victim = Visitor(), Visitor()
    back = first.authorize(attacker.begin("a")["Location"])
    victim.begin("a")
    nothing_came_of(victim, victim.come_back(back))
    assert first.seen() == []


def test_o11_a_code_of_another_flow(first: Upstream) -> None:
    """O11: the attacker's code with the victim's own state: its nonce is not the victim's, nor its PKCE."""
    attacker, victim = Visitor(), Visitor()
    stolen = parse_qs(urlsplit(first.authorize(attacker.begin("a")["Location"])).query)["code"][0]
    back = first.authorize(victim.begin("a")["Location"])
    nothing_came_of(victim, victim.come_back(changed(back, code=stolen)))


def test_o11_mix_up_by_the_callback(first: Upstream, second: Upstream) -> None:
    """O11: A's code and state at B's callback: B's token endpoint sees nothing."""
    visitor = Visitor()
    back = first.authorize(visitor.begin("a")["Location"])
    nothing_came_of(visitor, visitor.come_back(back.replace("/oidc/a/", "/oidc/b/")))
    nothing_came_of(visitor, visitor.come_back(changed(back, iss=second.issuer).replace("/oidc/a/", "/oidc/b/")))
    assert first.seen() == second.seen() == []


@pytest.mark.parametrize("issuer", ["the other's", "none", "empty", "twice"])
def test_o11_mix_up_by_the_issuer(first: Upstream, second: Upstream, issuer: str) -> None:
    """O11: a callback names the issuer that the flow began with, once; else no code is sent, and the state is used."""
    said = {"the other's": second.issuer, "none": None, "empty": "", "twice": [first.issuer, first.issuer]}[issuer]
    first.tell(callback={"iss": said})
    visitor = Visitor()
    back = first.authorize(visitor.begin("a")["Location"])
    nothing_came_of(visitor, visitor.come_back(back))
    assert first.seen() == second.seen() == []
    nothing_came_of(visitor, visitor.come_back(changed(back.split("&iss=")[0], iss=first.issuer)))
    assert first.seen() == []


def test_o11_a_provider_that_names_no_issuer(first: Upstream) -> None:
    """Not every provider follows RFC 9207: one that does not announce the issuer need not name it."""
    first.tell(metadata={"authorization_response_iss_parameter_supported": None}, callback={"iss": None})
    visitor = Visitor()
    assert visitor.log_in("a", first)["Location"] == "/welcome"


@pytest.mark.parametrize("name", ["code", "state"])
def test_o11_a_parameter_comes_twice(first: Upstream, name: str) -> None:
    """O11, O22: what says something twice says nothing (RFC 6749 section 3.1)."""
    visitor = Visitor()
    back = first.authorize(visitor.begin("a")["Location"])
    nothing_came_of(visitor, visitor.come_back(f"{back}&{name}={parse_qs(urlsplit(back).query)[name][0]}"))
    assert first.seen() == []


ID_TOKENS: dict[str, dict[str, Any]] = {
    "nonce of another flow": {"claims": {"nonce": "another"}},
    "no nonce": {"claims": {"nonce": None}},
    "nonce that is no text": {"claims": {"nonce": ["x"]}},
    "aud of another client": {"claims": {"aud": "another"}},
    "aud of nobody": {"claims": {"aud": None}},
    "aud of several, azp missing": {"claims": {"aud": ["nuages-tests", "another"]}},
    "azp of another client": {"claims": {"azp": "another"}},
    "azp of another of several": {"claims": {"aud": ["nuages-tests", "another"], "azp": "another"}},
    "azp that is a list": {"claims": {"azp": ["nuages-tests"]}},
    "iss of another": {"claims": {"iss": EVIL}},
    "no iss": {"claims": {"iss": None}},
    "over": {"claims": {"exp": LATE}},
    "no exp": {"claims": {"exp": None}},
    "exp that is a text": {"claims": {"exp": "tomorrow"}},
    "no sub": {"claims": {"sub": None}},
    "empty sub": {"claims": {"sub": ""}, "userinfo": {"sub": ""}},
    "sub that is a number": {"claims": {"sub": 7}, "userinfo": {"sub": 7}},
    "sub that is too long": {"person": {"sub": "x" * 192}},
    "sub with a NUL": {"person": {"sub": "a\0b"}},
    "alg none": {"signing": "none"},
    "another key": {"signing": "other"},
    "the public key as a secret": {"signing": "public"},
    "unknown kid": {"header": {"kid": "2"}},
    "no kid": {"header": {"kid": None}},
    "typ of an access token": {"header": {"typ": "at+jwt"}},
    "no ID token": {"token": {"id_token": None}},
    "an ID token that is a number": {"token": {"id_token": 7}},
    "an ID token that is garbage": {"token": {"id_token": "a.b.c"}},
}


@pytest.mark.parametrize("case", ID_TOKENS)
def test_o11_an_id_token_that_is_not_for_this_flow(first: Upstream, case: str) -> None:
    """O11: nonce, audience, issuer, time and signature of an ID token, as OpenID Connect Core 3.1.3.7 wants them."""
    first.tell(**ID_TOKENS[case])
    visitor = Visitor()
    nothing_came_of(visitor, visitor.log_in("a", first))


ANSWERS: dict[str, dict[str, Any]] = {
    "userinfo of another": {"userinfo": {"sub": "somebody else"}},
    "userinfo of nobody": {"userinfo": {"sub": None}},
    "a claim with a NUL": {"userinfo": {"name": "a\0b"}},
    "half of a character": {"userinfo": {"name": "\ud800"}},
    "no access token": {"token": {"access_token": None}},
    "an access token that is a list": {"token": {"access_token": []}, "userinfo": {"sub": None}},
    "a lifetime that is none": {"token": {"expires_in": "soon"}},
    "a token endpoint that fails": {"token_status": 500},
    "a token endpoint that is slow": {"delays_s": {"/token": 4}},
    "a userinfo that is slow": {"delays_s": {"/userinfo": 4}},
    "an error": {"callback": {"error": "server_error", "code": None}},
    "no code": {"callback": {"code": None}},
    "a person who says no": {"callback": {"error": "access_denied", "code": None}},
}


@pytest.mark.parametrize("case", ANSWERS)
def test_o11_an_answer_that_is_not_right(first: Upstream, settings: Any, case: str) -> None:
    """Whatever a provider answers, the flow ends with an error page of the project's, and never with a 500."""
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 1
    first.tell(**ANSWERS[case])
    visitor = Visitor()
    nothing_came_of(visitor, visitor.log_in("a", first))


METADATA: dict[str, dict[str, Any]] = {
    "issuer of another": {"metadata": {"issuer": EVIL}},
    "no issuer": {"metadata": {"issuer": None}},
    "no token endpoint": {"metadata": {"token_endpoint": None}},
    "an endpoint that is no URL": {"metadata": {"authorization_endpoint": 7}},
    "an endpoint of another kind": {"metadata": {"jwks_uri": "file:///etc/passwd"}},
    "too late": {"delays_s": {"/.well-known/openid-configuration": 3}},
}


@pytest.mark.parametrize("case", METADATA)
def test_o11_metadata_that_is_not_right(first: Upstream, case: str) -> None:
    """O11: metadata that names another issuer than its address sends nobody anywhere (Discovery section 4.3)."""
    first.tell(**METADATA[case])
    visitor = Visitor()
    nothing_came_of(visitor, visitor.begin("a"))


def test_o11_the_metadata_of_one_with_the_endpoints_of_the_other(first: Upstream, second: Upstream) -> None:
    """O11: B says that A's page is its own: A's code comes back to B's callback, and names A: B never sees it."""
    second.tell(metadata={"authorization_endpoint": f"{first.issuer}/authorize"})
    visitor = Visitor()
    nothing_came_of(visitor, visitor.come_back(first.authorize(visitor.begin("b")["Location"])))
    assert first.seen() == second.seen() == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_o11_a_redirect_of_the_token_endpoint(first: Upstream, second: Upstream, status: int) -> None:
    """O11: the code does not follow a redirect to another host."""
    first.tell(token_status=status, token_location=f"{second.issuer}/elsewhere")
    visitor = Visitor()
    nothing_came_of(visitor, visitor.log_in("a", first))
    assert len(first.seen()) == 1
    assert second.seen() == []


@pytest.mark.parametrize("case", [case for case in ID_TOKENS if "nonce" not in case and "token" not in case])
def test_o11_an_app_with_an_id_token_that_is_not_right(first: Upstream, case: str) -> None:
    """O11: the same of a token that an app brings; its own nonce is the app's to check."""
    first.tell(**ID_TOKENS[case])
    answer = by_token("a", first.id_token())
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "invalid_token")
    nobody_is_there()


@pytest.mark.parametrize("token", ["", "a.b.c", 7, ["x"], None, "x" * 100_000])
def test_o11_an_app_with_something_that_is_no_id_token(first: Upstream, token: Any) -> None:
    """400, and nothing is stored."""
    assert by_token("a", token).status_code == 400
    nobody_is_there()


def test_o11_an_id_token_comes_twice(first: Upstream) -> None:
    """O11: whoever has read an app's ID token somewhere cannot use it too."""
    token = first.id_token()
    assert by_token("a", token).status_code == 200
    assert by_token("a", token).status_code == 400
    assert Login.objects.count() == 1


def test_o11_an_id_token_comes_twice_when_it_is_all_but_over(first: Upstream) -> None:
    """O11: it is remembered for as long as clocks that differ would still take it."""
    now_s = int(time.time())
    first.tell(claims={"iat": now_s - 6, "exp": now_s - 5})
    token = first.id_token()
    assert by_token("a", token).status_code == 200
    time.sleep(1.2)
    assert by_token("a", token).status_code == 400
    assert Login.objects.count() == 1


def test_o11_an_id_token_of_another_provider(first: Upstream, second: Upstream) -> None:
    """O11: B's token does not speak for A's people."""
    assert by_token("a", second.id_token()).status_code == 400
    nobody_is_there()


def test_an_app_may_have_a_client_of_its_own(first: Upstream, settings: Any) -> None:
    """A token made for the app's own client, with this project as its audience, is taken where that is declared."""
    first.tell(claims={"azp": "the app"})
    assert by_token("a", first.id_token()).status_code == 400
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["authorized_parties"] = ["the app"]
    assert by_token("a", first.id_token()).status_code == 200


LOCAL = {"no address": None, "unverified": False, "verified": True}
ASSERTED = {"true": True, "false": False, "the text false": "false", "missing": None, "a number": 1}


@pytest.mark.parametrize("is_on", [False, True], ids=["setting off", "setting on"])
@pytest.mark.parametrize("asserted", ASSERTED)
@pytest.mark.parametrize("local", LOCAL)
def test_o12_an_address_that_a_local_account_has(
    first: Upstream, settings: Any, local: str, asserted: str, is_on: bool
) -> None:
    """O12: nobody is let in by an address, unless the provider says that it is verified, and the project wants that."""
    settings.SOCIALACCOUNT_EMAIL_AUTHENTICATION = is_on
    settings.SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = is_on
    ann = User.objects.create_user("ann", "ann@example.com", "the secret")
    if LOCAL[local] is not None:
        EmailAddress.objects.create(user=ann, email=ann.email, verified=LOCAL[local], primary=True)
    first.tell(person={"sub": "mallory", "email": "ann@example.com", "email_verified": ASSERTED[asserted]})
    visitor = Visitor()
    visitor.log_in("a", first)
    is_in, document = visitor.session()
    if is_on and asserted == "true":
        assert (is_in, document["data"]["user"]["id"]) == (200, ann.pk)
        ann.refresh_from_db()
        # Who set the password of an account whose address nobody had verified is not known.
        assert ann.has_usable_password() is (local == "verified")
        return
    assert is_in == 401
    by_token("a", first.id_token())
    assert not SocialAccount.objects.exists()
    assert not Login.objects.exists()
    assert list(User.objects.all()) == [ann]


def test_o12_nobody_signs_up_with_anothers_address(first: Upstream) -> None:
    """O12: the signup that is left open then wants another address, and goes on with that."""
    User.objects.create_user("ann", "ann@example.com", "the secret")
    first.tell(person={"sub": "mallory", "email": "ann@example.com", "email_verified": True})
    visitor = Visitor()
    visitor.log_in("a", first)

    def sign_up(address: str) -> int:
        document, headers = {"username": "mallory", "email": address}, {"X-CSRFToken": visitor.token()}
        url = f"{BROWSER}/auth/provider/signup"
        return visitor.client.post(url, document, content_type="application/json", headers=headers).status_code

    assert sign_up("ANN@example.com") == 400
    assert not SocialAccount.objects.exists()


def test_o12_an_account_of_another_is_not_taken_over(first: Upstream) -> None:
    """O12: who is logged in as Bob cannot connect Ann's account of the provider."""
    ann, bob = Visitor(), Visitor()
    ann.log_in("a", first)
    first.tell(person={"sub": "bob"})
    bob.log_in("a", first)
    first.tell()
    assert "error=" in bob.log_in("a", first, "connect")["Location"]
    owners = dict(SocialAccount.objects.values_list("uid", "user_id"))
    assert len(set(owners.values())) == len(owners) == 2


def test_o12_nobody_connects_for_nobody(first: Upstream) -> None:
    """O12: a connection wants somebody who is logged in."""
    visitor = Visitor()
    nothing_came_of(visitor, visitor.log_in("a", first, "connect"))


EVIL_PAGES = [
    "//evil.example",
    "///evil.example",
    "https://evil.example/",
    "https:evil.example",
    "https:/evil.example",
    "http:///evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "http://testserver@evil.example/",
    "http://testserver.evil.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "\x00//evil.example",
]


@pytest.mark.parametrize("page", EVIL_PAGES)
def test_o13_a_page_of_another_site(first: Upstream, page: str) -> None:
    """O13: no flow begins that would end there."""
    visitor = Visitor()
    answer = visitor.begin("a", back=page)
    nothing_came_of(visitor, answer)
    assert "evil" not in answer["Location"]
    assert first.issuer not in answer["Location"]


def test_o13_a_page_with_a_line_break(first: Upstream) -> None:
    """O13: what would be a header of its own stays a part of the path, or no flow begins."""
    visitor = Visitor()
    begun = visitor.begin("a", back="/welcome\r\nSet-Cookie: a=b")
    answer = visitor.come_back(first.authorize(begun["Location"])) if first.issuer in begun["Location"] else begun
    assert urlsplit(answer["Location"]).netloc == ""
    assert "\n" not in answer["Location"]
    assert "a" not in answer.cookies


@pytest.mark.parametrize("door", [f"{BROWSER}/auth/provider/redirect", "/social/oidc/a/login/"])
def test_o13_a_link_says_nothing_to_the_provider(first: Upstream, settings: Any, door: str) -> None:
    """O13: what stands in the query changes neither where the provider sends people, nor the nonce, nor the scope."""
    settings.HEADLESS_ONLY = False  # else allauth's own page is not there
    visitor, more = Visitor(), urlencode({"auth_params": f"redirect_uri={EVIL}&nonce=1", "scope": "admin"})
    form = {"provider": "a", "callback_url": "/welcome", "process": "login"}
    place = visitor.client.post(f"{door}?{more}", form, headers={"X-CSRFToken": visitor.token()})["Location"]
    assert place.startswith(first.issuer)
    assert "evil" not in place
    assert "admin" not in place
    assert "nonce=1&" not in f"{place}&"


def test_o14_redirects_keep_no_body(first: Upstream) -> None:
    """O14: 302, never 307 or 308, which would send the form on to the provider."""
    visitor = Visitor()
    begun = visitor.begin("a")
    assert begun.status_code == 302
    assert visitor.come_back(first.authorize(begun["Location"])).status_code == 302


FORGED: dict[str, dict[str, str]] = {
    "no token": {"X-CSRFToken": ""},
    "a wrong token": {"X-CSRFToken": "x" * 64},
    "another site": {"Origin": EVIL},
    "no site": {"Origin": "null"},
}


@pytest.mark.parametrize("case", FORGED)
@pytest.mark.parametrize("process", ["login", "connect"])
def test_c05_a_flow_is_not_begun_by_another_site(first: Upstream, process: str, case: str) -> None:
    """C05: neither a login nor a connection."""
    answer = Visitor().begin("a", process, **FORGED[case])
    assert answer.status_code == 403
    nobody_is_there()


@pytest.mark.parametrize("case", [*FORGED, "from afar"])
def test_c05_a_session_is_not_exchanged_by_another_site(first: Upstream, case: str) -> None:
    """C05: 403 as a problem, and no login begins."""
    visitor = Visitor()
    visitor.log_in("a", first)
    answer = visitor.exchange(**{**FORGED, "from afar": {"Sec-Fetch-Site": "cross-site"}}[case])
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:nuages:problem:csrf-failed")
    assert not Login.objects.exists()
    assert visitor.session()[0] == 200


@pytest.mark.parametrize("path", ["auth/provider/token", "auth/provider/signup"])
def test_c05_no_endpoint_of_browsers_does_without(first: Upstream, path: str) -> None:
    """C05: 403 without the token."""
    answer = Visitor().client.post(f"{BROWSER}/{path}", {}, content_type="application/json")
    assert answer.status_code == 403


def test_c05_a_get_begins_nothing(first: Upstream) -> None:
    """C05: a link or a picture logs nobody in."""
    assert Client().get("/social/oidc/a/login/").status_code == 404
    assert Client().get(f"{BROWSER}/auth/provider/redirect").status_code == 405


DEEP = b'{"token":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
BODIES = [
    b"[]",
    b"{",
    b'"x"',
    DEEP,
    b'{"a": ' + b"1" * 5_000 + b"}",
    b'{"provider": "\\ud800"}',
    b'{"provider": "\\u0000"}',
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize("place", ["auth/provider/token", "auth/provider/signup", "auth/session", "auth/email/verify"])
def test_no_body_is_a_failure(first: Upstream, place: str, body: bytes) -> None:
    """Whatever an app sends is answered."""
    answer = Client().post(f"{APP}/{place}", body, content_type="application/json")
    assert answer.status_code in {400, 401, 403, 405, 409}


@pytest.mark.parametrize("client_id", ["\0", "\ud800", "", 7, None, "x" * 100_000])
def test_no_client_is_a_failure(first: Upstream, client_id: Any) -> None:
    """An app's `client_id` is looked for in the settings and in the database."""
    document = {"provider": "a", "process": "login", "token": {"client_id": client_id, "id_token": "x"}}
    answer = Client().post(f"{APP}/auth/provider/token", document, content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.parametrize("place", ["%00", "nobody", "%2e%2e", "a%0d%0ab"])
def test_no_provider_is_a_failure(first: Upstream, place: str) -> None:
    """404 for one that there is not."""
    assert Client().get(f"/social/oidc/{place}/login/callback/?code=x&state=y").status_code == 404


@pytest.mark.parametrize("query", ["state=%00", "code=%00&state=x", "state=" + "x" * 60_000, "iss=%FF", ""])
def test_no_callback_is_a_failure(first: Upstream, query: str) -> None:
    """Nothing that somebody writes into a callback's address is more than a flow that failed."""
    visitor = Visitor()
    nothing_came_of(visitor, visitor.client.get(f"/social/oidc/a/login/callback/?{query}"))


@pytest.mark.parametrize("token", ["x", "\x00", "é", "x" * 5_000, "gAAAAA", "a b"])
def test_no_session_token_is_a_failure(first: Upstream, token: str) -> None:
    """410 for every one that is none."""
    answer = Client().get(f"{APP}/auth/session", headers={"X-Session-Token": token})
    assert answer.status_code == 410
