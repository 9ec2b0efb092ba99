"""Who guesses is stopped, and nobody else; whether there is such a user is not to be seen; on both databases."""

import datetime as dt
import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from nuages import API
from nuages.http.response import Response
from nuages.models import FailedLogin, Login
from tests.http.entering import PASSWORD, assert_refused, log_in, make_api, make_user, post, refresh
from tests.support.counted_hasher import CountedHasher

PROXY = "10.0.0.1"


@pytest.fixture
def api(database: Any) -> API:
    """An API with logins, and ann, who may log in."""
    make_user()
    return make_api()


def guess(api: API, name: str = "ann", password: str = "wrong", **more: str) -> Response:
    """Try a password."""
    return post(api, "token", {"username": name, "password": password}, **more)


def test_who_there_is_cannot_be_seen(database: Any, settings: Any) -> None:  # R23
    """Unknown, wrong, inactive: one status, one body, the same headers, and one hash is computed for each."""
    settings.PASSWORD_HASHERS = ["tests.support.counted_hasher.CountedHasher"]
    api, _, _ = make_api(), make_user(), make_user("off", is_active=False)
    seen = []
    for name, password in [("nobody", "wrong"), ("ann", "wrong"), ("off", PASSWORD), ("off", "wrong"), ("", "")]:
        CountedHasher.computed.clear()
        answer = guess(api, name, password)
        document = assert_refused(answer, "invalid-credentials")
        seen.append((document, {name for name, _ in answer.headers}, len(CountedHasher.computed)))
    assert all(each == seen[0] for each in seen)
    assert seen[0][2] == 1
    assert Login.objects.count() == 0


def test_an_inactive_user_is_refused_whatever_the_backend_says(api: API, settings: Any) -> None:
    """AllowAllUsersModelBackend lets one in; here nobody is, after one hash as for everybody."""
    settings.PASSWORD_HASHERS = ["tests.support.counted_hasher.CountedHasher"]
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.AllowAllUsersModelBackend"]
    make_user("off", is_active=False)
    CountedHasher.computed.clear()
    assert_refused(guess(api, "off", PASSWORD), "invalid-credentials")
    assert len(CountedHasher.computed) == 1


def test_a_name_may_be_a_number(database: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a user model that is so: what is no number, or one beyond the column, is a wrong name like any other."""
    settings.PASSWORD_HASHERS = ["tests.support.counted_hasher.CountedHasher"]
    user, api = make_user(), make_api()
    monkeypatch.setattr(type(user), "USERNAME_FIELD", "id")
    for name in ("ann", "", "1e5", "9" * 30, "-" + "9" * 4_000):
        CountedHasher.computed.clear()
        assert_refused(guess(api, name, PASSWORD), "invalid-credentials")
        assert len(CountedHasher.computed) == 1, name
    assert log_in(api, str(user.pk))


def test_the_eleventh_guess_is_not_looked_at(api: API) -> None:  # R24
    """429 with Retry-After, though it is right."""
    for _ in range(10):
        assert_refused(guess(api), "invalid-credentials")
    response = guess(api, password=PASSWORD)
    assert_refused(response, "too-many-requests", 429)
    assert 0 < int(response.header("retry-after") or 0) <= 300
    assert Login.objects.count() == 0


def test_accounts_that_are_not_there_are_limited_alike(api: API) -> None:
    """Else the limit would tell who is there."""
    for _ in range(10):
        assert_refused(guess(api, "nobody"), "invalid-credentials")
    assert_refused(guess(api, "nobody"), "too-many-requests", 429)


def test_a_victim_gets_in_from_elsewhere(api: API) -> None:  # R24
    """An attacker locks their own address out, of this account alone."""
    for _ in range(12):
        guess(api, peer="203.0.113.9")
    assert log_in(api, peer="192.0.2.1")
    make_user("ben")
    assert log_in(api, "ben", peer="203.0.113.9")


def test_success_forgets_the_failures(api: API) -> None:  # R24
    """Of the account from this address; what the address has done to others stays."""
    for _ in range(9):
        guess(api)
        guess(api, "ben")
    log_in(api)
    for _ in range(10):
        assert_refused(guess(api), "invalid-credentials")
    assert_refused(guess(api, "ben"), "invalid-credentials")
    assert_refused(guess(api, "ben"), "too-many-requests", 429)


def test_success_counts_for_nothing(api: API) -> None:
    """Whoever logs in all day is not stopped."""
    for _ in range(30):
        log_in(api)
    assert set(FailedLogin.objects.values_list("count", flat=True)) == {0}


def test_an_address_that_tries_everybody_is_stopped(database: Any, settings: Any) -> None:
    """One guess for each of many accounts; other addresses go on."""
    settings.NUAGES_LOGIN = {"address_failures": 20}
    api, _ = make_api(), make_user()
    for number in range(20):
        assert_refused(guess(api, f"user-{number}"), "invalid-credentials")
    assert_refused(guess(api, "ann", PASSWORD), "too-many-requests", 429)
    assert log_in(api, peer="192.0.2.2")


def test_a_new_window_begins_with_nothing(api: API) -> None:
    """When the time is over, guesses are counted anew."""
    for _ in range(11):
        guess(api)
    FailedLogin.objects.update(window_ends_at=timezone.now() - dt.timedelta(seconds=1))
    for _ in range(10):
        assert_refused(guess(api), "invalid-credentials")
    assert_refused(guess(api), "too-many-requests", 429)


def test_twins_of_a_name_count_as_one(api: API) -> None:  # L13
    """Other cases, full-width letters; the name itself is not kept."""
    for name in ("ann", "ANN", "\uff41nn", "Ann", "aNN") * 2:
        guess(api, name)
    assert_refused(guess(api, "anN"), "too-many-requests", 429)
    assert not any("ann" in key.lower() for key in FailedLogin.objects.values_list("key", flat=True))


@pytest.mark.parametrize(
    ("proxies", "peers", "headers"),
    [
        (0, ["192.0.2.1"], ["198.51.100.{n}"]),
        (1, [PROXY], ["198.51.100.{n}, 192.0.2.1"]),
        (1, [PROXY], ["1.2.3.{n},192.0.2.1:40{n}", "192.0.2.1", "::ffff:192.0.2.1", "[::ffff:192.0.2.1]:443"]),
        (2, [PROXY], ["198.51.100.{n}, 192.0.2.1, 10.0.0.2"]),
        (1, [PROXY], ["nonsense-{n}", "unknown", "", "_hidden{n}", "1.2.3.4.5", "x" * 5_000]),
        (2, [PROXY], ["198.51.100.{n}"]),
        (0, ["2001:db8::{n}", "2001:db8:0:0:ffff::{n}"], [""]),
        (1, [PROXY], ['"[2001:db8::{n}]:40{n}"', "2001:db8:0:0:{n}::1", "2001:db8::1%eth0"]),
    ],
)
def test_a_client_counts_as_one_whatever_it_writes(
    api: API, settings: Any, proxies: int, peers: list[str], headers: list[str]
) -> None:  # L08
    """The right-most address that no proxy of ours wrote; IPv6 by /64; nonsense counts as the proxy."""
    settings.NUAGES_TRUSTED_PROXIES = proxies
    for number in range(11):
        peer, header = (each[number % len(each)].format(n=number + 10) for each in (peers, headers))
        others = {"forwarded": f"for=198.51.100.{number}", "x_real_ip": f"198.51.100.{number}"}
        response = guess(api, peer=peer, x_forwarded_for=header, **others)
    assert_refused(response, "too-many-requests", 429)


def test_clients_behind_a_proxy_are_told_apart(api: API, settings: Any) -> None:
    """Each has a limit of its own, where the proxy is trusted."""
    settings.NUAGES_TRUSTED_PROXIES = 1
    for number in range(15):
        response = guess(api, peer=PROXY, x_forwarded_for=f"198.51.100.{number}")
        assert_refused(response, "invalid-credentials")


def test_tokens_out_of_thin_air_are_limited(database: Any, settings: Any) -> None:
    """429 for more of them; good tokens of the same address go on."""
    settings.NUAGES_LOGIN = {"address_failures": 5}
    api, _ = make_api(), make_user()
    token = log_in(api)["refresh_token"]
    for number in range(5):
        assert_refused(refresh(api, f"{number}" * 43))
    assert_refused(refresh(api, "a" * 43), "too-many-requests", 429)
    assert refresh(api, token).status == 200


@pytest.mark.parametrize(
    ("document", "status", "blamed"),
    [
        ({}, 422, {"/username": "required", "/password": "required"}),
        ({"username": "ann"}, 422, {"/password": "required"}),
        ({"username": 7, "password": None, "cookie": "yes", "x/y": 1}, 422, {
            "/username": "invalid-value", "/password": "invalid-value", "/cookie": "invalid-value",
            "/x~1y": "unknown-member",
        }),
        ({"username": "ann", "password": ["x"]}, 422, {"/password": "invalid-value"}),
        ({"username": "a" * 4_097, "password": "x" * 9_000}, 422, {
            "/username": "max-length", "/password": "max-length",
        }),
        ({"username": "ann", "password": "x\x00"}, 400, {"/password": "invalid-json"}),
        (b'{"username": "ann", "password": "\\ud800"}', 400, {"/password": "invalid-json"}),
        (b'{"username": "ann", "username": "ben", "password": "x"}', 400, {"": "invalid-json"}),
        (b"[]", 400, {}),
        (b'"ann"', 400, {}),
        (b"", 400, {"": "invalid-json"}),
        (b'{"username": "\xff"}', 400, {"": "invalid-json"}),
        (b" " * 70_000, 413, {}),
        ({"username": "ann", "password": "x", "scope": "admin", "client_id": "1"}, 422, {
            "/scope": "unknown-member", "/client_id": "unknown-member",
        }),
    ],
)  # fmt: skip
def test_every_fault_of_a_body_is_told(
    api: API, document: Any, status: int, blamed: dict[str, str]
) -> None:  # R15, R18
    """Each at its place; nothing is counted, and no password is repeated."""
    response = post(api, "token", document)
    problem = json.loads(response.body)
    assert response.status == status, problem
    assert {error["pointer"]: error["code"] for error in problem.get("errors", [])} == blamed
    assert FailedLogin.objects.count() == 0


@pytest.mark.parametrize("path", ["token", "refresh", "logout"])
def test_a_body_of_another_kind_is_refused(api: API, path: str) -> None:  # R18
    """415 for a form, 411 without a length, 413 for 10 MB; none is read further."""
    document = b"username=ann&password=x"
    form = post(api, path, document, content_type="application/x-www-form-urlencoded")
    assert_refused(form, "unsupported-media-type", 415)
    chunked = post(api, path, content_type="application/json", transfer_encoding="chunked")
    assert_refused(chunked, "length-required", 411)
    assert_refused(post(api, path, b"{}", content_length=str(10 << 20)), "content-too-large", 413)


@pytest.mark.parametrize("token", [7, None, ["x"], {"a": 1}, True, "x\x00", "x" * 5_000])
def test_a_refresh_token_of_another_kind_is_a_fault(api: API, token: Any) -> None:  # R18
    """4xx at its place."""
    response = refresh(api, token)
    assert response.status in {400, 422}
    assert json.loads(response.body)["errors"][0]["pointer"] == "/refresh_token"


def test_the_name_is_normalized_as_in_djangos_form(api: API) -> None:
    """NFKC, as users are stored."""
    get_user_model().objects.create_user("ﬁona", password=PASSWORD)  # stored as "fiona"
    assert log_in(api, "ﬁona")


def test_no_password_is_written_down(api: API, caplog: Any) -> None:
    """Whatever goes wrong, and however much is logged."""
    caplog.set_level("DEBUG")
    for password in ("Very-Secret-1", PASSWORD, ["Very-Secret-1"]):
        response = post(api, "token", {"username": "ann", "password": password})
        assert b"Very-Secret" not in response.body
    assert "Very-Secret" not in caplog.text
    assert PASSWORD not in caplog.text
