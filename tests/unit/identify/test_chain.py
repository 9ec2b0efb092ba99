"""The first credential that is there decides; none is anybody."""

import pytest

from nuages import Authenticator, Principal
from nuages.errors import NotIdentified
from nuages.http.request import Request
from nuages.identify.chain import Identifier


class By(Authenticator):
    """Somebody whom a header names; "bad" proves nothing."""

    def __init__(self, header: str) -> None:
        self.header = header

    def identify(self, request: Request) -> Principal | None:
        said = request.header(self.header)
        if said == "bad":
            raise NotIdentified("This proves nothing.")
        return Principal(said, self.header) if said else None


IDENTIFY = Identifier([By("x-first"), By("x-second")])


def asked(**headers: str) -> Request:
    return Request("GET", "/", "", {name.replace("_", "-"): value for name, value in headers.items()})


def test_no_credential_is_anybody() -> None:
    """Without any credential, nobody is identified and nothing is refused."""
    assert not IDENTIFY(asked()).is_authenticated


def test_first_credential_that_is_there_decides() -> None:
    """A later way is asked only where the earlier ones' credentials are absent."""
    assert IDENTIFY(asked(x_second="ben")).method == "x-second"
    assert IDENTIFY(asked(x_first="ada", x_second="ben")).user == "ada"


def test_bad_credential_never_falls_through() -> None:
    """A bad credential is refused although another one is good."""
    with pytest.raises(NotIdentified):
        IDENTIFY(asked(x_first="bad", x_second="ben"))
