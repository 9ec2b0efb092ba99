"""Answer a request that comes again as it was answered: the answer is stored with the effect, in one transaction.

Two that come at once do not both get through: PostgreSQL refuses the second by a lock of the transaction, SQLite lets
it wait for its only writer. What was refused is not stored, so that it may be mended and sent again.
Source: draft-ietf-httpapi-idempotency-key-header sections 2.2 to 2.7.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.utils import timezone

from nuages.errors import BadRequest, Conflict, Unprocessable

LIFETIME_S = 24 * 3600
MAX_PURGED = 500  # at once: a client waits for it
_PURGE_EACH = 200  # stored answers
_KEY = re.compile(r'"?([A-Za-z0-9._:~+/=-]{1,255})"?')
_HINT = "Idempotency-Key must be one key of at most 255 letters, digits and . _ : ~ + / = -"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it is stored."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def read_key(header: str | None) -> str | None:
    """Read the header; None where there is none.

    Raises: BadRequest for what is no key.
    """
    if header is None:
        return None
    found = _KEY.fullmatch(header.strip())
    if found is None:
        raise BadRequest(f"{_HINT}.", code="invalid-idempotency-key")
    return found[1]


def digest(*parts: str | bytes) -> str:
    """Make one short text of several, which no other parts give."""
    whole = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        whole.update(b"%d:" % len(raw) + raw)
    return whole.hexdigest()


def answer_once(
    connection: Any, key: str, *, scope: str, fingerprint: str, change: Callable[[], Answer]
) -> tuple[Answer, bool]:
    """Answer as before, or change something and remember the answer; inside a transaction that is open.

    Shapes: the answer, and whether it is one given before.
    Raises: Conflict `in-flight` while the first request is under way; Unprocessable `idempotency-key-reused` where the
        key came with another request.
    """
    answers = _answers(connection)
    _claim(connection, digest(scope, key))
    stored = answers.filter(scope=scope, key=key).first()
    if stored is not None and stored.created_at <= _oldest():
        stored.delete()
    elif stored is not None:
        if stored.fingerprint != fingerprint:
            raise Unprocessable("This Idempotency-Key came with another request.", code="idempotency-key-reused")
        return Answer(
            stored.status, [(name, text) for name, text in json.loads(stored.headers)], bytes(stored.body)
        ), True
    made = change()
    kept = {"status": made.status, "headers": json.dumps(made.headers), "body": made.body, "created_at": timezone.now()}
    answers.create(scope=scope, key=key, fingerprint=fingerprint, **kept)
    if random.randrange(_PURGE_EACH) == 0:  # no secret depends on it
        purge(connection)
    return made, False


def purge(connection: Any) -> int:
    """Delete answers that are too old to be given again; says how many."""
    answers = _answers(connection)
    old = list(
        answers.filter(created_at__lte=_oldest()).order_by("created_at").values_list("pk", flat=True)[:MAX_PURGED]
    )
    answers.filter(pk__in=old).delete()
    return len(old)


def _answers(connection: Any) -> Any:
    if not apps.is_installed("nuages"):
        raise BadRequest("Idempotency-Key is not kept here.", code="invalid-idempotency-key")
    return apps.get_model("nuages", "IdempotentAnswer")._base_manager.using(connection.alias)


def _oldest() -> dt.datetime:
    return timezone.now() - dt.timedelta(seconds=LIFETIME_S)


def _claim(connection: Any, name: str) -> None:
    """Keep others with this key out until the transaction ends."""
    if connection.vendor != "postgresql":
        return
    number = int(name[:16], 16) - 2**63
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        if not cursor.fetchone()[0]:
            raise Conflict("The same request is under way.", code="in-flight", headers=[("Retry-After", "1")])
