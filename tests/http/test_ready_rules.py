"""Superuser, permission, scope, group and where: what each lets through, what it costs, and how it refuses."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from nuages import Principal, anyone, authenticated, group, permission, scope, staff, superuser, where
from nuages.permit.rules import Rule
from shop.models import Author
from tests.http.asking import ask, send
from tests.http.rules_asked import guarded, user
from tests.http.writing import change


def status(rule: Any, principal: Principal | None) -> int:
    """How a list under a rule answers a principal."""
    api, who = guarded({"read": rule})
    who.principal = principal
    return int(send(api, "/authors").status)


def test_superuser_is_a_superuser_alone(database: Any) -> None:
    """Staff is not enough."""
    assert status(superuser, None) == 401
    assert status(superuser, Principal(user("sam", is_staff=True))) == 403
    assert status(superuser, Principal(user("root", is_superuser=True))) == 200


def test_a_permission_is_that_of_django(database: Any) -> None:
    """Given to the user or to a group; an inactive user has none."""
    rule = permission("shop.change_author")
    allowed, grouped, other, idle = (user(name) for name in ("ann", "bob", "cid", "dot"))
    found = Permission.objects.get_or_create(
        codename="change_author", content_type__app_label="shop", defaults={"content_type": _content_type()}
    )[0]
    allowed.user_permissions.add(found)
    idle.user_permissions.add(found)
    idle.is_active = False
    editors = Group.objects.create(name="editors")
    editors.permissions.add(found)
    grouped.groups.add(editors)
    answers = [status(rule, principal) for principal in (None, *map(Principal, (allowed, grouped, other, idle)))]
    assert answers == [401, 200, 200, 403, 403]


def _content_type() -> Any:
    return Permission._meta.get_field("content_type").related_model._default_manager.get_for_model(Author)  # type: ignore[union-attr]


def test_a_permission_costs_its_statements_only_when_it_is_asked(database: Any, statements: Any) -> None:
    """Not for anybody, not where another rule has said yes before."""
    sam = Principal(user("sam", is_staff=True))
    statements.clear()
    assert status(permission("shop.change_author"), None) == 401
    assert statements == []
    assert status(staff | permission("shop.change_author"), sam) == 200
    assert len(statements) == 1  # the page
    statements.clear()
    assert status(permission("shop.change_author"), sam) == 403
    assert len(statements) == 2  # the user's own permissions, and those of the groups


def test_a_scope_limits_a_credential_and_no_user(database: Any) -> None:
    """A session may do what its user may; a token only what it names."""
    ann, rule = user("ann"), scope("authors:read")
    assert status(rule, None) == 401
    assert status(rule, Principal(ann, "session")) == 200
    assert status(rule, Principal(ann, "bearer", scopes=frozenset({"authors:read", "x"}))) == 200
    assert status(rule, Principal(ann, "bearer", scopes=frozenset())) == 403


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_a_refusal_for_lack_of_a_scope_names_the_scope(method: str, database: Any) -> None:  # O16
    """403 insufficient_scope, in the header as in the body (RFC 6750 section 3.1)."""
    needed = "authors:read" if method == "GET" else "authors:write"
    api, who = guarded({"read": scope("authors:read"), "write": staff & scope("authors:write")})
    author = Author.objects.create(name="A")
    who.principal = Principal(user("sam", is_staff=True), "bearer", scopes=frozenset({"other"}))
    url = "/authors" if method in ("GET", "POST") else f"/authors/{author.pk}"
    response = change(api, method, url, {"name": "B"} if method not in ("GET", "DELETE") else None)
    document = json.loads(response.body)
    assert (response.status, document["type"]) == (403, "urn:nuages:problem:insufficient-scope")
    assert ("WWW-Authenticate", f'Bearer error="insufficient_scope", scope="{needed}"') in response.headers
    assert document["detail"] == f"This credential lacks a scope: {needed}."
    assert [one.name for one in Author.objects.all()] == ["A"]


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        (scope("a") & scope("b"), "a b"),
        (scope("a") | scope("b"), "a"),
        (scope("a") & authenticated, "a"),
        ((scope("a") & staff) | scope("b"), "b"),
        (scope("a") & staff, None),
        (authenticated & ~authenticated, None),
        (where(lambda _: Q(pk__in=[])) & scope("c"), "c"),
    ],
)
def test_no_more_scopes_are_named_than_would_help(rule: Any, named: str | None, database: Any) -> None:
    """And none where a scope would be no help: that is an ordinary refusal."""
    api, who = guarded({"read": rule})
    who.principal = Principal(user("ann"), "bearer", scopes=frozenset())
    response = send(api, "/authors")
    headers = dict(response.headers)
    assert response.status == 403
    expected = None if named is None else f'Bearer error="insufficient_scope", scope="{named}"'
    assert headers.get("WWW-Authenticate") == expected


def test_a_group_is_known_by_its_name(database: Any, statements: Any) -> None:
    """One statement a request, however many rules ask for groups."""
    ann, bob = user("ann"), user("bob")
    ann.groups.add(Group.objects.create(name="editors"))
    rule = group("readers") | group("writers") | group("editors")
    statements.clear()
    assert status(rule, Principal(ann)) == 200
    assert len(statements) == 2  # groups, page
    assert status(rule, Principal(bob)) == 403
    assert status(rule, None) == 401
    assert len(statements) == 3


def test_where_is_asked_for_users_alone(database: Any) -> None:
    """Its function need not think of anybody."""
    for name in ("ann", "bob"):
        Author.objects.create(name=name)
    api, who = guarded({"read": where(lambda principal: Q(name=principal.user.username))})
    assert send(api, "/authors").status == 401
    who.principal = Principal(user("ann"))
    assert [row["name"] for row in ask(api, "/authors")["items"]] == ["ann"]


def test_rules_combine(database: Any) -> None:
    """As all others."""
    for name in ("ann", "bob"):
        Author.objects.create(name=name)
    rule = superuser | (~group("banned") & where(lambda principal: Q(name=principal.user.username)))
    api, who = guarded({"read": rule})
    who.principal = Principal(user("ann"))
    assert [row["name"] for row in ask(api, "/authors")["items"]] == ["ann"]
    who.principal = Principal(user("root", is_superuser=True))
    assert len(ask(api, "/authors")["items"]) == 2
    who.principal = Principal(user("bob"))
    who.principal.user.groups.add(Group.objects.create(name="banned"))
    assert send(api, "/authors").status == 403


def mine(principal: Principal) -> Any:
    """A function with a name."""
    return Q(name=principal.user.username)


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        (superuser, "superuser"),
        (permission("shop.change_book"), "permission('shop.change_book')"),
        (scope("books:read") & group("editors"), "(scope('books:read') & group('editors'))"),
        (where(mine) | ~anyone, "(where(mine) | ~anyone)"),
    ],
)
def test_a_rule_reads_well(rule: Rule, name: str) -> None:
    """Its name says what it is."""
    assert repr(rule) == f"<Rule {name}>"


@pytest.mark.parametrize(
    ("rule", "message", "hint"),
    [
        (permission("change_book"), "not of the form app_label.codename", 'permission("shop.change_book")'),
        (permission(""), "not of the form", ""),
        (permission("shpo.change_book"), "there is no app 'shpo'", "'shop'?"),
        (staff | ~permission("shop.change_bok"), "shop has no model 'bok'", "'change_book'?"),
        (scope("books read"), "scope('books read') is no scope", "Printable ASCII"),
        (scope('a"b'), "is no scope", ""),
        (scope(""), "is no scope", ""),
        (anyone & group(""), "has no name", 'group("editors")'),
    ],
)
def test_a_rule_that_can_never_hold_is_a_mistake(rule: Any, message: str, hint: str) -> None:
    """Found at start-up, inside combinations too."""
    api, _ = guarded({"read": rule})
    (found,) = api.mistakes()
    assert (found.id, message in found.message, hint in found.hint) == ("nuages.E017", True, True), found


@pytest.mark.parametrize("name", ["shop.change_book", "shop.publish_book", "auth.view_user"])
def test_a_permission_that_may_be_is_none(name: str) -> None:
    """Also one of the project's own making, which may come at any time."""
    api, _ = guarded({"read": permission(name)})
    assert api.mistakes() == []
