"""Tokens of other issuers: which are taken, where their keys come from, and what follows where those cannot be had."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from nuages import Bearer, Issuer
from nuages.errors import Unavailable
from nuages.identify.compact import read_object
from nuages.identify.remote_keys import MAX_BYTES, RemoteKeys, fetch
from tests.http.bearer_door import Door
from tests.http.forging import OTHERS, PAIRS, SECRET, by_key, by_secret, claims, header, token

pytestmark = pytest.mark.usefixtures("no_token_key")

IDP = "https://idp.example"
PUBLIC = {
    name: {n: v for n, v in pair.items() if n not in {"d", "p", "q", "dp", "dq", "qi"}} for name, pair in PAIRS.items()
}
KEYS = {"keys": [PUBLIC["RS256"], PUBLIC["ES256"]]}
Answer = Callable[[BaseHTTPRequestHandler], None]


def _say(body: bytes, status: int = 200, media_type: str = "application/json", **more: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": media_type, "Content-Length": str(len(body)), **more}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def _publish(*keys: Any) -> Answer:
    return _say(json.dumps({"keys": keys}).encode())


class Idp:
    """A server that publishes keys, or whatever `answer` says; `asked` are the paths that were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Answer = _publish(*KEYS["keys"])
        idp = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                idp.asked.append(self.path)
                try:
                    idp.answer(self)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/keys?v=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def idp() -> Iterator[Idp]:
    """A server on this machine."""
    idp = Idp()
    yield idp
    idp.server.shutdown()
    idp.server.server_close()


def _user(said: Any) -> Any:
    return get_user_model().objects.get(username=said["sub"])


def _door(settings: Any, **changed: Any) -> Door:
    settings.NUAGES_TOKEN_KEY, settings.DEBUG = SECRET, True
    right: dict[str, Any] = {"audience": "shop-app", "user": _user, "keys": KEYS}
    return Door(Bearer(trusted=[Issuer(IDP, **{**right, **changed})]))


def _token(alg: str = "RS256", pair: Any = None, head: Any = None, **changed: Any) -> str:
    said = claims(**{"iss": IDP, "aud": "shop-app", "sub": "ann", "jti": ..., "sid": ..., "iat": ..., **changed})
    return token(header(alg=alg, kid=alg, **(head or {})), said, by_key(pair or PAIRS[alg]))


def test_token_of_a_trusted_issuer(shop: Any, settings: Any, statements: Any) -> None:
    """The function says who it is; that is remembered for a moment, with the epoch."""
    door = _door(settings)
    text = _token(scope="read")
    statements.clear()
    assert [door.status(text) for _ in range(3)] == [200] * 3
    assert len([sql for sql in statements if "auth_user" in sql]) == 1
    assert door.status(_token("ES256")) == 200
    user = _user({"sub": "ann"})
    user.is_active = False
    user.save()
    door.assert_refused(f"Bearer {text}")


@pytest.mark.parametrize("sub", ["nobody", "gone"])
def test_token_of_nobody(sub: str, shop: Any, settings: Any) -> None:
    """None, or a user who is not there, is the same 401."""
    door = _door(settings, user=lambda said: None if said["sub"] == "gone" else _user(said))
    door.assert_refused(f"Bearer {_token(sub=sub)}")


def test_what_is_not_that_issuers_is_refused(settings: Any, statements: Any) -> None:
    """J03, J04, J18 to J20: our key in its name, its key in ours, another's algorithm, audience, type."""
    door = _door(settings)
    own = {"aud": "shop", "jti": "1", "sid": "1", "iat": 1}
    bad = [
        _token(pair=OTHERS["RS256"]),
        _token(iss="nuages", **own),
        token(None, claims(iss=IDP, aud="shop-app")),
        token(header(alg="RS256"), claims(iss=IDP, aud="shop-app"), by_key(PAIRS["RS256"])),
        token(header(kid="RS256"), claims(iss=IDP, aud="shop-app"), by_secret(json.dumps(PUBLIC["RS256"]))),
        _token("EdDSA"),
        _token(aud="shop"),
        _token(aud=...),
        _token(sub=...),
        _token(exp=...),
        _token(head={"typ": "JWT"}),
        _token(iss=f"{IDP}/"),
        _token(iss="https://idp.example.evil"),
        _token(head={"jku": "https://evil.example"}),
    ]
    for text in bad:
        door.assert_refused(f"Bearer {text}")
    assert statements == []


def test_key_of_an_algorithm_that_is_not_named_checks_nothing(settings: Any) -> None:
    """A set may hold more than the project wants."""
    door = _door(settings, algorithms=["ES256"])
    door.assert_refused(f"Bearer {_token('RS256')}")


def test_issuer_that_says_jwt(shop: Any, settings: Any) -> None:
    """J20: `typ` is the project's to name, for an issuer that does not follow RFC 9068."""
    door = _door(settings, typ="JWT")
    assert door.status(_token(head={"typ": "JWT"})) == 200
    door.assert_refused(f"Bearer {_token()}")


def test_keys_are_fetched_once(shop: Any, settings: Any, idp: Idp) -> None:
    """With the first token; the address is the project's, query included."""
    door = _door(settings, keys=None, keys_url=idp.url)
    assert idp.asked == []
    assert [door.status(_token(jti=str(number))) for number in range(3)] == [200] * 3
    assert idp.asked == ["/keys?v=1"]


def test_j08_j09_unknown_kid_fetches_once_in_a_while(shop: Any, settings: Any, idp: Idp) -> None:
    """J08, J09: a thousand unknown names ask once; after the cool-down a new key is found."""
    door = _door(settings, keys=None, keys_url=idp.url)
    for number in range(1000):
        door.assert_refused(f"Bearer {token(header(alg='RS256', kid=str(number)), claims(iss=IDP), lambda _: b'x')}")
    assert len(idp.asked) == 1
    assert door.status(_token()) == 200


def test_new_key_is_found_and_a_withdrawn_one_is_let_go(idp: Idp) -> None:
    """After the cool-down, and after the keys' age."""
    keys = RemoteKeys(idp.url, cool_down_s=0.0, max_age_s=3600)
    assert keys.find("EdDSA") is None
    idp.answer = _publish(PUBLIC["EdDSA"])
    assert keys.find("EdDSA") is not None
    assert keys.find("RS256") is None
    aged = RemoteKeys(idp.url, cool_down_s=0.0, max_age_s=0.0)
    assert aged.find("EdDSA") is not None
    idp.answer = _publish(PUBLIC["ES256"])
    deadline_s = time.monotonic() + 20
    while aged.find("EdDSA") is not None:
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def _drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    for _ in range(300):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)


ANSWERS: dict[str, Answer] = {
    "J34 500": _say(b"{}", 500),
    "J34 redirect": _say(b"", 302, Location="http://169.254.169.254/"),
    "J34 HTML": _say(json.dumps(KEYS).encode(), media_type="text/html"),
    "J34 long": _say(json.dumps(KEYS).encode() + b" " * MAX_BYTES),
    "J34 drip": _drip,
    "J34 silence": lambda _handler: time.sleep(5),
    "J34 hang-up": lambda handler: handler.connection.close(),
    "J34 no JSON": _say(b"<keys>"),
    "J34 deep": _say(b"[" * 100_000),
    "J34 list": _say(b"[]"),
    "J32 private": _publish(PAIRS["RS256"]),
    "J32 twice": _publish(PUBLIC["RS256"], PUBLIC["RS256"]),
    "J32 weak": _publish({**PUBLIC["RS256"], "e": "AQ"}),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=list(ANSWERS))
def test_j34_keys_that_cannot_be_had(answer: Answer, settings: Any, idp: Idp, statements: Any) -> None:
    """J34: a 503 with Retry-After, in about two seconds; the next does not ask again; no key is taken of it."""
    idp.answer = answer
    door = _door(settings, keys=None, keys_url=idp.url)
    response = door.ask(f"Bearer {_token()}")
    assert (response.status, response.header("Retry-After")) == (503, "30")
    again = door.ask(f"Bearer {_token()}")
    assert again.status == 503
    assert len(idp.asked) == 1
    assert b"169" not in response.body
    assert statements == []


@pytest.mark.parametrize("answer", [ANSWERS["J34 500"], ANSWERS["J34 silence"]], ids=["500", "silence"])
def test_j34_last_keys_go_on(answer: Answer, idp: Idp) -> None:
    """J34: a known key is taken at once while the issuer is away; an unknown one is a 503."""
    keys = RemoteKeys(idp.url, cool_down_s=0.0, max_age_s=0.0)
    first = keys.find("RS256")
    idp.answer = answer
    assert [keys.find("RS256") for _ in range(3)] == [first] * 3
    with pytest.raises(Unavailable):
        keys.find("other")
    idp.answer = _publish(*KEYS["keys"])


def test_j34_fetch_ends(idp: Idp) -> None:
    """J34: a byte now and then keeps no connection open beyond the deadline."""
    idp.answer = _drip
    started_s = time.monotonic()
    with pytest.raises((ValueError, ConnectionError)):  # cut off in the middle, or torn down
        read_object(fetch(idp.url))
    assert time.monotonic() - started_s < 10, "the server would go on for thirty seconds"


def test_j34_no_server(settings: Any, idp: Idp) -> None:
    """J34: a refused connection."""
    idp.server.server_close()
    with pytest.raises(Unavailable):
        RemoteKeys(idp.url).find("RS256")


def test_one_thread_fetches(idp: Idp) -> None:
    """The others wait for it, and have its keys."""
    publish = idp.answer

    def slowly(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.3)
        publish(handler)

    idp.answer = slowly
    keys = RemoteKeys(idp.url)
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(keys.find("RS256"))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(idp.asked) == 1
    assert len(found) == 16
    assert None not in found
    assert len(set(map(id, found))) == 1


def test_remembered_token_ends_when_its_key_is_withdrawn(shop: Any, settings: Any, idp: Idp) -> None:
    """J35: of another issuer as well."""
    door = _door(settings, keys=None, keys_url=idp.url)
    text = _token()
    assert door.status(text) == 200
    verified = door.bearer._verified.get(f"Bearer {text}")
    assert verified is not None
    remote: Any = verified.source.find_key.__self__  # type: ignore[attr-defined]
    idp.answer = _publish(PUBLIC["ES256"])
    remote._next_s = remote._old_s = 0.0  # as if ten minutes had gone by
    remote._begin().wait(10)
    door.assert_refused(f"Bearer {text}")


def test_shared_secret_of_another_issuer(shop: Any, settings: Any) -> None:
    """HS256 by a key that both were given."""
    import base64  # noqa: PLC0415

    secret = "t" * 40
    keys = {"keys": [{"kty": "oct", "kid": "s", "k": base64.urlsafe_b64encode(secret.encode()).decode()}]}
    door = _door(settings, keys=keys, algorithms=["HS256"])
    said = claims(iss=IDP, aud="shop-app", sub="ann")
    assert door.status(token(header(kid="s"), said, by_secret(secret))) == 200
    door.assert_refused(f"Bearer {token(header(kid='s'), said)}")
