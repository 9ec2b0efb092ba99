"""`manage.py nuages apikey` makes a key for a user and prints it once."""

import datetime as dt
import hashlib
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from nuages.http.request import Request
from nuages.identify.api_key import ApiKey, make_key
from nuages.models import StoredKey


@pytest.fixture
def ann(database: Any) -> Any:
    """A user."""
    return User.objects.create_user("ann")


def _said(*arguments: str) -> str:
    out = StringIO()
    call_command("nuages", "apikey", *arguments, stdout=out)
    return out.getvalue()


def test_printed_key_is_the_users(ann: Any) -> None:
    """Nothing but the key is printed, and its digest alone is stored."""
    key = _said("ann", "--name", "robot", "--scope", "books:read", "--scope", "tags:read", "--days", "90").strip()
    stored = StoredKey.objects.get()
    assert (stored.user, stored.name, stored.scopes) == (ann, "robot", "books:read tags:read")
    assert (stored.prefix, stored.digest) == (key.split("_")[1], hashlib.sha256(key.encode()).hexdigest())
    assert abs(stored.expires_at - timezone.now() - dt.timedelta(days=90)) < dt.timedelta(minutes=1)
    principal = ApiKey().identify(Request("GET", "/", "", {"x-api-key": key}))
    assert principal is not None
    assert principal.user == ann


def test_key_without_days_holds_for_ever(ann: Any) -> None:
    """And without scopes for everything that its user may do."""
    _said("ann", "--name", "robot")
    stored = StoredKey.objects.get()
    assert (stored.expires_at, stored.scopes) == (None, "")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["eve", "--name", "x"], "There is no user 'eve'"),
        (["ann", "--name", "x", "--scope", "two words"], "'two words' is no scope"),
        (["ann", "--name", "x", "--scope", ""], "'' is no scope"),
        (["ann", "--name", "x" * 81], "80 characters"),
        (["ann", "--name", "x", "--scope", "s" * 501], "500 characters"),
        (["ann", "--name", "x", "--days", "0"], "from 1 to"),
        (["ann", "--name", "x", "--days", "-1"], "from 1 to"),
        (["ann", "--name", "x", "--days", "9999999999"], "from 1 to"),
    ],
)
def test_what_makes_no_key_is_said(ann: Any, arguments: list[str], reason: str) -> None:
    """And nothing is stored."""
    with pytest.raises(CommandError, match=reason):
        _said(*arguments)
    assert not StoredKey.objects.exists()


def test_keys_differ(ann: Any) -> None:
    """Each has a prefix and a secret of its own."""
    keys = [make_key(ann, "robot")[1] for _ in range(20)]
    assert len({key.split("_")[1] for key in keys}) == len(set(keys)) == 20
