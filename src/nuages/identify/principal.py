"""Who is asking. Rules read it; how it was proved is the business of the other modules of this room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nuages.identify.proofs import Proof


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking and how they proved it.

    Shapes: `user` is an instance of the project's user model, or None for nobody; `method` names the proof ("bearer",
        "session", "api-key"); `claims` are those of a token, or the `key_prefix` of an API key; `scopes` what a
        credential is limited to, None where it may do whatever its user may; `login` is the `sid` of a token, empty
        where there is none; `proof` says when and how the user last proved who they are, None where that is not known,
        as of every API key; `scheme` is the word in which a better token is asked for.
    """

    user: Any = None
    method: str = ""
    claims: Mapping[str, Any] = field(default_factory=dict, compare=False)
    scopes: frozenset[str] | None = None
    login: str = ""
    proof: Proof | None = None
    scheme: str = "Bearer"

    @property
    def is_authenticated(self) -> bool:
        """Whether a user is asking, rather than anybody or a program in nobody's name."""
        return self.user is not None

    @property
    def is_known(self) -> bool:
        """Whether somebody is asking, rather than anybody: a user, or a program in its own name."""
        return self.user is not None

    @property
    def client(self) -> str:
        """The `client_id` of the program that a token was given to; empty where none is told."""
        return str(self.claims.get("client_id", ""))

    @property
    def is_staff(self) -> bool:
        """Whether the user is active staff."""
        return self.user is not None and bool(getattr(self.user, "is_staff", False))

    @property
    def is_superuser(self) -> bool:
        """Whether the user is a superuser."""
        return self.user is not None and bool(getattr(self.user, "is_superuser", False))


@dataclass(frozen=True, slots=True)
class ClientPrincipal(Principal):
    """A program that asks in its own name, with a token that belongs to no user.

    Shapes: `user` is None, so that it is never taken for the user of an equal id; `claims` has its `client_id`, and
        `scopes` are all that it may do.
    Source: RFC 6749 section 4.4; RFC 9700 section 4.15.
    """

    @property
    def is_known(self) -> bool:
        """Somebody is asking, who is no user."""
        return True


@dataclass(frozen=True, slots=True)
class Supposed(Principal):
    """Somebody as they would be with more than they brought: made to find out whether it would help, and then dropped.

    Shapes: `uses` is what is supposed, as the `uses` of a rule name it.
    """

    uses: frozenset[tuple[str, str]] = frozenset()

    @property
    def is_known(self) -> bool:
        """Of anybody nothing is supposed."""
        return True


def is_supposed(principal: Principal, use: tuple[str, str]) -> bool:
    """Whether a rule is asked as though something had been brought, such as `("verified", "900")`."""
    return isinstance(principal, Supposed) and use in principal.uses


ANONYMOUS = Principal()
