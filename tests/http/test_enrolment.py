"""Users get second factors and drop them at the API's own endpoints, where it offers that; on both databases."""

import base64
import datetime as dt
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa import signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.core import signing
from django.core.cache import cache
from django.utils import timezone

from nuages import API, ApiKey, Bearer, Session
from nuages.errors import DeclarationError
from nuages.http.response import Response
from nuages.identify.api_key import make_key
from nuages.models import Login
from tests.http.codes import code_of, give_passkey, give_recovery, give_totp
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
from tests.http.rules_asked import user as plain_user

TOTP, CODES = "factors/totp", "factors/recovery-codes"


class Reversing(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """An adapter of a project's own: encrypts, in a way, and keeps factors for good."""

    def encrypt(self, text: str) -> str:
        return text[::-1]

    def decrypt(self, encrypted_text: str) -> str:
        return encrypted_text[::-1]

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        return False


@pytest.fixture
def ann(database: Any, settings: Any) -> Any:
    """A user, where factors are offered."""
    cache.clear()
    settings.NUAGES_FACTORS = True
    return make_user()


@pytest.fixture
def api(ann: Any) -> API:
    """An API that offers them."""
    return make_api(ApiKey(), Session(), bearer=Bearer())  # type: ignore[arg-type]


@pytest.fixture
def access(api: API) -> str:
    """The access token of a login of just now."""
    return str(log_in(api)["access_token"])


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """What allauth's signals tell."""
    told: list[str] = []
    receivers = {}
    for name in ("authenticator_added", "authenticator_removed", "authenticator_reset"):

        def hear(sender: Any, authenticator: Any, user: Any, request: Any, name: str = name, **_: Any) -> None:
            assert (sender, request.user) == (Authenticator, user)
            told.append(f"{name} {authenticator.type}")

        receivers[name] = hear
        getattr(signals, name).connect(hear)
    yield told
    for name, hear in receivers.items():
        getattr(signals, name).disconnect(hear)


def ask(api: API, access: str, path: str, document: Any = None, method: str = "POST") -> Response:
    """Ask in ann's name."""
    return post(api, path, document, method=method, authorization=f"Bearer {access}")


def offer(api: API, access: str) -> dict[str, str]:
    """The first half of getting an app."""
    response = ask(api, access, TOTP)
    assert (response.status, response.header("cache-control")) == (200, "no-store"), response.body
    document: dict[str, str] = json.loads(response.body)
    return document


def enrol(api: API, access: str) -> tuple[str, list[str]]:
    """Get an app: its secret, and the recovery codes."""
    offered = offer(api, access)
    document = {"enrolment": offered["enrolment"], "code": code_of(offered["secret"])}
    response = ask(api, access, TOTP, document)
    assert (response.status, response.header("cache-control")) == (201, "no-store"), response.body
    return offered["secret"], json.loads(response.body)["recovery_codes"]


def test_an_app_is_given_and_counts_from_then_on(api: API, ann: Any, access: str, heard: list[str]) -> None:
    """A secret of 160 bits, in a URL that apps scan; nothing is stored before a code has come."""
    offered = offer(api, access)
    assert offered.keys() == {"secret", "url", "enrolment"}
    assert len(base64.b32decode(offered["secret"])) == 20
    url = urlsplit(offered["url"])
    assert (url.scheme, url.netloc, parse_qs(url.query)["secret"]) == ("otpauth", "totp", [offered["secret"]])
    assert not Authenticator.objects.exists()
    secret, codes = enrol(api, access)
    assert (len(codes), len(set(codes))) == (10, 10)
    assert heard == ["authenticator_added totp", "authenticator_added recovery_codes"]
    login = {"username": "ann", "password": PASSWORD}
    assert_refused(post(api, "token", login), "second-factor-required")
    assert_refused(post(api, "token", {**login, "code": code_of(secret)}), "invalid-credentials")  # shown already
    Authenticator.objects.update(last_used_at=None)
    assert post(api, "token", {**login, "code": code_of(secret)}).status == 200
    assert post(api, "token", {**login, "code": codes[3]}).status == 200


def test_other_logins_end_with_each_change(api: API, ann: Any, access: str) -> None:  # R14
    """Whoever was in by a stolen password is out; the one that changes something stays."""
    own = json.loads(post(api, "token", {"username": "ann", "password": PASSWORD}).body)
    ben = make_user("ben") and log_in(api, "ben")
    _, codes = enrol(api, own["access_token"])
    assert (may_enter(api, access), may_enter(api, own["access_token"])) == (False, True)
    changes = [(CODES, "POST"), (TOTP, "DELETE")]
    for path, method in changes:
        other = json.loads(post(api, "token", {"username": "ann", "password": PASSWORD, "code": codes.pop()}).body)
        reply = ask(api, own["access_token"], path, method=method)
        assert reply.status in {201, 204}
        codes = json.loads(reply.body)["recovery_codes"] if reply.body else []
        assert_refused(refresh(api, other["refresh_token"]))
        assert not may_enter(api, other["access_token"])
    assert refreshed(api, own["refresh_token"])
    assert refreshed(api, ben["refresh_token"])
    assert set(Login.objects.exclude(ended_by="").values_list("ended_by", flat=True)) == {"factor"}


@pytest.mark.parametrize(("path", "method"), [(TOTP, "POST"), (TOTP, "DELETE"), (CODES, "POST")])
def test_each_change_wants_a_fresh_proof(api: API, ann: Any, access: str, path: str, method: str) -> None:
    """RFC 9470; nothing of nobody, of API keys, of old logins."""
    give_totp(ann)
    codes = give_recovery(ann)
    assert_refused(post(api, path, method=method), "not-identified")
    _, key = make_key(ann, "robot")
    assert_refused(post(api, path, method=method, x_api_key=key), "not-allowed", 403)
    token = post(api, "token", {"username": "ann", "password": PASSWORD, "code": codes[0]})
    Login.objects.update(verified_at=timezone.now() - dt.timedelta(minutes=16))
    old = refreshed(api, json.loads(token.body)["refresh_token"])["access_token"]
    stored = list(Authenticator.objects.values())
    response = ask(api, old, path, method=method)
    assert_refused(response, "insufficient-user-authentication")
    assert 'max_age="900"' in str(response.header("www-authenticate"))
    assert list(Authenticator.objects.values()) == stored


def test_who_has_an_app_gets_no_second_one(api: API, ann: Any, access: str) -> None:
    """Neither at the first step nor, where another request was faster, at the second."""
    offered = offer(api, access)
    give_totp(ann)
    assert_refused(ask(api, access, TOTP), "factor-exists", 409)
    document = {"enrolment": offered["enrolment"], "code": code_of(offered["secret"])}
    assert_refused(ask(api, access, TOTP, document), "factor-exists", 409)
    assert Authenticator.objects.count() == 1


@pytest.mark.parametrize("wrong", ["code", "none", "another's", "forged", "old", "empty", "extra"])
def test_what_confirms_nothing_is_refused(
    api: API, ann: Any, access: str, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """422 at its place, and nothing is stored."""
    offered = offer(api, access)
    code = code_of(offered["secret"])
    other = signing.dumps({"user": str(ann.pk + 1), "secret": offered["secret"]}, salt="nuages.totp")
    forged = signing.dumps({"user": str(ann.pk), "secret": offered["secret"]}, salt="other")
    document, place = {
        "code": ({"enrolment": offered["enrolment"], "code": "000000"}, "/code"),
        "none": ({"enrolment": offered["enrolment"]}, "/code"),
        "another's": ({"enrolment": other, "code": code}, "/enrolment"),
        "forged": ({"enrolment": forged, "code": code}, "/enrolment"),
        "old": ({"enrolment": offered["enrolment"], "code": code}, "/enrolment"),
        "empty": ({"enrolment": "", "code": ""}, "/enrolment"),
        "extra": ({"secret": "A" * 32, "code": code}, "/secret"),
    }[wrong]
    if wrong == "old":
        monkeypatch.setattr("nuages.factors.enrolment._MAX_AGE_S", -1)
    response = ask(api, access, TOTP, document)
    assert_refused(response, "invalid-document", 422)
    assert [error["pointer"] for error in json.loads(response.body)["errors"]] == [place]
    assert not Authenticator.objects.exists()


def test_what_there_is_is_listed_without_secrets(api: API, ann: Any, access: str) -> None:
    """Kinds and times."""
    secret, codes = enrol(api, access)
    give_passkey(ann)
    give_totp(plain_user("ben"))
    response = ask(api, access, "factors", method="GET")
    items = json.loads(response.body)["items"]
    assert [item["kind"] for item in items] == ["totp", "recovery-codes", "passkey"]
    common = {"kind", "created_at", "last_used_at"}
    assert [item.keys() - common for item in items] == [set(), set(), {"id", "name"}]
    assert all(common <= item.keys() for item in items)
    assert items[2]["last_used_at"] is None
    assert not any(text in response.body.decode() for text in (secret, *codes))
    assert_refused(post(api, "factors", method="GET"), "not-identified")


def test_an_app_that_is_dropped_takes_its_codes_along(api: API, ann: Any, access: str, heard: list[str]) -> None:
    """Unless a passkey is left, for which they stand in too; 404 where there is none."""
    enrol(api, access)
    heard.clear()
    assert ask(api, access, TOTP, method="DELETE").status == 204
    assert not Authenticator.objects.exists()
    assert heard == ["authenticator_removed totp", "authenticator_removed recovery_codes"]
    assert post(api, "token", {"username": "ann", "password": PASSWORD}).status == 200
    assert_refused(ask(api, access, TOTP, method="DELETE"), "not-found", 404)
    give_totp(ann)
    give_recovery(ann)
    give_passkey(ann)
    assert ask(api, access, TOTP, method="DELETE").status == 204
    assert sorted(Authenticator.objects.values_list("type", flat=True)) == ["recovery_codes", "webauthn"]


def test_new_recovery_codes_void_the_old_ones(api: API, ann: Any, access: str, heard: list[str]) -> None:
    """They are shown this once; without another factor there are none."""
    assert_refused(ask(api, access, CODES), "factor-missing", 409)
    _, old = enrol(api, access)
    heard.clear()
    response = ask(api, access, CODES)
    new = json.loads(response.body)["recovery_codes"]
    assert (response.status, response.header("cache-control"), heard) == (
        201, "no-store", ["authenticator_reset recovery_codes"],
    )  # fmt: skip
    assert not set(old) & set(new)
    login = {"username": "ann", "password": PASSWORD}
    assert_refused(post(api, "token", {**login, "code": old[0]}), "invalid-credentials")
    assert post(api, "token", {**login, "code": new[0]}).status == 200


def test_allauths_adapter_decides_and_encrypts(api: API, ann: Any, access: str, settings: Any) -> None:
    """Secrets are stored as its `encrypt` makes them; what it wants kept is kept."""
    settings.MFA_ADAPTER = "tests.http.test_enrolment.Reversing"
    secret, codes = enrol(api, access)
    assert Authenticator.objects.get(type="totp").data == {"secret": secret[::-1]}
    assert_refused(ask(api, access, TOTP, method="DELETE"), "factor-refused", 409)
    assert post(api, "token", {"username": "ann", "password": PASSWORD, "code": codes[0]}).status == 200


def test_an_address_that_is_not_verified_stands_in_the_way(api: API, ann: Any, access: str) -> None:
    """As allauth has it: else whoever signs up with another's address could keep its owner out."""
    EmailAddress.objects.create(user=ann, email="a@example.com", verified=False)
    assert_refused(ask(api, access, TOTP), "factor-refused", 409)


def test_nothing_is_offered_unless_switched_on(ann: Any, settings: Any) -> None:
    """404 without the setting; E046 where nothing keeps factors, or the setting is no switch."""
    settings.NUAGES_FACTORS = False
    bare = API(title="Bare", authenticate=[Bearer()])
    assert post(bare, TOTP).status == 404
    for given, apps in (
        ("yes", settings.INSTALLED_APPS),
        (True, [a for a in settings.INSTALLED_APPS if "mfa" not in a]),
    ):
        settings.NUAGES_FACTORS, settings.INSTALLED_APPS = given, apps
        with pytest.raises(DeclarationError, match=r"nuages\.E046"):
            API(title="Bare", authenticate=[Bearer()]).build()


def test_secrets_differ(api: API, access: str) -> None:
    """Each offer has one of its own."""
    assert len({offer(api, access)["secret"] for _ in range(5)}) == 5
