"""A forgotten password is replaced by whoever reads the mail, and by nobody else; on both databases."""

import datetime as dt
import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.tokens import default_token_generator
from django.utils.http import urlsafe_base64_encode

from nuages import API
from nuages.accounts.finding import users_with
from nuages.models import FailedLogin, Login
from tests.http.accounting import (
    ACCOUNTS,
    STRONG,
    ask_reset,
    faults,
    last_mail,
    mails,
    reset,
    reset_token,
    token_of,
)
from tests.http.entering import (
    PASSWORD,
    assert_refused,
    log_in,
    make_api,
    make_user,
    may_enter,
    post,
    refresh,
    session_api,
)
from tests.support.counted_hasher import CountedHasher

User = get_user_model()
pytestmark = pytest.mark.usefixtures("accounts")
FORWARDED = "X-Forwarded-Host"


@pytest.fixture
def api(database: Any) -> API:
    """An API with accounts, and ann, who has one."""
    make_user(email="ann@example.org")
    return make_api()


def test_who_reads_the_mail_chooses_another_password(api: API) -> None:  # R14
    """Every login ends, none begins, and the new password lets in; the user is told."""
    first, second = log_in(api), log_in(api)
    token = reset_token(api)
    letter = last_mail()
    assert (letter.to, letter.subject) == (["ann@example.org"], "Another password for Logins")
    assert "the account ann." in letter.body
    response = reset(api, token)
    assert (response.status, response.body, response.header("cache-control")) == (204, b"", "no-store")
    assert response.header("set-cookie") is None
    for tokens in (first, second):
        assert_refused(refresh(api, tokens["refresh_token"]))
        assert not may_enter(api, tokens["access_token"])
    assert set(Login.objects.values_list("ended_by", flat=True)) == {"password"}
    assert_refused(post(api, "token", {"username": "ann", "password": PASSWORD}), "invalid-credentials")
    assert post(api, "token", {"username": "ann", "password": STRONG}).status == 200
    assert last_mail().subject == "Your password at Logins has been changed"


def test_who_there_is_cannot_be_seen(api: API, settings: Any, statements: Any) -> None:  # R23
    """Known, unknown, inactive, without a password: one answer, no hash, the same statements, a mail for one alone."""
    settings.PASSWORD_HASHERS = ["tests.support.counted_hasher.CountedHasher"]
    make_user("off", email="off@example.org", is_active=False)
    User.objects.create_user("ldap", email="ldap@example.org")
    User.objects.create_user("none")
    seen = []
    for email in ("ann@example.org", "ANN@example.org", "nobody@example.org", "off@example.org", "ldap@example.org"):
        FailedLogin.objects.all().delete()
        CountedHasher.computed.clear()
        statements.clear()
        response = ask_reset(api, email)
        sent, hashed = len(statements), len(CountedHasher.computed)
        headers = sorted((key, value) for key, value in response.headers if key != "Server-Timing")
        seen.append((response.status, response.body, headers, sent, hashed))
    assert all(each == seen[0] for each in seen)
    assert (seen[0][0], seen[0][4]) == (202, 0)
    assert [letter.to for letter in mails()] == [["ann@example.org"]] * 2


def test_nobody_costs_what_somebody_costs(api: API, monkeypatch: pytest.MonkeyPatch) -> None:  # R23
    """A token and a text are made for an address that nobody has, too, and thrown away."""
    from nuages.accounts import letters, resetting  # noqa: PLC0415

    done: list[str] = []
    render, make = letters.render_to_string, default_token_generator.make_token
    monkeypatch.setattr(letters, "render_to_string", lambda *told: done.append("text") or render(*told))
    monkeypatch.setattr(
        resetting.default_token_generator, "make_token", lambda user: done.append("token") or make(user)
    )
    for email in ("ann@example.org", "nobody@example.org"):
        done.clear()
        ask_reset(api, email)
        mails()
        assert done == ["token", "text"], email


def test_a_link_works_once(api: API) -> None:
    """422 afterwards; and as soon as the password, the address or the time of the last login is another."""
    token = reset_token(api)
    assert reset(api, token).status == 204
    assert faults(reset(api, token, "yet another good one")) == {"/token": "invalid-token"}
    token = reset_token(api)
    User.objects.update(email="moved@example.org")
    assert faults(reset(api, token)) == {"/token": "invalid-token"}
    token = reset_token(api, "moved@example.org")
    assert post(api, "token", {"username": "ann", "password": STRONG}).status == 200
    assert faults(reset(api, token, "yet another good one")) == {"/token": "invalid-token"}


def test_a_user_who_is_switched_off_is_let_in_by_no_link(api: API) -> None:
    """422."""
    token = reset_token(api)
    User.objects.update(is_active=False)
    assert faults(reset(api, token)) == {"/token": "invalid-token"}


def test_a_link_is_over_after_its_time(api: API, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Django's PASSWORD_RESET_TIMEOUT."""
    settings.PASSWORD_RESET_TIMEOUT = 600
    token = reset_token(api)
    assert "within 10 minutes" in last_mail().body
    later = dt.datetime.now() + dt.timedelta(seconds=602)
    monkeypatch.setattr(default_token_generator, "_now", lambda: later)
    assert faults(reset(api, token)) == {"/token": "invalid-token"}


@pytest.mark.parametrize(
    "token",
    ["", ".", "x", "a.b.c", "é.é", "MQ", "MQ.", "." + "a" * 60, "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5.abc-" + "0" * 32,
     "AA.abc-" + "0" * 32, "____.abc-" + "0" * 32, "a" * 4_000, "MQ.zzzzzzzzzzzzzzzzzzzzzzzzz-1", "LTE.abc-def"],
)  # fmt: skip
def test_nonsense_is_no_link(api: API, token: str) -> None:  # J21
    """422 of one body, whatever it is."""
    response = reset(api, token)
    assert faults(response) == {"/token": "invalid-token"}
    other = json.loads(reset(api, "nothing").body)
    assert {**json.loads(response.body), "request_id": ""} == {**other, "request_id": ""}


def test_a_link_is_for_one_user(api: API) -> None:
    """Another's key before it makes it nothing, and it is no access token."""
    ben = make_user("ben", email="ben@example.org")
    told = reset_token(api).partition(".")[2]
    forged = f"{urlsafe_base64_encode(str(ben.pk).encode())}.{told}"
    assert faults(reset(api, forged)) == {"/token": "invalid-token"}
    assert not may_enter(api, forged)
    assert_refused(refresh(api, forged))


def test_many_wrong_links_are_stopped(api: API, settings: Any) -> None:
    """429 for the client that tries them."""
    settings.NUAGES_LOGIN = {"address_failures": 3}
    api = make_api()
    for number in range(3):
        assert faults(reset(api, f"MQ.{number}")) == {"/token": "invalid-token"}
    assert_refused(reset(api, "MQ.4"), "too-many-requests", 429)
    assert reset(api, reset_token(api)).status == 204


def test_a_weak_password_leaves_the_link(api: API, settings: Any) -> None:
    """422 in Django's words; the link may be used again."""
    settings.AUTH_PASSWORD_VALIDATORS = [
        {"NAME": f"django.contrib.auth.password_validation.{name}"}
        for name in ("MinimumLengthValidator", "UserAttributeSimilarityValidator")
    ]
    token = reset_token(api)
    assert faults(reset(api, token, "short")) == {"/new_password": "password-too-short"}
    assert faults(reset(api, token, "ann@example.org")) == {"/new_password": "password-too-similar"}
    assert reset(api, token).status == 204


def test_each_user_of_an_address_gets_a_link(api: API) -> None:
    """Of their own; the one that is followed changes one password."""
    make_user("ann2", email="Ann@Example.org")
    assert ask_reset(api).status == 202
    first, second = mails()
    assert [first.to, second.to] == [["ann@example.org"], ["Ann@example.org"]]
    assert ("account ann." in first.body, "account ann2." in second.body) == (True, True)
    assert reset(api, token_of(second)).status == 204
    assert User.objects.get(username="ann").check_password(PASSWORD)
    assert User.objects.get(username="ann2").check_password(STRONG)


def test_twins_of_an_address_get_nothing(api: API) -> None:  # CVE-2019-19844
    """A dotless i is an I to PostgreSQL's UPPER: no mail goes to the address that was asked for."""
    mike = make_user("mike", email="mike@exampl\u0131.org")
    assert users_with("mike@exampli.org") == []
    assert ask_reset(api, "mike@exampli.org").status == 202
    assert mails() == []
    assert users_with("MIKE@exampl\u0131.org") == [mike]


def test_the_host_of_a_link_is_the_settings(api: API) -> None:
    """Whatever Host, Origin or a proxy says."""
    for headers in ({"host": "evil.example"}, {"x_forwarded_host": "evil.example"}, {"origin": "https://evil.example"}):
        assert ask_reset(api, **headers).status == 202
        assert "evil" not in last_mail().body
        assert "https://app.example/reset?token=" in last_mail().body


@pytest.mark.parametrize("email", ["", "x", "a@b\nBcc: c@d.org", "ann@example.org\r\nBcc: c@d.org", "@", "a@@b.org"])
def test_what_is_no_address_is_refused(api: API, email: str) -> None:
    """422, whoever there is; nothing is sent."""
    assert faults(ask_reset(api, email)) == {"/email": "invalid"}
    assert mails() == []


def test_a_users_own_address_may_be_no_good(api: API, caplog: Any) -> None:
    """One with a line break, of a project that has not looked: the mail is not sent, and no header is added to it."""
    User.objects.update(email="ann@example.org\nBcc: all@example.org")
    [user] = users_with("ann@example.org\nBcc: all@example.org")
    from nuages.accounts.letters import send  # noqa: PLC0415

    with pytest.raises(ValueError, match=r"newline|linefeed"):
        send("known", user.email, {"title": "Logins"})
    assert mails() == []


def test_mails_to_one_address_are_limited(api: API, settings: Any) -> None:
    """429 for known and unknown alike; a registration has a count of its own."""
    settings.NUAGES_ACCOUNTS = ACCOUNTS | {"mails": 2}
    api = make_api()
    for email in ("ann@example.org", "nobody@example.org"):
        assert [ask_reset(api, email, peer=f"192.0.2.{n}").status for n in range(3)] == [202, 202, 429]
    assert len(mails()) == 2


def test_sessions_end_with_the_password(api: API, settings: Any) -> None:  # R14
    """Django's, which hold a digest of it."""
    from django.test import Client  # noqa: PLC0415

    both, client = session_api(), Client()
    client.force_login(User.objects.get(), "django.contrib.auth.backends.ModelBackend")
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    assert post(both, "sessions", method="GET", cookie=cookie).status == 200
    assert reset(both, reset_token(both)).status == 204
    assert post(both, "sessions", method="GET", cookie=cookie).status == 401


def test_no_token_is_written_down(api: API, caplog: Any) -> None:
    """Nor a password, however much is logged."""
    caplog.set_level("DEBUG")
    token = reset_token(api)
    reset(api, token + "x")
    reset(api, token)
    assert token not in caplog.text
    assert STRONG not in caplog.text
