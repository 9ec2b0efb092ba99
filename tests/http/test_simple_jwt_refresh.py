"""A refresh token of simplejwt begins a login of Nuages, once; so nobody who moves in has to log in again."""

import datetime as dt
import json
import threading
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connections
from django.utils import timezone
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, SlidingToken

from nuages import SimpleJWT
from nuages.models import ExchangedToken, Login
from tests.http.entering import assert_refused, log_in, refreshed
from tests.http.forging import NOW
from tests.http.simple_door import UNTIL, Moved, old_claims, old_token, unsigned

CLIENTS = 16


@pytest.fixture
def moved(database: Any) -> Moved:
    """An API of those who move in."""
    door = Moved()
    door.api.build()
    return door


@pytest.fixture
def ann(moved: Moved) -> User:
    """A user, with the password that the helpers of logins send."""
    return User.objects.create_user("ann", password="correct horse battery staple")


def old_refresh(user: Any, **changed: Any) -> str:
    """A refresh token as simplejwt signs it."""
    return old_token(old_claims(user, **{"token_type": "refresh", "exp": NOW + 86_400, **changed}))


def test_a_refresh_token_begins_a_login(moved: Moved, ann: User) -> None:
    """With both tokens of Nuages', whose login is like any other."""
    response = moved.refresh(str(RefreshToken.for_user(ann)), user_agent="Phone")
    tokens = json.loads(response.body)
    assert (response.status, response.header("cache-control")) == (200, "no-store")
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (moved.status(tokens["access_token"]), moved.seen[-1].method) == (200, "bearer")
    login = Login.objects.get()
    assert (login.user, login.device, login.address) == (ann, "Phone", "192.0.2.1")
    assert moved.seen[-1].login == str(login.pk)
    assert (login.verified_at, moved.seen[-1].proof) == (None, None), "nobody has proved anything now"
    assert moved.status(refreshed(moved.api, tokens["refresh_token"])["access_token"]) == 200


def test_it_is_used_once(moved: Moved, ann: User) -> None:
    """The second time it is refused, like any other, and the login that it began goes on."""
    old = str(RefreshToken.for_user(ann))
    tokens = json.loads(moved.refresh(old).body)
    assert_refused(moved.refresh(old))
    assert Login.objects.count() == 1
    assert moved.status(tokens["access_token"]) == 200


def test_it_is_used_once_without_the_packages_lists(moved: Moved, ann: User, settings: Any) -> None:
    """Nuages' own table decides."""
    name = "rest_framework_simplejwt.token_blacklist"
    settings.INSTALLED_APPS = [each for each in settings.INSTALLED_APPS if each != name]
    old = old_refresh(ann.pk)
    assert moved.refresh(old).status == 200
    assert_refused(moved.refresh(old))
    assert not BlacklistedToken.objects.exists()


def test_what_was_used_here_is_refused_there(moved: Moved, ann: User) -> None:
    """Where the package keeps lists; one that it does not know is listed without its text."""
    known, unknown = RefreshToken.for_user(ann), old_refresh(ann.pk, jti="unknown")
    for old in (str(known), unknown):
        assert moved.refresh(old).status == 200
        with pytest.raises(TokenError):
            RefreshToken(old)  # type: ignore[arg-type]
    assert OutstandingToken.objects.get(jti="unknown").token == ""


def test_what_was_refused_there_is_refused_here(moved: Moved, ann: User) -> None:
    """A logout of before the move."""
    old = RefreshToken.for_user(ann)
    old.blacklist()
    assert_refused(moved.refresh(str(old)))
    assert not Login.objects.exists()


def test_what_is_no_refresh_token_begins_nothing(moved: Moved, ann: User, statements: Any) -> None:  # J21
    """Another kind, another signature, over, unnamed; without a statement."""
    access, sliding = str(AccessToken.for_user(ann)), str(SlidingToken.for_user(ann))
    right = old_refresh(ann.pk)
    statements.clear()
    for bad in (
        access,
        sliding,
        unsigned(right),
        right + "=",
        old_refresh(ann.pk, exp=NOW - 1),
        old_refresh(ann.pk, exp=...),
        old_refresh(ann.pk, jti=...),
        old_refresh(ann.pk, user_id=...),
        old_token(old_claims(ann.pk, token_type="refresh"), {"alg": "none", "typ": "JWT"}),
        old_token(old_claims(ann.pk, token_type="refresh"), {"alg": "HS256", "typ": "JWT", "kid": "x"}),
    ):
        assert_refused(moved.refresh(bad))
    assert statements == []
    assert not Login.objects.exists()


@pytest.mark.parametrize("user", ["999", "x", 10**40])
def test_nobody_begins_nothing(user: Any, moved: Moved, ann: User) -> None:  # R18
    """401, never 500, for a user who is not there; nor for one who is not active."""
    assert_refused(moved.refresh(old_refresh(user)))
    ann.is_active = False
    ann.save()
    assert_refused(moved.refresh(old_refresh(ann.pk)))
    assert not Login.objects.exists()


def test_an_access_token_of_nuages_is_no_refresh_token(moved: Moved, ann: User) -> None:  # J21
    """Nor is a refresh token of simplejwt an access token."""
    tokens = log_in(moved.api)
    assert_refused(moved.refresh(tokens["access_token"]))
    moved.assert_refused(old_refresh(ann.pk))


def test_a_changed_password_ends_it_where_the_setting_says_so(settings: Any, moved: Moved, ann: User) -> None:
    """CHECK_REVOKE_TOKEN."""
    settings.SIMPLE_JWT = {"CHECK_REVOKE_TOKEN": True}
    assert_refused(moved.refresh(old_refresh(ann.pk, hash_password="0" * 32)))


def test_without_the_way_it_is_refused(ann: User) -> None:
    """And on the cookie's way: there it was never kept."""
    closed = Moved(Moved().bearer)
    assert_refused(closed.refresh(old_refresh(ann.pk)))


def test_one_of_many_begins_a_login(transactional_db: None, moved: Moved, ann: User) -> None:
    """Whoever comes at once with one token: one login, one answer of 200, and no failure."""
    old, meet = old_refresh(ann.pk), threading.Barrier(CLIENTS, timeout=30)
    statuses: list[int] = []

    def come() -> None:
        meet.wait()
        try:
            statuses.append(moved.refresh(old).status)
        finally:
            connections.close_all()

    clients = [threading.Thread(target=come) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert sorted(statuses) == [200] + [401] * (CLIENTS - 1)
    assert Login.objects.count() == 1


def test_a_purge_keeps_what_could_come_again(moved: Moved, ann: User, capsys: pytest.CaptureFixture[str]) -> None:
    """Until the token would be over anyway, leeway included."""
    assert moved.refresh(old_refresh(ann.pk)).status == 200
    assert moved.refresh(old_refresh(ann.pk, exp=10**15)).status == 200
    call_command("nuages", "purge", no_color=True)
    assert "0 exchanged tokens" in capsys.readouterr().out
    ExchangedToken.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    call_command("nuages", "purge", no_color=True)
    assert "2 exchanged tokens" in capsys.readouterr().out
    assert not ExchangedToken.objects.exists()


def test_two_ways_may_stand_side_by_side(ann: User) -> None:
    """The first that knows a token decides."""
    door = Moved()
    both = Moved(door.bearer, SimpleJWT(until="2020-01-01"), SimpleJWT(until=UNTIL))
    assert both.refresh(old_refresh(ann.pk)).status == 200
