"""A password gives tokens, a refresh token the next ones, and a logout ends them; on both databases."""

import datetime as dt
import json
import logging
import re
import sqlite3
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from nuages import API
from nuages.models import Login, RefreshToken
from tests.http.entering import (
    PASSWORD,
    assert_refused,
    log_in,
    make_api,
    make_user,
    may_enter,
    post,
    refresh,
    refreshed,
)
from tests.support.overtaken import Overtaken
from tests.support.plain_bearer import PlainBearer

WEEK = dt.timedelta(days=7)


@pytest.fixture
def api(database: Any) -> API:
    """An API with logins, and ann, who may log in."""
    make_user()
    return make_api()


def age(seconds: float) -> None:
    """Let every use of a token be longer ago."""
    for token in RefreshToken.objects.exclude(consumed_at=None):
        RefreshToken.objects.filter(pk=token.pk).update(consumed_at=token.consumed_at - dt.timedelta(seconds=seconds))


def test_a_password_gives_tokens(api: API) -> None:
    """In the shape of OAuth, kept nowhere; the access token lets in."""
    response = post(api, "token", {"username": "ann", "password": PASSWORD})
    tokens = json.loads(response.body)
    assert response.status == 200
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 300)
    assert response.header("cache-control") == "no-store"
    assert response.header("set-cookie") is None
    assert may_enter(api, tokens["access_token"])
    assert get_user_model().objects.get().last_login is not None


def test_a_refresh_gives_the_next_tokens(api: API) -> None:  # R01
    """200 with a new pair of the same login; both are kept nowhere."""
    first = log_in(api)
    response = refresh(api, first["refresh_token"])
    second = json.loads(response.body)
    assert (response.status, response.header("cache-control")) == (200, "no-store")
    assert second["refresh_token"] != first["refresh_token"]
    assert may_enter(api, second["access_token"])
    assert (Login.objects.count(), RefreshToken.objects.filter(consumed_at=None).count()) == (1, 1)


def test_a_token_that_comes_again_late_ends_the_login(api: API, caplog: Any) -> None:  # R02
    """401, for its successor too; the security event is told once, without a token."""
    first = log_in(api)
    second = refreshed(api, first["refresh_token"])
    age(11)
    with caplog.at_level(logging.DEBUG):
        assert_refused(refresh(api, first["refresh_token"]))
        assert_refused(refresh(api, first["refresh_token"]))
        assert_refused(refresh(api, second["refresh_token"]))
    assert not may_enter(api, second["access_token"])
    login = Login.objects.get()
    assert login.ended_by == "reuse"
    told = [record.getMessage() for record in caplog.records if record.name == "nuages.security"]
    assert told == [f"A refresh token was used again: login {login.pk} of user {login.user_id} is ended."]
    for secret in (*first.values(), *second.values()):
        assert str(secret) not in caplog.text or str(secret) in {"Bearer", "300"}


def test_grace_shields_the_last_predecessor_alone(api: API) -> None:  # R03
    """A token three generations back ends the login, also at once."""
    tokens = [log_in(api)["refresh_token"]]
    for _ in range(3):
        tokens.append(refreshed(api, tokens[-1])["refresh_token"])
    assert refreshed(api, tokens[-2])["refresh_token"] == tokens[-1]
    assert_refused(refresh(api, tokens[0]))
    assert_refused(refresh(api, tokens[-1]))


def test_grace_ends_when_the_successor_is_used(api: API) -> None:
    """Who holds the successor has got the answer: the token before it is another's now."""
    first = log_in(api)["refresh_token"]
    second = refreshed(api, first)["refresh_token"]
    refreshed(api, second)
    assert_refused(refresh(api, first))
    assert Login.objects.get().ended_by == "reuse"


def test_a_lost_answer_is_given_again(api: API) -> None:  # R05, R11
    """The same successor, without another row; then the old token at the end of the grace ends all."""  # R06
    first = log_in(api)["refresh_token"]
    successors = {refreshed(api, first)["refresh_token"] for _ in range(4)}
    assert len(successors) == 1
    assert RefreshToken.objects.count() == 2
    age(10)
    assert_refused(refresh(api, first))
    assert_refused(refresh(api, successors.pop()))


def test_without_grace_a_lost_answer_ends_the_login(database: Any, settings: Any) -> None:  # R11
    """A clean 401, and never a 500."""
    settings.NUAGES_LOGIN = {"grace_s": 0}
    api, _ = make_api(), make_user()
    first = log_in(api)["refresh_token"]
    second = refreshed(api, first)["refresh_token"]
    assert_refused(refresh(api, first))
    assert_refused(refresh(api, second))


def test_no_grace_is_none_whatever_the_clocks_say(database: Any, settings: Any) -> None:
    """Another server's clock may be ahead, so that a use lies in the future."""
    settings.NUAGES_LOGIN = {"grace_s": 0}
    api, _ = make_api(), make_user()
    first = log_in(api)["refresh_token"]
    refreshed(api, first)
    age(-60)
    assert_refused(refresh(api, first))
    assert Login.objects.get().ended_by == "reuse"


def test_grace_outlives_a_turn_of_the_secret_key(api: API, settings: Any) -> None:
    """By SECRET_KEY_FALLBACKS the same successor."""
    first = log_in(api)["refresh_token"]
    second = refreshed(api, first)["refresh_token"]
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, as long as every check demands it to be, and then some more"
    assert refreshed(api, first)["refresh_token"] == second
    assert refreshed(api, second)["refresh_token"]


def test_an_expired_token_is_refused_within_the_grace(api: API) -> None:  # R07
    """Refused, and the login goes on with the successor."""
    first = log_in(api)["refresh_token"]
    second = refreshed(api, first)["refresh_token"]
    RefreshToken.objects.exclude(consumed_at=None).update(expires_at=timezone.now())
    before = Login.objects.get().last_used_at
    assert_refused(refresh(api, first))
    assert Login.objects.get().last_used_at == before
    assert refreshed(api, second)


def test_two_refreshes_in_one_second_leave_nothing_to_replay(api: API) -> None:  # R08
    """No times of issue are compared: the first token is refused however soon it comes."""
    first = log_in(api)["refresh_token"]
    refreshed(api, refreshed(api, first)["refresh_token"])
    assert_refused(refresh(api, first))


def test_a_login_unused_for_long_is_over(api: API) -> None:  # R21
    """Each token lasts two weeks."""
    first = log_in(api)["refresh_token"]
    token = RefreshToken.objects.get()
    assert token.expires_at - token.created_at == 2 * WEEK
    RefreshToken.objects.update(expires_at=timezone.now())
    assert_refused(refresh(api, first))
    assert Login.objects.get().ended_at is None


def test_rotation_does_not_prolong_a_login(api: API) -> None:  # R21
    """Its end stands, and no token passes it."""
    first = log_in(api)["refresh_token"]
    ends_at = timezone.now() + WEEK
    assert Login.objects.get().expires_at - Login.objects.get().created_at == dt.timedelta(days=90)
    Login.objects.update(expires_at=ends_at)
    second = refreshed(api, first)["refresh_token"]
    assert Login.objects.get().expires_at == ends_at
    assert RefreshToken.objects.get(consumed_at=None).expires_at == ends_at
    Login.objects.update(expires_at=timezone.now())
    assert_refused(refresh(api, second))


@pytest.mark.parametrize("change", ["password", "inactive", "deleted"])
def test_who_the_user_is_no_more_gets_nothing(api: API, change: str) -> None:  # R14, R18
    """Another password, no longer active, gone: 401, and the login is ended."""
    tokens = log_in(api)
    assert may_enter(api, tokens["access_token"])
    user = get_user_model().objects.get()
    if change == "deleted":
        user.delete()
    elif change == "password":
        user.set_password("another")
        user.save()
    else:
        user.is_active = False
        user.save()
    assert not may_enter(api, tokens["access_token"])
    assert_refused(refresh(api, tokens["refresh_token"]))
    assert [login.ended_by for login in Login.objects.all()] == ([change] if change != "deleted" else [])


def test_a_better_hash_is_stored_and_the_login_stands(api: API, settings: Any) -> None:
    """The password's hash is brought up to date by the login, whose own tokens go on."""
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    tokens = log_in(api)
    assert get_user_model().objects.get().password.startswith("scrypt$")
    assert refreshed(api, tokens["refresh_token"])


def test_nothing_that_is_stored_is_a_token(api: API) -> None:  # R19
    """A copy of the tables lets nobody in."""
    tokens = [log_in(api)["refresh_token"]]
    tokens.append(refreshed(api, tokens[0])["refresh_token"])
    stored = [str(value) for rows in (Login, RefreshToken) for row in rows.objects.values() for value in row.values()]
    assert not set(tokens) & set(stored)
    for digest in RefreshToken.objects.values_list("digest", flat=True):
        assert re.fullmatch("[0-9a-f]{64}", digest)
        assert_refused(refresh(api, digest))
    assert len(refreshed(api, tokens[1])["refresh_token"]) == 43


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "a" * 44, "é" * 43, "a" * 42 + "\n", "' OR 1=1 --"])
def test_every_bad_token_has_the_same_answer(api: API, token: str) -> None:  # R18
    """Body and headers, whatever the cause, also of a token that has had its day."""
    first = log_in(api)["refresh_token"]
    refreshed(api, first)
    age(60)
    used, bad = refresh(api, first), refresh(api, token)
    assert assert_refused(used) == assert_refused(bad)
    named = [{name for name, _ in response.headers} for response in (used, bad)]
    assert named[0] == named[1]


def test_an_expired_access_token_does_not_matter(api: API) -> None:
    """Neither login nor refresh nor logout by a refresh token looks at it."""
    tokens = log_in(api, authorization="Bearer nonsense")
    response = refresh(api, tokens["refresh_token"], authorization="Bearer nonsense")
    assert response.status == 200
    token = json.loads(response.body)["refresh_token"]
    assert post(api, "logout", {"refresh_token": token}, authorization="Bearer nonsense").status == 204
    assert_refused(refresh(api, token))


def test_an_access_token_that_cannot_be_made_costs_no_refresh_token(api: API) -> None:
    """A fault in making it takes everything back; the client may try again."""

    class Broken(PlainBearer):
        def issue(self, user: Any, login_id: str, now: Any = None, *, proof: Any = None) -> tuple[str, int]:
            raise RuntimeError("in an author's hook")

    first = log_in(api)["refresh_token"]
    assert refresh(make_api(bearer=Broken()), first).status == 500
    assert post(make_api(bearer=Broken()), "token", {"username": "ann", "password": PASSWORD}).status == 500
    assert (Login.objects.count(), RefreshToken.objects.count()) == (1, 1)
    assert refreshed(api, first)


@pytest.mark.parametrize(("stored", "status"), [(PASSWORD, 200), ("another", 401)])
def test_a_password_that_changes_meanwhile_is_looked_at_again(
    api: API, settings: Any, monkeypatch: pytest.MonkeyPatch, stored: str, status: int
) -> None:
    """A better hash by another login does no harm; another password lets nobody in by the old one."""
    settings.AUTHENTICATION_BACKENDS = ["tests.support.overtaken.Overtaken"]
    monkeypatch.setattr(Overtaken, "password", stored)
    monkeypatch.setattr(Overtaken, "looks", 0)
    response = post(api, "token", {"username": "ann", "password": PASSWORD})
    assert (response.status, Overtaken.looks) == (status, 2)
    if status == 200:
        assert refreshed(api, json.loads(response.body)["refresh_token"])
    else:
        assert Login.objects.count() == 0


def _lock(database: Any) -> Any:
    """Take the database away from Django's connection; gives what ends that."""
    database.ensure_connection()
    if database.vendor == "sqlite":
        database.cursor().execute("PRAGMA busy_timeout = 0")
        other = sqlite3.connect(database.settings_dict["NAME"])
        other.execute("BEGIN IMMEDIATE")
        return other.close
    with psycopg.connect(**{**database.get_connection_params(), "cursor_factory": psycopg.Cursor}) as other_process:
        other_process.execute("SELECT pg_terminate_backend(%s)", [database.connection.info.backend_pid])
    return database.close


@pytest.mark.parametrize("path", ["refresh", "logout", "token"])
def test_no_login_while_the_database_is_down(
    transactional_db: None, database: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, path: str
) -> None:  # R16
    """503 with Retry-After while it cannot be connected to; the same token is good afterwards."""
    make_user()
    api = make_api()
    token = log_in(api)["refresh_token"]
    document = {"username": "ann", "password": PASSWORD} if path == "token" else {"refresh_token": token}
    database.close()
    with monkeypatch.context() as down:
        place = "NAME" if database.vendor == "sqlite" else "HOST"
        down.setitem(database.settings_dict, place, str(tmp_path / "nowhere" / "at all"))
        response = post(api, path, document)
    assert (response.status, json.loads(response.body)["type"]) == (503, "urn:nuages:problem:unavailable")
    assert int(str(response.header("retry-after"))) > 0
    assert (Login.objects.get().ended_at, RefreshToken.objects.count()) == (None, 1)
    assert refreshed(api, token)


def test_without_its_database_nothing_is_given_or_lost(transactional_db: None, database: Any) -> None:  # R16
    """503 with Retry-After; the same token is good afterwards."""
    make_user()
    api = make_api()
    token = log_in(api)["refresh_token"]
    for path, document in [
        ("refresh", {"refresh_token": token}),
        ("logout", {"refresh_token": token}),
        ("token", {"username": "ann", "password": PASSWORD}),
    ]:
        restore = _lock(database)
        response = post(api, path, document)
        restore()
        database.close()
        assert (response.status, json.loads(response.body)["type"]) == (503, "urn:nuages:problem:unavailable")
        assert response.header("retry-after")
        assert b"token" not in response.body.replace(b"/auth/token", b"")
    assert (Login.objects.get().ended_at, RefreshToken.objects.count()) == (None, 1)
    assert refreshed(api, token)
