"""Access tokens from outside: who gives and takes them, whom they stand for, and when that ends."""

import datetime as dt
import json
import threading
import time
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.db import OperationalError, connections
from django.utils import timezone

from nuages import Bearer, Issuer
from nuages.errors import NotIdentified
from nuages.http.request import Request
from nuages.identify.epoch import begin
from nuages.identify.verified import VerifiedTokens
from tests.http.asking import send
from tests.http.bearer_door import Door, make_login
from tests.http.forging import KID, NOW, PAIRS, SECRET, by_key, by_secret, claims, header, token

pytestmark = pytest.mark.usefixtures("no_token_key")


@pytest.fixture
def door(shop: Any, settings: Any) -> Door:
    """Behind a shared secret, with the bookshop's books and users."""
    settings.NUAGES_TOKEN_KEY = SECRET
    return Door(Bearer())


@pytest.fixture
def ann(door: Door) -> Any:
    """A user."""
    return get_user_model().objects.get(username="ann")


@pytest.fixture
def right(ann: Any) -> dict[str, Any]:
    """The claims of a token for a login of Ann's."""
    return claims(sub=str(ann.pk), sid=str(make_login(ann).pk))


def _principal(door: Door, text: str) -> Any:
    return door.bearer.identify(Request("GET", "/", "", {"authorization": f"Bearer {text}"}))


def test_issued_token_is_taken(door: Door, ann: Any, statements: Any) -> None:
    """Its first request looks for the login, the next ask nothing of it."""
    login = make_login(ann)
    text, lifetime_s = door.bearer.issue(ann, str(login.pk))
    assert lifetime_s == 300
    statements.clear()
    assert door.status(text) == 200
    assert len(statements) == 2, "the login with its user, and the page"
    assert door.status(text) == 200
    assert len(statements) == 3
    principal = _principal(door, text)
    assert (principal.user, principal.method, principal.scopes) == (ann, "bearer", None)
    assert (principal.login, principal.claims["sub"]) == (str(login.pk), str(ann.pk))
    assert principal.user is not _principal(door, text).user, "each request has an instance of its own"


@pytest.mark.parametrize("alg", list(PAIRS))
def test_each_algorithm(alg: str, shop: Any, settings: Any) -> None:
    """The first private key signs; each key checks what it signed."""
    others = [pair for name, pair in PAIRS.items() if name != alg]
    settings.NUAGES_TOKEN_KEYS = json.dumps({"keys": [PAIRS[alg], *others]})
    door, user = Door(Bearer()), get_user_model().objects.get(username="ann")
    login = str(make_login(user).pk)
    text, _ = door.bearer.issue(user, login)
    assert door.status(text) == 200
    for name, pair in PAIRS.items():
        by_hand = token(header(alg=name, kid=name), claims(sub=str(user.pk), sid=login), by_key(pair))
        assert door.status(by_hand) == 200


def test_j13_j16_boundaries(door: Door, right: Any, settings: Any) -> None:
    """J13, J16: within the leeway a token is taken."""
    lenient = Door(Bearer(leeway_s=30))
    for changed in ({"exp": int(time.time()) - 20}, {"nbf": int(time.time()) + 25}, {"iat": int(time.time()) + 80}):
        assert lenient.status(token(None, {**right, **changed})) == 200
    assert door.status(token(None, {**right, "nbf": NOW})) == 200


def test_j19_j20_j29_other_spellings_that_are_right(door: Door, right: Any) -> None:
    """J19, J20, J29: a list with our audience, the long type, the scheme in any case and with spaces."""
    assert door.status(token(None, {**right, "aud": ["other", "shop"]})) == 200
    assert door.status(token(header(typ="application/at+jwt"), right)) == 200
    assert door.status(token(header(typ="AT+JWT"), right)) == 200
    text = token(None, right)
    for value in (f"bearer {text}", f"BEARER {text}", f"Bearer  {text}", f"Bearer {text} ", f"Bearer {text}\t"):
        assert door.ask(value).status == 200


def test_scope_limits_the_principal(door: Door, right: Any) -> None:
    """A `scope` claim is a set of names; without one there is no limit."""
    assert _principal(door, token(None, {**right, "scope": "read write"})).scopes == {"read", "write"}
    assert _principal(door, token(None, {**right, "scope": ""})).scopes == frozenset()


def test_claims_of_a_project(shop: Any, settings: Any) -> None:
    """A hook gives further claims, and none of those that Nuages sets."""
    settings.NUAGES_TOKEN_KEY = SECRET
    door = Door(Bearer(claims=lambda user: {"tenant": user.username}))
    user = get_user_model().objects.get(username="ann")
    text, _ = door.bearer.issue(user, str(make_login(user).pk))
    assert _principal(door, text).claims["tenant"] == "ann"
    for given in ({"sub": "2"}, {"exp": 1, "nbf": 1}, None, {"scope": ["a"]}):
        bad = Door(Bearer(claims=lambda _user, given=given: given))  # type: ignore[misc]
        with pytest.raises(ImproperlyConfigured, match="claims="):
            bad.bearer.issue(user, "x")


ENDS = ["deleted", "inactive", "password", "ended", "over", "other user", "no uuid", "no login"]


@pytest.mark.parametrize("end", ENDS)
def test_j22_token_of_a_login_that_does_not_stand(end: str, door: Door, ann: Any, right: Any) -> None:
    """J22: the user is gone, or not active, or has another password; the login is over, or another's, or none."""
    login, sub = right["sid"], right["sub"]
    assert door.status(token(None, right)) == 200
    if end == "deleted":
        ann.delete()
    elif end == "inactive":
        ann.is_active = False
        ann.save()
    elif end == "password":
        ann.set_password("other")
        ann.save()
    elif end in {"ended", "over"}:
        rows = type(make_login(ann)).objects.filter(pk=login)
        rows.update(**{"ended_at" if end == "ended" else "expires_at": timezone.now()})
        begin()
    sub = "999" if end == "other user" else sub
    login = {"no uuid": "a\0b", "no login": "0" * 32}.get(end, login)
    door.assert_refused(f"Bearer {token(None, {**right, 'sid': login, 'sub': sub})}")


def test_j22_sub_with_a_nul(door: Door, right: Any) -> None:
    """J22: no text in a claim is a 500."""
    for sub in ("a\0b", "1' OR 1=1", "\ud800", "9" * 4000):
        door.assert_refused(f"Bearer {token(None, {**right, 'sub': sub})}")


def test_absent_database_is_no_bad_token(door: Door, right: Any) -> None:
    """503 where the login cannot be looked up."""
    text = token(None, right)

    def fail(*_: Any) -> Any:
        raise OperationalError("connection refused")

    alias = get_user_model().objects.db
    with connections[alias].execute_wrapper(fail):
        assert door.status(text) == 503
    assert door.status(text) == 200


def test_j35_remembered_token_ends_with_its_time(door: Door, ann: Any, statements: Any) -> None:
    """J35: the clock is asked each time."""
    soon = timezone.now() - dt.timedelta(seconds=298)
    text, _ = door.bearer.issue(ann, str(make_login(ann).pk), now=soon)
    assert door.status(text) == 200
    assert len(door.bearer._verified) == 1
    time.sleep(2.1)
    door.assert_refused(f"Bearer {text}", "token-expired")


def test_j35_remembered_token_ends_with_its_key(door: Door, right: Any, settings: Any) -> None:
    """J35: a token of a key that is no longer there; with the key again, it is taken."""
    text = token(None, right)
    assert [door.status(text) for _ in range(3)] == [200] * 3
    settings.NUAGES_TOKEN_KEY = "y" * 40
    door.assert_refused(f"Bearer {text}")
    settings.NUAGES_TOKEN_KEY = "short"
    door.assert_refused(f"Bearer {text}")
    settings.NUAGES_TOKEN_KEY = SECRET
    assert door.status(text) == 200


def test_j35_memory_is_bounded(door: Door, right: Any) -> None:
    """J35: however many tokens come, no more are remembered than was allowed; the latest are."""
    door.bearer._verified = VerifiedTokens(most=10)
    for number in range(100):
        text = token(None, {**right, "jti": str(number)})
        assert door.status(text) == 200
        assert len(door.bearer._verified) <= 10
        assert door.bearer._verified.get(f"Bearer {text}") is not None


def test_refused_token_is_not_remembered(door: Door, right: Any) -> None:
    """Nobody fills the memory with what is not signed."""
    for number in range(20):
        door.ask(f"Bearer {token(None, {**right, 'jti': str(number)}, by_secret('x' * 40))}")
    assert len(door.bearer._verified) == 0


def test_claims_are_not_shared_for_writing(door: Door, right: Any) -> None:
    """What an author's code does with the claims of one request does not reach the next."""
    found = _principal(door, token(None, right)).claims
    with pytest.raises(TypeError):
        found["sub"] = "2"


def test_way_that_is_a_list_in_order(door: Door, right: Any) -> None:
    """A header of another scheme is left to other ways; no header is nobody."""
    assert door.ask(None).status == 401
    assert door.ask(None, "/tags").status == 200
    assert "Authorization" in str(door.ask(None, "/tags").header("Vary"))


def test_j36_threads_do_not_mix_tokens(settings: Any) -> None:
    """J36: each of 64 threads is answered for its own token, right or wrong, remembered or not."""
    user = get_user_model()
    settings.NUAGES_TOKEN_KEYS = {"keys": [PAIRS["ES256"]]}
    keys = {"keys": [PAIRS["EdDSA"] | {"d": None}]}
    del keys["keys"][0]["d"]
    issuer = Issuer(
        "https://idp.example", "shop", lambda said: user(username=said["sub"]), keys=keys, algorithms=["EdDSA"]
    )
    bearer = Bearer(trusted=[issuer], login=False)
    assert list(bearer.start("Shop")) == []
    sign = by_key(PAIRS["EdDSA"])
    texts = [
        token(header(alg="EdDSA", kid="EdDSA"), claims(iss="https://idp.example", sub=f"u{number}"), sign)
        for number in range(40)
    ]
    wrong: list[str] = []

    def ask(start: int) -> None:
        for step in range(200):
            number = (start * 7 + step) % 40
            is_bad = (start + step) % 2
            text = texts[number][:-4] + "AAAA" if is_bad else texts[number]
            try:
                found = bearer.identify(Request("GET", "/", "", {"authorization": f"Bearer {text}"}))
                name = found.user.username if found else "nobody"
            except NotIdentified:
                name = ""
            if name != ("" if is_bad else f"u{number}"):
                wrong.append(name)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_public_keys_are_published(settings: Any) -> None:
    """To anybody, with what checks and nothing that signs; and not where the key is a shared secret."""
    settings.NUAGES_TOKEN_KEYS = {"keys": list(PAIRS.values())}
    door = Door(Bearer())
    response = send(door.api, "/.well-known/jwks.json", authorization="Bearer nonsense")
    assert (response.status, response.header("Cache-Control")) == (200, "public, max-age=300")
    document = json.loads(response.body)
    assert [key["kid"] for key in document["keys"]] == list(PAIRS)
    allowed = {"kid", "use", "alg", "kty", "crv", "x", "y", "n", "e"}
    assert all(key.keys() <= allowed for key in document["keys"])
    secrets = [pair[name] for pair in PAIRS.values() for name in ("d", "p", "q", "dp", "dq", "qi") if name in pair]
    assert not any(secret.encode() in response.body for secret in secrets)
    assert send(door.api, "/.well-known/jwks.json?x=1").status == 400
    assert send(door.api, "/.well-known/jwks.json", if_none_match=str(response.header("ETag"))).status == 304
    assert door.bearer.public_keys() == document["keys"]
    settings.NUAGES_TOKEN_KEYS = None
    settings.NUAGES_TOKEN_KEY = SECRET
    assert send(Door(Bearer()).api, "/.well-known/jwks.json").status == 404


def test_rotation(shop: Any, settings: Any) -> None:
    """Publish the new key behind the old one, let it sign, drop the old one: no token fails in between."""
    first, second = PAIRS["ES256"], PAIRS["EdDSA"]
    user = get_user_model().objects.get(username="ann")
    login = str(make_login(user).pk)
    settings.NUAGES_TOKEN_KEYS = {"keys": [first]}
    door = Door(Bearer())
    old, _ = door.bearer.issue(user, login)
    settings.NUAGES_TOKEN_KEYS = {"keys": [first, second]}
    assert door.status(old) == 200
    settings.NUAGES_TOKEN_KEYS = {"keys": [second, {name: first[name] for name in first if name != "d"}]}
    new, _ = door.bearer.issue(user, login)
    assert [door.status(text) for text in (old, new)] == [200, 200]
    settings.NUAGES_TOKEN_KEYS = {"keys": [second]}
    assert [door.status(text) for text in (old, new)] == [401, 200]


@pytest.mark.parametrize("apart_s", [-25, 25])
def test_j17_clocks_that_differ_by_less_than_the_leeway(shop: Any, settings: Any, ann: Any, apart_s: int) -> None:
    """J17: a server takes the token of one whose clock is behind, though by its own it has ended, or ahead."""
    assert _status_between_clocks(ann, apart_s) == 200


def test_j17_clocks_that_differ_by_more(shop: Any, settings: Any, ann: Any) -> None:
    """J17: a clock that is behind further gives tokens that have ended elsewhere, and are refused as such."""
    lenient, text = _given_out(ann, -35)
    lenient.assert_refused(f"Bearer {text}", "token-expired")
    assert _status_between_clocks(ann, 35) == 200, "what is ahead ends later, and is known to be right"
    assert _status_between_clocks(ann, 100) == 401


def _status_between_clocks(user: Any, apart_s: int) -> int:
    lenient, text = _given_out(user, apart_s)
    return lenient.status(text)


def _given_out(user: Any, apart_s: int) -> tuple[Door, str]:
    """A token of one second, from a server whose clock is so far ahead, and one that is to take it."""
    maker, taker = Door(Bearer(lifetime_s=1, leeway_s=30)), Door(Bearer(leeway_s=30))
    now = timezone.now() + dt.timedelta(seconds=apart_s)
    return taker, maker.bearer.issue(user, str(make_login(user).pk), now=now)[0]


def test_j33_servers_before_and_after_each_step_take_each_others_tokens(shop: Any, settings: Any) -> None:
    """J33: while a new set of keys is rolled out, no token fails on either side, until the old key is dropped."""
    first, second = PAIRS["ES256"], PAIRS["EdDSA"]
    checks = {name: first[name] for name in first if name != "d"}
    user = get_user_model().objects.get(username="ann")
    login = str(make_login(user).pk)
    doors, texts = [], []
    for keys in ([first], [first, second], [second, checks], [second]):
        settings.NUAGES_TOKEN_KEYS = {"keys": keys}
        door = Door(Bearer())
        setting_changed.disconnect(dispatch_uid=f"nuages.bearer.{id(door.bearer)}")  # this server is not deployed anew
        doors.append(door)
        texts.append(door.bearer.issue(user, login)[0])
    for before, after in pairwise(range(3)):
        pair = (before, after)
        assert [doors[server].status(texts[giver]) for server in pair for giver in pair] == [200] * 4
    assert [doors[-1].status(text) for text in texts] == [401, 401, 200, 200]


def test_key_that_only_checks_signs_nothing(shop: Any, settings: Any) -> None:
    """A project with public keys alone takes tokens and gives none."""
    settings.NUAGES_TOKEN_KEYS = {"keys": [{n: v for n, v in PAIRS["ES256"].items() if n != "d"}]}
    user = get_user_model().objects.get(username="ann")
    with pytest.raises(ImproperlyConfigured, match="private"):
        Door(Bearer()).bearer.issue(user, "x")


def test_debug_has_a_key_of_its_own(shop: Any, settings: Any) -> None:
    """With DEBUG and no key one is derived from SECRET_KEY, which is not it."""
    settings.DEBUG = True
    door, user = Door(Bearer()), get_user_model().objects.get(username="ann")
    login = str(make_login(user).pk)
    text, _ = door.bearer.issue(user, login)
    assert door.status(text) == 200
    by_hand = token(header(kid=KID), claims(sub=str(user.pk), sid=login), by_secret(settings.SECRET_KEY))
    door.assert_refused(f"Bearer {by_hand}")
