"""An API key is a user's, for as long as it holds: found by its prefix, known by its digest, looked up now and then."""

import datetime as dt
import logging
import secrets
import sqlite3
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.urls import path
from django.utils import timezone

from nuages import API, ApiKey, Principal, Resource, Session, anyone, authenticated
from nuages.http.request import Request
from nuages.identify.api_key import make_key
from nuages.identify.standing import Standing
from nuages.models import StoredKey
from shop.models import Book, Tag
from tests.http.asking import SAME, send
from tests.http.doors import WAYS, Reply, knock

seen: list[Principal] = []


def noted(principal: Principal) -> Any:
    """Let a user in, and remember how they came."""
    seen.append(principal)
    return principal.is_authenticated


api = API(title="Keys", authenticate=[ApiKey(), Session()])


@api.resource(Tag)
class Tags(Resource):
    fields = ["id", "name"]
    writable = ["name"]
    rules = {"read": noted, "write": authenticated}


@api.resource(Book)
class Books(Resource):
    fields = ["id"]
    rules = {"read": anyone}


urlpatterns = [path("api/", api.urls)]
pytestmark = [pytest.mark.urls(__name__)]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """Through Django's handlers, and straight to the core."""
    return str(request.param)


@pytest.fixture
def ann(database: Any, transactional_db: None) -> Any:
    """A user; the ways close their connection after each answer, and so want real commits."""
    seen.clear()
    return User.objects.create_user("ann")


def _ask(way: str, **headers: str | None) -> Reply:
    return knock(way, "GET", "/api/tags", **headers)


def test_key_is_its_users(way: str, ann: Any) -> None:
    """In either header, the scheme in any case; the user may do what they may, within the key's scopes."""
    _, key = make_key(ann, "robot", ["tags:read", "books:read"])
    for headers in ({"x_api_key": key}, *({"authorization": f"{each} {key}"} for each in ("Api-Key", "api-key"))):
        assert _ask(way, **headers).status == 200
        assert (seen[-1].user, seen[-1].method) == (ann, "api-key")
        assert seen[-1].scopes == {"tags:read", "books:read"}
    _, key = make_key(ann, "without scopes")
    assert _ask(way, x_api_key=key).status == 200
    assert seen[-1].scopes is None


def test_key_needs_no_csrf_token(way: str, ann: Any) -> None:
    """A browser never sends it by itself; a cookie beside it counts for nothing."""
    _, key = make_key(ann, "robot")
    reply = knock(way, "POST", "/api/tags", {"name": "x"}, x_api_key=key, cookie="sessionid=abcdefgh12345678")
    assert reply.status == 201


def _stand_over(stored: Any, key: str) -> str:
    StoredKey.objects.filter(pk=stored.pk).update(expires_at=timezone.now())
    return key


def _stand_revoked(stored: Any, key: str) -> str:
    StoredKey.objects.filter(pk=stored.pk).update(revoked_at=timezone.now())
    return key


def _stand_inactive(stored: Any, key: str) -> str:
    User.objects.filter(pk=stored.user_id).update(is_active=False)
    return key


BAD: dict[str, Any] = {
    "over": _stand_over,
    "revoked": _stand_revoked,
    "inactive": _stand_inactive,
    "other secret": lambda _, key: key[:-1] + ("A" if key[-1] != "A" else "B"),
    "unknown prefix": lambda _, key: "nk_0000000000_" + key[14:],
}
MALFORMED: dict[str, Any] = {
    "empty": lambda key: key[:0],
    "short": lambda key: key[:-1],
    "long": lambda key: key + "A",
    "without nk": lambda key: key[3:],
    "upper": lambda key: key.replace("nk_", "NK_"),
    "NUL": lambda key: key[:-1] + "\x00",
    "not ASCII": lambda key: key[:-1] + "é",
    "quote": lambda key: "nk_' OR 1=1 --_" + key[14:],
    "huge": lambda key: key + "A" * 100_000,
    "padded": lambda key: key[:-1] + "=",
}


@pytest.mark.parametrize("name", [*BAD, *MALFORMED])
def test_bad_key_is_refused_alike(way: str, ann: Any, statements: Any, name: str) -> None:
    """401, one and the same body whatever is wrong, also where anybody may read; what is no key asks no database."""
    stored, key = make_key(ann, "robot")
    bad = BAD[name](stored, key) if name in BAD else MALFORMED[name](key)
    statements.clear()
    for header, value in (("x_api_key", bad), ("authorization", f"Api-Key {bad}")):
        reply = knock(way, "GET", "/api/books", **{header: value})
        assert (reply.status, reply.header("WWW-Authenticate")) == (401, 'Api-Key error="invalid_key"')
        assert reply.document == {
            "type": "urn:nuages:problem:invalid-api-key",
            "title": "Not identified",
            "status": 401,
            "detail": "This API key is not valid.",
            "instance": "/api/books",
            "request_id": SAME,
        }
    assert not seen
    assert name in BAD or not statements


def test_more_than_one_key_is_refused(way: str, ann: Any) -> None:
    """Both headers, or one of them twice, which servers join with a comma."""
    _, key = make_key(ann, "robot")
    for headers in (
        {"x_api_key": key, "authorization": f"Api-Key {key}"},
        {"x_api_key": f"{key},{key}"},
        {"x_api_key": f"{key}, "},
        {"authorization": f"Api-Key {key},Api-Key {key}"},
        {"authorization": f"Bearer x,Api-Key {key}"},
    ):
        reply = _ask(way, **headers)
        assert (reply.status, reply.code) == (400, "repeated-api-key"), headers


def test_other_credentials_are_not_ours(way: str, ann: Any) -> None:
    """Another scheme, and a key in the URL, are no API key."""
    _, key = make_key(ann, "robot")
    assert _ask(way, authorization="Bearer api-key").status == 401
    assert _ask(way, authorization="Bearer api-key").code == "not-identified"
    assert 'Api-Key realm="api"' in str(_ask(way).header("WWW-Authenticate"))
    assert knock(way, "GET", f"/api/books?api_key={key}").code == "unknown-parameter"
    assert not any(principal.user for principal in seen)


def test_bad_key_never_falls_through_to_a_session(way: str, ann: Any, client: Any) -> None:
    """Though the cookie is good."""
    client.force_login(ann)
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    assert _ask(way, cookie=cookie).status == 200
    assert _ask(way, cookie=cookie, x_api_key="nk_x").status == 401


def test_answers_vary_by_the_headers_of_a_key(way: str, ann: Any) -> None:
    """A cache must not give one user's answer to another."""
    vary = str(_ask(way).header("Vary")).split(", ")
    assert {"Authorization", "X-API-Key", "Cookie", "Accept"} <= set(vary)


def test_key_costs_one_statement_for_a_while(ann: Any, statements: Any) -> None:
    """The first use looks it up, and notes its use; those that follow send nothing for it."""
    _, key = make_key(ann, "robot")
    _ask("straight", x_api_key=key)
    first = [sql for sql in statements if "nuages_storedkey" in sql]
    assert len([sql for sql in first if sql.startswith("SELECT") and "auth_user" in sql]) == 1
    statements.clear()
    for _ in range(3):
        assert _ask("straight", x_api_key=key).status == 200
    assert len(statements) == 3
    assert not [sql for sql in statements if "nuages_storedkey" in sql]


def test_unknown_prefix_is_asked_once(ann: Any, statements: Any) -> None:
    """Guessing costs the database nothing more."""
    key = f"nk_{secrets.token_hex(5)}_{'A' * 43}"
    statements.clear()
    for _ in range(3):
        assert _ask("straight", x_api_key=key).status == 401
    assert len(statements) == 1


@pytest.mark.parametrize("end", ["revoke", "delete", "deactivate", "delete the user"])
def test_end_of_a_key_holds_at_once(ann: Any, end: str) -> None:
    """Whoever ends it through Django begins another epoch."""
    stored, key = make_key(ann, "robot")
    assert _ask("straight", x_api_key=key).status == 200
    if end == "revoke":
        stored.revoked_at = timezone.now()
        stored.save()
    elif end == "delete":
        stored.delete()
    elif end == "deactivate":
        ann.is_active = False
        ann.save()
    else:
        ann.delete()
    assert _ask("straight", x_api_key=key).status == 401


def test_expiry_is_looked_at_each_time(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is remembered still ends on time."""
    _, key = make_key(ann, "robot", expires_at=timezone.now() + dt.timedelta(minutes=10))
    assert _ask("straight", x_api_key=key).status == 200
    later = timezone.now() + dt.timedelta(minutes=11)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert _ask("straight", x_api_key=key).status == 401


def test_author_code_cannot_spoil_a_remembered_user(ann: Any) -> None:
    """Each request has an instance of its own."""
    _, key = make_key(ann, "robot")
    _ask("straight", x_api_key=key)
    seen[-1].user.username = "somebody else"
    _ask("straight", x_api_key=key)
    assert seen[-1].user.username == "ann"


def test_use_is_noted_once_a_minute(ann: Any) -> None:
    """The first use is; one within the minute is not; a later one is again, by a process that noted none since."""
    stored, key = make_key(ann, "robot")
    _ask("straight", x_api_key=key)
    stored.refresh_from_db()
    first = stored.last_used_at
    assert timezone.now() - first < dt.timedelta(minutes=1)
    for ago_s, is_noted in ((30, False), (90, True)):
        before = timezone.now() - dt.timedelta(seconds=ago_s)
        StoredKey.objects.filter(pk=stored.pk).update(last_used_at=before)
        ApiKey().identify(Request("GET", "/", "", {"x-api-key": key}))
        stored.refresh_from_db()
        assert (stored.last_used_at > before) is is_noted


READ_ONLY = {
    "sqlite": ("PRAGMA query_only = 1", "PRAGMA query_only = 0"),
    "postgresql": ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off"),
}


def test_database_that_takes_no_note_does_not_matter(ann: Any, caplog: Any) -> None:
    """A read-only replica answers all the same, and is not asked again for a minute."""
    _, key = make_key(ann, "robot")
    connection = connections[ann._state.db]
    refuse, allow = READ_ONLY[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(refuse)
    try:
        with caplog.at_level(logging.INFO, "nuages.security"):
            for _ in range(3):
                assert send(api, "/tags", x_api_key=key).status == 200
    finally:
        with connection.cursor() as cursor:
            cursor.execute(allow)
    assert len([record for record in caplog.records if "not noted" in record.message]) == 1
    assert key not in caplog.text


def test_memory_is_the_authenticators_own() -> None:
    """Two APIs share no memory of keys."""
    assert isinstance(ApiKey()._standing, Standing)
    assert ApiKey()._standing is not ApiKey()._standing


def test_busy_sqlite_is_not_waited_for(ann: Any, caplog: Any, statements: Any) -> None:
    """Somebody else writes for as long as they like: the answer comes, and the connection waits as long as before."""
    if connections[ann._state.db].vendor != "sqlite":
        pytest.skip("PostgreSQL locks rows, not the whole")
    _, key = make_key(ann, "robot")
    connection = connections[ann._state.db]
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with caplog.at_level(logging.INFO, "nuages.security"):
            assert send(api, "/tags", x_api_key=key).status == 200
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert "not noted" in caplog.text
    begun = next(at for at, sql in enumerate(statements) if sql == "BEGIN IMMEDIATE")
    waits = [sql for sql in statements[:begun] if sql.startswith("PRAGMA busy_timeout =")]
    assert waits[-1] == "PRAGMA busy_timeout = 0"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone() == (20_000,)
