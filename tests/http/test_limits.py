"""How often one may ask: who shares a count, what is told, and what a refused request costs; from outside."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from nuages import API, ApiKey, Bearer, Limit, Resource, Session, anyone, authenticated
from nuages.errors import DeclarationError
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.api_key import make_key
from nuages.limit import limiter
from nuages.limit.counts import Counts
from nuages.limit.table import Table
from shop.models import Tag
from tests.http.asking import SAME


@pytest.fixture(autouse=True)
def counts(monkeypatch: pytest.MonkeyPatch) -> Counts:
    """Counts of this test's own."""
    table = Table()
    counts = Counts(table, table)
    monkeypatch.setattr(limiter, "counts", lambda: counts)
    return counts


def make_api(of_api: Any = None, **of_tags: Any) -> API:
    """Tags that anyone may read and write, and their actions."""
    api = API(title="Limited", throttle=of_api, authenticate=[Bearer(), Session(), ApiKey()])
    attributes = {"fields": ["id", "name"], "writable": ["name"], "max_bulk": 20, "path": "tags"}
    declared: Any = type("Tags", (Resource,), {**attributes, "rules": {"read": anyone, "write": anyone}, **of_tags})
    api.resource(Tag)(declared)
    return api


def ask(
    api: API, path: str = "/tags", method: str = "GET", *, document: Any = None, peer: str = "192.0.2.1", **headers: str
) -> Response:
    """Send a request from an address."""
    body = b"" if document is None else json.dumps(document).encode()
    named = {"x-request-id": SAME} | {name.replace("_", "-"): text for name, text in headers.items()}
    if document is not None:
        named |= {"content-type": "application/json", "content-length": str(len(body))}
    return api.handle(Request(method, path, "", named, peer=peer, read=lambda size: body[:size]))


def statuses(times: int, asking: Callable[[], Response]) -> list[int]:
    """The status of each of several requests."""
    return [asking().status for _ in range(times)]


def test_the_quota_passes_and_the_next_is_told_when_to_come(database: Any) -> None:  # L02, L03
    """The fields of the draft on both, `Retry-After` on the refusal alone."""
    api = make_api("3/min")
    seen = [ask(api) for _ in range(4)]
    assert [each.status for each in seen] == [200, 200, 200, 429]
    assert {each.header("RateLimit-Policy") for each in seen} == {'"default";q=3;w=60'}
    left = [(each.header("RateLimit") or "").rpartition(";t=") for each in seen]
    assert [each[0] for each in left] == ['"default";r=2', '"default";r=1', '"default";r=0', '"default";r=0']
    assert all(0 < int(each[2]) <= 64 for each in left)
    assert [each.header("Retry-After") is None for each in seen] == [True, True, True, False]
    assert int(seen[3].header("Retry-After") or 0) >= int(left[3][2])
    problem = json.loads(seen[3].body)
    assert (problem["type"], problem["violated-policies"]) == ("urn:nuages:problem:quota-exceeded", ["default"])
    assert problem["detail"].startswith('The quota "default" is used up.')


def test_what_has_no_limit_counts_nothing_and_says_nothing(database: Any) -> None:
    """No field is sent."""
    assert ask(make_api()).header("RateLimit") is None


def test_an_address_is_believed_as_far_as_our_proxies_go(database: Any, settings: Any) -> None:  # L08
    """What a client writes into X-Forwarded-For makes it nobody else; a network of IPv6 is one client."""
    api = make_api("2/min")
    forged = iter(range(100))
    assert statuses(3, lambda: ask(api, x_forwarded_for=f"198.51.100.{next(forged)}")) == [200, 200, 429]
    for name in ("forwarded", "x_real_ip"):
        assert ask(api, **{name: "198.51.100.7"}).status == 429
    assert ask(api, peer="::ffff:192.0.2.1").status == 429
    assert ask(api, peer="192.0.2.1:4711").status == 429
    six = iter(range(1, 100))
    assert statuses(3, lambda: ask(api, peer=f"2001:db8::{next(six):x}")) == [200, 200, 429]
    settings.NUAGES_TRUSTED_PROXIES = 1
    behind = make_api("2/min")
    assert statuses(3, lambda: ask(behind, x_forwarded_for=f"{next(forged)}.1.1.1, 203.0.113.9")) == [200, 200, 429]
    assert ask(behind, x_forwarded_for="203.0.113.10").status == 200
    assert statuses(3, lambda: ask(behind, x_forwarded_for="garbage", peer="192.0.2.77")) == [200, 200, 429]


def test_a_user_is_the_same_by_whatever_credential_and_wherever(database: Any) -> None:  # L09
    """Two keys give no second quota; others at the same address have their own."""
    api, users = make_api("2/min"), get_user_model().objects
    ann, ben = users.create_user("ann"), users.create_user("ben")
    keys = iter([make_key(ann, f"{number}")[1] for number in range(3)])
    addresses = iter(range(1, 100))
    asking = lambda: ask(api, authorization=f"Api-Key {next(keys)}", peer=f"192.0.2.{next(addresses)}")  # noqa: E731
    assert statuses(3, asking) == [200, 200, 429]
    assert ask(api, authorization=f"Api-Key {make_key(ben, 'b')[1]}").status == 200
    assert statuses(3, lambda: ask(api)) == [200, 200, 429]


def test_by_key_each_key_has_its_own(database: Any) -> None:  # L09
    """And whoever has none is counted by address."""
    api, ann = make_api(Limit("1/min", by="key")), get_user_model().objects.create_user("ann")
    for name in ("one", "two"):
        key = make_key(ann, name)[1]
        assert statuses(2, lambda key=key: ask(api, authorization=f"Api-Key {key}")) == [200, 429]  # type: ignore[misc]
    assert statuses(2, lambda: ask(api)) == [200, 429]


def test_a_function_says_who_shares_a_count(database: Any) -> None:  # L13
    """Whatever text it gives; None is not counted."""
    texts = iter(["a:b", "a:b", "a", "é", "e\u0301", "x" * 10_000, "\0\n", "*", None, None, "\ud800"])
    api = make_api(Limit("1/min", by=lambda _request, _principal: next(texts)))
    assert statuses(11, lambda: ask(api)) == [200, 429, 200, 200, 200, 200, 200, 200, 200, 200, 200]


def test_a_bad_credential_counts_for_the_address_it_came_from(database: Any) -> None:  # L11
    """Never for whoever it pretends to be; and refusals themselves take nothing."""
    api = make_api("2/min")
    wrong = lambda: ask(api, authorization="Bearer wrong", peer="192.0.2.66")  # noqa: E731
    assert statuses(4, wrong) == [401, 401, 429, 429]
    assert ask(api).status == 200


def test_every_spelling_of_an_operation_is_one(database: Any) -> None:  # L10
    """GET, HEAD, QUERY, a member that is not there: each is one read."""
    api = make_api("4/min")
    asked = [("/tags", "GET"), ("/tags", "HEAD"), ("/tags/999", "GET"), ("/tags/%39%39", "GET"), ("/tags", "GET")]
    assert [ask(api, path, method).status for path, method in asked] == [200, 200, 404, 404, 429]


def test_many_members_in_one_body_cost_as_many(database: Any) -> None:  # L10
    """What is too much is refused, and nothing of it is stored."""
    api = make_api(throttle={"write": "10/min"})
    many = lambda count: ask(api, "/tags", "POST", document=[{"name": f"{count}-{n}"} for n in range(count)])  # noqa: E731
    assert many(7).status == 201
    assert many(4).status == 429
    assert Tag.objects.count() == 7
    assert ask(api, "/tags", "POST", document={"name": "one"}).status == 201
    assert ask(api).status == 200


def test_limits_of_api_resource_and_operation_hold_together(database: Any) -> None:  # L12
    """All are told, all are taken, or none."""
    api = make_api(["5/min", "100/day"], throttle={"": "4/min", "read": "2/min"})
    first = ask(api)
    policies = '"default-60s";q=5;w=60, "default-86400s";q=100;w=86400, "tags";q=4;w=60, "tags.read";q=2;w=60'
    assert first.header("RateLimit-Policy") == policies
    assert statuses(2, lambda: ask(api)) == [200, 429]
    assert json.loads(ask(api).body)["violated-policies"] == ["tags.read"]
    post = lambda name: ask(api, "/tags", "POST", document={"name": name}).status  # noqa: E731
    assert [post("x"), post("y"), post("z")] == [201, 201, 429]
    index = [ask(api, "/") for _ in range(2)]
    assert [str(each.header("RateLimit")).partition(";t")[0] for each in index] == ['"default-60s";r=0'] * 2
    assert [each.status for each in index] == [200, 429]


def test_a_request_may_cost_more(database: Any) -> None:
    """By a number, or by a function of the request."""
    dear = lambda request, _principal: 3 if request.path.endswith("/tags") else 1  # noqa: E731
    api = make_api(Limit("4/min", cost=dear))
    assert [ask(api, path).status for path in ("/tags", "/tags", "/tags/1", "/tags/1")] == [200, 429, 404, 429]


def test_a_shadow_refuses_nobody(database: Any, caplog: pytest.LogCaptureFixture) -> None:  # L16
    """The log says whom it would have refused."""
    api = make_api(Limit("1/min", shadow=True))
    with caplog.at_level("INFO", logger="nuages.limit"):
        assert statuses(3, lambda: ask(api)) == [200, 200, 200]
    assert [record.getMessage().startswith("The quota default would have") for record in caplog.records] == [True] * 2


def test_a_limit_comes_before_the_rule_and_the_database(database: Any, statements: Any) -> None:
    """A refused request costs no statement."""
    api = make_api("1/min", rules={"read": authenticated})
    assert statuses(2, lambda: ask(api)) == [401, 429]
    assert statements == []


@pytest.mark.parametrize(
    ("throttle", "of_tags", "told"),
    [
        ("5 a minute", None, "API(title='Limited'): throttle"),
        (None, {"reed": "5/s"}, "Did you mean 'read'?"),
        (None, Limit("5/s", by="adress"), "Did you mean 'address'?"),
    ],
)
def test_a_wrong_throttle_does_not_start(throttle: Any, of_tags: Any, told: str) -> None:
    """E049, with the place and the nearest right name."""
    with pytest.raises(DeclarationError) as caught:
        make_api(throttle, throttle=of_tags).build()
    assert {mistake.id for mistake in caught.value.mistakes} == {"nuages.E049"}
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("NUAGES_LIMITS_WITHOUT_REDIS", "opne", "Did you mean 'open'?"),
        ("NUAGES_REDIS_URL", "valkey.example:6379/0?password=geheim", "is no address of a Redis"),
    ],
)
def test_wrong_settings_do_not_start(settings: Any, name: str, given: str, told: str) -> None:
    """E050; a password in an address is not shown."""
    setattr(settings, name, given)
    with pytest.raises(DeclarationError) as caught:
        make_api("5/s").build()
    assert {mistake.id for mistake in caught.value.mistakes} == {"nuages.E050"}
    assert told in str(caught.value)
    assert "geheim" not in str(caught.value)
