"""The terms of logins are the project's, and a wrong one stops the API before it serves."""

from typing import Any

import pytest

from nuages import API, Authenticator, Resource, anyone
from nuages.errors import DeclarationError
from nuages.logins.terms import Terms, read_terms
from shop.models import Tag
from tests.support.plain_bearer import PlainBearer


class NoLogin(PlainBearer):
    login = False


class NoTokens(Authenticator):
    login = True


def served(*ways: Any, path: str = "tags") -> set[str]:
    """The paths of logins that an API has."""
    api = API(title="Terms", authenticate=list(ways))
    api.resource(Tag)(type("Tags", (Resource,), {"fields": ["id"], "rules": {"read": anyone}, "path": path}))
    router = api.build().pipeline._router
    names = ("token", "refresh", "logout", "logout-all", "sessions", "sessions/x")
    return {name for name in names if router.match(f"/auth/{name}")}


def test_what_is_not_said_is_as_documented() -> None:
    """Two weeks, ninety days, ten seconds; ten failures, a hundred, in five minutes."""
    assert read_terms() == Terms(1_209_600, 7_776_000, 10, 10, 100, 300)


def test_what_is_said_counts(settings: Any) -> None:
    """Each by its name."""
    settings.NUAGES_LOGIN = {"grace_s": 0, "idle_s": 60}
    assert read_terms() == Terms(60, 7_776_000, 0, 10, 100, 300)


def test_who_can_make_tokens_has_logins() -> None:
    """Unless told otherwise; other ways have none."""
    assert len(served(PlainBearer())) == 6
    assert served(NoLogin()) == served(NoTokens()) == served() == set()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("NUAGES_LOGIN", 7, "is no dict"),
        ("NUAGES_LOGIN", {"grace": 5}, "Did you mean 'grace_s'"),
        ("NUAGES_LOGIN", {1: 5}, "there is no 1"),
        ("NUAGES_LOGIN", {"idle_s": 0}, "idle_s: 0 is no whole number from 1"),
        ("NUAGES_LOGIN", {"grace_s": -1}, "grace_s: -1 is no whole number from 0"),
        ("NUAGES_LOGIN", {"failures": True}, "failures: True"),
        ("NUAGES_LOGIN", {"window_s": 1.5}, "window_s: 1.5"),
        ("NUAGES_LOGIN", {"absolute_s": None}, "absolute_s: None"),
        ("NUAGES_TRUSTED_PROXIES", -1, "no number of proxies: -1"),
        ("NUAGES_TRUSTED_PROXIES", "1", "no number of proxies: '1'"),
        ("INSTALLED_APPS", ["django.contrib.auth", "django.contrib.contenttypes", "shop"], "logins have no tables"),
    ],
)
def test_a_wrong_setting_is_named(settings: Any, name: str, value: Any, said: str) -> None:
    """With what it should be; an API without logins does not mind."""
    setattr(settings, name, value)
    with pytest.raises(DeclarationError, match=r"nuages\.E036") as error:
        served(PlainBearer())
    assert said in str(error.value)
    assert served(NoLogin()) == set()


def test_several_ways_to_log_in_are_refused() -> None:
    """One path cannot lead to two."""
    with pytest.raises(DeclarationError, match=r"nuages\.E036.*several ways"):
        served(PlainBearer(), PlainBearer())
    assert served(PlainBearer(), NoLogin())


def test_a_resource_in_the_place_of_logins_is_refused() -> None:
    """Its members would hide behind them."""
    with pytest.raises(DeclarationError, match=r"nuages\.E036.*'auth'"):
        served(PlainBearer(), path="auth")
    assert served(path="auth") == {"token", "refresh", "logout", "logout-all", "sessions"}
