"""A project's own function begins logins, which are limited, stand and end as every other."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache

from nuages import Bearer, begin_login, log_in
from nuages.errors import NotIdentified, Problem, TooManyRequests
from nuages.http.request import Request
from nuages.identify.compact import take_apart
from nuages.models import FailedLogin, Login
from tests.http.bearer_door import Door
from tests.http.codes import code_of, give_totp
from tests.http.entering import PASSWORD, make_user
from tests.http.forging import SECRET

pytestmark = pytest.mark.usefixtures("no_token_key")
REQUEST = Request("POST", "/users/login", "", {"user-agent": "Firefox"}, peer="192.0.2.7")


@pytest.fixture
def door(database: Any, settings: Any) -> Door:
    """An API whose tokens come from functions alone."""
    settings.NUAGES_TOKEN_KEY = SECRET
    return Door(Bearer(login=False, scheme="Token", lifetime_s=3600))


@pytest.fixture
def ann(door: Door) -> Any:
    """A user with the password."""
    cache.clear()  # of codes that another test has used
    return make_user()


def _refused(door: Door, password: str = "wrong", name: str = "ann", code: str | None = None) -> Problem:
    with pytest.raises(Problem) as caught:
        log_in(door.bearer, REQUEST, name, password, code=code)
    return caught.value


def test_a_password_gives_tokens_of_a_login(door: Door, ann: Any) -> None:
    """Of the API's own word and length; the login is like every other, and what ends it ends the token."""
    granted = log_in(door.bearer, REQUEST, "ann", PASSWORD)
    assert (granted.access_s, granted.token_type, granted.refresh_s > 3600) == (3600, "Token", True)
    assert granted.user == ann
    login = Login.objects.get()
    assert (login.user, login.device, login.address, login.methods) == (ann, "Firefox", "192.0.2.7", "pwd")
    assert door.ask(f"Token {granted.access}").status == 200
    ann.set_password("another one")
    ann.save()
    assert door.ask(f"Token {granted.access}").status == 401


def test_wrong_ones_are_limited_and_a_right_one_forgives(door: Door, ann: Any, settings: Any) -> None:
    """The limits are those of /auth/token, for whoever asks in whatever format."""
    settings.NUAGES_LOGIN = {"failures": 3}
    first = _refused(door)
    assert (first.status, first.code) == (401, "invalid-credentials")
    assert _refused(door, name="nobody").detail == first.detail
    _refused(door)
    log_in(door.bearer, REQUEST, "ann", PASSWORD)
    for _ in range(3):
        assert isinstance(_refused(door), NotIdentified)
    assert isinstance(_refused(door, PASSWORD), TooManyRequests)
    assert Login.objects.count() == 1


@pytest.mark.parametrize("text", ["x" * 5000, "a\0b", "\ud800"], ids=["long", "NUL", "surrogate"])
def test_what_can_be_nobodys_is_not_looked_for(text: str, door: Door, ann: Any, statements: Any) -> None:
    """It costs neither a hash nor a statement, and breaks nothing."""
    statements.clear()
    for problem in (_refused(door, text), _refused(door, PASSWORD, text), _refused(door, PASSWORD, code=text)):
        assert problem.code == "invalid-credentials"
    assert statements == []
    assert FailedLogin.objects.count() == 0


def test_a_second_factor_is_asked_for(door: Door, ann: Any) -> None:
    """Another door is no way around it."""
    give_totp(ann)
    assert _refused(door, PASSWORD).code == "second-factor-required"
    assert _refused(door, PASSWORD, code="000000").code == "invalid-credentials"
    granted = log_in(door.bearer, REQUEST, "ann", PASSWORD, code=code_of())
    assert take_apart(granted.access).claims["amr"] == ["pwd", "otp", "mfa"]
    assert Authenticator.objects.count() == 1


def test_a_user_who_was_found_gets_tokens(door: Door, ann: Any) -> None:
    """What was proved is told where it is known, and nothing where it is not."""
    granted = begin_login(door.bearer, REQUEST, ann, methods=("pwd",))
    assert take_apart(granted.access).claims["amr"] == ["pwd"]
    assert door.ask(f"Token {granted.access}").status == 200
    silent = begin_login(door.bearer, REQUEST, ann)
    assert not {"amr", "auth_time"} & set(take_apart(silent.access).claims)
    assert Login.objects.filter(user=ann).count() == 2


def test_who_may_not_log_in_gets_none(door: Door, ann: Any) -> None:
    """Not active, changed since, deleted, or never stored."""
    stale = type(ann).objects.get(pk=ann.pk)
    stale.set_password("another one")
    for change in (lambda: None, lambda: type(ann).objects.update(is_active=False), ann.delete):
        change()
        with pytest.raises(NotIdentified):
            begin_login(door.bearer, REQUEST, stale)
    with pytest.raises(NotIdentified):
        begin_login(door.bearer, REQUEST, type(ann)(username="new"))
    assert Login.objects.count() == 0


def test_a_token_may_be_renewed_without_a_statement(door: Door, ann: Any, statements: Any) -> None:
    """Of the login by which somebody asks: it ends with it."""
    granted = begin_login(door.bearer, REQUEST, ann, methods=("pwd",))
    request = Request("GET", "/user", "", {"authorization": f"Token {granted.access}"})
    principal = door.bearer.identify(request)
    assert principal is not None
    statements.clear()
    renewed, _ = door.bearer.issue(principal.user, principal.login, proof=principal.proof)
    assert statements == []
    assert take_apart(renewed).claims["sid"] == take_apart(granted.access).claims["sid"]
    assert door.ask(f"Token {renewed}").status == 200
