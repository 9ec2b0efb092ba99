"""Remember for a moment whom a login or a key stands for, so that not each request asks the database.

What is remembered is forgotten when the epoch changes, on this machine at once, and elsewhere after `MAX_AGE_S`.
How a credential is checked is not known here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from django.contrib.auth import get_user_model
from django.db.models.base import ModelState
from django.db.models.signals import m2m_changed, post_delete, post_save

from nuages.identify import epoch

MAX_AGE_S = 5.0
MOST = 10_000  # remembered at once, in each process
Found = TypeVar("Found")
_NOTED = frozenset({"last_login"})


class Standing:
    """What is remembered, by key. Safe for threads; bounded, what is not there apart from what is.

    So whoever makes up many keys makes nobody else be looked for again.
    """

    def __init__(self, *, max_age_s: float = MAX_AGE_S, most: int = MOST) -> None:
        self._max_age_s = max_age_s
        self._most = most
        self._entries: dict[Hashable, tuple[bytes, float, Any]] = {}
        self._absent: dict[Hashable, tuple[bytes, float, Any]] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, load: Callable[[], Found]) -> Found:
        """Give what is remembered, or load it.

        Raises: whatever `load` raises; nothing is remembered then.
        """
        now, current = time.monotonic(), epoch.present()
        entry = self._entries.get(key) or self._absent.get(key)
        if entry is not None and entry[0] == current and now - entry[1] < self._max_age_s:
            found: Found = entry[2]
            return found
        loaded = load()
        kept, other = (self._absent, self._entries) if loaded is None else (self._entries, self._absent)
        with self._lock:
            if len(kept) >= self._most:
                kept.clear()
            other.pop(key, None)
            # The epoch of before the look: what changed since makes the entry a thing of the past.
            kept[key] = (current, now, loaded)
        return loaded


def same_user(user: Any) -> Any:
    """An instance of its own for one request, so that what an author's code sets on it stays with that request."""
    kind: Any = type(user)
    fresh = kind.__new__(kind)
    fresh.__dict__.update(user.__dict__)
    fresh._state = ModelState()
    fresh._state.db, fresh._state.adding = user._state.db, False
    return fresh


def watch_users() -> None:
    """Begin another epoch whenever a user, or what users may do, changes through Django."""
    user: Any = get_user_model()
    related = [field.remote_field.through for field in user._meta.many_to_many]
    group = [field.related_model for field in user._meta.many_to_many if field.name == "groups"]
    through = [field.remote_field.through for model in group for field in model._meta.many_to_many]
    for model in (user, *group):
        post_save.connect(_changed, sender=model, dispatch_uid=f"nuages.standing.saved.{model._meta.label}")
        post_delete.connect(_changed, sender=model, dispatch_uid=f"nuages.standing.deleted.{model._meta.label}")
    for model in (*related, *through):
        m2m_changed.connect(_changed, sender=model, dispatch_uid=f"nuages.standing.linked.{model._meta.label}")


def _changed(sender: Any, using: str, *, created: bool = False, update_fields: Any = None, **_: Any) -> None:  # noqa: ARG001  # a signal's signature
    """A new user has no standing yet, and each login notes when it was, which changes nobody's."""
    if not created and update_fields != _NOTED:
        epoch.begin(using)
