"""A way of proving who one is by signed texts, to test logins with: no JWT, no keys. No test lives here."""

from typing import Any

from django.core import signing

from nuages import Authenticator, Principal
from nuages.errors import NotIdentified
from nuages.http.request import Request
from nuages.identify.logins import find_user
from nuages.identify.proofs import claims_of, proof_of_claims
from nuages.identify.standing import Standing, same_user

LIFETIME_S = 300
_SALT = "tests.plain-bearer"


class PlainBearer(Authenticator):
    """`Authorization: Bearer ...` with a signed login and user; asks whether the login stands, and remembers it."""

    challenge = 'Bearer realm="api"'
    vary = ("Authorization",)
    login = True

    def __init__(self) -> None:
        self._standing = Standing()

    def issue(self, user: Any, login_id: str, now: Any = None, *, proof: Any = None) -> tuple[str, int]:
        """Make an access token, and say how many seconds it lasts."""
        return signing.dumps({"sid": login_id, "sub": str(user.pk), **claims_of(proof)}, salt=_SALT), LIFETIME_S

    def identify(self, request: Request) -> Principal | None:
        """Read the header."""
        said = request.header("authorization") or ""
        if not said.startswith("Bearer "):
            return None
        try:
            read = signing.loads(said.removeprefix("Bearer "), salt=_SALT, max_age=LIFETIME_S)
        except signing.BadSignature:
            raise _refused() from None
        user = self._standing.get((read["sid"], read["sub"]), lambda: find_user(read["sid"], read["sub"]))
        if user is None:
            raise _refused()
        return Principal(same_user(user), "bearer", login=read["sid"], proof=proof_of_claims(read))


def _refused() -> NotIdentified:
    return NotIdentified(
        "The access token is not valid.", headers=[("WWW-Authenticate", 'Bearer realm="api", error="invalid_token"')]
    )
