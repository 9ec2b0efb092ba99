"""Attacks on logins by others, O11 to O13, against a shop and providers that are processes of their own.

The same and more of them run in process, on both databases: tests/http/test_threats_social.py.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from tests.http.social import APP, Upstream, started_upstream
from tests.live.processes import LIMIT_S
from tests.live.visiting import Shop, Visitor, errors_of, visited
from tests.support.upstream import CLIENT

EVIL = "http://evil.example"
MANY, ROUNDS = 8, 3


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Upstream, Upstream]]:
    """Two providers."""
    with started_upstream() as first, started_upstream() as second:
        yield first, second


@pytest.fixture(scope="module")
def shop(seeded: Path, both: tuple[Upstream, Upstream], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop that knows both."""
    upstreams = " ".join(each.issuer for each in both)
    with visited(seeded, tmp_path_factory.mktemp("social"), TEST_UPSTREAMS=upstreams) as shop:
        yield shop


@pytest.fixture
def first(both: tuple[Upstream, Upstream]) -> Upstream:
    """The provider A; both behave."""
    for each in both:
        each.tell()
    return both[0]


@pytest.fixture
def second(first: Upstream, both: tuple[Upstream, Upstream]) -> Upstream:
    """The provider B."""
    return both[1]


@pytest.fixture
def visitor(shop: Shop) -> Iterator[Visitor]:
    """A browser that nobody has used; what a flow has stored is forgotten after it."""
    with shop.browser() as visitor:
        yield visitor


def changed(url: str, **changes: str | None) -> str:
    """A URL with other parameters."""
    parts = urlsplit(url)
    query = {**{name: values[0] for name, values in parse_qs(parts.query).items()}, **changes}
    return parts._replace(query=urlencode({name: value for name, value in query.items() if value is not None})).geturl()


def nothing_came_of(shop: Shop, visitor: Visitor, answer: httpx.Response, before: dict[str, int]) -> None:
    """The flow ended: no account, no user, no login, no session, and no page of another site."""
    assert answer.status_code in {302, 400, 401}, answer.text
    if answer.status_code == 302:
        assert answer.headers["location"].removeprefix(shop.address).startswith(("/failed?", "/welcome?"))
        assert "error" in errors_of(answer)
    assert visitor.session() == 401
    assert visitor.exchange().status_code == 401
    assert shop.counts() == before


def test_a_login_by_another_ends_with_tokens(shop: Shop, visitor: Visitor, first: Upstream) -> None:
    """Without which none of the refusals below would tell anything."""
    first.tell(person={"sub": "somebody"})
    assert visitor.log_in("a", first).headers["location"] == "/welcome"
    tokens = visitor.exchange().json()
    assert visitor.may_enter(tokens["access_token"])
    refreshed = visitor.client.post("/api/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert visitor.may_enter(refreshed.json()["access_token"])


def test_of_many_exchanges_at_once_one_begins_a_login(shop: Shop, visitor: Visitor, first: Upstream) -> None:
    """One session, sent by many at the same time."""
    first.tell(person={"sub": "in a hurry"})
    for _ in range(ROUNDS):
        before = shop.counts()["logins"]
        visitor.log_in("a", first)
        headers = visitor.token() | {"Cookie": "; ".join(f"{c.name}={c.value}" for c in visitor.client.cookies.jar)}
        barrier = threading.Barrier(MANY)

        def exchange(headers: dict[str, str] = headers, barrier: threading.Barrier = barrier) -> int:
            with httpx.Client(timeout=LIMIT_S) as client:
                client.get(f"{shop.address}/-/live")  # a connection that is open already
                barrier.wait()
                return client.post(f"{shop.address}/social/tokens", headers=headers).status_code

        with ThreadPoolExecutor(MANY) as pool:
            found = Counter(each.result() for each in [pool.submit(exchange) for _ in range(MANY)])
        assert found == {200: 1, 401: MANY - 1}
        assert shop.counts()["logins"] == before + 1
        visitor.client.cookies.delete("sessionid")


@pytest.mark.parametrize("state", [None, "guessed"], ids=["missing", "guessed"])
def test_o11_a_state_that_nobody_has_begun(shop: Shop, visitor: Visitor, first: Upstream, state: str | None) -> None:
    """O11: no code is sent anywhere."""
    before = shop.counts()
    back = first.authorize(visitor.begin("a"))
    nothing_came_of(shop, visitor, visitor.come_back(changed(back, state=state)), before)
    assert first.seen() == []


def test_o11_a_state_comes_twice(shop: Shop, visitor: Visitor, first: Upstream) -> None:
    """O11: the same state brings no second code in."""
    first.tell(person={"sub": "first of two"})
    to_provider = visitor.begin("a")
    visitor.come_back(first.authorize(to_provider))
    visitor.client.delete("/social/browser/v1/auth/session", headers=visitor.token())
    first.tell(person={"sub": "mallory"})
    before = shop.counts()
    nothing_came_of(shop, visitor, visitor.come_back(first.authorize(to_provider)), before)
    assert first.seen() == []


def test_o11_a_state_of_another_session(shop: Shop, visitor: Visitor, first: Upstream) -> None:
    """O11: a victim who is sent to the attacker's callback is not logged in as the attacker."""
    before = shop.counts()
    with shop.browser() as attacker:
        back = first.authorize(attacker.begin("a"))
    visitor.begin("a")
    nothing_came_of(shop, visitor, visitor.come_back(back), before)
    assert first.seen() == []


def test_o11_a_code_of_another_flow(shop: Shop, visitor: Visitor, first: Upstream) -> None:
    """O11: the attacker's code with the victim's own state."""
    before = shop.counts()
    with shop.browser() as attacker:
        stolen = parse_qs(urlsplit(first.authorize(attacker.begin("a"))).query)["code"][0]
    back = first.authorize(visitor.begin("a"))
    nothing_came_of(shop, visitor, visitor.come_back(changed(back, code=stolen)), before)


@pytest.mark.parametrize("issuer", ["the other's", "none", "own"])
def test_o11_mix_up(shop: Shop, visitor: Visitor, first: Upstream, second: Upstream, issuer: str) -> None:
    """O11: B's name in a flow that began at A, or A's code at B's callback: B's token endpoint sees nothing."""
    before = shop.counts()
    back = first.authorize(visitor.begin("a"))
    named = changed(back, iss={"the other's": second.issuer, "none": None, "own": first.issuer}[issuer])
    there = named.replace("/oidc/a/", "/oidc/b/")
    nothing_came_of(shop, visitor, visitor.come_back(there), before)
    if issuer != "own":
        back = first.authorize(visitor.begin("a"))
        named = changed(back, iss={"the other's": second.issuer, "none": None}[issuer])
        nothing_came_of(shop, visitor, visitor.come_back(named), before)
    assert first.seen() == second.seen() == []


WRONG: dict[str, dict[str, Any]] = {
    "nonce of another flow": {"claims": {"nonce": "another"}},
    "no nonce": {"claims": {"nonce": None}},
    "aud of another client": {"claims": {"aud": "another"}},
    "aud of several, azp missing": {"claims": {"aud": ["nuages-tests", "another"]}},
    "azp of another client": {"claims": {"azp": "another"}},
    "iss of another": {"claims": {"iss": EVIL}},
    "over": {"claims": {"exp": 1_000_000_000}},
    "alg none": {"signing": "none"},
    "another key": {"signing": "other"},
    "the public key as a secret": {"signing": "public"},
    "userinfo of another": {"userinfo": {"sub": "somebody else"}},
    "a person who says no": {"callback": {"error": "access_denied", "code": None}},
}


@pytest.mark.parametrize("case", WRONG)
def test_o11_an_answer_that_is_not_for_this_flow(shop: Shop, visitor: Visitor, first: Upstream, case: str) -> None:
    """O11: nonce, audience, issuer, time and signature."""
    before = shop.counts()
    first.tell(**WRONG[case], person={"sub": "mallory"})
    nothing_came_of(shop, visitor, visitor.log_in("a", first), before)


@pytest.mark.parametrize("case", ["aud of another client", "azp of another client", "iss of another", "alg none"])
def test_o11_an_app_with_a_token_for_another(shop: Shop, first: Upstream, case: str) -> None:
    """O11: the same of an ID token that an app brings; one that is right does once."""
    before = shop.counts()
    first.tell(**WRONG[case], person={"sub": "mallory"})
    assert by_token(shop, first.id_token()).status_code == 400
    assert shop.counts() == before
    first.tell(person={"sub": "an app's"})
    token = first.id_token()
    assert [by_token(shop, token).status_code for _ in range(2)] == [200, 400]


def by_token(shop: Shop, token: str) -> httpx.Response:
    """Log in as an app."""
    document = {"provider": "a", "process": "login", "token": {"client_id": CLIENT["client_id"], "id_token": token}}
    return httpx.post(f"{shop.address}{APP}/auth/provider/token", json=document)


@pytest.mark.parametrize("asserted", [True, False, None], ids=["asserted", "denied", "unsaid"])
@pytest.mark.parametrize("local", [None, False, True], ids=["of the user", "unverified", "verified"])
def test_o12_an_address_lets_nobody_in(
    shop: Shop, visitor: Visitor, first: Upstream, local: bool | None, asserted: bool | None
) -> None:
    """O12: of a local account, with the setting off as it is by default: no account is linked, nobody is let in."""
    name = f"{local}-{asserted}".lower()
    shop.add_user(name, f"{name}@shop.example", verified=local)
    before = shop.counts()
    first.tell(person={"sub": name, "email": f"{name}@shop.example", "email_verified": asserted})
    visitor.log_in("a", first)
    assert visitor.session() == 401
    assert visitor.exchange().status_code == 401
    assert shop.counts() == before


@pytest.mark.parametrize(
    "to", [f"{EVIL}/x", "//evil.example", "https:evil.example", "\\\\evil.example", "/\\evil.example", "/\r\nX: 1"]
)
def test_o13_a_login_leads_nowhere_else(shop: Shop, visitor: Visitor, first: Upstream, to: str) -> None:
    """O13: nobody is even sent to the provider with such a page to come back to, or they come back to this site."""
    where = visitor.begin("a", back=to)
    if where.startswith(first.issuer):
        where = visitor.come_back(first.authorize(where)).headers["location"]
    assert urlsplit(where.removeprefix(shop.address)).netloc == ""
    assert "evil" not in urlsplit(where).path
    assert "\r" not in where
