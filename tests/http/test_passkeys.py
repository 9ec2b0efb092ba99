"""Passkeys: made, shown beside a password, in its place, and anew; what was not signed for this is refused."""

import datetime as dt
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from typing import Any

import pytest
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import connections
from django.urls import path
from django.utils import timezone
from fido2.utils import websafe_encode
from hypothesis import HealthCheck, given
from hypothesis import settings as of_hypothesis
from hypothesis import strategies as st

from nuages import API, ApiKey, Bearer, Resource, Session, anyone, verified
from nuages.errors import DeclarationError
from nuages.factors import ceremonies
from nuages.factors.relying_party import read_relying_party
from nuages.identify.api_key import make_key
from nuages.identify.compact import take_apart
from nuages.models import FailedLogin, Login
from shop.models import Tag
from tests.http.asking import send
from tests.http.authenticators import ATTESTED, ORIGIN, PASSKEYS, PRESENT, VERIFIED, SoftKey, ask, enrol, read
from tests.http.codes import give_totp
from tests.http.entering import PASSWORD, assert_refused, log_in, make_user, may_enter, refresh, refreshed
from tests.http.test_browser_sessions import Browser

MANY = 32
KEYS = "factors/passkeys"
NAMED = {"username": "ann", "password": PASSWORD}
TYPES = ["totp", "recovery_codes", "webauthn"]


def make_api() -> API:
    """An API with logins, sessions, and something sensitive."""
    made = API(title="Passkeys", authenticate=[Bearer(), ApiKey(), Session(login=True)])

    @made.resource(Tag)
    class Tags(Resource):
        fields = ["id", "name"]
        writable = ["name"]
        rules = {"read": verified(within="15min"), "create": anyone}

    return made


urlpatterns: list[Any] = []
pytestmark = [pytest.mark.urls(__name__)]


@pytest.fixture
def ann(database: Any, settings: Any) -> Any:
    """A user, where passkeys are taken and given."""
    cache.clear()
    settings.NUAGES_FACTORS, settings.NUAGES_PASSKEYS = True, PASSKEYS
    settings.MFA_SUPPORTED_TYPES, settings.MFA_PASSKEY_LOGIN_ENABLED = TYPES, True
    return make_user()


@pytest.fixture
def api(ann: Any) -> API:
    """An API that takes them, at `/api/` too."""
    made = make_api()
    urlpatterns[:] = [path("api/", made.urls)]
    return made


@pytest.fixture
def access(api: API) -> str:
    """The access token of a login of just now."""
    return str(log_in(api)["access_token"])


@pytest.fixture
def key(api: API, access: str) -> SoftKey:
    """The authenticator of ann, with a passkey that needs no name."""
    key = SoftKey()
    enrol(api, access, key, passwordless=True)
    return key


def wanted(api: API) -> dict[str, Any]:
    """What a page is told after a right password."""
    document = assert_refused(ask(api, "", "token", NAMED), "second-factor-required")
    offered: dict[str, Any] = document["passkey"]
    return offered


def shown(offered: dict[str, Any], key: SoftKey, **more: Any) -> dict[str, Any]:
    """What a page sends back."""
    return {"ceremony": offered["ceremony"], "passkey": key.get(offered["options"], **more)}


def amr(response: Any) -> Any:
    """What the token of an answer says of how it was proved."""
    return take_apart(read(response)["access_token"]).claims["amr"]


def test_a_passkey_is_made_and_counts_from_then_on(api: API, ann: Any, access: str) -> None:
    """Options for the browser, nothing stored before it has answered, recovery codes this once."""
    offered = read(ask(api, access, KEYS))
    options = offered["options"]
    assert offered.keys() == {"options", "enrolment"}
    assert options["rp"] == {"id": "testserver", "name": "The tests"}
    assert options["user"]["name"] == "ann"
    assert [each["alg"] for each in options["pubKeyCredParams"]] == [-7, -8, -257]
    assert options.get("attestation", "none") == "none"
    assert not Authenticator.objects.exists()
    key = SoftKey()
    response = ask(api, access, KEYS, {"enrolment": offered["enrolment"], "passkey": key.create(options)})
    made = read(response, 201)
    assert response.header("cache-control") == "no-store"
    assert (made.keys(), len(made["recovery_codes"])) == ({"id", "recovery_codes"}, 10)
    items = read(ask(api, access, "factors", method="GET"))["items"]
    assert [(item["kind"], item.get("id"), item.get("name")) for item in items] == [
        ("passkey", made["id"], "Master key"),
        ("recovery-codes", None, None),
    ]
    assert read(ask(api, access, KEYS))["options"]["excludeCredentials"][0]["type"] == "public-key"
    assert amr(ask(api, "", "token", {**NAMED, "code": made["recovery_codes"][0]})) == ["pwd", "otp", "mfa"]


def test_a_passkey_is_a_second_factor(api: API, ann: Any, key: SoftKey) -> None:
    """The answer to the password brings what the browser needs; with what it signed there is a login that works."""
    offered = wanted(api)
    assert len(offered["options"]["allowCredentials"]) == 1
    assert offered["options"]["rpId"] == "testserver"
    tokens = read(ask(api, "", "token", {**NAMED, **shown(offered, key)}))
    assert take_apart(tokens["access_token"]).claims["amr"] == ["pwd", "pop", "mfa"]
    assert send(api, "/tags", authorization=f"Bearer {tokens['access_token']}").status == 200
    assert refreshed(api, tokens["refresh_token"])
    assert Authenticator.objects.get(type="webauthn").last_used_at is not None
    assert not FailedLogin.objects.filter(count__gt=0).exclude(count=1).exists()  # those of 1 are answers that came


def test_a_passkey_lets_in_by_itself(api: API, ann: Any, key: SoftKey) -> None:
    """Asked of nobody in particular; its holder was asked for a PIN or a finger, which makes two factors of it."""
    offered = read(ask(api, "", "passkey"))
    assert "allowCredentials" not in offered["options"]
    assert offered["options"]["userVerification"] == "required"
    response = ask(api, "", "token", shown(offered, key))
    assert amr(response) == ["pop", "mfa"]
    assert send(api, "/tags", authorization=f"Bearer {read(response)['access_token']}").status == 200
    assert Login.objects.filter(user=ann).count() == 2


def test_a_passkey_renews_the_proof(api: API, ann: Any, key: SoftKey) -> None:
    """The same login, proved anew; the question is for this user alone."""
    tokens = read(ask(api, "", "token", shown(read(ask(api, "", "passkey")), key)))
    Login.objects.update(verified_at=timezone.now() - dt.timedelta(hours=1))
    old = refreshed(api, tokens["refresh_token"])["access_token"]
    assert send(api, "/tags", authorization=f"Bearer {old}").status == 401
    offered = read(ask(api, old, "passkey"))
    assert len(offered["options"]["allowCredentials"]) == 1
    renewed = read(ask(api, old, "verify", shown(offered, key)))
    claims = [take_apart(each).claims for each in (old, renewed["access_token"])]
    assert (claims[0]["sid"], claims[1]["amr"]) == (claims[1]["sid"], ["pop", "mfa"])
    assert send(api, "/tags", authorization=f"Bearer {renewed['access_token']}").status == 200
    document = assert_refused(ask(api, old, "verify", {"password": PASSWORD}), "second-factor-required")
    both = ask(api, old, "verify", {"password": PASSWORD, **shown(document["passkey"], key)})
    assert amr(both) == ["pwd", "pop", "mfa"]


@pytest.mark.parametrize("backends", [1, 2])
def test_a_browser_logs_in_by_a_passkey(
    api: API, ann: Any, key: SoftKey, transactional_db: None, settings: Any, backends: int
) -> None:
    """A session of Django's: with the password, and by itself; also where several backends could be meant."""
    own = "django.contrib.auth.backends.ModelBackend"
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.RemoteUserBackend", own][-backends:]
    browser = Browser("core")
    browser.send("GET")
    reply = browser.send("POST", document=NAMED)
    assert reply.document["type"].endswith("second-factor-required")
    reply = browser.send("POST", document={**NAMED, **shown(reply.document["passkey"], key)})
    assert (reply.status, reply.document["user"]["username"]) == (200, "ann")
    alone = Browser("core")
    alone.send("GET")
    offered = alone.send("POST", "/api/auth/passkey").document
    reply = alone.send("POST", document=shown(offered, key))
    assert (reply.status, reply.document["user"]["username"]) == (200, "ann")
    assert alone.send("GET", "/api/tags").status == 200
    offered = alone.send("POST", "/api/auth/passkey").document
    assert len(offered["options"]["allowCredentials"]) == 1
    assert alone.send("POST", "/api/auth/verify", shown(offered, key)).status == 200


def test_an_answer_counts_once(api: API, ann: Any, key: SoftKey) -> None:
    """Whoever has read it on its way cannot send it again: neither beside the password, nor alone, nor anew."""
    beside = {**NAMED, **shown(wanted(api), key)}
    alone = shown(read(ask(api, "", "passkey")), key)
    access = read(ask(api, "", "token", beside))["access_token"]
    assert read(ask(api, "", "token", alone))
    anew = shown(read(ask(api, access, "passkey")), key)
    assert read(ask(api, access, "verify", anew))
    Authenticator.objects.update(last_used_at=None)
    for row in Authenticator.objects.filter(type="webauthn"):
        Authenticator.objects.filter(pk=row.pk).update(data={**row.data, "sign_count": 0})
    before = Login.objects.count()
    assert_refused(ask(api, "", "token", beside), "invalid-credentials")
    assert_refused(ask(api, "", "token", alone), "invalid-credentials")
    assert_refused(ask(api, access, "verify", anew), "invalid-credentials")
    assert Login.objects.count() == before


def test_of_many_at_once_one_answer_counts(api: API, ann: Any, key: SoftKey, transactional_db: None) -> None:
    """The same answer, sent by many threads: one login."""
    document = shown(read(ask(api, "", "passkey")), key)
    barrier = threading.Barrier(MANY)
    before = Login.objects.count()

    def enter() -> int:
        barrier.wait()
        try:
            return int(ask(api, "", "token", document).status)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(MANY) as pool:
        found = Counter(each.result() for each in [pool.submit(enter) for _ in range(MANY)])
    assert found == {200: 1, 401: MANY - 1}
    assert Login.objects.count() == before + 1


WRONG: dict[str, dict[str, Any]] = {
    "origin": {"origin": "https://evil.example"},
    "sub-domain": {"origin": "https://evil.testserver"},
    "port": {"origin": "https://testserver:444"},
    "scheme": {"origin": "http://testserver"},
    "relying party": {"rp_id": "evil.example"},
    "nobody present": {"flags": VERIFIED},
    "framed": {"more": {"crossOrigin": True}},
    "framed by": {"more": {"topOrigin": "https://evil.example"}},
    "another question": {"more": {"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}},
    "another ceremony": {"more": {"type": "webauthn.create"}},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_another_page_has_got_lets_nobody_in(api: API, ann: Any, key: SoftKey, wrong: str) -> None:
    """A phishing page, a frame, an answer to another question: 401, without a login or a new proof."""
    access = read(ask(api, "", "token", shown(read(ask(api, "", "passkey")), key)))["access_token"]
    bad = SoftKey(**WRONG[wrong], keys=key.keys)
    before = Login.objects.count()
    assert_refused(ask(api, "", "token", {**NAMED, **shown(wanted(api), bad)}), "invalid-credentials")
    assert_refused(ask(api, "", "token", shown(read(ask(api, "", "passkey")), bad)), "invalid-credentials")
    assert_refused(ask(api, access, "verify", shown(read(ask(api, access, "passkey")), bad)), "invalid-credentials")
    assert Login.objects.count() == before


def test_another_users_passkey_proves_nothing(api: API, ann: Any, key: SoftKey) -> None:
    """Beside ann's password, for ann's ceremony, with ann's handle or id: it is not hers."""
    make_user("ben")
    bens = SoftKey()
    enrol(api, log_in(api, "ben")["access_token"], bens, passwordless=True)
    access = read(ask(api, "", "token", shown(read(ask(api, "", "passkey")), key)))["access_token"]
    before = Login.objects.count()
    refused = "invalid-credentials"
    assert_refused(ask(api, "", "token", {**NAMED, **shown(wanted(api), bens)}), refused)
    assert_refused(ask(api, "", "token", {**NAMED, **shown(wanted(api), bens, with_handle=False)}), refused)
    assert_refused(ask(api, access, "verify", shown(read(ask(api, access, "passkey")), bens)), refused)
    for forged in (  # ben's key with ann's handle, ben's key with ann's id
        SoftKey(keys=[type(key.keys[0])(bens.keys[0].private, bens.keys[0].id, key.keys[0].handle)]),
        SoftKey(keys=[type(key.keys[0])(bens.keys[0].private, key.keys[0].id, key.keys[0].handle, 90)]),
        SoftKey(keys=[type(key.keys[0])(key.keys[0].private, key.keys[0].id, b"zzzzzzzzzzzz", 90)]),
        SoftKey(keys=[type(key.keys[0])(key.keys[0].private, key.keys[0].id, b"\xff\0", 90)]),
    ):
        assert_refused(ask(api, "", "token", shown(read(ask(api, "", "passkey")), forged)), refused)
    assert_refused(ask(api, "", "token", shown(read(ask(api, "", "passkey")), key, with_handle=False)), refused)
    assert Login.objects.count() == before
    theirs = assert_refused(ask(api, "", "token", {**NAMED, "username": "ben"}), "second-factor-required")
    assert_refused(ask(api, "", "token", {**NAMED, **shown(theirs["passkey"], key)}), refused)


def test_ceremonies_are_for_one_thing(api: API, ann: Any, key: SoftKey) -> None:
    """One beside a password, where nobody needs to be verified, does not let in without it, nor the other way round."""
    access = read(ask(api, "", "token", shown(read(ask(api, "", "passkey")), key)))["access_token"]
    refused = "invalid-credentials"
    assert_refused(ask(api, "", "token", shown(wanted(api), key)), refused)
    assert_refused(ask(api, "", "token", shown(read(ask(api, access, "passkey")), key)), refused)
    assert_refused(ask(api, "", "token", {**NAMED, **shown(read(ask(api, "", "passkey")), key)}), refused)
    assert_refused(ask(api, access, "verify", shown(read(ask(api, "", "passkey")), key)), refused)
    enrolment = read(ask(api, access, KEYS))["enrolment"]
    assert_refused(ask(api, "", "token", {**shown(read(ask(api, "", "passkey")), key), "ceremony": enrolment}), refused)


def test_who_was_not_verified_needs_the_password(api: API, ann: Any, key: SoftKey, settings: Any) -> None:
    """A key that asks for no PIN is one factor: enough beside a password, and not alone; unless more is demanded."""
    touched = SoftKey(flags=PRESENT, keys=key.keys)
    assert_refused(ask(api, "", "token", shown(read(ask(api, "", "passkey")), touched)), "invalid-credentials")
    response = ask(api, "", "token", {**NAMED, **shown(wanted(api), touched)})
    assert amr(response) == ["pwd", "pop", "mfa"]
    access = read(response)["access_token"]
    assert amr(ask(api, access, "verify", shown(read(ask(api, access, "passkey")), touched))) == ["pop"]
    settings.MFA_WEBAUTHN_USER_VERIFICATION = "required"
    assert_refused(ask(api, "", "token", {**NAMED, **shown(wanted(api), touched)}), "invalid-credentials")


def test_a_ceremony_is_over_after_ten_minutes(api: API, key: SoftKey, monkeypatch: pytest.MonkeyPatch) -> None:
    """And one that was changed is none."""
    offered = read(ask(api, "", "passkey"))
    document = shown(offered, key)
    assert_refused(ask(api, "", "token", {**document, "ceremony": offered["ceremony"] + "x"}), "invalid-credentials")
    monkeypatch.setattr(ceremonies, "MAX_AGE_S", -1)
    assert_refused(ask(api, "", "token", document), "invalid-credentials")


def test_a_copy_that_counts_backwards_is_refused(api: API, ann: Any, key: SoftKey, caplog: Any) -> None:
    """Section 6.1.1; those that do not count are taken."""
    key.keys[0].count = 5
    assert read(ask(api, "", "token", shown(read(ask(api, "", "passkey")), key)))
    key.keys[0].count = 3
    assert_refused(ask(api, "", "token", shown(read(ask(api, "", "passkey")), key)), "invalid-credentials")
    assert "counts backwards" in caplog.text
    key.keys[0].count = 6
    assert read(ask(api, "", "token", shown(read(ask(api, "", "passkey")), key)))


def test_passkeys_that_do_not_count_are_taken(api: API, ann: Any, key: SoftKey) -> None:
    """Those that are kept on several devices say 0 each time."""
    for _ in range(2):
        key.keys[0].count = -1  # which is 0 when it is used
        assert read(ask(api, "", "token", shown(read(ask(api, "", "passkey")), key)))


@pytest.mark.parametrize("why", ["inactive", "gone", "dropped"])
def test_who_may_not_enter_does_not_by_a_passkey(api: API, ann: Any, key: SoftKey, why: str) -> None:
    """A user that is not active, one that is no more, and a passkey that was taken away."""
    document = shown(read(ask(api, "", "passkey")), key)
    if why == "inactive":
        ann.is_active = False
        ann.save()
    elif why == "gone":
        ann.delete()
    else:
        Authenticator.objects.filter(type="webauthn").delete()
    assert_refused(ask(api, "", "token", document), "invalid-credentials")


def test_failures_of_passkeys_count_for_the_address(api: API, ann: Any, key: SoftKey, settings: Any) -> None:
    """429 for the address alone: nobody is locked out by another's tries."""
    settings.NUAGES_LOGIN = {"address_failures": 3}
    own = make_api()
    document = shown(read(ask(own, "", "passkey")), SoftKey(origin="https://evil.example", keys=key.keys))
    assert [ask(own, "", "token", document).status for _ in range(4)] == [401, 401, 401, 429]


@pytest.mark.parametrize("path", [KEYS, f"{KEYS}/1"])
def test_each_change_wants_a_fresh_proof(api: API, ann: Any, key: SoftKey, path: str) -> None:
    """Nothing of nobody, of API keys, of old logins."""
    method = "POST" if path == KEYS else "DELETE"
    assert_refused(ask(api, "", path, method=method), "not-identified")
    _, secret = make_key(ann, "robot")
    assert_refused(send(api, f"/auth/{path}", method, x_api_key=secret), "not-allowed", 403)
    tokens = read(ask(api, "", "token", shown(read(ask(api, "", "passkey")), key)))
    Login.objects.update(verified_at=timezone.now() - dt.timedelta(minutes=16))
    old = refreshed(api, tokens["refresh_token"])["access_token"]
    assert_refused(ask(api, old, path, method=method), "insufficient-user-authentication")
    assert Authenticator.objects.filter(type="webauthn").count() == 1


def test_a_passkey_is_taken_away(api: API, ann: Any, key: SoftKey) -> None:
    """With the recovery codes where it was the last; one's own alone; other logins end."""
    tokens = [read(ask(api, "", "token", shown(read(ask(api, "", "passkey")), key))) for _ in range(2)]
    access, other = (each["access_token"] for each in tokens)
    own = str(Authenticator.objects.get(type="webauthn").pk)
    make_user("ben")
    bens = enrol(api, log_in(api, "ben")["access_token"], SoftKey())["id"]
    for wrong in (bens, "0", "x", "1" * 40, "%00", str(Authenticator.objects.get(user=ann, type="recovery_codes").pk)):
        assert_refused(ask(api, access, f"{KEYS}/{wrong}", method="DELETE"), "not-found", 404)
    assert ask(api, access, f"{KEYS}/{own}", method="DELETE").status == 204
    assert not Authenticator.objects.filter(user=ann).exists()
    assert (may_enter(api, access), may_enter(api, other)) == (True, False)
    assert_refused(refresh(api, tokens[1]["refresh_token"]))
    assert amr(ask(api, "", "token", NAMED)) == ["pwd"]
    assert_refused(ask(api, access, "passkey"), "factor-missing", 409)


@pytest.mark.parametrize(
    "wrong", ["twice", "another's", "old", "login's", "empty", "origin", "algorithm", "unverified", "name", "extra"]
)
def test_what_was_not_made_for_this_is_refused(
    api: API, ann: Any, access: str, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """422 at its place, and no passkey is stored but the one of the first answer."""
    offered = read(ask(api, access, KEYS, {"passwordless": True}))
    bad = {"origin": {"origin": "https://evil.example"}, "algorithm": {"algorithm": -65535},
           "unverified": {"flags": PRESENT | ATTESTED}}.get(wrong, {})  # fmt: skip
    document = {"enrolment": offered["enrolment"], "passkey": SoftKey(**bad).create(offered["options"])}
    place, stored = "/passkey", 0
    if wrong == "twice":
        stored = 1
        assert ask(api, access, KEYS, document).status == 201
        Authenticator.objects.filter(type="webauthn").update(data={"name": "so that it is no double"})
    elif wrong == "another's":
        make_user("ben")
        access = log_in(api, "ben")["access_token"]
    elif wrong == "login's":
        document["enrolment"] = read(ask(api, "", "passkey"))["ceremony"]
    elif wrong == "old":
        monkeypatch.setattr(ceremonies, "MAX_AGE_S", -1)
    elif wrong == "empty":
        document["passkey"] = {}
    elif wrong == "name":
        document["name"], place = "x" * 101, "/name"
    elif wrong == "extra":
        document["passwordless"], place = True, "/passwordless"
    errors = assert_refused(ask(api, access, KEYS, document), "invalid-document", 422)["errors"]
    assert [error["pointer"] for error in errors] == [place]
    assert Authenticator.objects.filter(type="webauthn").count() == stored


class Refusing(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """An adapter of a project's own that keeps factors for good."""

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        return False


def test_what_stands_against_a_passkey_is_a_409(
    api: API, ann: Any, access: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same again, too many, and what allauth's adapter says no to."""
    key = SoftKey()
    first = enrol(api, access, key)["id"]
    offered = [read(ask(api, access, KEYS)) for _ in range(2)]
    document = {"enrolment": offered[0]["enrolment"], "passkey": key.create(offered[0]["options"])}
    monkeypatch.setattr("nuages.factors.passkeys.MOST_KEYS", 1)
    assert_refused(ask(api, access, KEYS), "factor-exists", 409)
    assert_refused(ask(api, access, KEYS, document), "factor-exists", 409)
    monkeypatch.undo()
    monkeypatch.setattr("secrets.token_bytes", lambda _: key.keys[0].id)
    document = {"enrolment": offered[1]["enrolment"], "passkey": key.create(offered[1]["options"])}
    assert_refused(ask(api, access, KEYS, document), "factor-exists", 409)
    settings.MFA_ADAPTER = f"{__name__}.Refusing"
    assert_refused(ask(api, access, f"{KEYS}/{first}", method="DELETE"), "factor-refused", 409)


def test_two_at_once_share_recovery_codes(api: API, ann: Any, access: str, transactional_db: None) -> None:
    """Both are made, and there is one set of codes; to whoever was slower they are shown again or not."""
    barrier = threading.Barrier(2)
    documents = []
    for _ in range(2):
        offered = read(ask(api, access, KEYS))
        documents.append({"enrolment": offered["enrolment"], "passkey": SoftKey().create(offered["options"])})

    def add(document: Any) -> Any:
        barrier.wait()
        try:
            return read(ask(api, access, KEYS, document), 201)["recovery_codes"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        found = [len(codes) for codes in pool.map(add, documents)]
    assert max(found) == 10
    assert Counter(Authenticator.objects.values_list("type", flat=True)) == {"webauthn": 2, "recovery_codes": 1}


def test_without_the_setting_there_are_none(api: API, ann: Any, key: SoftKey, settings: Any) -> None:
    """Nothing is offered, no ceremony is begun, and a passkey alone is a body without a name."""
    offered = read(ask(api, "", "passkey"))
    settings.NUAGES_PASSKEYS = None
    bare = make_api()
    assert "passkey" not in assert_refused(ask(bare, "", "token", NAMED), "second-factor-required")
    assert ask(bare, "", "passkey").status == 404
    assert_refused(ask(bare, "", "token", shown(offered, key)), "invalid-document", 422)
    assert_refused(ask(bare, "", "token", {**NAMED, **shown(offered, key)}), "invalid-credentials")
    settings.NUAGES_PASSKEYS, settings.MFA_PASSKEY_LOGIN_ENABLED = PASSKEYS, False
    beside = make_api()
    assert_refused(ask(beside, "", "passkey"), "not-identified")
    assert_refused(ask(beside, "", "token", shown(offered, key)), "invalid-document", 422)
    assert amr(ask(beside, "", "token", {**NAMED, **shown(wanted(beside), key)})) == ["pwd", "pop", "mfa"]


MISTAKES: list[Any] = [
    "x",
    {},
    {**PASSKEYS, "rp_id": "127.0.0.1"},
    {**PASSKEYS, "rp_id": "https://testserver"},
    {**PASSKEYS, "rp_id": "TestServer"},
    {**PASSKEYS, "name": ""},
    {**PASSKEYS, "origins": []},
    {**PASSKEYS, "origins": "https://testserver"},
    {**PASSKEYS, "origins": ["http://testserver"]},
    {**PASSKEYS, "origins": ["https://testserver/"]},
    {**PASSKEYS, "origins": ["https://eviltestserver"]},
    {**PASSKEYS, "origins": ["https://testserver:x"]},
    {**PASSKEYS, "origins": ["*"]},
    {**PASSKEYS, "origin": ORIGIN},
]


@pytest.mark.parametrize("given", MISTAKES, ids=range(len(MISTAKES)))
def test_a_wrong_setting_is_refused_at_start_up(ann: Any, settings: Any, given: Any) -> None:
    """E046 that names the member."""
    settings.NUAGES_PASSKEYS = given
    with pytest.raises(DeclarationError, match=r"nuages\.E046"):
        make_api().build()


def test_something_must_keep_passkeys(ann: Any, settings: Any) -> None:
    """E046 without allauth.mfa, and where its settings leave passkeys out."""
    make_api().build()
    settings.MFA_SUPPORTED_TYPES = ["totp"]
    with pytest.raises(DeclarationError, match="MFA_SUPPORTED_TYPES"):
        make_api().build()
    settings.INSTALLED_APPS = [name for name in settings.INSTALLED_APPS if "mfa" not in name]
    with pytest.raises(DeclarationError, match="nothing keeps passkeys"):
        make_api().build()


def test_an_app_and_a_passkey_stand_side_by_side(api: API, ann: Any, key: SoftKey) -> None:
    """Either does; a code is no passkey."""
    give_totp(ann)
    document = {**NAMED, **shown(wanted(api), key)}
    assert_refused(ask(api, "", "token", {**NAMED, "code": "000000"}), "invalid-credentials")
    assert read(ask(api, "", "token", document))


@pytest.mark.parametrize(
    ("document", "pointers"),
    [
        ({**NAMED, "passkey": "x"}, ["/passkey", "/ceremony"]),
        ({**NAMED, "passkey": {}}, ["/ceremony"]),
        ({"passkey": {}}, ["/ceremony"]),
        ({"passkey": {}, "username": "ann", "ceremony": "x"}, ["/password"]),
        ({"passkey": [], "ceremony": {}}, ["/passkey", "/ceremony"]),
    ],
)
def test_bodies_that_are_none_are_told_so(api: API, document: Any, pointers: list[str]) -> None:
    """422 with each place."""
    errors = assert_refused(ask(api, "", "token", document), "invalid-document", 422)["errors"]
    assert [error["pointer"] for error in errors] == pointers


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=20), lambda inner: st.lists(inner, max_size=3)
)


def change(credential: dict[str, Any], place: str, value: Any) -> dict[str, Any]:
    """The same with another value at one place."""
    changed = deepcopy(credential)
    inside = changed["response"] if place in changed["response"] else changed
    inside[place] = value
    return changed


@of_hypothesis(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_credential_of_any_other_shape_is_wrong(right: Any, data: Any) -> None:
    """Whatever a page sends: None, and never an exception."""
    party, user, made, got, known = right
    others = JSON_VALUES | st.binary(max_size=90).map(websafe_encode)
    others |= st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2)
    for offered, credential in (made, got):
        places = [
            "id",
            "rawId",
            "type",
            "response",
            *sorted(credential["response"].keys() - {"transports", "userHandle"}),
        ]
        place, value = data.draw(st.sampled_from(places)), data.draw(others)
        assert ceremonies.check_new(party, user, offered, change(credential, place, value)) is None
        assert ceremonies.check_one(party, offered, change(credential, place, value), known, user=user) is None
        ceremonies.handle_of(change(credential, "userHandle", value))


@pytest.fixture
def right(settings: Any) -> Any:
    """A right answer to each of both questions."""
    settings.NUAGES_PASSKEYS = PASSKEYS
    party = read_relying_party()
    assert party is not None
    user, key = type("User", (), {"pk": 7})(), SoftKey()
    entity = {"id": b"7", "name": "ann", "display_name": "Ann"}
    options, enrolment = ceremonies.ask_for_new(party, user, entity, [], passwordless=True, verification="preferred")
    made = key.create(options)
    public = ceremonies.key_of(ceremonies.to_store(made))
    assert public is not None
    asked, ceremony = ceremonies.ask_for_one(party, user, [public], verification="preferred")
    got = key.get(asked)
    assert ceremonies.check_new(party, user, enrolment, made) is not None
    assert ceremonies.check_one(party, ceremony, got, [public], user=user) is not None
    return party, user, (enrolment, made), (ceremony, got), [public]
