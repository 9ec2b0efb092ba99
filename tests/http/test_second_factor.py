"""Where a user has a second factor, a password alone lets nobody in; each code does once; on both databases."""

import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import connections, transaction

from nuages import API, Bearer
from nuages.factors.of_allauth import AllauthFactor
from nuages.http.response import Response
from nuages.identify.compact import take_apart
from nuages.models import FailedLogin, Login
from tests.http.codes import code_of, give_passkey, give_recovery, give_totp
from tests.http.entering import PASSWORD, assert_refused, log_in, make_api, make_user, post
from tests.support.overtaken import Overtaken
from tests.support.router import choose_database

MANY = 64


@pytest.fixture
def ann(database: Any) -> Any:
    """A user with a password, who shares no used code with another test."""
    cache.clear()
    return make_user()


@pytest.fixture
def api(ann: Any) -> API:
    """An API with logins."""
    return make_api(bearer=Bearer())  # type: ignore[arg-type]  # a way of logging in like that of the tests


def enter(api: API, code: str | None = None, password: str = PASSWORD, **more: str) -> Response:
    """Log in with a password and a code."""
    document = {"username": "ann", "password": password, **({} if code is None else {"code": code})}
    return post(api, "token", document, **more)


def amr(response: Response) -> Any:
    """What the token of an answer says of how it was proved."""
    assert response.status == 200, response.body
    return take_apart(json.loads(response.body)["access_token"]).claims["amr"]


def test_who_has_no_factor_is_asked_for_none(api: API) -> None:
    """A password suffices, and a code beside it does no harm."""
    assert amr(enter(api)) == ["pwd"]
    assert amr(enter(api, "123456")) == ["pwd"]


@pytest.mark.parametrize("give", [give_totp, give_recovery, give_passkey])
def test_a_password_alone_is_not_enough(api: API, ann: Any, give: Any) -> None:
    """401 that names the next step, whichever factor it is: also a passkey, of which there is no code here."""
    give(ann)
    assert_refused(enter(api), "second-factor-required")
    assert_refused(enter(api, "000000"), "invalid-credentials")
    assert Login.objects.count() == 0
    assert ann.last_login is None


def test_who_does_not_know_the_password_learns_nothing(api: API, ann: Any) -> None:  # R23
    """A wrong password and no such user are one answer, whether there is a factor or a right code; no code is used."""
    give_totp(ann)
    code = code_of()
    bare = [enter(api, password="wrong"), post(api, "token", {"username": "nobody", "password": "x"})]
    with_code = [
        enter(api, code, "wrong"),
        enter(api, "000000"),
        post(api, "token", {"username": "nobody", "password": "x", "code": code}),
    ]
    for answers in (bare, with_code):
        documents = [assert_refused(answer, "invalid-credentials") for answer in answers]
        assert all(document == documents[0] for document in documents)
    assert enter(api, code).status == 200


def test_a_code_lets_in_once(api: API, ann: Any) -> None:
    """RFC 6238 section 5.2: what was used is used, and so is every code of before; the token says how it was."""
    give_totp(ann)
    code = code_of()
    assert amr(enter(api, code)) == ["pwd", "otp", "mfa"]
    assert_refused(enter(api, code), "invalid-credentials")
    cache.clear()  # whatever other processes remember
    assert_refused(enter(api, code), "invalid-credentials")
    assert Login.objects.count() == 1


def test_a_code_that_allauth_has_used_is_used(api: API, ann: Any) -> None:
    """And one that was used here is used there."""
    totp = give_totp(ann)
    code = code_of()
    assert enter(api, code).status == 200
    assert not totp.wrap().validate_code(code)
    cache.clear()
    Authenticator.objects.update(last_used_at=None)
    totp.refresh_from_db()
    assert totp.wrap().validate_code(code)
    totp.record_usage()
    assert_refused(enter(api, code), "invalid-credentials")


def test_a_clock_may_be_wrong_as_far_as_allauth_tolerates(api: API, ann: Any, settings: Any) -> None:
    """A code of the next step, where that is tolerated, and then no code of that step or before it."""
    give_totp(ann)
    assert_refused(enter(api, code_of(steps=1)), "invalid-credentials")
    settings.MFA_TOTP_TOLERANCE = 1
    present, following = code_of(), code_of(steps=1)
    assert enter(api, following).status == 200
    for code in (following, present):
        assert_refused(enter(api, code), "invalid-credentials")


@pytest.mark.parametrize("spelled", ["{}", " {} ", "{:.3}-{:.0}"])
def test_codes_may_be_parted(api: API, ann: Any, spelled: str) -> None:
    """As apps show them and people write them down."""
    give_totp(ann)
    code = code_of()
    written = f"{code[:3]} {code[3:]}" if "-" in spelled else spelled.format(code)
    assert enter(api, written).status == 200


@pytest.mark.parametrize("code", ["", " ", "0" * 4_000, "é" * 6, "١٢٣٤٥٦", "%s", "-"])
def test_no_text_is_a_code_by_accident(api: API, ann: Any, code: str) -> None:
    """401, and never a 500."""
    give_totp(ann)
    give_recovery(ann)
    assert_refused(enter(api, code), "invalid-credentials")


def test_a_recovery_code_lets_in_once(api: API, ann: Any) -> None:
    """Each by itself; the others stay."""
    give_totp(ann)
    codes = give_recovery(ann)
    for code in codes[:2]:
        assert amr(enter(api, code)) == ["pwd", "otp", "mfa"]
        assert_refused(enter(api, code), "invalid-credentials")
    row = Authenticator.objects.get(type="recovery_codes")
    assert (row.wrap().get_unused_codes(), row.last_used_at is not None) == (codes[2:], True)


def test_codes_that_came_from_elsewhere_are_used_up(api: API, ann: Any) -> None:
    """Those that a project moved into allauth, of any spelling."""
    data = {"migrated_codes": ["abc-123", "def-456"]}
    Authenticator.objects.create(user=ann, type="recovery_codes", data=data)
    assert enter(api, "abc-123").status == 200
    assert_refused(enter(api, "abc-123"), "invalid-credentials")
    assert Authenticator.objects.get().data["migrated_codes"] == ["def-456"]
    assert enter(api, "def456").status == 200


def test_another_users_code_is_none(api: API, ann: Any) -> None:
    """Neither of an app nor for recovery."""
    ben = make_user("ben")
    give_recovery(ann)
    code = give_recovery(ben)[0]
    assert_refused(enter(api, code), "invalid-credentials")
    assert post(api, "token", {"username": "ben", "password": PASSWORD, "code": code}).status == 200


def test_codes_cannot_be_guessed_from_everywhere(api: API, ann: Any) -> None:  # R24
    """Ten wrong ones of a user, wherever they come from; then the right one is a 429 too."""
    codes = give_recovery(ann)
    for number in range(10):
        assert_refused(enter(api, "000000", peer=f"192.0.2.{number}"), "invalid-credentials")
    response = enter(api, codes[0], peer="192.0.2.99")
    assert_refused(response, "too-many-requests", 429)
    assert int(response.header("retry-after") or 0) > 0
    FailedLogin.objects.all().delete()
    assert enter(api, codes[0]).status == 200


def test_passwords_alone_do_not_forget_failures(api: API, ann: Any, settings: Any) -> None:  # R24
    """Nor are they failures: neither way can codes be guessed without end."""
    settings.NUAGES_LOGIN = {"failures": 4}
    give_totp(ann)
    api = make_api()
    for _ in range(8):
        assert_refused(enter(api), "second-factor-required")
    for _ in range(4):
        assert_refused(enter(api, "000000"), "invalid-credentials")
    for code in (None, code_of()):
        assert_refused(enter(api, code), "too-many-requests", 429)


def test_a_right_password_alone_forgets_no_wrong_ones(api: API, ann: Any, settings: Any) -> None:  # R24
    """Only what lets in does."""
    settings.NUAGES_LOGIN = {"failures": 4}
    give_totp(ann)
    api = make_api()
    for _ in range(3):
        assert_refused(enter(api, password="wrong"), "invalid-credentials")
    assert_refused(enter(api), "second-factor-required")
    assert_refused(enter(api, password="wrong"), "invalid-credentials")
    assert_refused(enter(api), "too-many-requests", 429)


def test_right_codes_count_for_nothing(api: API, ann: Any) -> None:
    """Whoever logs in all day is not stopped."""
    give_totp(ann)
    for _ in range(12):
        Authenticator.objects.update(last_used_at=None)
        assert enter(api, code_of()).status == 200
    assert set(FailedLogin.objects.values_list("count", flat=True)) == {0}


def test_a_wrong_code_is_told_to_the_owner(api: API, ann: Any, caplog: Any) -> None:
    """The password may be another's by now; the code itself is not written down."""
    give_totp(ann)
    enter(api, "918273")
    told = [record.getMessage() for record in caplog.records if record.name == "nuages.security"]
    assert told == [f"A wrong code of a second factor: user {ann.pk}."]
    assert "918273" not in caplog.text


def test_without_the_app_nothing_is_asked(api: API, ann: Any, settings: Any, statements: Any) -> None:
    """And no statement is run for it."""
    give_totp(ann)
    settings.INSTALLED_APPS = [name for name in settings.INSTALLED_APPS if name != "allauth.mfa"]
    bare = make_api()
    bare.build()
    statements.clear()
    log_in(bare)
    assert not [sql for sql in statements if "mfa" in sql]


def test_a_password_that_changes_meanwhile_costs_no_second_code(
    api: API, ann: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another login stored a better hash: the password is looked at again, the code is not."""
    settings.AUTHENTICATION_BACKENDS = ["tests.support.overtaken.Overtaken"]
    monkeypatch.setattr(Overtaken, "password", PASSWORD)
    monkeypatch.setattr(Overtaken, "looks", 0)
    give_totp(ann)
    assert enter(api, code_of()).status == 200


@pytest.mark.parametrize("kind", ["recovery", "totp"])
def test_one_of_many_uses_a_code(ann: Any, kind: str, database: Any, transactional_db: None, settings: Any) -> None:
    """64 at once with one code, and one login begins; no answer is a 5xx."""
    settings.NUAGES_LOGIN = {"failures": MANY + 1}
    ann = make_user("cid")
    api = make_api()
    api.build()
    code = give_recovery(ann)[0] if kind == "recovery" else ""
    if not code:
        give_totp(ann)
        code = code_of()
    meet = threading.Barrier(MANY, timeout=120)

    def send(number: int) -> int:
        with choose_database(database.alias):
            meet.wait()
            try:
                document = {"username": "cid", "password": PASSWORD, "code": code}
                return post(api, "token", document, peer=f"192.0.{number}.1").status
            finally:
                connections.close_all()

    with ThreadPoolExecutor(MANY) as threads:
        counts = Counter(threads.map(send, range(MANY)))
    assert counts[200] == 1, counts
    assert set(counts) == {200, 401}, counts
    assert Login.objects.count() == 1


@pytest.mark.django_db(databases=["postgres"], transaction=True)
def test_who_waits_for_another_sees_what_it_took(settings: Any) -> None:
    """A recovery code that is being used elsewhere is used, though it was unused when the second one came."""
    with choose_database("postgres"):
        user = make_user()
        code = give_recovery(user)[0]

        def use() -> bool:
            with choose_database("postgres"):
                try:
                    return AllauthFactor().use(user, code)
                finally:
                    connections.close_all()

        with ThreadPoolExecutor(1) as thread:
            with transaction.atomic(using="postgres"):
                assert AllauthFactor().use(user, code)
                second = thread.submit(use)
                while not second.done() and not _somebody_waits():
                    time.sleep(0.01)
            assert second.result(timeout=60) is False


def _somebody_waits() -> bool:
    with connections["postgres"].cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return bool(cursor.fetchone()[0])
