"""`manage.py nuages purge` deletes what is over, and nothing that somebody may still ask for."""

import datetime as dt
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from nuages.logins import purge
from nuages.models import FailedLogin, IdempotentAnswer, Login, RefreshToken, StoredJob
from tests.http.entering import assert_refused, log_in, make_api, make_user, post, refresh, refreshed

LONG_AGO = dt.timedelta(days=100)


def said() -> list[str]:
    """What the command prints."""
    out = StringIO()
    call_command("nuages", "purge", stdout=out, no_color=True)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("batch", [1, 2, 500])
def test_what_is_over_is_deleted(database: Any, monkeypatch: pytest.MonkeyPatch, batch: int) -> None:  # R22
    """Ended, over, unused for too long: with their tokens; a living login keeps its used tokens, however old."""
    monkeypatch.setattr(purge, "BATCH", batch)
    make_user()
    api, now = make_api(), timezone.now()
    first = log_in(api)["refresh_token"]
    last = refreshed(api, first)["refresh_token"]
    living = Login.objects.get()
    RefreshToken.objects.exclude(consumed_at=None).update(expires_at=now - LONG_AGO, consumed_at=now - LONG_AGO)
    for state in ({"ended_at": now}, {"expires_at": now}, {}, {"ended_at": now}):
        refreshed(api, log_in(api)["refresh_token"])
        login = Login.objects.latest("created_at")
        Login.objects.filter(pk=login.pk).update(**state)
        if not state:
            login.tokens.update(expires_at=now)
    post(api, "token", {"username": "ann", "password": "wrong"})
    gone = FailedLogin.objects.create(key="x" * 64, count=3, window_ends_at=now)
    kept = set(FailedLogin.objects.exclude(pk=gone.pk))
    answer = {"fingerprint": "", "status": 200, "headers": "[]", "body": b""}
    for key, age in [("old", dt.timedelta(days=1)), ("new", dt.timedelta(hours=23))]:
        IdempotentAnswer.objects.create(scope="s", key=key, created_at=now - age, **answer)
    StoredJob.objects.create(name="over", status="succeeded", expires_at=now)
    StoredJob.objects.create(name="kept", status="succeeded", expires_at=now + LONG_AGO)
    over = ["4 logins", "0 exchanged tokens", "1 failed logins", "1 idempotent answers", "0 logged changes", "1 jobs"]
    assert said() == over
    assert list(Login.objects.all()) == [living]
    assert RefreshToken.objects.filter(login=living).count() == RefreshToken.objects.count() == 2
    assert set(FailedLogin.objects.all()) == kept
    assert [each.key for each in IdempotentAnswer.objects.all()] == ["new"]
    assert [job.name for job in StoredJob.objects.all()] == ["kept"]
    assert {line[:2] for line in said()} == {"0 "}
    last = refreshed(api, last)["refresh_token"]
    RefreshToken.objects.filter(login=living).exclude(consumed_at=None).update(expires_at=now + LONG_AGO)
    assert_refused(refresh(api, first))
    assert_refused(refresh(api, last))
    assert Login.objects.get().ended_by == "reuse"
