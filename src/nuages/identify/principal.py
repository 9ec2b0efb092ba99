"""Who is asking. Rules read it; how it was proved is the business of the other modules of this room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking and how they proved it.

    Shapes: `user` is an instance of the project's user model, or None for nobody; `method` names the proof ("bearer",
        "session", "api-key"); `claims` are those of a token; `scopes` what a credential is limited to, None where it
        may do whatever its user may; `login` is the `sid` of a token, empty where there is none.
    """

    user: Any = None
    method: str = ""
    claims: Mapping[str, Any] = field(default_factory=dict, compare=False)
    scopes: frozenset[str] | None = None
    login: str = ""

    @property
    def is_authenticated(self) -> bool:
        """Whether somebody is asking, rather than anybody."""
        return self.user is not None

    @property
    def is_staff(self) -> bool:
        """Whether the user is active staff."""
        return self.user is not None and bool(getattr(self.user, "is_staff", False))

    @property
    def is_superuser(self) -> bool:
        """Whether the user is a superuser."""
        return self.user is not None and bool(getattr(self.user, "is_superuser", False))


ANONYMOUS = Principal()
