"""An account by mail: nobody sees who there is, and nothing is stored before the mail is read; on both databases."""

import json
import time
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import check_password
from django.db import IntegrityError

from nuages import API
from nuages.accounts.sealed import seal, unseal
from nuages.models import FailedLogin, Login
from tests.http.accounting import (
    ACCOUNTS,
    NEWCOMER,
    STRONG,
    choose_mailer,
    confirm,
    faults,
    last_mail,
    mails,
    register,
    token_of,
)
from tests.http.entering import assert_refused, log_in, make_api, make_user, post
from tests.support.counted_hasher import CountedHasher

User = get_user_model()
pytestmark = pytest.mark.usefixtures("accounts")


@pytest.fixture
def api(database: Any) -> API:
    """An API with accounts, and ann, who has one."""
    make_user(email="ann@example.org")
    return make_api()


def test_who_has_read_the_mail_has_an_account(api: API) -> None:
    """202, a mail; 201, a user, who then logs in as everybody does."""
    response = register(api)
    assert response.status == 202
    assert (response.header("cache-control"), response.header("referrer-policy")) == ("no-store", "no-referrer")
    assert not User.objects.filter(username="zoe").exists()
    assert_refused(post(api, "token", {"username": "zoe", "password": STRONG}), "invalid-credentials")
    letter = last_mail()
    assert (letter.to, letter.subject) == (["zoe@example.org"], "Confirm your address for Logins")
    confirmed = confirm(api, token_of(letter))
    assert (confirmed.status, json.loads(confirmed.body)) == (201, {"username": "zoe", "email": "zoe@example.org"})
    assert confirmed.header("cache-control") == "no-store"
    user = User.objects.get(username="zoe")
    assert (user.is_active, user.is_staff, user.is_superuser, user.email) == (True, False, False, "zoe@example.org")
    assert Login.objects.count() == 0
    assert post(api, "token", {"username": "zoe", "password": STRONG}).status == 200


def test_who_there_is_cannot_be_seen(api: API, settings: Any, statements: Any) -> None:  # R23
    """A new address, a known one, a known one in capitals, a taken name: one answer, one hash, the same statements."""
    settings.PASSWORD_HASHERS = ["tests.support.counted_hasher.CountedHasher"]
    make_user("off", email="off@example.org", is_active=False)
    seen, told = [], []
    for email, name in [
        ("new@example.org", "new"),
        ("ann@example.org", "new"),
        ("ANN@EXAMPLE.ORG", "ann"),
        ("off@example.org", "off"),
        ("other@example.org", "ann"),
    ]:
        FailedLogin.objects.all().delete()
        CountedHasher.computed.clear()
        statements.clear()
        response = register(api, email=email, username=name)
        sent, hashed = len(statements), len(CountedHasher.computed)
        told.append((last_mail().to, last_mail().subject.split()[0], len(mails())))
        headers = sorted((key, value) for key, value in response.headers if key != "Server-Timing")
        seen.append((response.status, response.body, headers, sent, hashed))
    assert all(each == seen[0] for each in seen)
    assert (seen[0][0], seen[0][4]) == (202, 1)
    assert [to for to, _, _ in told] == [
        ["new@example.org"], ["ann@example.org"], ["ann@example.org"], ["off@example.org"], ["other@example.org"],
    ]  # fmt: skip
    assert [word for _, word, _ in told] == ["Confirm", "You", "You", "You", "Choose"]
    assert [count for _, _, count in told] == [1, 2, 3, 4, 5]
    assert User.objects.count() == 2


def test_mails_to_those_who_have_an_account_hold_no_link(api: API) -> None:
    """Nor what a stranger has written into the request."""
    register(api, email="Ann@example.org", username="buy-at-evil.example")
    assert (last_mail().to, "https://" in last_mail().body) == (["ann@example.org"], False)
    assert "evil" not in last_mail().body + last_mail().subject
    register(api, username="buy-at-evil.example")
    assert "evil" not in last_mail().body + last_mail().subject


def test_a_link_works_once(api: API) -> None:
    """422 afterwards, also when user and address are others by then, or the user is gone."""
    register(api)
    token = token_of(last_mail())
    assert confirm(api, token).status == 201
    assert faults(confirm(api, token)) == {"/token": "invalid-token"}
    User.objects.filter(username="zoe").update(username="x", email="x@example.org")
    assert faults(confirm(api, token)) == {"/token": "invalid-token"}
    User.objects.filter(username="x").delete()
    assert faults(confirm(api, token)) == {"/token": "invalid-token"}
    assert User.objects.count() == 1


def test_of_two_links_for_one_address_one_works(api: API) -> None:
    """Asked again, another mail comes, and either is good until one was followed."""
    register(api)
    register(api, username="zoe2", email="ZOE@example.org")
    first, second = map(token_of, mails())
    assert confirm(api, second).status == 201
    assert faults(confirm(api, first)) == {"/token": "invalid-token"}
    assert User.objects.get(username="zoe2").email == "ZOE@example.org"


@pytest.mark.parametrize("name", ["zoe", "ZOE", "\uff5aoe"])
def test_a_name_belongs_to_the_first_who_confirms(api: API, name: str) -> None:
    """409 for the other, at the name; who only asks for a name holds none."""
    register(api)
    register(api, username=name, email="other@example.org")
    first, second = map(token_of, mails())
    assert confirm(api, second).status == 201
    assert faults(confirm(api, first)) == {"/username": "taken"}
    assert User.objects.count() == 2


def test_a_constraint_of_the_database_is_a_conflict(api: API, monkeypatch: pytest.MonkeyPatch) -> None:
    """409, not 500, whatever came between."""
    register(api)

    def fail(*_: Any, **__: Any) -> None:
        raise IntegrityError

    monkeypatch.setattr(User, "save", fail)
    assert faults(confirm(api, token_of(last_mail()))) == {"/username": "taken"}


def test_names_and_addresses_are_stored_as_django_stores_them(api: API) -> None:
    """The name in NFKC, the address with its domain in small letters."""
    register(api, username="ﬁona", email="Fiona@EXAMPLE.org")
    assert json.loads(confirm(api, token_of(last_mail())).body) == {"username": "fiona", "email": "Fiona@example.org"}
    assert post(api, "token", {"username": "ﬁona", "password": STRONG}).status == 200


@pytest.mark.parametrize(
    ("document", "blamed"),
    [
        ({}, {"/username": "required", "/email": "required", "/password": "required"}),
        (NEWCOMER | {"email": "no address"}, {"/email": "invalid"}),
        (NEWCOMER | {"email": ""}, {"/email": "invalid"}),
        (NEWCOMER | {"email": "zoe@example.org\nBcc: all@example.org"}, {"/email": "invalid"}),
        (NEWCOMER | {"email": "zoe@example.org\r\n.\r\nQUIT"}, {"/email": "invalid"}),
        (NEWCOMER | {"username": "zoe\r\nBcc: all@example.org"}, {"/username": "invalid"}),
        (NEWCOMER | {"username": ""}, {"/username": "blank"}),
        (NEWCOMER | {"username": "z" * 151}, {"/username": "max-length"}),
        (NEWCOMER | {"email": f"{'z' * 300}@example.org"}, {"/email": "max-length"}),
        (NEWCOMER | {"is_staff": True, "is_superuser": True, "first_name": "Z"}, {
            "/is_staff": "unknown-member", "/is_superuser": "unknown-member", "/first_name": "unknown-member",
        }),
        (NEWCOMER | {"username": 7, "email": None, "password": ["x"]}, {
            "/username": "invalid-value", "/email": "invalid-value", "/password": "invalid-value",
        }),
    ],
)  # fmt: skip
def test_every_fault_is_told(api: API, document: Any, blamed: dict[str, str]) -> None:
    """Each at its place; nobody is written to, and nothing is counted."""
    assert faults(post(api, "register", document)) == blamed
    assert (mails(), FailedLogin.objects.count()) == ([], 0)


def test_a_weak_password_is_refused_in_djangos_words(api: API, settings: Any) -> None:
    """Whoever there is: validators see what was sent alone."""
    prefix = "django.contrib.auth.password_validation."
    settings.AUTH_PASSWORD_VALIDATORS = [
        {"NAME": prefix + name}
        for name in ("MinimumLengthValidator", "NumericPasswordValidator", "UserAttributeSimilarityValidator")
    ]
    for email, name in [("zoe@example.org", "zoe"), ("ann@example.org", "ann")]:
        response = register(api, email=email, username=name, password="1234")
        codes = {each["code"] for each in json.loads(response.body)["errors"]}
        assert codes == {"password-too-short", "password-entirely-numeric"}
        assert "too short" in response.body.decode()
        assert faults(register(api, email=email, username=name, password=email)) == {
            "/password": "password-too-similar"
        }


def test_further_fields_are_those_of_the_setting(database: Any, settings: Any) -> None:
    """Read as the model's fields read them."""
    settings.NUAGES_ACCOUNTS = ACCOUNTS | {"fields": ["first_name", "last_name"]}
    api = make_api()
    assert faults(register(api, first_name="Z" * 151)) == {"/first_name": "max-length"}
    assert register(api, first_name="Zoé").status == 202
    assert confirm(api, token_of(last_mail())).status == 201
    assert (User.objects.get().first_name, User.objects.get().last_name) == ("Zoé", "")


def test_what_would_not_fit_into_a_link_is_refused(api: API, monkeypatch: pytest.MonkeyPatch) -> None:
    """422 for texts that are too long together."""
    monkeypatch.setattr("nuages.accounts.newcomers.MAX_CHARS", len("zoe") + len("zoe@example.org"))
    assert faults(register(api, username="zoey")) == {"": "max-length"}
    assert register(api).status == 202


def test_a_forged_link_is_refused(api: API) -> None:  # J21
    """Of another purpose, with a byte changed, cut off, or nonsense; too many of them are a 429."""
    register(api)
    token = token_of(last_mail())
    content = unseal("register", token, lifetime_s=60)
    assert content is not None
    for bad in (
        seal("email", content),
        token[:50] + ("A" if token[50] != "A" else "B") + token[51:],
        token[:-9],
        token + "AAAA",
        "",
        "é",
        "x" * 4_000,
    ):
        assert faults(confirm(api, bad)) == {"/token": "invalid-token"}, bad
    assert confirm(api, token).status == 201


def test_a_link_is_over_after_its_time(api: API, monkeypatch: pytest.MonkeyPatch) -> None:
    """422, as one that never was."""
    register(api)
    token = token_of(last_mail())
    now_s = time.time()
    monkeypatch.setattr("cryptography.fernet.time.time", lambda: now_s + 3_700)
    assert faults(confirm(api, token)) == {"/token": "invalid-token"}


def test_a_link_outlives_a_turn_of_the_secret_key(api: API, settings: Any) -> None:
    """By SECRET_KEY_FALLBACKS."""
    register(api)
    token = token_of(last_mail())
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another key, as long as every check demands it to be, and more"
    assert faults(confirm(api, token)) == {"/token": "invalid-token"}
    settings.SECRET_KEY_FALLBACKS = [old]
    assert confirm(api, token).status == 201


def test_a_link_tells_nothing(api: API) -> None:
    """Neither the hash of the password nor the address can be read from it, and nothing of both is stored."""
    register(api)
    token = token_of(last_mail())
    content = unseal("register", token, lifetime_s=60)
    assert content is not None
    assert check_password(STRONG, content["password"])
    assert STRONG not in json.dumps(content)
    for text in ("zoe", content["password"], STRONG):
        assert text not in token
        assert not any(text in key for key in FailedLogin.objects.values_list("key", flat=True))


def test_mails_to_one_address_are_limited(api: API, settings: Any) -> None:
    """429 with Retry-After, the same for known and unknown addresses, however they are spelled."""
    settings.NUAGES_ACCOUNTS = ACCOUNTS | {"mails": 3}
    api = make_api()
    for email in ("zoe@example.org", "ann@example.org"):
        for spelled in (email, email.upper(), email.title()):
            assert register(api, email=spelled).status == 202
        response = register(api, email=email)
        assert_refused(response, "too-many-requests", 429)
        assert 0 < int(response.header("retry-after") or 0) <= 3_600
    assert len(mails()) == 6


def test_mails_for_one_client_are_limited(api: API, settings: Any) -> None:
    """Whoever writes to many, from one address; others go on."""
    settings.NUAGES_ACCOUNTS = ACCOUNTS | {"client_mails": 3}
    api = make_api()
    for number in range(3):
        assert register(api, email=f"z{number}@example.org").status == 202
    assert_refused(register(api, email="z4@example.org"), "too-many-requests", 429)
    document = NEWCOMER | {"email": "z4@example.org"}
    assert post(api, "register", document, peer="192.0.2.9").status == 202


def test_a_mail_server_that_fails_is_logged(api: API, settings: Any, caplog: Any) -> None:
    """The answer is as ever; no token is in the log."""
    choose_mailer(settings, "tests.support.broken_mail.BrokenMail")
    assert register(api).status == 202
    mails()
    [told] = [record for record in caplog.records if record.name == "nuages.accounts"]
    assert told.getMessage().startswith("A mail could not be sent")
    assert "token=" not in caplog.text


def test_nothing_is_there_unless_switched_on(database: Any, settings: Any) -> None:
    """404 for each; an API where nobody logs in has none either."""
    settings.NUAGES_ACCOUNTS = {"reset_password": True, "links": ACCOUNTS["links"]}
    for path in ("register", "register/confirm", "password"):
        assert post(make_api(), path, {}).status == 404
    assert post(make_api(), "password/reset", {}).status == 422
    assert post(API(title="No login"), "password/reset", {}).status == 404
    del settings.NUAGES_ACCOUNTS
    assert post(make_api(), "password/reset", {}).status == 404


def test_cookies_and_tokens_beside_a_registration_count_for_nothing(api: API) -> None:
    """Nobody is asked who they are, so that no page of another site does it in somebody's name."""
    token = log_in(api)["access_token"]
    document = NEWCOMER | {"email": "new@example.org"}
    response = post(api, "register", document, authorization=f"Bearer {token}x", cookie="sessionid=nonsense")
    assert response.status == 202
    form = post(api, "register", b"username=zoe", content_type="application/x-www-form-urlencoded")
    assert_refused(form, "unsupported-media-type", 415)
