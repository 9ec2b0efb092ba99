"""Django's admin makes and revokes API keys, ends logins and forgets failed ones; it never shows a digest."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from nuages.http.request import Request
from nuages.identify import epoch
from nuages.identify.api_key import ApiKey, make_key
from nuages.models import FailedLogin, Login, StoredKey

KEYS, LOGINS, FAILED = ("/admin/nuages/storedkey/", "/admin/nuages/login/", "/admin/nuages/failedlogin/")


@pytest.fixture
def admin(database: Any) -> Client:
    """The browser of a superuser."""
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture
def ann(database: Any) -> Any:
    """A user."""
    return User.objects.create_user("ann")


def _asked(key: str, by: ApiKey) -> Any:
    return by.identify(Request("GET", "/", "", {"x-api-key": key}))


def test_new_key_is_shown_once(admin: Client, ann: Any) -> None:
    """In a message after it was made; the list and the form show its prefix, and never its digest."""
    form = {"user": ann.pk, "name": "<b>robot</b>", "scopes": " tags:read   books:read "}
    page = admin.post(f"{KEYS}add/", form, follow=True).content.decode()
    stored = StoredKey.objects.get()
    key = re.findall(r"<code>(nk_\w{10}_[\w-]{43})</code>", page)[0]
    assert stored.scopes == "books:read tags:read"
    assert _asked(key, ApiKey()).user == ann
    for url in (KEYS, f"{KEYS}{stored.pk}/change/", f"{KEYS}{stored.pk}/history/"):
        page = admin.get(url).content.decode()
        assert stored.digest not in page
        assert key not in page
        assert stored.prefix in page or url.endswith("history/")


def test_form_cannot_change_what_a_key_is(admin: Client, ann: Any) -> None:
    """Neither its user nor its digest; name and scopes may be, which asks anew whom it stands for."""
    stored, key = make_key(ann, "robot")
    by = ApiKey()
    assert _asked(key, by).scopes is None
    other = User.objects.create_user("eve")
    form = {"user": other.pk, "name": "new", "scopes": "a", "digest": "0" * 64, "prefix": "x"}
    assert admin.post(f"{KEYS}{stored.pk}/change/", form).status_code == 302
    changed = StoredKey.objects.get()
    assert (changed.user, changed.digest, changed.prefix) == (ann, stored.digest, stored.prefix)
    assert (changed.name, _asked(key, by).scopes) == ("new", {"a"})


def test_wrong_scopes_are_refused(admin: Client, ann: Any) -> None:
    """In words, beside the field."""
    page = admin.post(f"{KEYS}add/", {"user": ann.pk, "name": "x", "scopes": 'a"b'}).content.decode()
    assert "is no scope" in page
    assert not StoredKey.objects.exists()


def test_revoked_key_ends_at_once(admin: Client, ann: Any) -> None:
    """Also where it is remembered."""
    stored, key = make_key(ann, "robot")
    by = ApiKey()
    _asked(key, by)
    admin.post(KEYS, {"action": "revoke", "_selected_action": [stored.pk]})
    with pytest.raises(Exception, match="not valid"):
        _asked(key, by)
    first = StoredKey.objects.get().revoked_at
    admin.post(KEYS, {"action": "revoke", "_selected_action": [stored.pk]})
    assert StoredKey.objects.get().revoked_at == first


def test_who_may_only_look_may_not_revoke(ann: Any) -> None:
    """The action wants the permission to change."""
    stored, _ = make_key(ann, "robot")
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_storedkey"))
    client = Client()
    client.force_login(clerk)
    client.post(KEYS, {"action": "revoke", "_selected_action": [stored.pk]})
    assert StoredKey.objects.get().revoked_at is None


def test_logins_are_seen_and_ended(admin: Client, ann: Any) -> None:
    """Nobody writes or deletes one; what is ended begins another epoch."""
    now = timezone.now()
    login = Login.objects.create(
        user=ann, password_mark="secret-mark", device="Phone", created_at=now, last_used_at=now, expires_at=now
    )
    for url in (LOGINS, f"{LOGINS}{login.pk}/change/"):
        page = admin.get(url).content.decode()
        assert "Phone" in page
        assert "secret-mark" not in page
    assert admin.get(f"{LOGINS}add/").status_code == 403
    assert admin.post(f"{LOGINS}{login.pk}/delete/", {"post": "yes"}).status_code == 403
    before = epoch.present()
    admin.post(LOGINS, {"action": "end", "_selected_action": [login.pk]})
    login.refresh_from_db()
    assert (login.ended_by, login.ended_at is not None) == ("admin", True)
    assert epoch.present() != before


def test_failed_login_is_forgotten(admin: Client, database: Any) -> None:
    """Deleting it lets the account try again."""
    failed = FailedLogin.objects.create(key="k" * 64, count=9, window_ends_at=timezone.now())
    assert admin.get(FAILED).status_code == 200
    assert admin.get(f"{FAILED}add/").status_code == 403
    admin.post(f"{FAILED}{failed.pk}/delete/", {"post": "yes"})
    assert not FailedLogin.objects.exists()
