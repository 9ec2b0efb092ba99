"""Logins by GitHub and by Facebook, which stand-ins play as their documentation says, against a shop that serves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.http.social import APP, Upstream, started_upstream
from tests.live.processes import manage
from tests.live.test_social import changed, nothing_came_of
from tests.live.visiting import SETTINGS, Shop, Visitor, visited
from tests.support.stand_ins import FACEBOOK

NAMES = ["github", "facebook"]
TOKEN = {"github": "/login/oauth/access_token", "facebook": "/graph/oauth/access_token"}
PERSON = {"github": "/api/v3/user", "facebook": "/graph/me"}


@pytest.fixture(scope="module")
def running() -> Iterator[Upstream]:
    """Both providers."""
    with started_upstream("tests.support.stand_ins") as upstream:
        yield upstream


@pytest.fixture(scope="module")
def shop(seeded: Path, running: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop that knows them, and lets in by an address that a provider says to be verified: the laxer setting."""
    given = {"TEST_STAND_INS": running.issuer, "TEST_BY_ADDRESS": "1"}
    with visited(seeded, tmp_path_factory.mktemp("stand-ins"), **given) as shop:
        yield shop


@pytest.fixture
def visitor(shop: Shop) -> Iterator[Visitor]:
    """A browser that nobody has used."""
    with shop.browser() as visitor:
        yield visitor


def person(name: str, uid: int, **more: Any) -> dict[str, Any]:
    """What each says of somebody."""
    if name == "github":
        return {"id": uid, "login": f"octocat{uid}", "name": None, "email": None, **more}
    return {"id": str(uid), "name": "Mark Z", "first_name": "Mark", "last_name": "Z", **more}


@pytest.mark.parametrize("name", NAMES)
def test_a_login_ends_with_tokens(shop: Shop, visitor: Visitor, running: Upstream, name: str) -> None:
    """Redirect, code, token, person; the session becomes tokens that work, and the second time it is the same user."""
    running.tell(person=person(name, 1))
    before = shop.counts()
    back = visitor.log_in(name, running)
    assert back.headers["location"] == "/welcome"
    assert visitor.may_enter(visitor.exchange().json()["access_token"])
    with shop.browser() as again:
        again.log_in(name, running)
        assert again.may_enter(again.exchange().json()["access_token"])
    after = shop.counts()
    assert {kind: after[kind] - before[kind] for kind in after} == {"accounts": 1, "users": 1, "logins": 2}


def test_what_github_is_asked(visitor: Visitor, running: Upstream) -> None:
    """State and PKCE, and the scope for addresses; the secret in the body alone."""
    running.tell(person=person("github", 2))
    visitor.log_in("github", running)
    begun, exchanged, *asked = running.seen()
    assert {"state", "code_challenge"} <= begun.keys()
    assert (begun["code_challenge_method"], begun["scope"]) == ("S256", "user:email")
    assert {"code_verifier", "client_secret", "code"} <= exchanged.keys()
    assert [each["path"] for each in asked] == ["/api/v3/user", "/api/v3/user/emails"]


def test_what_facebook_is_asked(visitor: Visitor, running: Upstream) -> None:
    """A state; each question about somebody proves that the app asks."""
    running.tell(person=person("facebook", 3))
    visitor.log_in("facebook", running)
    begun, _, me = running.seen()
    assert "state" in begun
    assert "code_challenge" not in begun
    assert me["appsecret_proof"]


@pytest.mark.parametrize("name", NAMES)
def test_a_person_who_says_no_is_nobody(shop: Shop, visitor: Visitor, running: Upstream, name: str) -> None:
    """The page hears of it; no code was sent."""
    running.tell(person=person(name, 4), denies=True)
    before = shop.counts()
    nothing_came_of(shop, visitor, visitor.log_in(name, running), before)
    assert len(running.seen()) == 1


@pytest.mark.parametrize("state", [None, "guessed", "another's"])
@pytest.mark.parametrize("name", NAMES)
def test_a_state_that_is_not_this_flows(
    shop: Shop, visitor: Visitor, running: Upstream, name: str, state: str | None
) -> None:  # O11
    """Nobody is logged in, and the code goes nowhere."""
    running.tell(person=person(name, 5))
    before = shop.counts()
    with shop.browser() as other:
        others = parse_qs(urlsplit(other.begin(name)).query)["state"][0]
    back = running.authorize(visitor.begin(name)).partition("#")[0]
    said = others if state == "another's" else state
    nothing_came_of(shop, visitor, visitor.come_back(changed(back, state=said)), before)
    assert [each["path"] for each in running.seen() if each["path"] == TOKEN[name]] == []


def test_a_flow_of_one_does_not_end_at_the_other(shop: Shop, visitor: Visitor, running: Upstream) -> None:  # O11
    """Mix-up: GitHub's code and state at Facebook's callback."""
    running.tell(person=person("github", 6))
    before = shop.counts()
    back = running.authorize(visitor.begin("github")).replace("/github/", "/facebook/")
    nothing_came_of(shop, visitor, visitor.come_back(back), before)
    assert len(running.seen()) == 1


ADDRESSES: dict[str, tuple[str, dict[str, Any]]] = {
    "github, unverified": ("github", {"emails": [{"email": "", "primary": True, "verified": False}]}),
    "github, in the profile alone": ("github", {"emails": None}),
    "facebook": ("facebook", {}),
}


@pytest.mark.parametrize("case", ADDRESSES)
def test_an_address_that_is_not_verified_lets_nobody_in(
    shop: Shop, visitor: Visitor, running: Upstream, case: str
) -> None:  # O12
    """Of a local account, whose owner has verified it, and where verified ones do let in."""
    name, told = ADDRESSES[case]
    owner = f"owner{list(ADDRESSES).index(case)}"
    address = f"{owner}@shop.example"
    shop.add_user(owner, address, verified=True)
    before = shop.counts()
    emails = [{**each, "email": address} for each in told["emails"]] if told.get("emails") else None
    running.tell(person=person(name, 7, email=address, verified=True), emails=emails)
    visitor.log_in(name, running)
    assert visitor.session() == 401
    assert visitor.exchange().status_code == 401
    assert shop.counts() == before


def test_an_address_that_github_has_verified_lets_in(shop: Shop, visitor: Visitor, running: Upstream) -> None:  # O12
    """With the setting that says so, so that the refusals above are of the address and not of GitHub."""
    shop.add_user("verified", "verified@shop.example", verified=True)
    running.tell(
        person=person("github", 8), emails=[{"email": "verified@shop.example", "primary": True, "verified": True}]
    )
    before = shop.counts()
    visitor.log_in("github", running)
    assert visitor.may_enter(visitor.exchange().json()["access_token"])
    assert shop.counts()["users"] == before["users"]


@pytest.mark.parametrize("name", NAMES)
def test_somebody_without_an_address_is_somebody(shop: Shop, visitor: Visitor, running: Upstream, name: str) -> None:
    """A user of their own."""
    running.tell(person=person(name, 9), emails=[])
    before = shop.counts()
    visitor.log_in(name, running)
    assert visitor.session() == 200
    assert shop.counts()["users"] == before["users"] + 1


BROKEN: dict[str, Any] = {
    "fails": [{}, 500],
    "refuses": [{"error": "bad_verification_code"}, 200],
    "a list": [[1], 200],
    "nothing": [{}, 200],
    "null": [None, 200],
    "a text": ["x", 200],
    "elsewhere": [{}, 307, "http://127.0.0.1:1/elsewhere"],
}


@pytest.mark.parametrize("answer", BROKEN)
@pytest.mark.parametrize("name", NAMES)
def test_an_answer_that_cannot_be_read_is_no_login(
    shop: Shop, visitor: Visitor, running: Upstream, name: str, answer: str
) -> None:
    """Of the token endpoint, and of the one about the person: a page with an error, and never a 500."""
    for place in (TOKEN[name], PERSON[name]):
        before = shop.counts()
        running.tell(person=person(name, 10), answers={place: BROKEN[answer]})
        nothing_came_of(shop, visitor, visitor.log_in(name, running), before)


def by_token(shop: Shop, name: str, **token: Any) -> httpx.Response:
    """Log in as an app that has got an access token by the provider's own kit."""
    document = {"provider": name, "process": "login", "token": token}
    return httpx.post(f"{shop.address}{APP}/auth/provider/token", json=document, timeout=60)


def facebook_token(running: Upstream) -> str:
    """A token such as Facebook's own kit gives to an app."""
    text: str = httpx.get(f"{running.issuer}/-/token").json()["access_token"]
    return text


def test_an_app_logs_in_by_facebooks_token(shop: Shop, visitor: Visitor, running: Upstream) -> None:
    """After Facebook has said that the token is this app's."""
    running.tell(person=person("facebook", 11))
    answer = by_token(shop, "facebook", client_id=FACEBOOK["client_id"], access_token=facebook_token(running))
    assert answer.status_code == 200, answer.text
    assert visitor.may_enter(answer.json()["meta"]["access_token"])
    assert "/graph/debug_token" in [each["path"] for each in running.seen()]


@pytest.mark.parametrize("case", ["another app's", "garbage", "broken", "empty", "a list", "no person"])
def test_an_app_with_a_token_that_is_none_of_its_own(shop: Shop, running: Upstream, case: str) -> None:  # O11
    """400, and nobody is let in: one that Facebook gave to another app, above all."""
    before = shop.counts()
    answers = {
        "broken": {"/graph/debug_token": [{}, 500]},
        "empty": {"/graph/debug_token": [{}, 200]},
        "a list": {"/graph/debug_token": [{"data": [1]}, 200]},
        "no person": {"/graph/me": [{}, 200]},
    }
    more = {"app_id": "another"} if case == "another app's" else {}
    running.tell(person=person("facebook", 12), answers=answers.get(case, {}), **more)
    token = {"access_token": "garbage" if case == "garbage" else facebook_token(running)}
    answer = by_token(shop, "facebook", client_id=FACEBOOK["client_id"], **token)
    assert answer.status_code == 400, answer.text
    assert shop.counts() == before


def test_github_takes_no_tokens_of_apps(shop: Shop, running: Upstream) -> None:
    """Nothing of it says for which app a token was made."""
    running.tell(person=person("github", 13))
    answer = by_token(shop, "github", client_id="github-client", access_token=facebook_token(running))
    assert answer.status_code == 400


def test_pkce_is_refused_where_it_would_not_be_carried_through(shop: Shop) -> None:
    """E045 for Facebook, whose every login would be refused: its class sends no verifier; none for GitHub."""
    given = {"DJANGO_SETTINGS_MODULE": SETTINGS, "SITE_URL": shop.address}
    assert manage(shop.directory, "check", **given).returncode == 0
    done = manage(shop.directory, "check", **given, TEST_FACEBOOK_PKCE="1")
    assert done.returncode == 1
    errors = [line for line in done.stderr.splitlines() if "nuages.E045" in line]
    assert [line.count("facebook: with PKCE") for line in errors] == [1]
