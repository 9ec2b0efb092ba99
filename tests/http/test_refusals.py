"""What a refusal asks for: scopes or a fresh proof, on every way to a no, and nothing where nothing would help."""

import json
from typing import Any

import pytest
from django.db.models import Q

from nuages import (
    API,
    NotAllowed,
    Principal,
    Resource,
    anyone,
    authenticated,
    nested,
    nobody,
    owner,
    scope,
    staff,
    where,
)
from nuages.http.response import Response
from nuages.identify.principal import ClientPrincipal, is_supposed
from nuages.permit.rules import Rule, Verdict
from shop.models import Author, Book, Review
from tests.http.asking import send
from tests.http.rules_asked import As, guarded, user
from tests.http.writing import change, faults


def proved(seconds: int) -> Rule:
    """Whether the proof is fresh, as the claim `age` says it."""
    use = ("verified", str(seconds))

    def holds(principal: Principal) -> Verdict:
        return is_supposed(principal, use) or principal.claims.get("age", seconds + 1) <= seconds

    return authenticated & Rule(holds, name=f"proved({seconds})", uses=(use,))


def asks(response: Response) -> tuple[int, str, str | None]:
    """Status, type and challenge."""
    kind = json.loads(response.body)["type"].removeprefix("urn:nuages:problem:")
    return response.status, kind, dict(response.headers).get("WWW-Authenticate")


def lacks(names: str) -> tuple[int, str, str]:
    """The refusal that names scopes."""
    return 403, "insufficient-scope", f'Bearer error="insufficient_scope", scope="{names}"'


def stale(seconds: int) -> tuple[int, str, str]:
    """The refusal that wants a fresh proof."""
    challenge = f'Bearer error="insufficient_user_authentication", max_age="{seconds}"'
    return 401, "insufficient-user-authentication", challenge


NO = (403, "not-allowed", None)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_a_stale_proof_is_told_to_be_made_anew(method: str, database: Any) -> None:
    """401 with the age that it may have (RFC 9470 section 3); a fresh one is let through."""
    api, who = guarded({"read": proved(900), "write": proved(900)})
    author = Author.objects.create(name="A")
    url = "/authors" if method in ("GET", "POST") else f"/authors/{author.pk}"
    body = {"name": "B"} if method not in ("GET", "DELETE") else None
    ann = user("ann")
    who.principal = Principal(ann, "bearer", {"age": 901})
    assert asks(change(api, method, url, body)) == stale(900)
    who.principal = Principal(ann, "bearer", {"age": 900})
    assert change(api, method, url, body).status in {200, 201, 204}


def test_nobody_is_told_to_log_in(database: Any) -> None:
    """A fresh proof is asked of those who gave one before."""
    api, _ = guarded({"read": proved(900) & scope("a")})
    assert asks(send(api, "/authors")) == (401, "not-identified", 'Bearer realm="api"')


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (proved(900) & proved(60), stale(60)),
        (proved(900) | proved(60), stale(60)),
        (proved(900) & scope("a"), lacks("a")),
        (proved(900) & staff, NO),
        (~proved(900) & nobody, NO),
        (~scope("held") | (scope("b") & staff), NO),
        (~scope("held"), NO),
    ],
)
def test_what_would_not_help_is_not_asked_for(rule: Rule, expected: Any, database: Any) -> None:
    """Scopes come before a proof: another credential begins with one."""
    api, who = guarded({"read": rule})
    who.principal = Principal(user("ann"), "bearer", {}, frozenset({"held"}))
    assert asks(send(api, "/authors")) == expected


def test_a_session_is_asked_for_no_scope(database: Any) -> None:
    """It is limited to none, so that none would help."""
    api, who = guarded({"read": scope("a") & proved(60)})
    who.principal = Principal(user("ann"), "session")
    assert asks(send(api, "/authors")) == stale(60)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (where(lambda _: Q(name="mine")) | scope("all"), lacks("all")),
        (where(lambda _: Q(name="mine")) | (scope("all") & where(lambda _: Q(name="yours"))), lacks("all")),
        (where(lambda _: Q(name="mine")) | (scope("all") & where(lambda _: Q(name="theirs"))), NO),
        (where(lambda _: Q(name="mine")) | proved(60), stale(60)),
        (where(lambda _: Q(name="mine")), NO),
    ],
)
@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_a_row_tells_what_would_open_it(rule: Rule, expected: Any, method: str, database: Any) -> None:  # O16
    """Where the wider rule lets this very row through, and nothing is stored."""
    api, who = guarded({"read": anyone, "write": rule})
    author = Author.objects.create(name="yours")
    who.principal = Principal(user("ann"), "bearer", {}, frozenset())
    body = None if method == "DELETE" else {"name": "mine"}
    assert asks(change(api, method, f"/authors/{author.pk}", body)) == expected
    assert [each.name for each in Author.objects.all()] == ["yours"]


def test_a_row_that_is_made_tells_too(database: Any) -> None:  # O16
    """Alone, among many, and changed into one that is not allowed."""
    api, who = guarded({"read": anyone, "write": where(lambda _: Q(name="mine")) | scope("all")}, max_bulk=5)
    mine = Author.objects.create(name="mine")
    who.principal = Principal(user("ann"), "bearer", {}, frozenset())
    assert asks(change(api, "POST", "/authors", {"name": "yours"})) == lacks("all")
    assert asks(change(api, "POST", "/authors", [{"name": "mine"}, {"name": "yours"}])) == lacks("all")
    assert asks(change(api, "PATCH", f"/authors/{mine.pk}", {"name": "yours"})) == lacks("all")
    assert [each.name for each in Author.objects.all()] == ["mine"]


def test_a_hidden_row_tells_nothing(database: Any) -> None:
    """404, as where there is none, however wide a credential would be wanted."""
    rule = where(lambda _: Q(name="mine")) | scope("all")
    api, who = guarded({"read": rule, "write": rule})
    author = Author.objects.create(name="yours")
    who.principal = Principal(user("ann"), "bearer", {}, frozenset())
    for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
        assert asks(change(api, method, f"/authors/{author.pk}", body))[:2] == (404, "not-found")
    assert json.loads(send(api, "/authors").body)["items"] == []


def test_owned_rows_tell_what_their_own_rule_lacks(database: Any) -> None:  # O16
    """At their place in the document."""
    who = As()
    api = API(title="Owned", authenticate=[who])
    shown = ["id", "title", "price", "author", nested("reviews", "id", "user_name", "stars", "body", owned=True)]
    api.resource(Book)(
        type(
            "Books",
            (Resource,),
            {"fields": shown, "writable": ["title", "price", "author", "reviews"], "rules": {"write": anyone}},
        )
    )
    own = {"fields": ["id"], "writable": ["stars"], "rules": {"read": anyone, "write": scope("reviews:write")}}
    api.resource(Review)(type("Reviews", (Resource,), own))
    author = Author.objects.create(name="A")
    document = {
        "title": "x",
        "price": "1",
        "author": author.pk,
        "reviews": [{"user_name": "A", "stars": 5, "body": "b"}],
    }
    who.principal = Principal(user("ann"), "bearer", {}, frozenset())
    response = change(api, "POST", "/books", document)
    assert asks(response) == lacks("reviews:write")
    assert faults(response) == [("/reviews", "insufficient-scope")]
    assert not Book.objects.exists()


def test_what_the_supposed_are_asked_costs_nothing_on_the_way_to_a_yes(database: Any) -> None:
    """The rule is asked once; a no that scopes may explain asks it again."""
    asked: list[Principal] = []

    def watched(principal: Principal) -> bool:
        asked.append(principal)
        return True

    api, who = guarded({"read": Rule(watched, name="watched") & scope("a")})
    who.principal = Principal(user("ann"), "bearer", {}, frozenset({"a"}))
    assert send(api, "/authors").status == 200
    assert asked == [who.principal]


@pytest.mark.parametrize("rule", [authenticated, staff, where(lambda _: Q()), ~authenticated & staff])
def test_a_program_in_its_own_name_is_no_user(rule: Rule, database: Any) -> None:  # O25
    """It may do what a scope lets it do, and is refused as one who is known."""
    api, who = guarded({"read": rule})
    who.principal = ClientPrincipal(None, "oauth", {"client_id": "1"}, frozenset({"authors:read"}))
    assert asks(send(api, "/authors")) == NO
    assert owner("user")(who.principal) is False
    api, other = guarded({"read": scope("authors:read")})
    other.principal = who.principal
    assert send(api, "/authors").status == 200
    other.principal = ClientPrincipal(None, "oauth", {"client_id": "1"}, frozenset())
    assert asks(send(api, "/authors")) == lacks("authors:read")


def test_programs_share_no_idempotency_keys(database: Any) -> None:  # O25
    """Not with one another, not with anybody, and not with the user of an equal id."""
    api, who = guarded({"read": anyone, "create": anyone})
    ann = user("ann")
    pk, scopes = str(ann.pk), frozenset({"a"})
    asking = [
        Principal(ann, "bearer"),
        *(ClientPrincipal(None, "oauth", {"client_id": name}, scopes) for name in (pk, "b")),
    ]
    for principal in (None, *asking):
        who.principal = principal
        for _ in range(2):
            assert change(api, "POST", "/authors", {"name": "A"}, idempotency_key="same").status == 201
    assert Author.objects.count() == 4


def test_a_problem_of_a_rule_is_its_own(database: Any) -> None:
    """What a rule raises is told as it is."""

    def raising(_principal: Principal) -> bool:
        raise NotAllowed("Not on Sundays.", code="sunday")

    api, who = guarded({"read": Rule(raising, name="raising") | scope("a")})
    who.principal = Principal(user("ann"), "bearer", {}, frozenset())
    assert asks(send(api, "/authors")) == (403, "sunday", None)
