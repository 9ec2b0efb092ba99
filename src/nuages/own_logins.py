"""Begin logins from a project's own functions, for clients that know another door than `/auth/token`.

Each gives the tokens of a login that stands, ends and is listed as every other. What the function answers is its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, connections
from django.views.decorators.debug import sensitive_variables

from nuages.change.transactions import run_change
from nuages.errors import NotIdentified
from nuages.factors.find import find_factor
from nuages.http.request import Request
from nuages.identify.bearer import Bearer
from nuages.identify.proofs import proof_of_now
from nuages.logins.documents import MAX_TEXT_CHARS
from nuages.logins.entering import Entering, came_by
from nuages.logins.families import Families, Granted, alias_of_logins
from nuages.logins.limits import Limits
from nuages.logins.second_factor import Codes, Shown, wrong_credentials
from nuages.logins.terms import read_terms


@sensitive_variables()
def log_in(bearer: Bearer, request: Request, name: str, password: str, *, code: str | None = None) -> Granted:
    """Begin a login by a name and a password, as `POST /auth/token` does: with its limits and its second factor.

    Shapes: `name` is the user's `USERNAME_FIELD`. Call it outside of a transaction: what is taken back counts nothing.
    Raises: NotIdentified `invalid-credentials`, the same for every cause, or `second-factor-required` after a right
        password; TooManyRequests.
    """
    shown = Shown(code)
    if not all(map(_is_sound, (name, password, code or ""))):
        raise wrong_credentials(shown)
    terms = read_terms()
    limits = Limits(terms)
    entering = Entering(Families(terms, bearer), limits, Codes(limits, find_factor()))
    return entering.by_password(came_by(request, name), password, shown)


def begin_login(bearer: Bearer, request: Request, user: Any, *, methods: Sequence[str] = ()) -> Granted:
    """Begin a login for a user whom the project has found itself, such as one who has just registered.

    Shapes: `methods` says what the user has just proved, in the words of RFC 8176, such as `("pwd",)`; nothing where
        nobody was asked to.
    Raises: NotIdentified `invalid-credentials` where the user is not active, or is not stored as it is here.
    """
    families, came = Families(read_terms(), bearer), came_by(request, None)
    proof = proof_of_now(methods) if methods else None

    def change() -> Granted | None:
        return families.start(user, device=came.device, address=came.address or None, proof=proof)

    try:
        granted = run_change(connections[alias_of_logins()], change)
    except IntegrityError:  # the user has just been deleted
        granted = None
    if granted is None:
        raise NotIdentified("This user may not log in.", code="invalid-credentials")
    return granted


def _is_sound(text: str) -> bool:
    """Whether a text can be looked for, and is worth a hash."""
    return len(text) <= MAX_TEXT_CHARS and "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)
