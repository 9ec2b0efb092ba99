"""A sensitive action wants a proof of the last minutes: what counts as one, how old it may be, what else is told."""

import json
import time
from types import SimpleNamespace
from typing import Any

import pytest

from nuages import API, ApiKey, Bearer, Principal, Resource, anyone, authenticated, field, scope, verified
from nuages.errors import DeclarationError
from nuages.http.response import Response
from nuages.identify.api_key import make_key
from nuages.identify.principal import ClientPrincipal
from nuages.identify.proofs import Proof, proof_of_claims
from shop.models import Author, Tag
from tests.http.asking import send
from tests.http.bearer_door import make_login
from tests.http.entering import make_user
from tests.http.rules_asked import As, guarded
from tests.http.writing import change

CHALLENGE = 'Bearer error="insufficient_user_authentication", max_age="900"'


@pytest.fixture
def door(database: Any) -> tuple[API, As]:
    """Authors that anyone may read, and change who was verified within a quarter of an hour."""
    Author.objects.create(pk=1, name="A")
    return guarded({"read": anyone, "write": verified(within="15min")})


def try_it(api: API) -> Response:
    """Change the author."""
    return change(api, "PATCH", "/authors/1", {"name": "B"})


def assert_stale(response: Response) -> None:
    """RFC 9470 section 3, with the next step."""
    problem = json.loads(response.body)
    assert (response.status, response.header("WWW-Authenticate")) == (401, CHALLENGE), problem
    assert problem["type"] == "urn:nuages:problem:insufficient-user-authentication"
    assert "auth/verify" in problem["detail"]
    assert Author.objects.get().name == "A"


@pytest.mark.parametrize("age_s", [-30, 0, 800])
def test_a_recent_proof_lets_through(door: tuple[API, As], age_s: int) -> None:
    """Also one that a clock a little ahead has made."""
    api, who = door
    who.principal = Principal(make_user(), "bearer", proof=Proof(int(time.time()) - age_s))
    assert try_it(api).status == 200


@pytest.mark.parametrize("age_s", [950, 90_000, -300, -(1 << 60), 1 << 60])
def test_an_old_proof_is_told_to_be_renewed(door: tuple[API, As], age_s: int) -> None:
    """And one of a time that has not come yet is none."""
    api, who = door
    who.principal = Principal(make_user(), "bearer", proof=Proof(int(time.time()) - age_s))
    assert_stale(try_it(api))


def test_who_never_proved_anything_is_told_the_same(door: tuple[API, As]) -> None:
    """A token without auth_time."""
    api, who = door
    who.principal = Principal(make_user(), "bearer")
    assert_stale(try_it(api))


def test_nobody_is_told_to_log_in(door: tuple[API, As]) -> None:
    """There is nothing to renew."""
    api, _ = door
    response = try_it(api)
    assert (response.status, response.header("WWW-Authenticate")) == (401, 'Bearer realm="api"')


def test_a_program_in_its_own_name_can_prove_nothing(door: tuple[API, As]) -> None:
    """403: there is no user whom it could ask, whatever its token says."""
    api, who = door
    proof = Proof(int(time.time()))
    who.principal = ClientPrincipal(None, "oauth", {"client_id": "robot"}, frozenset(), proof=proof)
    assert try_it(api).status == 403


def test_an_api_key_never_is(database: Any) -> None:
    """However fresh it is."""
    Author.objects.create(pk=1, name="A")
    api = API(title="Keys", authenticate=[ApiKey()])
    rules = {"read": anyone, "write": verified(within="15min")}
    api.resource(Author)(type("Authors", (Resource,), {"fields": ["id"], "writable": ["name"], "rules": rules}))
    _, key = make_key(make_user(), "robot")
    assert_stale(change(api, "PATCH", "/authors/1", {"name": "B"}, x_api_key=key))


def test_the_clock_is_looked_at_with_each_request(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that is remembered grows old all the same."""
    bearer, user = Bearer(lifetime_s=3600), make_user()
    api = API(title="Clock", authenticate=[bearer])
    api.resource(Tag)(type("Tags", (Resource,), {"fields": ["id"], "rules": {"read": verified(within="15min")}}))
    api.build()
    now_s = int(time.time())
    token, _ = bearer.issue(user, str(make_login(user).pk), proof=Proof(now_s))
    headers = {"authorization": f"Bearer {token}"}
    statuses = []
    for later_s in (0, 890, 910):
        monkeypatch.setattr("nuages.permit.recent.time", SimpleNamespace(time=lambda later_s=later_s: now_s + later_s))
        statuses.append(send(api, "/tags", **headers).status)
    assert statuses == [200, 200, 401]


@pytest.mark.parametrize("auth_time", [True, "1", 1.5, None, [], {}, 1 << 70])
def test_a_time_of_another_kind_is_none(database: Any, auth_time: Any) -> None:
    """Another issuer may write whatever it likes."""
    proof = proof_of_claims({"auth_time": auth_time, "amr": "pwd"})
    api, who = guarded({"read": verified(within="1h")})
    who.principal = Principal(make_user(), "bearer", proof=proof)
    assert send(api, "/authors").status == 401


def test_it_goes_with_other_rules(database: Any) -> None:
    """A scope that lacks is told first, since another credential begins with a proof; one that is held is not."""
    api, who = guarded({"read": authenticated & scope("a") & verified(within="30s")})
    who.principal = Principal(make_user(), "bearer", {}, frozenset({"b"}))
    assert send(api, "/authors").status == 403
    who.principal = Principal(who.principal.user, "bearer", {}, frozenset({"a"}))
    assert 'max_age="30"' in str(send(api, "/authors").header("WWW-Authenticate"))


def test_a_member_may_be_for_the_verified(database: Any) -> None:
    """To all others it does not exist."""
    Author.objects.create(name="A")
    api, who = guarded({"read": anyone}, fields=["id", field("name", visible=verified(within="1h"))], writable=[])
    user = make_user()
    for proof, names in ((None, {"id"}), (Proof(int(time.time())), {"id", "name"})):
        who.principal = Principal(user, "bearer", proof=proof)
        assert json.loads(send(api, "/authors").body)["items"][0].keys() == names


@pytest.mark.parametrize(
    "within", ["", "15", "15 min", "0s", "-1s", "1.5h", "1d", "\u0661min", "9" * 9 + "s", 900, None]
)
def test_a_length_that_is_none_is_told_at_startup(database: Any, within: Any) -> None:
    """E046, wherever it stands; nothing is served."""
    for rules, fields in (
        ({"read": authenticated & verified(within=within)}, ["id"]),
        ({"read": anyone}, ["id", field("name", visible=verified(within=within))]),
    ):
        api, _ = guarded(rules, fields=fields, writable=[])
        with pytest.raises(DeclarationError) as error:
            api.build()
        (mistake,) = error.value.mistakes
        assert (mistake.id, "is no length of time" in mistake.message) == ("nuages.E046", True)
        assert "15min" in mistake.hint


@pytest.mark.parametrize(("within", "seconds"), [("30s", 30), ("15min", 900), ("1h", 3600), ("24h", 86_400)])
def test_lengths_are_read(within: str, seconds: int) -> None:
    """Seconds, minutes, hours."""
    assert verified(within=within).uses == (("verified", str(seconds)),)
