"""OAuth() takes the access tokens of django-oauth-toolkit, for as long as its tables say so."""

import datetime as dt
import logging
import subprocess
import sys
from typing import Any

import pytest
from django.contrib.admin.sites import site
from django.contrib.auth.models import User
from django.core.checks import WARNING
from django.core.management import call_command
from django.test import Client
from django.urls import include, path
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application

from nuages import API, Bearer, OAuth, Resource, Session, authenticated, owner
from nuages.checks import check_declarations
from nuages.identify import epoch, oauth
from shop.models import Review, Tag
from tests.http.asking import ask, send
from tests.http.bearer_door import make_login
from tests.http.oauth_door import SCOPES, Door, make_app, make_token
from tests.http.writing import change

urlpatterns = [path("o/", include("oauth2_provider.urls")), path("admin/", site.urls)]
pytestmark = [pytest.mark.urls(__name__)]


@pytest.fixture
def door(settings: Any, database: Any) -> Door:
    """An API behind OAuth()."""
    settings.OAUTH2_PROVIDER = SCOPES["OAUTH2_PROVIDER"]
    return Door()


@pytest.fixture
def ann(door: Door) -> User:
    """A user."""
    return User.objects.create_user("ann")


@pytest.mark.parametrize("hashed", [True, False])
def test_a_token_is_its_users_within_its_scopes(hashed: bool, door: Door, ann: User, settings: Any) -> None:
    """Whether the provider stores it or only its digest."""
    settings.OAUTH2_PROVIDER = {**settings.OAUTH2_PROVIDER, "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": hashed}
    app = make_app()
    stored, token = make_token(app, ann, "tags:read")
    assert bool(stored.token) is not hashed
    assert door.status(token) == 200
    who = door.seen[-1]
    assert (who.user, who.method, who.scopes, who.login) == (ann, "oauth", {"tags:read"}, "")
    assert (who.client, who.claims["scope"], who.is_authenticated) == (app.client_id, "tags:read", True)


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_a_token_may_do_no_more_than_its_scopes(method: str, door: Door, ann: User) -> None:  # O16
    """403 insufficient_scope, with the scope that it takes, and nothing changes."""
    tag = Tag.objects.create(name="old")
    _, token = make_token(make_app(), ann)
    url = "/tags" if method == "POST" else f"/tags/{tag.pk}"
    body = None if method == "DELETE" else {"name": "new"}
    response = change(door.api, method, url, body, authorization=f"Bearer {token}")
    said = 'Bearer error="insufficient_scope", scope="tags:write"'
    assert (response.status, response.header("WWW-Authenticate")) == (403, said)
    assert [each.name for each in Tag.objects.all()] == ["old"]


def test_a_scope_that_is_offered_no_more_gives_nothing(door: Door, ann: User, settings: Any) -> None:
    """As at the provider itself."""
    settings.OAUTH2_PROVIDER = {"SCOPES": {"other": "Other"}}
    _, token = make_token(make_app(), ann)
    assert door.status(token) == 403


def test_a_programs_own_token_is_no_users(door: Door, settings: Any) -> None:  # O25
    """Even where its client_id equals the id and the name of a user: it owns nothing and is not authenticated."""
    root = User.objects.create_superuser("1", pk=1)
    app = make_app(client_id="1", user=root)
    _, token = make_token(app)
    assert door.status(token) == 200
    who = door.seen[-1]
    assert (who.user, who.is_authenticated, who.is_staff, who.is_superuser) == (None, False, False, False)
    assert (who.is_known, who.client, who.scopes) == (True, "1", {"tags:read"})
    closed = API(title="Closed", authenticate=[OAuth()])
    closed.resource(Tag)(type("Tags", (Resource,), {"fields": ["id"], "rules": {"read": authenticated}}))
    closed.resource(Review)(type("Reviews", (Resource,), {"fields": ["id"], "rules": {"read": owner("user")}}))
    for url in ("/tags", "/reviews"):
        assert send(closed, url, authorization=f"Bearer {token}").status == 403


def _stand_inactive(token: Any) -> None:
    User.objects.update(is_active=False)


def _stand_without_app(token: Any) -> None:
    AccessToken.objects.update(application=None)


def _stand_deleted(token: Any) -> None:
    token.application.delete()


def _stand_bound(token: Any) -> None:
    AccessToken.objects.update(resource=["https://other.example/"])


@pytest.mark.parametrize("spoil", [_stand_inactive, _stand_without_app, _stand_deleted, _stand_bound])
def test_what_stands_against_a_token_is_not_told(spoil: Any, door: Door, ann: User) -> None:
    """One answer, whatever it is."""
    stored, token = make_token(make_app(), ann)
    spoil(stored)
    door.assert_refused(token)


def test_an_app_may_be_switched_off(door: Door, ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what a project's own model of apps says."""
    _, token = make_token(make_app(), ann)
    monkeypatch.setattr(Application, "is_usable", lambda *_: False)
    door.assert_refused(token)


def test_a_token_of_some_resources_is_for_them_alone(settings: Any, database: Any) -> None:
    """RFC 8707: this API must have been told its own name, and be named."""
    settings.OAUTH2_PROVIDER = SCOPES["OAUTH2_PROVIDER"]
    app = make_app()
    _, bound = make_token(app, resource=["https://shop.example/api"])
    _, free = make_token(app)
    named, other, unnamed = (Door(OAuth(resource=url)) for url in ("https://shop.example/api", "https://b.example", ""))
    assert [door.status(bound) for door in (named, other, unnamed)] == [200, 401, 401]
    assert [door.status(free) for door in (named, other, unnamed)] == [200, 200, 200]
    settings.OAUTH2_PROVIDER = {**settings.OAUTH2_PROVIDER, "RESOURCE_SERVER_TOKEN_RESOURCE_VALIDATOR": None}
    assert Door(OAuth()).status(bound) == 401, "where the provider asks nobody, either"


def test_an_end_is_an_end_at_once(door: Door, ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked at again each time, of what is remembered too."""
    stored, token = make_token(make_app(), ann)
    assert door.status(token) == 200
    monkeypatch.setattr(oauth, "time", lambda: stored.expires.timestamp() - 0.001)
    assert door.status(token) == 200
    monkeypatch.setattr(oauth, "time", stored.expires.timestamp)
    response = door.ask(token)
    assert (response.status, b"token-expired" in response.body) == (401, True)


def test_a_token_costs_one_statement_and_then_none(door: Door, ann: User, statements: Any) -> None:
    """The page is the other."""
    _, token = make_token(make_app(), ann)
    counts = []
    for _ in range(3):
        statements.clear()
        assert door.status(token) == 200
        counts.append(len(statements))
    assert counts == [2, 1, 1]


@pytest.mark.parametrize(
    "garbage",
    ["", "x", "a" * 21, "a" * 256, "ä" * 30, "a b" * 10, "a.b" * 10, "'" * 30, "a" * 29 + "\0", "a" * 8_000, "=" * 30],
)
def test_garbage_costs_no_statement(garbage: str, door: Door, statements: Any) -> None:
    """It could never have been given out."""
    door.assert_refused(garbage)
    assert statements == []


def test_what_is_unknown_costs_one_statement_a_time(door: Door, ann: User, statements: Any) -> None:
    """However often it comes; and makes nobody else be looked for again."""
    _, token = make_token(make_app(), ann)
    assert door.status(token) == 200
    statements.clear()
    for _ in range(5):
        door.assert_refused("u" * 30)
    assert len(statements) == 1
    for number in range(10_100):
        door.api.authenticate[0]._standing.get(number, lambda: None)  # type: ignore[attr-defined]
    statements.clear()
    assert door.status(token) == 200
    assert len(statements) == 1  # the page


def test_a_token_in_the_address_or_the_body_is_none(door: Door, ann: User) -> None:  # J30
    """RFC 9700 section 4.3.2."""
    _, token = make_token(make_app(), ann, "tags:write")
    assert door.ask(None, f"/books?access_token={token}").status == 400
    assert change(door.api, "POST", "/tags", {"name": "x", "access_token": token}).status == 401
    assert not Tag.objects.exists()


def test_a_token_needs_no_csrf_token(door: Door, ann: User) -> None:  # C08, C09
    """No browser sends it by itself; good or bad, it decides, and a cookie beside it counts for nothing."""
    both = Door(OAuth(), Session())
    _, token = make_token(make_app(), ann, "tags:write")
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    for headers, status in (({}, 201), ({"cookie": cookie}, 201)):
        made = change(
            both.api, "POST", "/tags", {"name": f"x{len(headers)}"}, authorization=f"Bearer {token}", **headers
        )
        assert made.status == status
    assert change(both.api, "POST", "/tags", {"name": "y"}, authorization="Bearer bad", cookie=cookie).status == 401
    assert change(both.api, "POST", "/tags", {"name": "y"}, cookie=cookie).status == 403


def _revoke(stored: Any, token: str) -> None:
    app = stored.application
    posted = {"token": token, "client_id": app.client_id, "client_secret": "secret"}
    assert Client().post("/o/revoke_token/", posted).status_code == 200


def _revoke_in_admin(stored: Any, token: str) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    asked = {"action": "revoke_tokens", "_selected_action": stored.pk}
    assert client.post("/admin/oauth2_provider/accesstoken/", asked).status_code == 302


def _delete_app(stored: Any, token: str) -> None:
    stored.application.delete()


def _shorten(stored: Any, token: str) -> None:
    stored.expires = timezone.now() - dt.timedelta(hours=1)
    stored.save()


def _deactivate(stored: Any, token: str) -> None:
    stored.user.is_active = False
    stored.user.save()


def _delete_many(stored: Any, token: str) -> None:
    AccessToken.objects.filter(user=stored.user).delete()


@pytest.mark.parametrize("end", [_revoke, _revoke_in_admin, _delete_app, _shorten, _deactivate, _delete_many])
def test_the_end_of_a_token_is_heard_at_once(end: Any, door: Door, ann: User) -> None:
    """Of one that has just been taken and is remembered."""
    stored, token = make_token(make_app(client_secret="secret"), ann)
    assert door.status(token) == 200
    end(stored, token)
    assert door.status(token) == 401


def test_a_clean_up_disturbs_nobody(door: Door, ann: User) -> None:
    """What was over before changes nothing for others."""
    make_token(make_app(), ann, expires=timezone.now() - dt.timedelta(days=3))
    before = epoch.present()
    call_command("cleartokens")
    assert not AccessToken.objects.exists()
    assert epoch.present() == before


def test_after_its_last_day_nothing_is_taken(settings: Any, database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a process that has been running all the time, too."""
    settings.OAUTH2_PROVIDER = SCOPES["OAUTH2_PROVIDER"]
    _, token = make_token(make_app(), expires=timezone.now() + dt.timedelta(days=20_000))
    way = OAuth(until="2050-03-31")
    door = Door(way)
    end = dt.datetime(2050, 4, 1, tzinfo=dt.UTC).timestamp()
    monkeypatch.setattr(oauth, "time", lambda: end - 1)
    assert (door.status(token), list(way.remarks("Apps"))) == (200, [])
    monkeypatch.setattr(oauth, "time", lambda: end)
    door.assert_refused(token)
    assert door.status(None) == 401


def test_a_day_that_is_over_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """The API starts, and says what to do about it."""
    caplog.set_level(logging.WARNING, "nuages.security")
    door = Door(OAuth(until=dt.date(2020, 1, 1)), title="Late")
    assert door.api.mistakes() == []
    (remark,) = door.api.remarks()
    assert (remark.id, remark.hint, "2020-01-01" in remark.message) == ("nuages.W043", "Remove it.", True)
    assert "until='2020-01-01' is over" in caplog.text
    shown = [message for message in check_declarations() if message.id == "nuages.W043"]
    assert [(message.level, message.hint) for message in shown] == [(WARNING, "Remove it.")]


@pytest.mark.parametrize("until", ["soon", "2027-02-30", "", 5, dt.datetime(2027, 1, 1, tzinfo=dt.UTC), True])
def test_a_day_that_is_none_is_a_mistake(until: Any) -> None:
    """Found at start-up."""
    (found,) = Door(OAuth(until=until)).api.mistakes()
    assert (found.id, found.message) == ("nuages.E043", "until is no day.")


def test_what_is_missing_is_named(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra, the app, a URL that is none."""
    (found,) = Door(OAuth(resource=b"x")).api.mistakes()  # type: ignore[arg-type]
    assert (found.id, found.message) == ("nuages.E043", "resource is no URL.")
    settings.INSTALLED_APPS = [name for name in settings.INSTALLED_APPS if name != "oauth2_provider"]
    (found,) = Door(OAuth()).api.mistakes()
    assert (found.id, found.hint) == ("nuages.E043", 'Add "oauth2_provider" to INSTALLED_APPS, and migrate.')
    monkeypatch.setattr(oauth, "find_spec", lambda _: None)
    (found,) = Door(OAuth()).api.mistakes()
    assert (found.id, found.hint) == ("nuages.E043", "pip install nuages[oauth]")


def test_each_bearer_token_goes_to_whose_form_it_has(door: Door, ann: User, settings: Any, statements: Any) -> None:
    """Beside Bearer(), in either order: opaque ones here, JSON Web Tokens there, and what is nobody's to nobody."""
    _, opaque = make_token(make_app(), ann)
    settings.NUAGES_TOKEN_AUDIENCE = "shop"
    for make in (lambda bearer: (bearer, OAuth()), lambda bearer: (OAuth(), bearer)):
        bearer = Bearer()
        both = Door(*make(bearer))
        both.api.build()
        own, _ = bearer.issue(ann, str(make_login(ann).pk))
        assert (both.status(opaque), both.seen[-1].method) == (200, "oauth")
        assert (both.status(own), both.seen[-1].method) == (200, "bearer")
        assert both.ask(None).header("WWW-Authenticate") == 'Bearer realm="api"'
        statements.clear()
        head, middle, last = own.split(".")
        for bad in (
            f"{head}.{middle}.{last[:-2]}AA",
            f"{head}.{middle}",
            "a.b.c",
            "..",
            f"e30.{middle}.{last}",
            "?",
            "",
        ):
            both.assert_refused(bad)
        assert statements == []
        twice = send(both.api, "/tags", authorization=f"Bearer {own}, Bearer {opaque}")
        assert twice.status == 400
        assert ask(both.api, "/books", authorization="Basic eDp5")["items"] == []


def test_the_front_door_wants_no_extra() -> None:
    """OAuth is there, and django-oauth-toolkit is imported when it is used."""
    lines = (
        "import sys, nuages; nuages.OAuth(); sys.exit('oauth2_provider' in sys.modules or 'oauthlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", lines], check=False).returncode == 0
